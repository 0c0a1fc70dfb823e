import type { DocumentId, Erased } from "@polylogue/protocol"
import type { DocumentHead, OutboxRow } from "@polylogue/storage"
import * as Y from "yjs"
import type { Environment } from "./environment.ts"
import { erasesSomething, unionErased } from "./erasing/erased-ranges.ts"
import { applyStored, readLog } from "./log-reader.ts"

/** A document as it was read from the store: nobody has seen the Y.Doc yet. */
export interface LoadedDocument {
  readonly ydoc: Y.Doc
  /** The last position of the log that it contains. */
  readonly position: number
  readonly resets: number
  /** The rows of the outbox that it contains. */
  readonly rows: readonly OutboxRow[]
  /** All that the log says of erasures. */
  readonly erased: Erased
}

/**
 * Reads a document from the store, and compacts it there when it has grown long. `readRows` reads its outbox. `failed` is told of each stored
 * update that does not apply; the others are shown. @throws StorageError when the store cannot be read.
 */
export async function loadDocument(
  environment: Environment,
  documentId: DocumentId,
  readRows: () => Promise<readonly OutboxRow[]>,
  failed: (error: unknown) => void,
): Promise<LoadedDocument> {
  for (;;) {
    const ydoc = new Y.Doc()
    // The outbox is read before the log and applied after it: a row that moves in between is seen twice rather than never.
    const { resets } = await environment.store.head(documentId)
    const rows = await readRows()
    let position = 0
    let head: DocumentHead | undefined
    let torn = false
    const erasures: (Erased | undefined)[] = []
    for await (const page of readLog(environment.store, documentId, 0)) {
      torn ||= page.head.resets !== resets
      head = page.head
      position = page.position
      for (const update of page.updates) erasures.push(update.erased)
      applyStored(ydoc, page.updates, failed)
    }
    if (torn || head === undefined) {
      ydoc.destroy()
      continue
    }
    const erased = unionErased(erasures)
    if (position === head.head) await compact(environment, documentId, ydoc, head, erased)
    if ((await environment.store.head(documentId)).resets !== resets) {
      // Emptied behind the reader: what was read is void, and nobody should see it.
      ydoc.destroy()
      continue
    }
    applyStored(ydoc, rows, failed)
    return { ydoc, position, resets, rows, erased }
  }
}

/** Replaces a long log in the store by one snapshot of exactly what was read of it. */
async function compact(environment: Environment, documentId: DocumentId, ydoc: Y.Doc, head: DocumentHead, erased: Erased): Promise<void> {
  const { limits, store } = environment
  const long = head.head - head.base > limits.maxItems || head.itemBytes > limits.maxItemBytes
  if (!long || ydoc.store.pendingStructs !== null || ydoc.store.pendingDs !== null) return
  const update = Y.encodeStateAsUpdate(ydoc)
  const known = erasesSomething(erased) ? { erased } : {}
  const snapshot = { vector: head.vector, update, stateVector: new Uint8Array(), owners: new Map<number, string>(), ...known }
  try {
    await store.commit([{ type: "compact", documentId, snapshot, through: head.head, base: head.head }])
  } catch (error) {
    // The log is as it was; the next load tries again.
    environment.report({ kind: "store-failed", documentId, error })
  }
}
