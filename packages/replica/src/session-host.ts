import type { Code, CutSnapshots, DocumentId, Frame, FrameOf, RowId } from "@polylogue/protocol"
import type { DocumentHead, LogItem, OutboxRow } from "@polylogue/storage"
import type { AuditorPart } from "./audit/auditor-part.ts"
import type { SyncFacts } from "./document.ts"
import type { Erasing } from "./erasing/erasing.ts"
import type { PrepareHandOver } from "./hand-over.ts"
import type { RegistersPart } from "./registers/registers-part.ts"
import type { RowFacts } from "./waiting-rows.ts"

/** What a session needs of its replica. */
export interface SessionHost extends RowFacts {
  readonly erasing: Erasing
  readonly auditor: AuditorPart
  readonly registers: Pick<RegistersPart, "take">
  readonly make: { readonly prepareHandOver: PrepareHandOver }
  /** Items and acknowledged rows are durable. */
  stored(documentId: DocumentId, items: readonly LogItem[], settled: readonly RowId[], head: DocumentHead): void
  /** As `stored`, of a document that has ended in its session meanwhile: the present session may be with a relay that lacks the items. */
  storedLate(documentId: DocumentId): void
  /** How the store takes what arrives: the error of the last attempt, `undefined` once it went through. */
  storeFailing(error: unknown): void
  rowsRead(documentId: DocumentId, rows: readonly OutboxRow[]): void
  rowSent(documentId: DocumentId, row: RowId): void
  rowsReplaced(documentId: DocumentId, rows: readonly OutboxRow[], replaced: readonly RowId[]): void
  learned(documentId: DocumentId, facts: SyncFacts): void
  awareness(documentId: DocumentId, update: Uint8Array): void
  /** What tabs say of themselves in a document that was just opened at the relay. */
  introduce(documentId: DocumentId): void
  /** A row was refused for good: keeps the text aside and empties the document in the store. */
  refused(documentId: DocumentId, code: Code | undefined): Promise<void>
}

/** What a session needs of its connection. */
export interface SessionLink {
  readonly welcome: FrameOf<"welcome">
  /** What earlier sessions of the connection have received of snapshots. */
  readonly cuts: CutSnapshots
  send(frame: Frame): void
  /** Gives a handle back, whether the relay has heard of it or not; its unsent frames are forgotten. */
  closeHandle(handle: number): void
  /** Ends the session from this side; the connection is taken up again later. */
  fail(code: Code, reason: string): void
  /** Address of the relay. */
  readonly relay: string
  /** Names the token with which the relay lets us in. */
  mark(): string
}
