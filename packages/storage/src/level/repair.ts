import { ClassicLevel } from "classic-level"
import { StorageError } from "../errors.ts"
import { classicLevel, levelError, type LevelOperation, openError, pairs, steps } from "./database.ts"
import { LEVEL_FORMAT, formatMark, formatOf, UNFINISHED, unfinishedMark } from "./format.ts"
import { KIND, prefixRange } from "./key.ts"

/**
 * Makes the LevelDB folder at `location`, which nobody may have open, one that opens, with whatever can still be read of it. What was damaged is
 * missing then: documents may lack entries, which is noticed when they are read (`corrupt`), and what was deleted not long ago may be there again.
 * The next open rebuilds the feed. Files that LevelDB took out of use rest in the folder `lost` below it until the next purge.
 *
 * @throws StorageError `locked` when a process has it open, `unavailable` when nothing there can be repaired, `io` when writing fails.
 */
export async function repairLevel(location: string): Promise<void> {
  const database = classicLevel(location, { createIfMissing: false })
  const state = await database.open().then(
    () => undefined,
    (cause: unknown) => openError(location, cause),
  )
  await database.close()
  // LevelDB repairs without asking for the lock.
  if (state?.code === "locked") throw state
  await ClassicLevel.repair(location).catch((cause: unknown) => {
    throw openError(location, cause)
  })
  try {
    await database.open()
    if ((await pairs(database, { limit: 1 })).length === 0) {
      // LevelDB makes a database out of nothing too. What it could make nothing of stays in `lost`.
      await database.close()
      await ClassicLevel.destroy(location)
      throw new StorageError("unavailable", `${location} holds nothing that can be repaired`)
    }
    const format = await formatOf(database)
    if (format !== undefined && format > LEVEL_FORMAT)
      throw new StorageError("newer", `${location} has format ${format}, this version knows ${LEVEL_FORMAT}`)
    // Repair may bring old versions back, so that no note on what was purged holds; nor need the feed and the heads agree.
    const operations: LevelOperation[] = [formatMark(format ?? LEVEL_FORMAT), unfinishedMark(UNFINISHED.feed)]
    for await (const some of steps(database, { ...prefixRange(KIND.purged, ""), values: false }, 1024)) {
      for (const [key] of some) operations.push({ type: "del", key })
    }
    await database.batch(operations, { sync: true })
  } catch (cause) {
    throw levelError(`repairing ${location}`, cause)
  } finally {
    await database.close()
  }
}
