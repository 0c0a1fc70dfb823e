import type { LogId } from "./ids.ts"

/** A place in a log: entry number `seq` (1, 2, 3 …, per document) of `log`. Given by the first relay that has the entry on disk. */
export interface Stamp {
  readonly log: LogId
  readonly seq: number
}

/**
 * Per log, how far a document is known: every entry of that log from 1 up to the number. An absent log stands for 0.
 * Vectors have no gaps, so `covers` decides exactly what is missing. Treat one as immutable: the functions below return new ones.
 */
export type VersionVector = ReadonlyMap<LogId, number>

/** The vector that knows nothing. */
export const EMPTY_VECTOR: VersionVector = new Map()

/** How far `vector` knows `log`; 0 when it knows nothing of it. */
export function knownOf(vector: VersionVector, log: LogId): number {
  return vector.get(log) ?? 0
}

/** Whether the entry at `stamp` is known to `vector`. */
export function coversStamp(vector: VersionVector, stamp: Stamp): boolean {
  return knownOf(vector, stamp.log) >= stamp.seq
}

/** Whether `vector` knows everything that `other` knows. */
export function covers(vector: VersionVector, other: VersionVector): boolean {
  for (const [log, seq] of other) if (knownOf(vector, log) < seq) return false
  return true
}

/** Whether both vectors know the same. A log at 0 equals an absent one. */
export function equalVectors(left: VersionVector, right: VersionVector): boolean {
  return covers(left, right) && covers(right, left)
}

/** The least vector that covers both. */
export function unionVectors(left: VersionVector, right: VersionVector): VersionVector {
  const union = new Map(left)
  for (const [log, seq] of right) if (seq > knownOf(union, log)) union.set(log, seq)
  return union
}

/** `vector` with the entry at `stamp` known too. The caller has checked that `stamp` leaves no gap (see {@link continuesVector}). */
export function advanceVector(vector: VersionVector, stamp: Stamp): VersionVector {
  if (coversStamp(vector, stamp)) return vector
  return new Map(vector).set(stamp.log, stamp.seq)
}

/** Whether `stamp` is the very next entry of its log after what `vector` knows. */
export function continuesVector(vector: VersionVector, stamp: Stamp): boolean {
  return stamp.seq === knownOf(vector, stamp.log) + 1
}

/** A run of entries of one log: `from` to `to`, both included. */
export interface StampRange {
  readonly log: LogId
  readonly from: number
  readonly to: number
}

/** What `vector` knows and `other` does not, one range per log, in the order of `vector`. Empty exactly when `other` covers `vector`. */
export function vectorDifference(vector: VersionVector, other: VersionVector): StampRange[] {
  const ranges: StampRange[] = []
  for (const [log, seq] of vector) {
    const known = knownOf(other, log)
    if (known < seq) ranges.push({ log, from: known + 1, to: seq })
  }
  return ranges
}

/**
 * Names what `vector` knows in 16 hex digits, whatever the order of its logs: equal vectors have equal hashes, and different ones differ
 * but for chance (2^-64). Not for secrets: whoever may choose logs could choose two with the same hash.
 */
export function vectorHash(vector: VersionVector): string {
  let high = 0
  let low = 0
  for (const [log, seq] of vector) {
    if (seq === 0) continue
    // A sum of well mixed terms, so that order does not matter.
    const term = `${log}:${seq}`
    high = (high + mixed(term, 0x9e3779b9)) >>> 0
    low = (low + mixed(term, 0x85ebca6b)) >>> 0
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0")
}

/** FNV-1a of `text` from `seed`, finished as MurmurHash3 finishes: every bit of the text moves every bit of the result. */
function mixed(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
