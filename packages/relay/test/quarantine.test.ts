import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { liftQuarantine, readQuarantines, runCompaction } from "../src/index.ts"
import { openTestBed, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { textOf, Writer } from "./writer.ts"

const LIMITS = { quarantineMs: 60_000, heartbeatMs: 1e9, compactItems: 5, windowItems: 2 }

async function openOn(bed: TestBed, document: string): Promise<TestDevice> {
  const device = await bed.device()
  await device.open(document)
  await settle()
  return device
}

/** A disk on which `home/bad` holds an entry that nobody can read, and `home/good` a word. */
async function poisoned(): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  const log = new MemoryEntryLog({ disk })
  await log.open()
  for (const [documentId, update] of [
    ["home/bad", Uint8Array.of(9, 9)],
    ["home/good", new Writer(1).type("good")],
  ] as const) {
    const stamp = { log: "0123456789abcdef", seq: 1 }
    const entry = { stamp, receivedAt: 1, principal: "p", row: "0123456789abcdef", handOver: false, update }
    await log.commit([{ type: "append", documentId, items: [{ kind: "entry", entry }] }])
  }
  await log.close()
  return disk
}

async function onDisk<T>(disk: MemoryDisk, action: (log: MemoryEntryLog) => Promise<T>): Promise<T> {
  const log = new MemoryEntryLog({ disk })
  await log.open()
  const result = await action(log)
  await log.close()
  return result
}

test("[RL25, I7] what failed alone stays closed over a restart, with its reason, and others are served", async () => {
  const disk = await poisoned()
  const first = await openTestBed({ disk, limits: LIMITS })
  const device = await openOn(first, "home/bad")
  device.append(new Writer(2).type("on poison"))
  await settle()
  expect(device.closeCode(1)).toBe("quarantined")
  const at = first.clock.now()
  await first.relay.close()
  expect(await onDisk(disk, readQuarantines)).toEqual([{ documentId: "home/bad", scope: "document", code: "unsound", at }])

  const second = await openTestBed({ disk, limits: LIMITS })
  expect(second.relay.stats()).toMatchObject({ quarantinedRooms: 1, quarantinedCompactions: 0 })
  expect((await openOn(second, "home/bad")).closeCode(1)).toBe("quarantined")
  expect(textOf(...(await openOn(second, "home/good")).updates())).toBe("good")
  // A millisecond before its time nothing is loaded; at its time it is, found unsound, and closed anew.
  await second.clock.advance(LIMITS.quarantineMs - 1)
  await openOn(second, "home/bad")
  expect(second.jobs.filter(({ kind }) => kind === "state")).toHaveLength(0)
  await second.clock.advance(1)
  expect((await openOn(second, "home/bad")).closeCode(1)).toBe("quarantined")
  expect(second.jobs.filter(({ kind }) => kind === "state")).toHaveLength(1)
  await second.relay.close()
  expect(await onDisk(disk, readQuarantines)).toMatchObject([{ documentId: "home/bad", code: "unsound", at: second.clock.now() }])
})

test("[RL25] an operator lifts it, and a fault that is still there closes the document again", async () => {
  const disk = await poisoned()
  const first = await openTestBed({ disk, limits: LIMITS })
  const device = await openOn(first, "home/bad")
  device.append(new Writer(2).type("on poison"))
  await settle()
  await first.relay.close()
  expect(await onDisk(disk, (log) => liftQuarantine(log, "home/good"))).toBe(false)
  expect(await onDisk(disk, (log) => liftQuarantine(log, "home/bad"))).toBe(true)
  expect(await onDisk(disk, readQuarantines)).toEqual([])

  const second = await openTestBed({ disk, limits: LIMITS })
  const again = await openOn(second, "home/bad")
  expect([again.closeCode(1), again.of("opened").length]).toEqual([undefined, 1])
  again.append(new Writer(2).type("on poison"))
  await settle()
  expect([again.closeCode(1), second.relay.stats().quarantinedRooms]).toEqual(["quarantined", 1])
})

test("[RL25] a retry that finds the document sound opens it, and the record is gone", async () => {
  const disk = await poisoned()
  const key = "quarantine/home/good"
  // What a later version may have written: it still keeps the document closed.
  await onDisk(disk, (log) => log.commit([{ type: "record", key, value: Uint8Array.of(1, 65) }]))
  expect(await onDisk(disk, readQuarantines)).toEqual([{ documentId: "home/good", scope: "document", code: "corrupt", at: 0 }])
  const bed = await openTestBed({ disk, limits: LIMITS })
  expect(bed.relay.stats().quarantinedRooms).toBe(1)
  const devices = await Promise.all([openOn(bed, "home/good"), openOn(bed, "home/good")])
  expect(devices.map((device) => textOf(...device.updates()))).toEqual(["good", "good"])
  expect(bed.jobs.filter(({ kind }) => kind === "state")).toHaveLength(1)
  expect(bed.relay.stats().quarantinedRooms).toBe(0)
  await bed.relay.close()
  expect(await onDisk(disk, readQuarantines)).toEqual([])
})

test("[RL25, RL14] a document that cannot be compacted is named, served, and forgotten once it can", async () => {
  const disk = new MemoryDisk()
  let broken = true
  const open = (): Promise<TestBed> =>
    openTestBed({
      disk,
      limits: LIMITS,
      compactor: {
        async run(job) {
          if (job.kind === "compact" && broken) throw Object.assign(new Error("it reads back as something else"), { code: "unsound" })
          return runCompaction(job)
        },
      },
    })
  const bed = await open()
  const device = await openOn(bed, "home/a")
  const writer = new Writer(1)
  for (let index = 0; index < 5; index++) device.append(writer.type("a"))
  await settle()
  expect(bed.relay.stats()).toMatchObject({ quarantinedRooms: 0, quarantinedCompactions: 1 })
  expect(textOf(...(await openOn(bed, "home/a")).updates())).toBe("aaaaa")
  await bed.relay.close()
  expect(await onDisk(disk, readQuarantines)).toMatchObject([{ documentId: "home/a", scope: "compaction", code: "unsound" }])

  broken = false
  const later = await open()
  expect(textOf(...(await openOn(later, "home/a")).updates())).toBe(textOf(Y.encodeStateAsUpdate(writer.doc)))
  await settle(30)
  expect(later.relay.stats()).toMatchObject({ compactions: 1, quarantinedCompactions: 0 })
  await later.relay.close()
  expect(await onDisk(disk, readQuarantines)).toEqual([])
})
