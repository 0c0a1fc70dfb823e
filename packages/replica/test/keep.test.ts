import { codeNumber } from "@polylogue/protocol"
import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { textOf, type, World } from "./support/device.ts"
import { settle } from "./support/manual-clock.ts"

const names = (count: number) => Array.from({ length: count }, (_, index) => `home/kept-${index}`)

function written(text: string): Uint8Array {
  const ydoc = new Y.Doc()
  ydoc.getText("t").insert(0, text)
  return Y.encodeStateAsUpdate(ydoc)
}

test("[RP13] a document that was never opened here is readable without a network, as it was when the network went", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  world.relay.write("home/kept-0", written("before "))
  const device = await world.device({ disk })
  device.replica.keep(names(2))
  await settle()
  world.relay.write("home/kept-1", written("meanwhile"))
  await settle()
  await device.replica.close()
  const later = await world.device({ disk, relays: [] })
  expect(textOf(await later.open("home/kept-0"))).toBe("before ")
  expect(textOf(await later.open("home/kept-1"))).toBe("meanwhile")
})

test("[RP13] the list replaces the one before, and the same list again, in whatever order, changes nothing", async () => {
  const world = new World()
  const device = await world.device()
  device.replica.keep(["home/a", "home/b"])
  await settle()
  device.replica.keep(["home/b", "home/c", "home/c"])
  await settle()
  const [session] = world.relay.sessions
  expect([...session!.documents.values()]).toEqual(["home/b", "home/c"])
  const before = world.relay.received.length
  device.replica.keep(["home/c", "home/b"])
  await settle()
  expect(world.relay.received).toHaveLength(before)
  expect(() => device.replica.keep(["home/d", ""])).toThrow(expect.objectContaining({ code: "bad-document-id" }))
  await settle()
  expect([...session!.documents.values()]).toEqual(["home/b", "home/c"])
  await device.replica.close()
  expect(() => device.replica.keep([])).toThrow(expect.objectContaining({ code: "closed" }))
})

test("[RP13] open documents go before kept ones where the relay admits only so many, and give the place back", async () => {
  const world = new World()
  world.relay.limits = { ...world.relay.limits, maxDocuments: 3 }
  const device = await world.device()
  device.replica.keep(names(5))
  await settle()
  const [session] = world.relay.sessions
  const opened = () => [...session!.documents.values()].toSorted()
  expect(opened()).toEqual(names(3))
  const document = await device.open("home/a")
  type(document, "mine")
  await document.whenDurable("stored")
  expect(opened()).toEqual(["home/a", ...names(2)])
  await document.close()
  await settle()
  expect(opened()).toEqual(names(3))
})

test("[RP13] thousands are opened a bounded number at a time, and one that somebody opens meanwhile does not wait for them", async () => {
  const world = new World()
  const device = await world.device()
  const { relay } = world
  await settle()
  const [session] = relay.sessions
  // Answers go astray, so that what was asked for stays under way.
  const send = session!.send.bind(session)
  const held: (() => void)[] = []
  session!.send = (frame) => {
    if (frame.type === "opened") held.push(() => send(frame))
    else send(frame)
  }
  device.replica.keep(names(1_000))
  await settle()
  expect(held).toHaveLength(256)
  const document = await device.open("home/a")
  held.shift()!()
  await settle()
  expect(held).toHaveLength(256)
  expect(session!.handleOf("home/a")).toBeDefined()
  // One that the relay refuses makes room, too.
  send({ type: "close", handle: 2, code: codeNumber("forbidden"), reason: "" })
  await settle()
  expect(held).toHaveLength(257)
  while (held.length > 0) {
    for (const answer of held.splice(0)) answer()
    await settle()
  }
  expect(session!.documents.size).toBe(1_001)
  expect(document.status.synced).toBe(true)
})
