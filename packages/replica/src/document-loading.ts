import type { DocumentId } from "@polylogue/protocol"
import type { DocumentHead } from "@polylogue/storage"
import * as Y from "yjs"
import type { Environment } from "./environment.ts"
import { applyStored, readLog } from "./log-reader.ts"
import type { OutboxIndex } from "./outbox-index.ts"

/** A document as it was read from the store: nobody has seen the Y.Doc yet. */
export interface LoadedDocument {
  readonly ydoc: Y.Doc
  /** The last position of the log that it contains. */
  readonly position: number
  readonly resets: number
}

/** What loading needs. */
export interface LoadingHost {
  readonly environment: Environment
  readonly index: OutboxIndex
}

/**
 * Reads a document from the store, and compacts it there when it has grown long. `failed` is told of each stored update that does not apply;
 * the others are shown. @throws StorageError when the store cannot be read.
 */
export async function loadDocument(host: LoadingHost, documentId: DocumentId, failed: (error: unknown) => void): Promise<LoadedDocument> {
  for (;;) {
    const ydoc = new Y.Doc()
    // The outbox is read before the log and applied after it: a row that moves in between is seen twice rather than never.
    const rows = await host.index.refresh(documentId)
    let position = 0
    let head: DocumentHead | undefined
    let torn = false
    for await (const page of readLog(host.environment.store, documentId, 0)) {
      torn ||= head !== undefined && head.resets !== page.head.resets
      head = page.head
      position = page.position
      applyStored(ydoc, page.updates, failed)
    }
    if (torn || head === undefined) {
      ydoc.destroy()
      continue
    }
    if (position === head.head) await compact(host.environment, documentId, ydoc, head)
    applyStored(ydoc, rows, failed)
    return { ydoc, position, resets: head.resets }
  }
}

/** Replaces a long log in the store by one snapshot of exactly what was read of it. */
async function compact(environment: Environment, documentId: DocumentId, ydoc: Y.Doc, head: DocumentHead): Promise<void> {
  const { limits, store } = environment
  const long = head.head - head.base > limits.maxItems || head.itemBytes > limits.maxItemBytes
  if (!long || ydoc.store.pendingStructs !== null || ydoc.store.pendingDs !== null) return
  const update = Y.encodeStateAsUpdate(ydoc)
  const snapshot = { vector: head.vector, update, stateVector: new Uint8Array(), owners: new Map<number, string>() }
  try {
    await store.commit([{ type: "compact", documentId, snapshot, through: head.head, base: head.head }])
  } catch (error) {
    // The log is as it was; the next load tries again.
    environment.report({ kind: "store-failed", documentId, error })
  }
}
