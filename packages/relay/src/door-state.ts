import type { DocumentId, RowId, Stamp } from "@polylogue/protocol"
import type { LogItem, ReceivedSnapshot } from "@polylogue/storage"
import { ErasedContent } from "./erased-content.ts"
import { codeOf, RelayError } from "./errors.ts"
import type { RelayCore } from "./relay-core.ts"
import { summarizeUpdate } from "./yjs/closed-update.ts"
import type { StoredUpdate } from "./yjs/compaction-job.ts"
import { DocumentSummary } from "./yjs/document-summary.ts"

/** Where a row stands in the window: its stamp and, once durable, its position. */
export interface KnownRow {
  readonly stamp: Stamp
  position: number | undefined
  /** Its update while its commit is under way. */
  update: Uint8Array | undefined
}

/** What a door knows of its document, everything that is on its way to the disk included. */
export interface DoorState {
  readonly summary: DocumentSummary
  /** Those of the window, in the order of the log. */
  readonly rows: Map<RowId, KnownRow>
  readonly erased: ErasedContent
  /** Per log, how far. Of this relay's own log: the last stamp that was given out. */
  readonly vector: Map<string, number>
}

/**
 * Reads state vector and owners from the snapshot, the rest from the tail, and the row ids from the window.
 * @throws StorageError; RelayError `unsound`
 */
export async function readDoorState({ store }: RelayCore, documentId: DocumentId): Promise<DoorState> {
  for (;;) {
    const snapshot = await store.read((log) => log.snapshot(documentId))
    const summary = new DocumentSummary(snapshot)
    const rows = new Map<RowId, KnownRow>()
    const erased = new ErasedContent()
    erased.take(snapshot?.erased)
    let after = (await store.read((log) => log.head(documentId))).base
    for (;;) {
      const page = await store.read((log) => log.read(documentId, after))
      // A compaction came between; from here on none can, unless it is this room's own, which begins anew too.
      if (page.kind === "compacted" || page.head.through !== (snapshot?.through ?? 0)) break
      for (const item of page.items) {
        learn(item, snapshot?.through ?? 0, summary, rows)
        erased.takeItem(item)
      }
      after = page.items.at(-1)?.position ?? after
      if (after < page.head.head) continue
      return { summary, rows, erased, vector: new Map(page.head.vector) }
    }
  }
}

/** What a snapshot of another relay brings: it repeats what others wrote, and says who they are. */
export function updateOf({ update, owners }: ReceivedSnapshot): StoredUpdate {
  return { update, principal: "", handOver: true, ...(owners !== undefined && { owners }) }
}

function learn(item: LogItem, through: number, summary: DocumentSummary, rows: Map<RowId, KnownRow>): void {
  const brought: StoredUpdate = item.kind === "entry" ? item.entry : updateOf(item.snapshot)
  if (item.kind === "entry") {
    rows.delete(item.entry.row)
    rows.set(item.entry.row, { stamp: item.entry.stamp, position: item.position, update: undefined })
  }
  if (item.position <= through) return
  try {
    summary.take(summarizeUpdate(brought.update), brought)
    summary.learnOwners(brought.owners)
  } catch (cause) {
    throw new RelayError("unsound", `position ${item.position} (${codeOf(cause) ?? "unknown"})`, { cause })
  }
}
