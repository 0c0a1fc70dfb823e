import { onTestFinished } from "vitest"
import { type EntryLog, type EntryLogUnderTest, MemoryDisk, MemoryEntryLog } from "../src/index.ts"
import { IndexedDbEntryLog } from "../src/indexeddb/index.ts"

/** A place where a store rests: every call gives a new object on it, not yet open. */
export type Place = () => EntryLog

/** A disk in memory. */
export async function memoryPlace(): Promise<Place> {
  const disk = new MemoryDisk()
  return () => new MemoryEntryLog({ disk })
}

/** A database that does not exist yet. */
export async function indexedDbPlace(): Promise<Place> {
  const name = freshName()
  return () => new IndexedDbEntryLog({ name })
}

let names = 0

/** A database name that was not used before. */
export function freshName(): string {
  return `entry-log-${++names}`
}

/** An open store at `place`, closed when the test is finished. */
export async function openAt(place: Place): Promise<EntryLogUnderTest> {
  let log = place()
  await log.open()
  onTestFinished(() => log.close())
  return {
    log,
    reopen: async () => {
      await log.close()
      log = place()
      await log.open()
      return log
    },
  }
}
