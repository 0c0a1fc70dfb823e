import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { bytesOn, textOf, type } from "./support/device.ts"
import { Town } from "./support/town.ts"

test("[RP1, RP6, I2] with the real relay: two devices converge, a restart keeps everything, and a wiped relay is refilled", async () => {
  const town = new Town()
  const disk = new MemoryDisk()
  await town.raise(disk)
  const [left, right] = [await town.replica(), await town.replica()]
  const [here, there] = [await left.open("home/a"), await right.open("home/a")]
  await town.clock.pass(100)
  for (let round = 0; round < 20; round++) {
    type(here, `l${round} `)
    type(there, `r${round} `)
    await town.clock.pass(10)
  }
  here.ydoc.getText("t").delete(0, 3)
  await town.clock.pass(1_000)
  expect(textOf(here)).toBe(textOf(there))
  expect([left.status.waitingRows, right.status.waitingRows]).toEqual([0, 0])
  await town.relay.close()
  await town.clock.pass(1_000)
  type(here, "offline ")
  await town.raise(disk)
  await town.clock.pass(60_000)
  expect(textOf(there)).toContain("offline")
  await town.relay.close()
  type(there, "unsent ")
  await town.raise(new MemoryDisk())
  await town.clock.pass(60_000)
  const fresh = await (await town.replica()).open("home/a")
  await town.clock.pass(1_000)
  expect(textOf(fresh)).toBe(textOf(here))
  expect(textOf(fresh)).toBe(textOf(there))
  expect(textOf(fresh)).toContain("unsent")
  expect([left.status.waitingRows, right.status.waitingRows]).toEqual([0, 0])
})

test("[RP13, I3] with the real relay: a conversation never opened on a device is there when the network has gone", async () => {
  const town = new Town()
  await town.raise(new MemoryDisk())
  const disk = new MemoryDisk()
  const [left, right] = [await town.replica(), await town.replica(disk)]
  const here = await left.open("home/conv/1")
  type(here, "early. ")
  await town.clock.pass(100)
  right.watch("home")
  await town.clock.pass(100)
  type(here, "later.")
  await town.clock.pass(100)
  await town.relay.close()
  await right.close()
  const there = await (await town.replica(disk)).open("home/conv/1")
  expect(textOf(there)).toBe("early. later.")
})

test("[RP20, RP21, RP22, I10] with the real relay: erased words are on no disk, a device that was away loses nothing else, a relay from a backup is told again", async () => {
  const town = new Town()
  const relayDisk = new MemoryDisk()
  await town.raise(relayDisk)
  const disks = [new MemoryDisk(), new MemoryDisk()]
  const [left, right] = [await town.replica(disks[0]), await town.replica(disks[1])]
  const [here, there] = [await left.open("home/a"), await right.open("home/a")]
  type(here, "hello topsecret world")
  await town.clock.pass(1_000)
  right.setCutOff(true)
  there.ydoc.getText("t").insert(10, "UNSENT")
  await there.whenDurable("local")
  const backup = relayDisk.copy()
  const { client, clock } = Y.createRelativePositionFromTypeIndex(here.ydoc.getText("t"), 6).item!
  await here.erase({ ranges: [{ client, clock, length: 9 }], after: () => here.ydoc.getText("t").insert(6, "[gone]") })
  await town.clock.pass(10_000)
  expect(await here.erasures()).toMatchObject([{ state: "done", done: ["ws://town/sync"], missing: [] }])
  expect(bytesOn(relayDisk)).not.toMatch(/tops|ecret/)
  right.setCutOff(false)
  await town.clock.pass(10_000)
  expect(textOf(there)).toBe(textOf(here))
  expect(textOf(there).replace("UNSENT", "")).toBe("hello [gone] world")
  for (const disk of [relayDisk, ...disks]) expect(bytesOn(disk)).not.toMatch(/tops|ecret/)
  // The relay is put back to before the erasure, and learns of it from a device that knows.
  await town.relay.close()
  await town.raise(backup)
  expect(bytesOn(backup)).toContain("secret")
  await town.clock.pass(120_000)
  const fresh = await (await town.replica()).open("home/a")
  await town.clock.pass(1_000)
  expect(textOf(fresh)).toBe(textOf(here))
  expect(bytesOn(backup)).not.toMatch(/tops|ecret/)
  expect([left.status.waitingRows, right.status.waitingRows]).toEqual([0, 0])
})
