import type { DocumentId } from "@polylogue/protocol"
import type { ActiveReads } from "./active-reads.ts"
import { encodePurged, encodeSnapshot, type Purged } from "../at-rest.ts"
import { EMPTY_HEAD } from "../head.ts"
import type { LevelDatabase, LevelOperation } from "./database.ts"
import type { GroupCommit } from "./group-commit.ts"
import { KIND, numberKey, textKey } from "./key.ts"
import type { LevelReader } from "./reader.ts"

/*
 * How bytes leave a LevelDB folder. A key that is deleted or overwritten gets a newer version; the old one rests below it until a merge meets
 * both, in files that later writes may never touch again. `compactRange` is not enough:
 *
 *   - it merges level by level down to the last level that has keys of the range, but rewrites a file of that last level only where one above
 *     overlaps it;
 *   - what is in memory goes to disk as it is, old versions included, into one file that may itself be the last;
 *   - a merge keeps what a reader's snapshot can see, and the files of before stay as long as an iterator is open on them;
 *   - it reports no failure.
 *
 * So the old versions are pushed out one by one: when all is on disk and no reader is left from before, every key that may have an old version
 * gets a new one (a deletion, or the value that it has), which then travels down through the merges and meets the old one wherever it rests.
 *
 *   settle ──> flush ──> renew keys ──> merge each range, as often as there are levels ──> settle ──> flush ──> note how far
 *
 * "As often as there are levels": between two steps of a merge LevelDB may by itself move the old version one level further down. The second
 * flush makes LevelDB delete files that a reader kept when they were merged. The note is a write, and so reports what `compactRange` did not;
 * it bounds the work of the next time to what was deleted since.
 */

/** Levels below the first, as LevelDB has them. */
const LEVELS_BELOW = 6
/** Most operations of one batch: commits go between two batches. */
const STEP = 8192
/** No key of ours begins with it. */
const NO_KEY = Uint8Array.of(0)

/** What a purge works on. */
export interface PurgeTarget {
  readonly database: LevelDatabase
  readonly reader: LevelReader
  readonly commits: GroupCommit
  readonly reads: ActiveReads
}

/** See `LevelEntryLog.purge`. Throws what LevelDB does. */
export async function purge(target: PurgeTarget, documentIds: readonly DocumentId[]): Promise<void> {
  if (documentIds.length === 0) return
  const { database, commits } = target
  await settle(target)
  await flush(database)
  const notes: LevelOperation[] = []
  const ranges: [Uint8Array, Uint8Array][] = []
  for (const documentId of documentIds) {
    const before = await target.reader.purged(documentId)
    const purged = await renew(target, documentId, before)
    if (purged.items > before.items) ranges.push(rangeOf(KIND.item, documentId))
    if (purged.rows > before.rows) ranges.push(rangeOf(KIND.row, documentId))
    ranges.push(rangeOf(KIND.snapshot, documentId))
    notes.push({ type: "put", key: textKey(KIND.purged, documentId), value: encodePurged(purged) })
  }
  for (let round = 0; round < LEVELS_BELOW; round++) for (const [start, end] of ranges) await database.compactRange(start, end)
  await settle(target)
  await flush(database)
  await commits.between(async () => notes)
}

/** Waits for every commit and read that began before. */
async function settle({ commits, reads }: PurgeTarget): Promise<void> {
  await commits.between(async () => [])
  await reads.settled()
}

/** Brings what is in memory to files of its own, and deletes files that nobody needs. */
async function flush(database: LevelDatabase): Promise<void> {
  await database.compactRange(NO_KEY, NO_KEY)
}

/** All keys of `kind` that belong to a document. What follows its text never begins with 0xff. */
function rangeOf(kind: typeof KIND.item | typeof KIND.row | typeof KIND.snapshot, documentId: DocumentId): [Uint8Array, Uint8Array] {
  const key = textKey(kind, documentId)
  return [key, Uint8Array.of(...key, 0xff)]
}

/** Writes a new version of every key of the document that may have an old one, and answers how far the document is purged when they are gone. */
async function renew({ reader, commits }: PurgeTarget, documentId: DocumentId, before: Purged): Promise<Purged> {
  const { base } = (await reader.head(documentId))?.head ?? EMPTY_HEAD
  const lastOrder = await reader.lastOrder()
  // Positions up to `base` and orders up to the last are never used again: what is not there now stays away.
  const rows = await reader.rows(documentId)
  const live = new Set(rows.map(({ order }) => order))
  const stale: Uint8Array[] = []
  const push = async (atLeast: number): Promise<void> => {
    if (stale.length < atLeast) return
    const operations = stale.splice(0).map((key): LevelOperation => ({ type: "del", key }))
    await commits.between(async () => operations)
  }
  for (let position = before.items + 1; position <= base; position++) {
    stale.push(numberKey(KIND.item, documentId, position))
    await push(STEP)
  }
  for (let order = before.rows + 1; order <= lastOrder; order++) {
    if (!live.has(order)) stale.push(numberKey(KIND.row, documentId, order))
    await push(STEP)
  }
  await push(1)
  await commits.between(async () => {
    const key = textKey(KIND.snapshot, documentId)
    const snapshot = await reader.snapshot(documentId)
    return [snapshot ? { type: "put", key, value: encodeSnapshot(snapshot) } : { type: "del", key }]
  })
  return { items: base, rows: Math.min(lastOrder, (rows[0]?.order ?? Infinity) - 1) }
}
