import {
  continuesVector,
  coversStamp,
  covers,
  type DocumentId,
  EMPTY_VECTOR,
  type Erased,
  NOTHING_ERASED,
  type VersionVector,
} from "@polylogue/protocol"
import type { DocumentHead, LogItem, NewLogItem, Snapshot } from "./entry-log.ts"
import { StorageError } from "./errors.ts"

/*
 * How a head moves. Every store applies changes through these functions, so that the rules of positions and vectors are kept in one
 * place; a store only brings bytes to rest and back.
 */

/** The head of a document that was never written. */
export const EMPTY_HEAD: DocumentHead = Object.freeze({
  head: 0,
  base: 0,
  vector: EMPTY_VECTOR,
  baseVector: EMPTY_VECTOR,
  through: 0,
  snapshotBytes: 0,
  itemBytes: 0,
  resets: 0,
})

/** A head as it rests, with the document's place in the feed. */
export interface RestingHead {
  readonly head: DocumentHead
  /** 0 when it has none: nothing was ever appended, nor was it reset. */
  readonly change: number
}

/** What rests of a document that was never written. */
export const EMPTY_RESTING_HEAD: RestingHead = Object.freeze({ head: EMPTY_HEAD, change: 0 })

/** Bytes of the update of `item`. */
export function itemBytes(item: NewLogItem): number {
  return item.kind === "entry" ? item.entry.update.length : item.snapshot.update.length
}

/** Makes `vector` know what `item` stands for. */
export function learn(vector: Map<string, number>, item: NewLogItem): void {
  const known = item.kind === "entry" ? [[item.entry.stamp.log, item.entry.stamp.seq] as const] : item.snapshot.vector
  for (const [log, seq] of known) if (seq > (vector.get(log) ?? 0)) vector.set(log, seq)
}

/**
 * Appends `items` to the log at `head`: what is known already is left out, the rest gets the next positions.
 * @throws StorageError `gap` when an entry does not continue what is known.
 */
export function appendTo(
  documentId: DocumentId,
  head: DocumentHead,
  items: readonly NewLogItem[],
): { head: DocumentHead; items: LogItem[] } {
  const vector = new Map(head.vector)
  const appended: LogItem[] = []
  let bytes = head.itemBytes
  for (const item of items) {
    if (isKnown(vector, item)) continue
    if (item.kind === "entry" && !continuesVector(vector, item.entry.stamp)) {
      const { log, seq } = item.entry.stamp
      throw new StorageError("gap", `entry ${seq} of log ${log} does not continue ${vector.get(log) ?? 0} in ${documentId}`)
    }
    learn(vector, item)
    bytes += itemBytes(item)
    appended.push({ ...item, position: head.head + appended.length + 1 })
  }
  if (appended.length === 0) return { head, items: appended }
  return { head: { ...head, head: head.head + appended.length, vector, itemBytes: bytes }, items: appended }
}

function isKnown(vector: VersionVector, item: NewLogItem): boolean {
  return item.kind === "entry" ? coversStamp(vector, item.entry.stamp) : covers(vector, item.snapshot.vector)
}

/** A compaction that was asked for, and what its store found about the items it deletes. */
export interface Compaction {
  readonly snapshot: Snapshot
  readonly through: number
  readonly base: number
}

/**
 * Checks the positions of a compaction, before the items that it deletes are read.
 * Without a stored snapshot `through` has to exceed `base`: else a compaction that began before a reset could follow it.
 * @throws StorageError `stale-compaction`
 */
export function checkCompaction(documentId: DocumentId, head: DocumentHead, { snapshot, through, base }: Compaction): void {
  const stale = (why: string): never => {
    throw new StorageError("stale-compaction", `compaction of ${documentId} through ${through} to base ${base}: ${why}`)
  }
  if (through > head.head) stale(`the last position is ${head.head}`)
  if (base < head.base) stale(`the base is ${head.base}`)
  if (through < head.through) stale(`the stored snapshot stands for ${head.through}`)
  if (head.through === 0 && through <= head.base) stale(`everything up to ${head.base} is void`)
  if (!covers(head.vector, snapshot.vector)) stale("the snapshot knows what the log does not")
}

/**
 * The head after a compaction that {@link checkCompaction} let pass. `baseVector` is what is known at the new base, `bytes` the size of
 * the items deleted.
 * @throws StorageError `stale-compaction` when the snapshot lacks something that would be deleted.
 */
export function compactTo(
  documentId: DocumentId,
  head: DocumentHead,
  { snapshot, through, base }: Compaction,
  baseVector: VersionVector,
  bytes: number,
): DocumentHead {
  if (!covers(snapshot.vector, baseVector)) {
    throw new StorageError("stale-compaction", `compaction of ${documentId} to base ${base}: the snapshot lacks what would be deleted`)
  }
  return { ...head, base, baseVector, through, snapshotBytes: snapshot.update.length, itemBytes: head.itemBytes - bytes }
}

/** What `item` says of erasures; `undefined` when nothing. */
export function erasedBy(item: NewLogItem): Erased | undefined {
  if (item.kind === "snapshot") return item.snapshot.erased
  const { erases } = item.entry
  return erases && { ...NOTHING_ERASED, blobs: erases }
}

/** @throws StorageError `stale-compaction` unless `snapshot` speaks of the erasures that go with what it replaces. */
export function checkErased(documentId: DocumentId, { erased }: Snapshot, replaced: readonly Erased[]): void {
  if (replaced.length === 0) return
  const blobs = new Set(erased?.blobs)
  if (erased !== undefined && replaced.every((old) => old.blobs.every((blob) => blobs.has(blob)))) return
  throw new StorageError("stale-compaction", `compaction of ${documentId}: the snapshot forgets what was erased`)
}

/** @throws StorageError `reset` when the document was reset another number of times than its writer has seen; `undefined` fits any. */
export function checkResets(documentId: DocumentId, head: DocumentHead, resets: number | undefined): void {
  if (resets === undefined || resets === head.resets) return
  throw new StorageError("reset", `${documentId} was reset ${head.resets} times, not ${resets} as its writer has seen`)
}

/** The head after a reset: nothing is known, positions go on. */
export function resetFrom(head: DocumentHead): DocumentHead {
  return { ...EMPTY_HEAD, head: head.head, base: head.head, resets: head.resets + 1 }
}
