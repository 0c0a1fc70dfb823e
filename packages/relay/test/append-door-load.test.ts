import type { RowId } from "@polylogue/protocol"
import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import { MemorySocket, openTestBed, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

/** A relay whose rooms are cold, on a store that takes a few turns of the event loop for each read, as a disk does; `seed` says how many. */
async function coldRelay(seed: number): Promise<{ bed: TestBed; log: WatchedLog }> {
  const disk = new MemoryDisk()
  const before = await openTestBed({ disk })
  const device = await before.device()
  await device.open("home/doc")
  device.append(new Writer(1).type("base "))
  await settle()
  await before.relay.close()
  const log = new WatchedLog(disk)
  let reads = 0
  log.beforeRead = () => settle(1 + ((++reads * 7919 + seed * 13) % 5))
  return { bed: await openTestBed({ disk, log }), log }
}

async function openSlowly(bed: TestBed): Promise<TestDevice> {
  const device = await bed.device()
  await device.open("home/doc")
  await settle(60)
  return device
}

async function storedRows(log: WatchedLog): Promise<RowId[]> {
  return (await log.items("home/doc")).flatMap((item) => (item.kind === "entry" ? [item.entry.row] : []))
}

test("[RL1] a row and a y-websocket client that wake the same cold door lose nothing, whichever comes first", async () => {
  for (let turns = 0; turns < 14; turns++) {
    for (const first of ["row", "y-websocket"]) {
      const { bed, log } = await coldRelay(turns)
      const device = await openSlowly(bed)
      const writer = new Writer(77)
      const updates = ["one ", "two ", "three "].map((text) => writer.type(text))
      const joinYjs = (): void => bed.relay.acceptYjs(new MemorySocket(), "home/doc")
      if (first === "y-websocket") {
        joinYjs()
        await settle(turns)
      }
      const rows = [device.append(updates[0]!)]
      if (first === "row") {
        await settle(turns)
        joinYjs()
      }
      await settle(3)
      rows.push(device.append(updates[1]!))
      await settle(20)
      rows.push(device.append(updates[2]!))
      await settle(100)
      expect(device.of("reject")).toEqual([])
      expect(device.of("ack").map(({ row, seq }) => ({ row, seq }))).toEqual(rows.map((row, index) => ({ row, seq: index + 1 })))
      expect((await storedRows(log)).slice(1)).toEqual(rows)
      expect(
        textOf(...(await log.items("home/doc")).map((item) => (item.kind === "entry" ? item.entry.update : new Uint8Array()))),
      ).toContain("one two three ")
    }
  }
})

test("[RL1] rows of two devices at a door that a y-websocket client wakes are all answered and stored", async () => {
  for (let seed = 0; seed < 30; seed++) {
    const { bed, log } = await coldRelay(seed)
    log.beforeCommit = () => settle(6)
    const devices = [await openSlowly(bed), await openSlowly(bed)] as const
    const rows = [devices[0].append(new Writer(77).type("one "))]
    await settle(seed % 10)
    bed.relay.acceptYjs(new MemorySocket(), "home/doc")
    await settle(5 + Math.floor(seed / 10) * 4)
    rows.push(devices[1].append(new Writer(88).type("two ")))
    await settle(200)
    expect(devices.map((device) => device.of("ack").map(({ row }) => row))).toEqual([[rows[0]], [rows[1]]])
    expect((await storedRows(log)).slice(1).toSorted()).toEqual(rows.toSorted())
  }
})

test("[RL11] a room that fails while its door is being read keeps nothing and answers with the document's end", async () => {
  const { bed, log } = await coldRelay(0)
  const device = await openSlowly(bed)
  log.beforeRead = () => {
    throw new Error("broken")
  }
  device.append(new Writer(5).type("x"))
  await settle(60)
  expect(device.closeCode(1)).toBe("quarantined")
  expect(bed.relay.stats().queuedRows).toBe(0)
})
