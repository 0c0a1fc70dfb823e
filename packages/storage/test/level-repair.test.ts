import { readdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { encodeUint } from "../src/at-rest.ts"
import { classicLevel, type LevelOperation } from "../src/level/database.ts"
import { LEVEL_FORMAT, LevelEntryLog, repairLevel } from "../src/level/index.ts"
import { KIND, numberKey, plainKey, textKey } from "../src/level/key.ts"
import { A, append, B, compact, entryOf, record, run, snapshotOf } from "../src/rules/rule.ts"
import { foundIn, noise } from "./folder-bytes.ts"
import { freshFolder } from "./level-place.ts"
import { dump, type Dump } from "./oracle.ts"
import { Random } from "./random-changes.ts"

async function openLog(location: string): Promise<LevelEntryLog> {
  const log = new LevelEntryLog({ location })
  await log.open()
  onTestFinished(() => log.close())
  return log
}

/** What `found` holds beside the feed, and which documents stand in the feed. */
function beside(found: Dump) {
  const { feed, ...rest } = found
  return { ...rest, inFeed: feed.slice(0, -1).map((place) => (place as { documentId: string }).documentId) }
}

async function tamper(location: string, operations: LevelOperation[]): Promise<void> {
  const database = classicLevel(location)
  await database.open()
  await database.batch(operations, { sync: true })
  await database.close()
}

test("[LV13] a folder whose list of files is damaged opens again after a repair, with all that is in its files", async () => {
  const location = await freshFolder()
  const log = await openLog(location)
  await log.commit([append("a", run(A, 1, 5)), record("k", Uint8Array.of(1))])
  await log.commit([append("b", run(B, 1, 2)), compact("a", snapshotOf({ [A]: 3 }), 3, 2)])
  const before = await dump(log)
  await expect(repairLevel(location)).rejects.toMatchObject({ code: "locked" })
  await log.close()
  await writeFile(join(location, "CURRENT"), "no line end")
  await expect(log.open()).rejects.toMatchObject({ code: "corrupt" })
  await repairLevel(location)
  await log.open()
  const after = await dump(log)
  expect(beside(after)).toEqual(beside(before))
  // Every reader of the feed hears of every document anew.
  expect((await log.changes({ after: before.feed.at(-1) as number })).changes).toHaveLength(2)
  await log.commit([append("a", run(A, 6, 6))])
  await log.close()
  // One that opens may be repaired too.
  await repairLevel(location)
  await log.open()
  expect((await log.head("a")).head).toBe(6)
})

test("[LV13] what a repair has lost is noticed where it is read; what it brought back or put aside goes with the next purge", async () => {
  const random = new Random(8)
  const location = await freshFolder()
  const log = await openLog(location)
  const gone = { gone: noise(random) }
  await log.commit([append("a", [{ kind: "entry", entry: entryOf(A, 1, { update: gone.gone }) }]), append("b", run(B, 1, 3))])
  await log.commit([compact("a", snapshotOf({ [A]: 1 }), 1, 1)])
  await log.close()
  await tamper(location, [
    { type: "put", key: textKey(KIND.purged, "a"), value: Uint8Array.of(1, 0) },
    { type: "del", key: numberKey(KIND.item, "b", 2) },
  ])
  await repairLevel(location)
  expect(await readdir(location)).toContain("lost")
  expect(await foundIn(location, gone)).toEqual(["gone"])
  await log.open()
  await expect(log.read("b", 0)).rejects.toMatchObject({ code: "corrupt" })
  await log.purge(["a"])
  expect(await foundIn(location, gone)).toEqual([])
  expect(await readdir(location)).not.toContain("lost")
})

test("[LV13] where there is nothing to repair it is `unavailable`; a folder of a newer version stays `newer`, one that lost its format gets one", async () => {
  await expect(repairLevel(join(await freshFolder(), "none"))).rejects.toMatchObject({ code: "unavailable" })
  const location = await freshFolder()
  const log = await openLog(location)
  await log.commit([append("a", run(A, 1, 1))])
  await log.close()
  await tamper(location, [{ type: "put", key: plainKey(KIND.format), value: encodeUint(LEVEL_FORMAT + 1) }])
  await expect(repairLevel(location)).rejects.toMatchObject({ code: "newer" })
  await expect(log.open()).rejects.toMatchObject({ code: "newer" })
  await tamper(location, [{ type: "del", key: plainKey(KIND.format) }])
  await rm(join(location, "CURRENT"))
  await repairLevel(location)
  await log.open()
  expect((await log.head("a")).head).toBe(1)
})
