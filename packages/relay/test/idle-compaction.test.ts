import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import { runCompaction } from "../src/index.ts"
import { openTestBed, settle, type TestBed } from "./test-relay.ts"
import { textOf, Writer } from "./writer.ts"

const LIMITS = { compactItems: 50, compactIdleItems: 10, compactIdleMs: 1_000, roomIdleMs: 5_000, heartbeatMs: 1e9, windowItems: 3 }

/** Writes so many entries to each document, in a session that then goes. */
async function write(bed: TestBed, counts: Readonly<Record<string, number>>): Promise<void> {
  const device = await bed.device()
  let handle = 0
  for (const [document, count] of Object.entries(counts)) {
    await device.open(document, ++handle)
    const writer = new Writer(handle)
    for (let index = 0; index < count; index++) device.append(writer.type("a"), { handle })
    await settle()
  }
  device.break()
}

const compacted = (bed: TestBed): string[] => bed.eventsOf("compacted").map(({ documentId }) => documentId)

test("[RL28] what an earlier start left with a long tail is compacted, one at a time, and read the same", async () => {
  const disk = new MemoryDisk()
  const before = await openTestBed({ disk, limits: { ...LIMITS, compactIdleMs: Infinity } })
  await write(before, { "home/long": 10, "home/longer": 30, "home/short": 9, "other/long": 12 })
  await before.clock.advance(60_000)
  expect(compacted(before)).toEqual([])
  await before.relay.close()

  const bed = await openTestBed({ disk, limits: LIMITS })
  await bed.clock.advance(999)
  expect(compacted(bed)).toEqual([])
  await bed.clock.advance(1)
  expect(compacted(bed)).toEqual(["home/long"])
  await bed.clock.advance(60_000)
  expect(compacted(bed)).toEqual(["home/long", "home/longer", "other/long"])
  expect(bed.relay.stats().rooms).toBe(0)
  for (const [document, length] of [
    ["home/longer", 30],
    ["home/short", 9],
  ] as const) {
    const device = await bed.device()
    await device.open(document)
    expect(textOf(...device.updates())).toHaveLength(length)
  }
})

test("[RL28] what was written in this start is compacted after its room has left, and not while it is in use", async () => {
  const bed = await openTestBed({ limits: LIMITS })
  const reader = await bed.device()
  await reader.open("home/used")
  await write(bed, { "home/used": 20, "home/left": 20, "home/short": 5 })
  await bed.clock.advance(60_000)
  expect(compacted(bed)).toEqual(["home/left"])
  reader.break()
  await bed.clock.advance(60_000)
  expect(compacted(bed)).toEqual(["home/left", "home/used"])
})

test("[RL28] it waits for as long as something is written", async () => {
  const disk = new MemoryDisk()
  const before = await openTestBed({ disk, limits: { ...LIMITS, compactIdleMs: Infinity } })
  await write(before, { "home/long": 10 })
  await before.relay.close()
  const bed = await openTestBed({ disk, limits: LIMITS })
  const device = await bed.device()
  await device.open("home/busy")
  const writer = new Writer(1)
  for (let second = 0; second < 20; second++) {
    device.append(writer.type("b"))
    await bed.clock.advance(1_000)
  }
  expect(compacted(bed)).toEqual([])
  await bed.clock.advance(2_000)
  expect(compacted(bed)).toEqual(["home/long"])
})

test("[RL28, RL14, I7] one that cannot be compacted is left alone, and the others have their turn", async () => {
  const disk = new MemoryDisk()
  const before = await openTestBed({ disk, limits: { ...LIMITS, compactIdleMs: Infinity } })
  await write(before, { "home/a": 10, "home/b": 10 })
  await before.relay.close()
  let jobs = 0
  const bed = await openTestBed({
    disk,
    limits: LIMITS,
    compactor: {
      async run(job) {
        if (job.kind === "compact" && ++jobs === 1) throw new Error("the worker died")
        return runCompaction(job)
      },
    },
  })
  await bed.clock.advance(120_000)
  expect([jobs, compacted(bed), bed.eventsOf("compaction-failed").length]).toEqual([2, ["home/b"], 1])
})
