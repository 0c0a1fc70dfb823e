import { expect, test } from "vitest"
import type { Change, EntryLog } from "../src/index.ts"
import { classicLevel, type LevelDatabase, type LevelRange } from "../src/level/database.ts"
import { LevelEntryLog } from "../src/level/index.ts"
import { freshFolder } from "./level-place.ts"
import { Random, randomCommit } from "./random-changes.ts"
import { dump, Oracle } from "./oracle.ts"

/*
 * Fail the n-th operation of LevelDB, for n = 1, 2, 3 … until nothing fails. A failing batch may or may not have reached the disk, as
 * with a failed fsync; both are tried.
 */

type Mode = "before" | "after"

/** Counts operations on all databases that it makes; the n-th fails. */
class Faults {
  #left: number
  readonly #mode: Mode
  hit: string | undefined
  /** Whether operations neither count nor fail. */
  muted = false

  constructor(failAt: number, mode: Mode) {
    this.#left = failAt
    this.#mode = mode
  }

  open(location: string): LevelDatabase {
    const database = classicLevel(location)
    return {
      open: () => this.#step("open", () => database.open()),
      // What fails in close is the report only: a process that ends releases its lock anyway.
      close: () => this.#step("close", () => database.close(), "after"),
      get: (key, options) => this.#step("get", () => database.get(key, options)),
      getMany: (keys, options) => this.#step("getMany", () => database.getMany(keys, options)),
      compactRange: (start, end) => this.#step("compactRange", () => database.compactRange(start, end)),
      batch: (operations, options) => this.#step("batch", () => database.batch(operations, options)),
      snapshot: () => database.snapshot(),
      iterator: (range: LevelRange) => {
        const iterator = database.iterator(range)
        return {
          nextv: (size) => this.#step("nextv", () => iterator.nextv(size)),
          seek: (target) => iterator.seek(target),
          close: () => this.#step("iterator close", () => iterator.close(), "after"),
        }
      },
    }
  }

  async #step<T>(name: string, act: () => Promise<T>, mode = this.#mode): Promise<T> {
    const fails = !this.muted && --this.#left === 0
    if (fails) this.hit = name
    if (fails && mode === "before") throw new Error(`${name} failed`)
    const result = await act()
    if (fails) throw new Error(`${name} failed`)
    return result
  }
}

/** A script that touches every kind of change, the same for each n. */
function script(): Change[][] {
  const random = new Random(11)
  const oracle = new Oracle()
  return Array.from({ length: 8 }, () => {
    const changes = randomCommit(random, oracle)
    oracle.commit(changes)
    return changes
  })
}

test.each(["before", "after"] as const)(
  "[I1, LV2] the n-th operation fails (%s it takes effect), for every n: nothing acknowledged is missing, nothing is half-written",
  async (mode) => {
    const commits = script()
    const hits = new Set<string>()
    for (let failAt = 1; ; failAt++) {
      const location = await freshFolder()
      const faults = new Faults(failAt, mode)
      // Without a cache of heads there are more operations to fail.
      const log = new LevelEntryLog({ location, maxCachedHeads: 0, database: (folder) => faults.open(folder) })
      const oracle = new Oracle()
      for (const changes of commits) await commitOrRecover(log, oracle, changes, faults)
      // The fault may also hit a read, which answers with an error and changes nothing.
      await dump(log).catch((error: unknown) => expect(error).toMatchObject({ code: "io" }))
      await log.close().catch((error: unknown) => expect(error).toMatchObject({ code: "io" }))
      if (faults.hit === undefined) break
      hits.add(faults.hit)
      faults.muted = true
      await log.open()
      expect(await dump(log)).toEqual(oracle.dump())
      await log.close()
    }
    expect([...hits].toSorted()).toEqual(["batch", "close", "get", "iterator close", "nextv", "open"])
  },
)

/** Commits; after a failure it reopens, finds out whether the commit is there, and brings the oracle to the same state. */
async function commitOrRecover(log: EntryLog, oracle: Oracle, changes: readonly Change[], faults: Faults): Promise<void> {
  try {
    await openIfClosed(log)
    const applied = await log.commit(changes)
    expect(applied).toEqual(oracle.commit(changes))
  } catch (error) {
    const { code } = error as { code: string }
    if (code === "gap" || code === "stale-compaction") {
      expect(oracle.commit(changes)).toBe(code)
      return
    }
    expect(["io", "unavailable"]).toContain(code)
    faults.muted = true
    await log.close()
    await log.open()
    const found = await dump(log)
    faults.muted = false
    const without = oracle.dump()
    try {
      expect(found).toEqual(without)
    } catch {
      oracle.commit(changes)
      expect(found).toEqual(oracle.dump())
    }
  }
}

async function openIfClosed(log: EntryLog): Promise<void> {
  await log.open().catch(() => log.open())
}
