import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { LevelEntryLog } from "../src/level/index.ts"
import { indexedDbPlace, memoryPlace, type Place } from "./under-test.ts"

/** An empty folder. */
async function levelPlace(): Promise<Place> {
  const location = await freshFolder()
  return () => new LevelEntryLog({ location })
}

/** An empty folder that goes when the test is finished. */
export async function freshFolder(): Promise<string> {
  const location = await mkdtemp(join(tmpdir(), "polylogue-storage-"))
  onTestFinished(() => rm(location, { recursive: true, force: true }))
  return location
}

/** Fresh places, by implementation. */
export const PLACES: Readonly<Record<string, () => Promise<Place>>> = {
  memory: memoryPlace,
  indexeddb: indexedDbPlace,
  level: levelPlace,
}
