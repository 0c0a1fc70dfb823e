import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { type EntryLog, type EntryLogUnderTest, MemoryDisk, MemoryEntryLog } from "../src/index.ts"
import { IndexedDbEntryLog } from "../src/indexeddb/index.ts"
import { LevelEntryLog } from "../src/level/index.ts"

/** A place where a store rests: every call gives a new object on it, not yet open. */
export type Place = () => EntryLog

/** Fresh places, by implementation. */
export const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  memory: async () => {
    const disk = new MemoryDisk()
    return () => new MemoryEntryLog({ disk })
  },
  indexeddb: async () => {
    const name = freshName()
    return () => new IndexedDbEntryLog({ name })
  },
  level: async () => {
    const location = await freshFolder()
    return () => new LevelEntryLog({ location })
  },
}

let names = 0

/** A database name that was not used before. */
export function freshName(): string {
  return `entry-log-${++names}`
}

/** An empty folder that goes when the test is finished. */
export async function freshFolder(): Promise<string> {
  const location = await mkdtemp(join(tmpdir(), "polylogue-storage-"))
  onTestFinished(() => rm(location, { recursive: true, force: true }))
  return location
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
