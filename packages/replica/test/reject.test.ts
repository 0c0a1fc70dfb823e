import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { textOf, type, World } from "./support/device.ts"
import { FaultyStore, outboxOf } from "./support/faulty-store.ts"
import { settle } from "./support/manual-clock.ts"

const keptText = (update: Uint8Array) => {
  const ydoc = new Y.Doc()
  Y.applyUpdate(ydoc, update)
  return ydoc.getText("t").toJSON()
}

test("[RP7] a permanent reject stops the document's outbox, keeps its text aside and shows the relay's; other documents go on", async () => {
  const world = new World()
  const device = await world.device()
  const [document, other] = [await device.open(), await device.open("home/b")]
  type(document, "agreed. ")
  await document.whenDurable("stored")
  world.relay.onAppend = (frame) => (Buffer.from(frame.update).includes("evil") ? "forbidden" : undefined)
  const before = document.ydoc
  const resets: Y.Doc[] = []
  document.onReset((ydoc) => resets.push(ydoc))
  type(document, "evil ")
  const refused = expect(document.whenDurable("stored")).rejects.toMatchObject({ code: "rejected" })
  await document.whenDurable("local")
  type(document, "after")
  type(other, "fine")
  await refused
  await settle()
  expect(resets).toEqual([document.ydoc])
  expect(document.ydoc).not.toBe(before)
  expect(textOf(document)).toBe("agreed. ")
  expect(document.status).toMatchObject({ rejected: "forbidden", waitingRows: 0, unsavedUpdates: 0, synced: true })
  expect(await outboxOf(device.store)).toEqual([])
  const [kept] = await device.replica.kept()
  expect(kept).toMatchObject({ documentId: "home/a", code: "forbidden" })
  expect(keptText(kept!.update)).toBe("agreed. evil after")
  expect(world.relay.text("home/b")).toBe("fine")
  type(document, "go on")
  await document.whenDurable("stored")
  expect(world.relay.text("home/a")).toBe("agreed. go on")
  await device.replica.dismissKept(kept!.key)
  expect(await device.replica.kept()).toEqual([])
  expect(document.status.rejected).toBeUndefined()
  await expect(device.replica.dismissKept("verified/home/a")).rejects.toThrow(RangeError)
})

test("[RP7, I12] a row that another tab writes while the document is being emptied is kept aside with the rest", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const store = new FaultyStore(disk)
  const device = await world.device({ disk, store })
  const document = await device.open()
  await settle()
  world.relay.onAppend = () => "bad-update"
  type(document, "refused ")
  await document.whenDurable("local")
  store.hold()
  await settle()
  const elsewhere = new Y.Doc()
  Y.applyUpdate(elsewhere, Y.encodeStateAsUpdate(document.ydoc))
  elsewhere.getText("t").insert(8, "and more")
  const other = new MemoryEntryLog({ disk })
  await other.open()
  const row = { row: "00000000000000bb", update: Y.encodeStateAsUpdate(elsewhere), handOver: false }
  await other.commit([{ type: "outbox", documentId: "home/a", rows: [row], resets: 0 }])
  store.letGo()
  await settle()
  expect((await device.replica.kept()).map(({ update }) => keptText(update))).toEqual(["refused and more"])
  expect(await outboxOf(store)).toEqual([])
})

test("[RP7] words typed while the document is being replaced are kept too", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store })
  const document = await device.open()
  await settle()
  world.relay.onAppend = () => "bad-update"
  type(document, "refused ")
  await document.whenDurable("local")
  store.hold()
  await settle()
  type(document, "while it happens")
  const lost = expect(document.whenDurable("local")).rejects.toMatchObject({ code: "rejected" })
  store.letGo()
  await settle()
  await lost
  expect(textOf(document)).toBe("")
  expect((await device.replica.kept()).map(({ update }) => keptText(update))).toEqual(["refused while it happens"])
})

test("[RP7] a reject of a document that nobody has open keeps its text as well", async () => {
  const world = new World()
  world.relay.unreachable = true
  const device = await world.device()
  const document = await device.open()
  type(document, "written offline")
  await document.close()
  world.relay.unreachable = false
  world.relay.onAppend = () => "superseded"
  await world.clock.pass(60_000)
  expect((await device.replica.kept()).map(({ code, update }) => [code, keptText(update)])).toEqual([["superseded", "written offline"]])
  expect(device.replica.status.waitingRows).toBe(0)
})

test("[RP7] when the store does not take the kept text nothing is given up, and it is tried again", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store })
  const document = await device.open()
  await settle()
  world.relay.onAppend = () => "forbidden"
  store.fails = (_, changes) => (changes.some(({ type: name }) => name === "reset") ? "quota-exceeded" : undefined)
  type(document, "precious")
  await world.clock.pass(5_000)
  expect(textOf(document)).toBe("precious")
  expect(await outboxOf(store)).toHaveLength(1)
  expect(await device.replica.kept()).toEqual([])
  store.fails = () => undefined
  await world.clock.pass(120_000)
  expect((await device.replica.kept()).map(({ update }) => keptText(update))).toEqual(["precious"])
})

test("[RP7] a document closed by the relay for good is not asked for again in the session, and says so", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  const [session] = world.relay.sessions
  session!.send({ type: "close", handle: session!.handleOf("home/a")!, code: 4403, reason: "" })
  await settle()
  expect(document.status).toMatchObject({ rejected: "forbidden", synced: false })
  type(document, "kept here")
  await document.whenDurable("local")
  await expect(document.whenDurable("stored")).rejects.toMatchObject({ code: "rejected" })
  await world.clock.pass(60_000)
  expect(world.relay.received.filter(({ type: name }) => name === "open")).toHaveLength(1)
  expect(textOf(document)).toBe("kept here")
})

test("[RP7] a document closed by the relay for a while is opened again later under a new handle", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  const [session] = world.relay.sessions
  session!.send({ type: "close", handle: session!.handleOf("home/a")!, code: 4525, reason: "" })
  await world.clock.pass(31_000)
  const handles = world.relay.received.flatMap((frame) => (frame.type === "open" ? [frame.handle] : []))
  expect(handles).toEqual([1, 2])
  type(document, "later")
  await document.whenDurable("stored")
})

test("[RP7, I9] an entry that Yjs cannot apply replaces the copy by the relay's, once, with its text kept aside", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  type(document, "good")
  await document.whenDurable("stored")
  const [session] = world.relay.sessions
  const entry = { stamp: { log: world.relay.log, seq: 2 }, receivedAt: 1, principal: "eve", row: "00000000000000ee", handOver: false }
  session!.send({ type: "entries", handle: session!.handleOf("home/a")!, entries: [{ ...entry, update: new Uint8Array([9, 9, 9]) }] })
  await settle()
  expect(device.problems.map(({ kind }) => kind)).toContain("bad-entry")
  expect((await device.replica.kept()).map(({ code, update }) => [code, keptText(update)])).toEqual([[undefined, "good"]])
  expect(textOf(document)).toBe("good")
})

test("[RP7] a document that is emptied while it is being opened opens as it is then", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const device = await world.device({ disk })
  const document = await device.open()
  type(document, "void")
  await document.whenDurable("stored")
  await device.replica.close()
  const store = new FaultyStore(disk)
  const later = await world.device({ store, relays: [] })
  const read = store.read.bind(store)
  store.read = async (...args) => {
    const page = await read(...args)
    store.read = read
    await store.commit([{ type: "reset", documentId: "home/a" }])
    return page
  }
  expect(textOf(await later.open())).toBe("")
})
