import type { Code, DocumentId } from "@polylogue/protocol"
import type { Awareness } from "y-protocols/awareness"
import type * as Y from "yjs"
import type { Environment } from "./environment.ts"
import type { ErasureRequest } from "./erasing/asking.ts"
import type { ErasureStatus } from "./erasing/erasures.ts"
import type { DocumentStatus, Safety } from "./status.ts"

/** An open document: its Y.Doc, and how safe it is. */
export interface ReplicaDocument {
  readonly documentId: DocumentId
  /** Replaced by a fresh Y.Doc after a permanent reject, a divergence, or an erasure: listen with `onReset` and bind anew. After an erasure what is still written into the old one is taken over, in the other cases it reaches nobody. Not to be destroyed by the caller. */
  readonly ydoc: Y.Doc
  /** Made at the first access, and again after a reset; belongs to `ydoc`. */
  readonly awareness: Awareness
  readonly status: DocumentStatus
  /** Whether all that the document shows is on the disks of at least `status.otherRelays` other relays, as far as was told. */
  readonly replicated: boolean
  /** Calls `listener` after each change of `status`, `replicated` or of what `safetyOf` answers. Returns a function that ends it. */
  subscribe(listener: () => void): () => void
  /** Calls `listener` with the new Y.Doc when `ydoc` was replaced. Returns a function that ends it. */
  onReset(listener: (ydoc: Y.Doc) => void): () => void
  /**
   * Resolves when everything that `ydoc` holds at the call is at least so safe: `local` on this device's disk, `stored` on a relay's, `replicated` on
   * the disks of as many other relays as the relay was told to wait for (mostly one). A relay that stands alone, or speaks a version before 4, never
   * says so: `replicated` then waits until another does, and a reload begins without knowing of any.
   * @throws ReplicaError `closed` or `rejected` when that can no longer happen; `unavailable` when the code for `replicated` cannot be loaded.
   */
  whenDurable(level: "local" | "stored" | "replicated"): Promise<void>
  /**
   * Where the update with the struct at (`client`, `clock`) is. An app shows each message's state with the Y id of the message's last struct.
   * What others wrote counts as `stored`, or as `replicated` when that was told; what the document does not know as `stored`.
   */
  safetyOf(client: number, clock: number): Safety
  /**
   * Erases for good: the ranges are deleted in `ydoc` at once, and a row behind all that was written before makes it hold at every relay, device
   * and later reader. It cannot be taken back. `erase(eraseMessage(ydoc, id))`, with what the package conversation gives, is the common use. Not to
   * be called within a transaction of `ydoc`. Resolves when it is durable on this device; `erasures` says how it goes on. When the relay has
   * acknowledged it, `ydoc` is replaced (`onReset`): undo stacks die with the old one.
   *
   * @throws ReplicaError `forbidden` when the relay has said that this principal may not erase, with nothing done. When that turns out only
   * later, the document is replaced as after any refusal, and shows the words again. `closed`. RangeError when `request` names nothing, or ids
   * that the document does not know.
   */
  erase(request: ErasureRequest): Promise<ErasureStatus>
  /** The erasures that this device has asked for here, whichever tab; `subscribe` tells when one may have changed. @throws ReplicaError `closed`. */
  erasures(): Promise<readonly ErasureStatus[]>
  /** Where its log on this device stands, as far as `ydoc` shows it: for `tokenOf` and `waitFor`. */
  readonly log: ShownLog
  /** Gives the document back. Its Y.Doc is destroyed once it was given back as often as it was opened, and what it held is written to the store. */
  close(): Promise<void>
}

/** An open document's log on this device, at one moment. */
export interface ShownLog {
  readonly environment: Pick<Environment, "clock" | "store">
  /** The last position that `ydoc` shows. */
  readonly position: number
  /** How often the log had been emptied when it was read. */
  readonly resets: number
  /** With what the relay has closed the document to this device; words that it refused are no reason. */
  readonly closed: Code | undefined
  /** Shows what another tab wrote to it of which word was lost. */
  readOn(): void
}

/** What the tab that holds the socket knows of a document. */
export interface SyncFacts {
  readonly synced: boolean
  readonly relayAwaits: boolean
  readonly mayWrite: boolean | undefined
  readonly mayErase: boolean | undefined
  readonly rejected: Code | undefined
  /** What at least so many other relays have, as text, so that facts compare by value: JSON of `[others, [[log, seq], …]]`; `undefined` before it was told. */
  readonly replicated: string | undefined
}

/** What is known of a document that no relay was asked about. */
export const NO_FACTS: SyncFacts = Object.freeze({
  synced: false,
  relayAwaits: false,
  mayWrite: undefined,
  mayErase: undefined,
  rejected: undefined,
  replicated: undefined,
})
