import { type DocumentId, vectorHash } from "@polylogue/protocol"
import type { Change, EntryLog, NewLogItem } from "@polylogue/storage"

/*
 * Each item of a log that erases something is marked in the commit that brings it, until this device has carried it out: a crash in between
 * loses nothing, and what comes meanwhile has a mark of its own.
 */

const PREFIX = "erasing/"

/** A mark, as it is named in the store. */
export type ErasingMark = string

/** The change that marks `item` of `documentId`, for the commit that brings it. */
export function markChange(documentId: DocumentId, item: NewLogItem): Change {
  const id = item.kind === "entry" ? `${item.entry.stamp.log}-${item.entry.stamp.seq}` : vectorHash(item.snapshot.vector)
  return { type: "record", key: `${PREFIX}${documentId}/${id}`, value: Uint8Array.of(1) }
}

/** The change that takes `mark` away. */
export function unmarkChange(mark: ErasingMark): Change {
  return { type: "record", key: mark, value: null }
}

/** The marks of `documentId`. */
export async function readMarks(store: EntryLog, documentId: DocumentId): Promise<ErasingMark[]> {
  return (await store.recordKeys(`${PREFIX}${documentId}/`)).filter((mark) => documentOf(mark) === documentId)
}

/** The documents that have marks. */
export async function readMarked(store: EntryLog): Promise<Set<DocumentId>> {
  return new Set((await store.recordKeys(PREFIX)).map(documentOf))
}

function documentOf(mark: ErasingMark): DocumentId {
  return mark.slice(PREFIX.length, mark.lastIndexOf("/"))
}
