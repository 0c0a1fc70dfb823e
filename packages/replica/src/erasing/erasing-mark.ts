import type { DocumentId } from "@polylogue/protocol"
import type { Change, EntryLog } from "@polylogue/storage"

/*
 * A document with an erasure in its log that this device has not carried out yet is marked, in the commit that brings the erasure: a crash
 * in between loses nothing.
 */

const PREFIX = "erasing/"

/** The change that marks `documentId`, or takes the mark away. */
export function erasingMark(documentId: DocumentId, marked: boolean): Change {
  return { type: "record", key: PREFIX + documentId, value: marked ? Uint8Array.of(1) : null }
}

/** The documents that are marked. */
export async function readMarked(store: EntryLog): Promise<DocumentId[]> {
  return (await store.recordKeys(PREFIX)).map((key) => key.slice(PREFIX.length))
}
