import { MemoryDisk } from "@polylogue/storage"
import { afterEach, expect, test, vi } from "vitest"
import type { Replica, ReplicaDocument } from "../src/index.ts"
import { type Device, World } from "./support/device.ts"
import { FakeTabs } from "./support/fake-tabs.ts"
import { settle } from "./support/manual-clock.ts"

const replicas: Replica[] = []

afterEach(async () => {
  for (const replica of replicas.splice(0)) await replica.close()
  vi.restoreAllMocks()
})

function keep(device: Device): Device {
  replicas.push(device.replica)
  return device
}

const names = (document: ReplicaDocument) => [...document.awareness.getStates().values()].map(({ name }) => name as string).toSorted()

test("[RP10] presence reaches the others, is not stored, and is coalesced within a turn", async () => {
  const world = new World()
  const [left, right] = [keep(await world.device()), keep(await world.device())]
  const [here, there] = [await left.open(), await right.open()]
  there.awareness.setLocalState({ name: "bob" })
  await settle()
  world.relay.received.length = 0
  here.awareness.setLocalState({ name: "a" })
  here.awareness.setLocalState({ name: "ad" })
  here.awareness.setLocalState({ name: "ada" })
  await settle()
  expect(names(there)).toEqual(["ada", "bob"])
  expect(world.relay.received.filter(({ type }) => type === "awareness")).toHaveLength(1)
  expect((await left.store.head("home/a")).head).toBe(0)
})

test("[RP10] others are not seen while the connection is cut, and are seen at once when it is back", async () => {
  const world = new World()
  const [left, right] = [keep(await world.device()), keep(await world.device())]
  const [here, there] = [await left.open(), await right.open()]
  here.awareness.setLocalState({ name: "ada" })
  there.awareness.setLocalState({ name: "bob" })
  await settle()
  left.replica.setCutOff(true)
  await settle()
  expect(names(here)).toEqual(["ada"])
  left.replica.setCutOff(false)
  await settle()
  expect(names(there)).toContain("ada")
  there.awareness.setLocalStateField("typing", true)
  await settle()
  expect(names(here)).toEqual(["ada", "bob"])
})

test("[RP10] who comes back says so with a later clock than that with which it was said to be gone, and who begins to look says so at once", async () => {
  const world = new World()
  const device = keep(await world.device())
  const document = await device.open()
  await settle()
  const said = () => world.relay.received.filter((frame) => frame.type === "awareness")
  expect(document.awareness.getLocalState()).toEqual({})
  await settle()
  expect(said()).toHaveLength(1)
  document.awareness.setLocalState({ name: "ada" })
  await settle()
  const clock = () => document.awareness.meta.get(document.ydoc.clientID)!.clock
  const before = clock()
  device.replica.setCutOff(true)
  await settle()
  device.replica.setCutOff(false)
  await settle()
  expect(said()).toHaveLength(3)
  expect(clock()).toBe(before + 1)
})

test("[RP10] a tab that does not hold the socket is present through the one that does", async () => {
  const world = new World()
  const hub = new FakeTabs()
  const disk = new MemoryDisk()
  const holder = keep(await world.device({ disk, tabs: hub.tab() }))
  const tab = keep(await world.device({ disk, tabs: hub.tab() }))
  const elsewhere = keep(await world.device())
  const document = await tab.open()
  const far = await elsewhere.open()
  await settle()
  document.awareness.setLocalState({ name: "ada" })
  far.awareness.setLocalState({ name: "bob" })
  await settle()
  expect(names(far)).toEqual(["ada", "bob"])
  expect(names(document)).toEqual(["ada", "bob"])
  expect(holder.replica.status.holder).toBe(true)
  holder.replica.setCutOff(true)
  await settle()
  expect(names(document)).toEqual(["ada"])
})

test("[RP10] closing a document says goodbye, and presence that does not decode is dropped", async () => {
  const world = new World()
  const [left, right] = [keep(await world.device()), keep(await world.device())]
  const [here, there] = [await left.open(), await right.open()]
  here.awareness.setLocalState({ name: "ada" })
  there.awareness.setLocalState({ name: "bob" })
  await settle()
  for (const session of world.relay.sessions) session.send({ type: "awareness", handle: 1, update: new Uint8Array([255, 255]) })
  await settle()
  expect(names(here)).toEqual(["ada", "bob"])
  await here.close()
  await settle()
  expect(names(there)).toEqual(["bob"])
  expect(() => here.awareness).toThrow(expect.objectContaining({ code: "closed" }))
})

test("[RP10] without a question for presence no timer of it runs", async () => {
  const timers = vi.spyOn(globalThis, "setInterval")
  const world = new World()
  const device = keep(await world.device())
  const document = await device.open()
  await settle()
  await document.close()
  expect(timers).not.toHaveBeenCalled()
})

test("[RP10] who begins to look later sees who is there, in the tab that holds the socket and in another", async () => {
  const world = new World()
  const hub = new FakeTabs()
  const disk = new MemoryDisk()
  const far = keep(await world.device())
  const holder = keep(await world.device({ disk, tabs: hub.tab() }))
  const tab = keep(await world.device({ disk, tabs: hub.tab() }))
  const [there, here, beside] = [await far.open(), await holder.open(), await tab.open()]
  await settle()
  there.awareness.setLocalState({ name: "bob" })
  await settle()
  expect(here.awareness.clientID).toBe(here.ydoc.clientID)
  here.awareness.setLocalState({ name: "ada" })
  await settle()
  expect(names(here)).toEqual(["ada", "bob"])
  expect(beside.awareness.getLocalState()).toEqual({})
  beside.awareness.setLocalState({ name: "ada too" })
  await settle()
  expect(names(beside)).toEqual(["ada", "ada too", "bob"])
})
