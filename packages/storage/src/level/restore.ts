import { ClassicLevel } from "classic-level"
import { StorageError } from "../errors.ts"
import { classicLevel, type LevelDatabase, levelError, type LevelOperation, openError } from "./database.ts"
import { DumpReader } from "./dump-reader.ts"
import { FINISHED, LEVEL_FORMAT, formatMark, UNFINISHED, unfinishedMark } from "./format.ts"
import { describeKey, KIND } from "./key.ts"

/** Bytes of keys and values after which a batch is written. */
const BATCH_BYTES = 4 * 1024 * 1024

/**
 * Writes what `dump` of a store has given to a new folder at `location`. The chunks may be cut in any way. When it rejects nothing of it is left;
 * when the process ends before it has resolved, the folder is refused at `open` (`corrupt`), and may be removed.
 *
 * @throws StorageError `unavailable` when there is a LevelDB database already, or none may be made; `corrupt` when the dump is cut short or changed;
 * `newer` when a newer version of this package has made it; `io` when writing fails; or what `chunks` throws.
 */
export async function restoreLevel(
  location: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  open: (location: string) => LevelDatabase = (folder) => classicLevel(folder, { errorIfExists: true }),
): Promise<void> {
  const content = new DumpReader(chunks)
  // Before anything is made: LevelDB makes the folder as soon as it is named.
  const format = await content.format()
  if (format > LEVEL_FORMAT) throw new StorageError("newer", `the dump has format ${format}, this version knows ${LEVEL_FORMAT}`)
  const database = open(location)
  await database.open().catch((cause: unknown) => {
    throw openError(location, cause)
  })
  try {
    await write(database, [formatMark(format), unfinishedMark(UNFINISHED.restore)])
    await writePairs(database, content)
    await write(database, [FINISHED])
    await database.close()
  } catch (error) {
    await database.close().catch(() => undefined)
    await ClassicLevel.destroy(location)
    throw error
  }
}

async function writePairs(database: LevelDatabase, content: DumpReader): Promise<void> {
  let operations: LevelOperation[] = []
  let bytes = 0
  for await (const [key, value] of content.pairs()) {
    if (key[0] === KIND.unfinished) throw new StorageError("corrupt", `the dump holds ${describeKey(key)}, which no store at rest has`)
    operations.push({ type: "put", key, value })
    bytes += key.length + value.length
    if (bytes < BATCH_BYTES) continue
    await write(database, operations)
    operations = []
    bytes = 0
  }
  await write(database, operations)
}

async function write(database: LevelDatabase, operations: LevelOperation[]): Promise<void> {
  try {
    await database.batch(operations, { sync: true })
  } catch (error) {
    throw levelError("restoring", error)
  }
}
