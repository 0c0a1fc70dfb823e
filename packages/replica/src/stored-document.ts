import type { DocumentId } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import type * as Y from "yjs"
import { readDurableState } from "./log-reader.ts"

/**
 * Where a document stood in the device's store when it was read: as long as it is there, what the document holds on the device is what was read.
 * Plain numbers, to be kept beside whatever was made of it.
 */
export interface StoredPlace {
  /** Last position of its log. */
  readonly head: number
  /** How often it was reset. */
  readonly resets: number
  /** Order of the last row of its outbox that was read; 0 for none. */
  readonly order: number
}

/** What the device's store holds of one document. */
export interface StoredDocument {
  /** Log and outbox in a Y.Doc of its own, which the caller destroys. */
  readonly ydoc: Y.Doc
  readonly place: StoredPlace
}

/**
 * Reads a document from the store, beside the replica that has it open or not: all that is durable, entries that arrived in the background and rows
 * that no relay has yet. Writes nothing. Updates that do not apply are passed over, as they are by a replica.
 * @throws StorageError when the store cannot be read.
 */
export async function readStoredDocument(store: EntryLog, documentId: DocumentId): Promise<StoredDocument> {
  const { ydoc, rows, head } = await readDurableState(store, documentId)
  return { ydoc, place: { head: head.head, resets: head.resets, order: rows.at(-1)?.order ?? 0 } }
}

/** Whether something was written to the document since it stood at `place`. Costs a head and the rows that are new. @throws StorageError */
export async function hasMovedOn(store: EntryLog, documentId: DocumentId, place: StoredPlace): Promise<boolean> {
  const { head, resets } = await store.head(documentId)
  if (head !== place.head || resets !== place.resets) return true
  return (await store.outbox(documentId, place.order)).length > 0
}
