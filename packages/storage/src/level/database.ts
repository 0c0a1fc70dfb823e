import { ClassicLevel } from "classic-level"
import { StorageError } from "../errors.ts"

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

/** The LevelDB database in the folder `location`, made when it is missing unless the options say otherwise. */
export function classicLevel(
  location: string,
  options: { readonly createIfMissing?: boolean; readonly errorIfExists?: boolean } = {},
): LevelDatabase {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(location, { ...options, keyEncoding: "view", valueEncoding: "view" })
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
 * Opens `database` and has it `prepare`d.
 * @throws StorageError `locked`, `unavailable`, `newer`, `corrupt`, `io`; the database is closed then.
 */
export async function openDatabase(
  database: LevelDatabase,
  location: string,
  prepare: (database: LevelDatabase, location: string) => Promise<void>,
): Promise<void> {
  try {
    await database.open().catch((cause: unknown) => {
      throw openError(location, cause)
    })
    await prepare(database, location)
  } catch (cause) {
    // Also after a failed open: what may hold the lock must let go of it.
    await database.close().catch(() => undefined)
    throw levelError(`reading ${location}`, cause)
  }
}

/** All pairs of a range, at once. For ranges that are short by their nature. */
export async function pairs(database: LevelDatabase, range: LevelRange): Promise<[Uint8Array, Uint8Array][]> {
  const all: [Uint8Array, Uint8Array][] = []
  for await (const some of steps(database, range, 1024)) for (const pair of some) all.push(pair)
  return all
}

/** The pairs of a range, at most `size` at a time, never none. */
export async function* steps(
  database: LevelDatabase,
  range: LevelRange,
  size: number,
): AsyncGenerator<[Uint8Array, Uint8Array][], void, void> {
  const iterator = database.iterator(range)
  try {
    for (;;) {
      const some = await iterator.nextv(size)
      if (some.length === 0) return
      yield some
    }
  } finally {
    await iterator.close()
  }
}

/** Why `open` failed. LevelDB gives its reason as the cause of a general error. */
export function openError(location: string, error: unknown): StorageError {
  const reason = (error as { cause?: unknown }).cause ?? error
  switch (codeOf(reason)) {
    case "LEVEL_LOCKED":
      return new StorageError("locked", `${location} is open in another process`, { cause: error })
    case "LEVEL_CORRUPTION":
      return new StorageError("corrupt", `${location} is damaged: ${messageOf(reason)}`, { cause: error })
    default:
      return new StorageError("unavailable", `${location} cannot be opened: ${whyOf(reason)}`, { cause: error })
  }
}

/** Codes of a database, an iterator or a snapshot that was closed while it was in use. */
const CLOSED = new Set(["LEVEL_DATABASE_NOT_OPEN", "LEVEL_ITERATOR_NOT_OPEN", "LEVEL_SNAPSHOT_NOT_OPEN", "LEVEL_ABORTED"])

/** How systems say that the disk, or the quota of its owner, is full. */
const NO_SPACE = /no space|ENOSPC|quota exceeded|EDQUOT/i

/** The StorageError for what LevelDB threw while `doing`; a StorageError stays itself. */
export function levelError(doing: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const code = codeOf(error)
  if (code !== undefined && CLOSED.has(code)) return new StorageError("closed", `closed while ${doing}`, { cause: error })
  if (code === "LEVEL_CORRUPTION") return new StorageError("corrupt", `${doing}: ${messageOf(error)}`, { cause: error })
  return new StorageError("io", `${doing}: ${whyOf(error)}`, { cause: error })
}

/** The message of `error`; a full disk is named in the same words on every system. */
function whyOf(error: unknown): string {
  const message = messageOf(error)
  return NO_SPACE.test(message) ? `no space left on the device: ${message}` : message
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
