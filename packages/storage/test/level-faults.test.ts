import { expect, test } from "vitest"
import type { Change, EntryLog } from "../src/index.ts"
import { LevelEntryLog } from "../src/level/index.ts"
import { A, append, compact, entryOf, outbox, rowId, snapshotOf } from "../src/rules/rule.ts"
import { foundIn, noise } from "./folder-bytes.ts"
import { Faults } from "./level-fault.ts"
import { asFormat1 } from "./level-format-1.ts"
import { freshFolder } from "./level-place.ts"
import { Random, randomCommit } from "./random-changes.ts"
import { dump, Oracle } from "./oracle.ts"

/*
 * Fail the n-th operation of LevelDB, for n = 1, 2, 3 … until nothing fails. A failing batch may or may not have reached the disk, as
 * with a failed fsync; both are tried.
 */

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
    expect([...hits].toSorted()).toEqual(["batch", "close", "get", "getMany", "iterator close", "nextv", "open"])
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

test.each(["before", "after"] as const)(
  "[LV2, LV9] the n-th operation of a purge fails (%s it takes effect), for every n: nothing is lost, and the next purge does what this one has not",
  async (mode) => {
    const random = new Random(31)
    const hits = new Set<string>()
    for (let failAt = 1; ; failAt++) {
      const location = await freshFolder()
      const faults = new Faults(failAt, mode)
      faults.muted = true
      const log = new LevelEntryLog({ location, maxCachedHeads: 0, database: (folder) => faults.open(folder) })
      await log.open()
      const gone = { entry: noise(random), row: noise(random), snapshot: noise(random) }
      await log.commit([
        append("d", [{ kind: "entry", entry: entryOf(A, 1, { update: gone.entry }) }]),
        outbox("d", [{ row: rowId(1), update: gone.row, handOver: false }]),
        compact("d", { ...snapshotOf({ [A]: 1 }), update: gone.snapshot }, 1, 0),
      ])
      await log.commit([compact("d", snapshotOf({ [A]: 1 }), 1, 1), outbox("d", [], [rowId(1)])])
      const before = await dump(log)
      faults.muted = false
      const outcome = await log.purge(["d"]).catch((error: { code: string }) => error.code)
      faults.muted = true
      expect(outcome).toBe(faults.hit === undefined ? undefined : "io")
      if (outcome === "io") {
        hits.add(faults.hit!)
        await log.close()
        await log.open()
        await log.purge(["d"])
      }
      expect(await dump(log)).toEqual(before)
      expect(await foundIn(location, gone)).toEqual([])
      await log.close()
      if (outcome === undefined) break
    }
    expect([...hits].toSorted()).toEqual(["batch", "compactRange", "get", "iterator close", "nextv"])
  },
)

test.each(["before", "after"] as const)(
  "[LV10] the n-th operation of an upgrade fails (%s it takes effect), for every n: the next open finishes it, and each document stands in the feed once",
  async (mode) => {
    for (let failAt = 1; ; failAt++) {
      const location = await freshFolder()
      const documents = ["a/1", "a/2", "b", "", "a"]
      const writer = new LevelEntryLog({ location })
      await writer.open()
      for (const id of documents) await writer.commit([append(id, [{ kind: "entry", entry: entryOf(A, 1) }])])
      await writer.close()
      await asFormat1(location)
      const faults = new Faults(failAt, mode)
      const log = new LevelEntryLog({ location, database: (folder) => faults.open(folder) })
      const outcome = await log.open().catch((error: { code: string }) => error.code)
      if (outcome !== undefined) expect(["io", "unavailable"]).toContain(outcome)
      faults.muted = true
      await log.open()
      const { changes, last } = await log.changes({ after: 0 })
      expect(changes.map(({ documentId }) => documentId).toSorted()).toEqual(documents.toSorted())
      expect(changes.every(({ vector }) => vector.get(A) === 1)).toBe(true)
      await log.commit([append("a", [{ kind: "entry", entry: entryOf(A, 2) }])])
      expect((await log.changes({ prefix: "a", after: last })).changes).toHaveLength(1)
      await log.close()
      if (faults.hit === undefined) break
    }
  },
)
