import { ClassicLevel } from "classic-level"
import { decodeHead, decodeUint, encodeHead, encodeUint } from "../at-rest.ts"
import { StorageError } from "../errors.ts"
import { firstSegment } from "../feed.ts"
import { describeKey, KIND, numberKey, plainKey, prefixRange, textOf } from "./key.ts"

/** The version of the keys and values that this package writes; a folder with a higher one is refused, one with a lower one brought up to it. */
export const LEVEL_FORMAT = 2

/** A range of keys, and what to read it from. */
export interface LevelRange {
  readonly gt?: Uint8Array
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
  readonly lte?: Uint8Array
  /** Most pairs. */
  readonly limit?: number
  /** `false` to read the keys only; values are `undefined` then. */
  readonly values?: false
  /** Bytes that one step reads ahead. */
  readonly highWaterMarkBytes?: number
  readonly snapshot?: LevelSnapshot
}

/** A state of the database that later writes do not change. */
export interface LevelSnapshot {
  close(): Promise<void>
}

/** Steps through a range. */
export interface LevelIterator {
  /** The next pairs, at most `size`, at least one unless the range is done. */
  nextv(size: number): Promise<[Uint8Array, Uint8Array][]>
  seek(target: Uint8Array): void
  close(): Promise<void>
}

/** One write of a batch. */
export type LevelOperation =
  | { readonly type: "put"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: Uint8Array }

/** What this package needs of a LevelDB database, as `ClassicLevel` with `view` encodings has it. */
export interface LevelDatabase {
  open(): Promise<void>
  close(): Promise<void>
  get(key: Uint8Array, options: { readonly snapshot?: LevelSnapshot }): Promise<Uint8Array | undefined>
  getMany(keys: Uint8Array[], options: { readonly snapshot?: LevelSnapshot }): Promise<(Uint8Array | undefined)[]>
  batch(operations: LevelOperation[], options: { readonly sync: true }): Promise<void>
  iterator(range: LevelRange): LevelIterator
  snapshot(): LevelSnapshot
  /** Merges what is stored from `start` to `end` down to the last level that holds some of it, after what is in memory has gone to disk. Reports no failure. */
  compactRange(start: Uint8Array, end: Uint8Array): Promise<void>
}

/** The LevelDB database in the folder `location`, made when it is missing. */
export function classicLevel(location: string): LevelDatabase {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(location, { keyEncoding: "view", valueEncoding: "view" })
  const database: LevelDatabase = level
  return {
    open: () => database.open(),
    close: () => database.close(),
    get: (key, options) => database.get(key, options),
    getMany: (keys, options) => database.getMany(keys, options),
    batch: (operations, options) => writeBatch(level, operations, options),
    iterator: (range) => database.iterator(range),
    snapshot: () => database.snapshot(),
    compactRange: (start, end) => database.compactRange(start, end),
  }
}

/** Operation by operation: of an array `ClassicLevel` copies and examines each, which takes three times as long as the rest of the writing. */
async function writeBatch(
  level: ClassicLevel<Uint8Array, Uint8Array>,
  operations: readonly LevelOperation[],
  options: { readonly sync: true },
): Promise<void> {
  const batch = level.batch()
  for (const operation of operations) {
    if (operation.type === "put") batch.put(operation.key, operation.value)
    else batch.del(operation.key)
  }
  await batch.write(options)
}

/**
 * Opens `database` and checks or writes its format.
 * @throws StorageError `locked`, `unavailable`, `newer`, `corrupt`, `io`; the database is closed then.
 */
export async function openDatabase(database: LevelDatabase, location: string): Promise<void> {
  try {
    await database.open().catch((cause: unknown) => {
      throw openError(location, cause)
    })
    await checkFormat(database, location)
  } catch (cause) {
    // Also after a failed open: what may hold the lock must let go of it.
    await database.close().catch(() => undefined)
    throw levelError(`reading ${location}`, cause)
  }
}

