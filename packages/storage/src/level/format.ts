import { decodeHead, decodeUint, encodeHead, encodeUint } from "../at-rest.ts"
import { StorageError } from "../errors.ts"
import { firstSegment } from "../feed.ts"
import { type LevelDatabase, type LevelOperation, pairs, steps } from "./database.ts"
import { describeKey, KIND, numberKey, plainKey, prefixRange, textOf } from "./key.ts"

/*
 *   1  no feed: heads without a place, no keys `c`, `l`, `p`, `u`
 *   2  no item that begins with 3: snapshots of other relays that say who used their client ids first
 *   3  this
 *
 * What takes more than one batch is marked by a key `u` from its first to its last, so that a crash between them is noticed at the next open. An
 * older program that comes in between refuses the folder, for the format is written first.
 */

/** The version of the keys and values that this package writes; a folder with a higher one is refused, one with a lower one brought up to it. */
export const LEVEL_FORMAT = 3
/** The first with a feed. */
const FEED_FORMAT = 2

/** What a folder is in the midst of: the value of the key `u`. */
export const UNFINISHED = { feed: 1, restore: 2 } as const

/** Heads that one batch writes. */
const STEP = 1024

/**
 * Sees to it that `database` has {@link LEVEL_FORMAT}: writes it to one that is empty, and finishes the feed of one that has none or is unfinished.
 * @throws StorageError `newer`, `corrupt`, or what LevelDB throws.
 */
export async function bringToFormat(database: LevelDatabase, location: string): Promise<void> {
  const format = await formatOf(database)
  if (format === undefined) {
    const [first] = await pairs(database, { limit: 1 })
    if (first !== undefined)
      throw new StorageError("corrupt", `${location} holds keys but no format at ${describeKey(plainKey(KIND.format))}`)
    await database.batch([formatMark(LEVEL_FORMAT)], { sync: true })
    return
  }
  if (format > LEVEL_FORMAT) throw new StorageError("newer", `${location} has format ${format}, this version knows ${LEVEL_FORMAT}`)
  const unfinished = await numberAt(database, KIND.unfinished)
  if (unfinished !== undefined && unfinished !== UNFINISHED.feed) {
    throw new StorageError("corrupt", `${location} was not restored to the end; remove it and restore it again`)
  }
  if (format < FEED_FORMAT || unfinished !== undefined) await rebuildFeed(database)
  else if (format < LEVEL_FORMAT) await database.batch([formatMark(LEVEL_FORMAT)], { sync: true })
}

/** The format that the folder has; `undefined` when none stands in it. */
export function formatOf(database: LevelDatabase): Promise<number | undefined> {
  return numberAt(database, KIND.format)
}

/** Says that the folder has `format`. */
export function formatMark(format: number): LevelOperation {
  return { type: "put", key: plainKey(KIND.format), value: encodeUint(format) }
}

/** Says that the folder is in the midst of something. */
export function unfinishedMark(what: (typeof UNFINISHED)[keyof typeof UNFINISHED]): LevelOperation {
  return { type: "put", key: plainKey(KIND.unfinished), value: encodeUint(what) }
}

/** Takes an {@link unfinishedMark} back. */
export const FINISHED: LevelOperation = { type: "del", key: plainKey(KIND.unfinished) }

/** Gives every document a new place in the feed, after all that were ever given out. What a crash cuts short is done again from the start. */
async function rebuildFeed(database: LevelDatabase): Promise<void> {
  await database.batch([formatMark(LEVEL_FORMAT), unfinishedMark(UNFINISHED.feed)], { sync: true })
  for await (const keys of steps(database, { ...prefixRange(KIND.change, ""), values: false }, STEP)) {
    await database.batch(
      keys.map(([key]) => ({ type: "del", key })),
      { sync: true },
    )
  }
  const heads = prefixRange(KIND.head, "")
  let change = (await numberAt(database, KIND.lastChange)) ?? 0
  for await (const some of steps(database, heads, STEP)) {
    for (const [key, value] of some) change = Math.max(change, decodeHead(() => describeKey(key), value).change)
  }
  for await (const some of steps(database, heads, STEP)) {
    const operations: LevelOperation[] = []
    for (const [key, value] of some) {
      const { head } = decodeHead(() => describeKey(key), value)
      change++
      operations.push({ type: "put", key: numberKey(KIND.change, firstSegment(textOf(key)), change), value: key })
      operations.push({ type: "put", key, value: encodeHead({ head, change }) })
    }
    await database.batch(operations, { sync: true })
  }
  await database.batch([{ type: "put", key: plainKey(KIND.lastChange), value: encodeUint(change) }, FINISHED], { sync: true })
}

async function numberAt(
  database: LevelDatabase,
  kind: typeof KIND.format | typeof KIND.unfinished | typeof KIND.lastChange,
): Promise<number | undefined> {
  const key = plainKey(kind)
  const value = await database.get(key, {})
  return value && decodeUint(() => describeKey(key), value)
}
