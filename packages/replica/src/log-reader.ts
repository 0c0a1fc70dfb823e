import type { DocumentId, Erased, RowId, VersionVector } from "@polylogue/protocol"
import type { DocumentHead, EntryLog, LogItem, OutboxRow } from "@polylogue/storage"
import * as Y from "yjs"
import { erasedBy, unionErased } from "./erasing/erased-ranges.ts"
import { STORE_ORIGIN } from "./origin.ts"

/** Updates of a document's log that follow each other, and where the log stood when they were read. */
export interface LogPage {
  readonly updates: readonly LogUpdate[]
  /** The position of the last of `updates`, or where the reader was. */
  readonly position: number
  readonly head: DocumentHead
}

/** One update of the log; `row` names the outbox row that it was, if it was one, `erased` what it says of erasures, `vector` its stamp or stamps. */
export interface LogUpdate {
  readonly update: Uint8Array
  readonly row: RowId | undefined
  readonly erased: Erased | undefined
  readonly vector: VersionVector
}

/** What `item` brings. */
export function updateOf(item: LogItem): LogUpdate {
  const erased = erasedBy(item)
  if (item.kind === "snapshot") return { update: item.snapshot.update, row: undefined, erased, vector: item.snapshot.vector }
  const { update, row, stamp } = item.entry
  return { update, row, erased, vector: new Map([[stamp.log, stamp.seq]]) }
}

/**
 * Reads the log of `documentId` after position `after`, a page at a time, to its end: the snapshot first when items after `after` are compacted
 * already, or when all is to be read and there is one. `resets` in a head that differs from page to page means that the reader has to begin anew.
 */
export async function* readLog(store: EntryLog, documentId: DocumentId, after: number): AsyncGenerator<LogPage, void> {
  let position = after
  if (after === 0) {
    const head = await store.head(documentId)
    if (head.through > 0) {
      const page = await snapshotPage(store, documentId, head, position)
      position = page.position
      yield page
    }
  }
  for (;;) {
    const page = await store.read(documentId, position)
    if (page.kind === "compacted") {
      const taken = await snapshotPage(store, documentId, page.head, position)
      // A reset leaves no snapshot behind: there is nothing to read up to the base.
      position = Math.max(taken.position, page.head.base)
      yield { ...taken, position }
      continue
    }
    position = page.items.at(-1)?.position ?? position
    yield { updates: page.items.map(updateOf), position, head: page.head }
    if (position >= page.head.head) return
  }
}

async function snapshotPage(store: EntryLog, documentId: DocumentId, head: DocumentHead, position: number): Promise<LogPage> {
  const snapshot = await store.snapshot(documentId)
  if (snapshot === undefined) return { updates: [], position, head }
  const { update, erased, vector, through } = snapshot
  return { updates: [{ update, row: undefined, erased, vector }], position: through, head }
}

/** Applies updates that are durable already, in one transaction; calls `failed` for one that Yjs throws at, and goes on. */
export function applyStored(ydoc: Y.Doc, updates: readonly { readonly update: Uint8Array }[], failed: (error: unknown) => void): void {
  if (updates.length === 0) return
  try {
    Y.transact(
      ydoc,
      () => {
        for (const { update } of updates) {
          try {
            Y.applyUpdate(ydoc, update, STORE_ORIGIN)
          } catch (error) {
            failed(error)
          }
        }
      },
      STORE_ORIGIN,
      false,
    )
  } catch (error) {
    failed(error)
  }
}

/** What is on the device's disk of one document. */
export interface DurableState {
  /** Log and outbox, in a Y.Doc of its own; to be destroyed by the caller. */
  readonly ydoc: Y.Doc
  /** How far the log alone goes, as Yjs encodes a state vector. */
  readonly logVector: Uint8Array
  readonly rows: readonly OutboxRow[]
  readonly head: DocumentHead
  /** All that the log says of erasures. */
  readonly erased: Erased
  /** Updates that did not apply. */
  readonly failures: number
}

/**
 * Builds what the disk holds of `documentId`. The outbox is read before the log and applied after it: a row that moves from one to the other
 * in between is seen twice, which is harmless, and never missed. With `log` the rows are read and not applied.
 */
export async function readDurableState(store: EntryLog, documentId: DocumentId, what: "all" | "log" = "all"): Promise<DurableState> {
  for (;;) {
    const ydoc = new Y.Doc()
    let failures = 0
    const failed = () => {
      failures++
    }
    const { resets } = await store.head(documentId)
    const rows = await store.outbox(documentId)
    let head: DocumentHead | undefined
    let torn = false
    const erased: (Erased | undefined)[] = []
    for await (const page of readLog(store, documentId, 0)) {
      torn ||= page.head.resets !== resets
      head = page.head
      for (const update of page.updates) erased.push(update.erased)
      applyStored(ydoc, page.updates, failed)
    }
    if (head === undefined || torn) {
      ydoc.destroy()
      continue
    }
    const logVector = Y.encodeStateVector(ydoc)
    if (what === "all") applyStored(ydoc, rows, failed)
    return { ydoc, logVector, rows, head, erased: unionErased(erased), failures }
  }
}

/** How far the log of `documentId` goes, without its outbox. */
export async function readLogState(
  store: EntryLog,
  documentId: DocumentId,
): Promise<{ readonly vector: VersionVector; readonly stateVector: Uint8Array }> {
  const { ydoc, logVector, head } = await readDurableState(store, documentId, "log")
  ydoc.destroy()
  return { vector: head.vector, stateVector: logVector }
}