async function checkFormat(database: LevelDatabase, location: string): Promise<void> {
  const key = plainKey(KIND.format)
  const stored = await database.get(key, {})
  if (stored !== undefined) {
    const format = decodeUint(() => describeKey(key), stored)
    if (format > LEVEL_FORMAT) throw new StorageError("newer", `${location} has format ${format}, this version knows ${LEVEL_FORMAT}`)
    if (format < LEVEL_FORMAT) await fillFeed(database)
    return
  }
  const [first] = await pairs(database, { limit: 1 })
  if (first !== undefined) throw new StorageError("corrupt", `${location} holds keys but no format at ${describeKey(key)}`)
  await database.batch([{ type: "put", key, value: encodeUint(LEVEL_FORMAT) }], { sync: true })
}

/** Heads that one batch of an upgrade writes. */
const UPGRADE_STEP = 1024

/**
 * From format 1 to 2: gives every document a place in the feed. The last batch writes the format; one that a crash cut short begins again and
 * writes the same.
 */
async function fillFeed(database: LevelDatabase): Promise<void> {
  const iterator = database.iterator(prefixRange(KIND.head, ""))
  let change = 0
  try {
    for (;;) {
      const some = await iterator.nextv(UPGRADE_STEP)
      if (some.length === 0) break
      const operations: LevelOperation[] = []
      for (const [key, value] of some) {
        const { head } = decodeHead(() => describeKey(key), value)
        change++
        operations.push({ type: "put", key: numberKey(KIND.change, firstSegment(textOf(key)), change), value: key })
        operations.push({ type: "put", key, value: encodeHead({ head, change }) })
      }
      await database.batch(operations, { sync: true })
    }
  } finally {
    await iterator.close()
  }
  await database.batch(
    [
      { type: "put", key: plainKey(KIND.lastChange), value: encodeUint(change) },
      { type: "put", key: plainKey(KIND.format), value: encodeUint(LEVEL_FORMAT) },
    ],
    { sync: true },
  )
}

/** All pairs of a range, at once. For ranges that are short by their nature. */
export async function pairs(database: LevelDatabase, range: LevelRange): Promise<[Uint8Array, Uint8Array][]> {
  const all: [Uint8Array, Uint8Array][] = []
  const iterator = database.iterator(range)
  try {
    for (;;) {
      const some = await iterator.nextv(1024)
      if (some.length === 0) return all
      for (const pair of some) all.push(pair)
    }
  } finally {
    await iterator.close()
  }
}

/** Why `open` failed. LevelDB gives its reason as the cause of a general error. */
function openError(location: string, error: unknown): StorageError {
  const reason = (error as { cause?: unknown }).cause ?? error
  switch (codeOf(reason)) {
    case "LEVEL_LOCKED":
      return new StorageError("locked", `${location} is open in another process`, { cause: error })
    case "LEVEL_CORRUPTION":
      return new StorageError("corrupt", `${location} is damaged: ${messageOf(reason)}`, { cause: error })
    default:
      return new StorageError("unavailable", `${location} cannot be opened: ${messageOf(reason)}`, { cause: error })
  }
}

/** Codes of a database, an iterator or a snapshot that was closed while it was in use. */
const CLOSED = new Set(["LEVEL_DATABASE_NOT_OPEN", "LEVEL_ITERATOR_NOT_OPEN", "LEVEL_SNAPSHOT_NOT_OPEN", "LEVEL_ABORTED"])

/** The StorageError for what LevelDB threw while `doing`; a StorageError stays itself. */
export function levelError(doing: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const code = codeOf(error)
  if (code !== undefined && CLOSED.has(code)) return new StorageError("closed", `closed while ${doing}`, { cause: error })
  if (code === "LEVEL_CORRUPTION") return new StorageError("corrupt", `${doing}: ${messageOf(error)}`, { cause: error })
  return new StorageError("io", `${doing}: ${messageOf(error)}`, { cause: error })
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
