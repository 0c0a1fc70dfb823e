import { codeNumber } from "@polylogue/protocol"
import type { LogItem } from "@polylogue/storage"
import * as encoding from "lib0/encoding"
import { afterEach, expect, test } from "vitest"
import * as Y from "yjs"
import type { Permission, RelayOptions } from "../src/index.ts"
import { decodeSyncMessage, encodeAwarenessMessage, encodeSync } from "../src/sync-message.ts"
import { IdRanges } from "../src/yjs/id-ranges.ts"
import { MemorySocket, openTestBed, seededNumbers, settle, type TestBed } from "./test-relay.ts"
import { WatchedLog } from "./watched-log.ts"
import { startYjsServer, SYSTEM_CLOCK, until, type YjsServer } from "./yjs-server.ts"
import { textOf, Writer } from "./writer.ts"

const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

async function served(options: Partial<RelayOptions> = {}): Promise<{ bed: TestBed; server: YjsServer; log: WatchedLog }> {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, clock: SYSTEM_CLOCK, ...options })
  cleanUps.push(() => bed.relay.close())
  const server = await startYjsServer(bed.relay)
  cleanUps.push(() => server.close())
  return { bed, server, log }
}

const updateOf = (item: LogItem): Uint8Array => (item.kind === "entry" ? item.entry.update : item.snapshot.update)

/** The answer of a client that has nothing: an update without structs and deletions. */
const NOTHING_NEW = Uint8Array.of(0, 0)

test("[RL20] two stock providers and a device write the same document, and all converge", async () => {
  const { bed, server, log } = await served()
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer()
  device.append(writer.type("device "))
  await until(() => device.of("ack").length === 1)

  const [one, two] = [server.provider("home/a"), server.provider("home/a")]
  await until(() => one.synced && two.synced)
  expect(one.doc.getText("t").toJSON()).toBe("device ")
  one.doc.getText("t").insert(7, "one ")
  await until(() => two.doc.getText("t").toJSON() === "device one ")
  two.doc.getText("t").insert(11, "two ")
  two.doc.getText("t").delete(0, 7)
  await until(
    () => one.doc.getText("t").toJSON() === "one two " && textOf(Y.encodeStateAsUpdate(writer.doc), ...device.updates()) === "one two ",
  )
  expect(textOf(...(await log.items("home/a")).map(updateOf))).toBe("one two ")
  for (const item of await log.items("home/a")) expect(item).toMatchObject({ kind: "entry", entry: { stamp: { log: bed.relay.log } } })
})

test("[RL20] what a provider wrote while it was away arrives, and it gets what it missed", async () => {
  const { server, bed } = await served({ limits: { compactItems: 5, windowItems: 2 } })
  const one = server.provider("home/a")
  const two = server.provider("home/a")
  await until(() => one.synced && two.synced)
  one.disconnect()
  for (let index = 0; index < 20; index++) {
    one.doc.getText("t").insert(0, "1")
    two.doc.getText("t").insert(0, "2")
    two.doc.getText("t").delete(0, 1)
    two.doc.getText("u").insert(0, "2")
  }
  await until(() => bed.relay.stats().compactions > 0 && bed.relay.stats().queuedRows === 0)
  one.connect()
  await until(() => two.doc.getText("t").length === 20 && one.doc.getText("u").length === 20)
  expect(Y.encodeStateVector(one.doc)).toEqual(Y.encodeStateVector(two.doc))
})

test("[RL20] awareness of providers and devices meet, and ends with them", async () => {
  const { bed, server } = await served()
  const one = server.provider("home/a")
  one.awareness.setLocalState({ name: "one" })
  await until(() => one.synced)
  const two = server.provider("home/a")
  two.awareness.setLocalState({ name: "two" })
  const names = (provider: typeof one): string[] =>
    [...provider.awareness.getStates().values()].map((state) => (state as { name: string }).name).toSorted()
  await until(() => names(one).join() === "one,two" && names(two).join() === "one,two")
  two.disconnect()
  await until(() => names(one).join() === "one")
  const device = await bed.device()
  await device.open("home/a")
  await until(() => device.of("awareness").length > 0)
})

test("[RL21] a connection that brings nothing new stores nothing, deletions included", async () => {
  const { bed, server, log } = await served()
  const one = server.provider("home/a")
  await until(() => one.synced)
  one.doc.getText("t").insert(0, "some words")
  one.doc.getText("t").delete(2, 3)
  one.doc.getMap("m").set("k", 1)
  await until(() => bed.relay.stats().rowsAppended === 3 && bed.relay.stats().queuedRows === 0)
  const count = (await log.items("home/a")).length
  for (let round = 0; round < 3; round++) {
    const again = server.provider("home/a", one.doc)
    await until(() => again.synced)
    const late = server.provider("home/a")
    await until(() => late.synced && late.doc.getText("t").toJSON() === "sowords")
    again.destroy()
  }
  await settle()
  expect(await log.items("home/a")).toHaveLength(count)
})

test("[RL21] an update that the door refuses closes with a permanent code, and the endpoint cools down for that document alone", async () => {
  const bed = await openTestBed({ limits: { coolDownMs: 1000 } })
  const connect = async (document: string): Promise<MemorySocket> => {
    const socket = new MemorySocket()
    bed.relay.acceptYjs(socket, document)
    await settle()
    return socket
  }
  const first = await connect("home/a")
  first.give(encodeSync("step2", NOTHING_NEW))
  first.give(encodeSync("update", Uint8Array.of(9, 9, 9)))
  first.give(encodeSync("update", new Writer().type("behind it")))
  await settle()
  expect(first.closedWith?.code).toBe(4405)
  expect((await connect("home/a")).closedWith?.code).toBe(4405)
  expect((await connect("home/b")).closedWith).toBeUndefined()
  await bed.clock.advance(1000)
  expect((await connect("home/a")).closedWith).toBeUndefined()
  expect(bed.relay.stats()).toMatchObject({ rowsAppended: 0 })
})

test("[RL21, RL42, I11] the endpoint cools down for whose update was refused: others write on, and who has no grant hears nothing of it", async () => {
  const bed = await openTestBed({ limits: { coolDownMs: 1000 } })
  const connect = async (name: string, permission: Permission): Promise<MemorySocket> => {
    const socket = new MemorySocket()
    bed.relay.acceptYjs(socket, "home/a", undefined, { name, may: () => permission })
    await settle()
    return socket
  }
  const viewer = await connect("viewer", "read")
  viewer.give(encodeSync("step2", NOTHING_NEW))
  viewer.give(encodeSync("update", new Writer().type("not mine to write")))
  await settle()
  expect(viewer.closedWith?.code).toBe(codeNumber("forbidden"))
  expect((await connect("viewer", "read")).closedWith?.code).toBe(codeNumber("bad-update"))
  expect((await connect("stranger", "none")).closedWith?.code).toBe(codeNumber("forbidden"))
  const editor = await connect("editor", "write")
  editor.give(encodeSync("step2", new Writer().type("mine")))
  await settle()
  expect(editor.closedWith).toBeUndefined()
  expect(bed.relay.stats()).toMatchObject({ rowsAppended: 1 })
})

test("[RL21] a gap in an update is transient, for the next connection brings what is missing; in a whole state it is not", async () => {
  const bed = await openTestBed()
  const connect = async (): Promise<MemorySocket> => {
    const socket = new MemorySocket()
    bed.relay.acceptYjs(socket, "home/a")
    await settle()
    return socket
  }
  const writer = new Writer()
  writer.type("lost ")
  const socket = await connect()
  socket.give(encodeSync("step2", NOTHING_NEW))
  socket.give(encodeSync("update", writer.type("found")))
  await settle()
  expect(socket.closedWith?.code).toBe(4510)
  const again = await connect()
  again.give(encodeSync("step1", Y.encodeStateVector(writer.doc)))
  again.give(encodeSync("step2", Y.encodeStateAsUpdate(writer.doc)))
  await settle()
  expect([again.closedWith, bed.relay.stats().rowsAppended]).toEqual([undefined, 1])
  const hopeless = await connect()
  hopeless.give(
    encodeSync(
      "step2",
      new Writer().type("x").map((byte, index) => (index === 7 ? 5 : byte)),
    ),
  )
  await settle()
  expect(hopeless.closedWith?.code).toBe(4405)
})

test("[RL21, RL24] a viewer connects and brings nothing; what it writes is refused, and a stranger is not let in", async () => {
  const { server, bed } = await served({
    authenticate: async ({ token }) => ({ name: token, may: () => (token === "editor" ? "write" : token === "viewer" ? "read" : "none") }),
  })
  const editor = server.provider("home/a", new Y.Doc(), { params: { token: "editor" } })
  await until(() => editor.synced)
  editor.doc.getText("t").insert(0, "read me")
  const viewer = server.provider("home/a", new Y.Doc(), { params: { token: "viewer" } })
  const codes: number[] = []
  viewer.on("closed", ({ code }) => codes.push(code))
  await until(() => viewer.doc.getText("t").toJSON() === "read me")
  viewer.doc.getText("t").insert(0, "not ")
  await until(() => codes.length === 1)
  const stranger = server.provider("home/b", new Y.Doc(), { params: { token: "stranger" } })
  stranger.on("closed", ({ code }) => codes.push(code))
  await until(() => codes.length === 2)
  expect(codes).toEqual([4403, 4403])
  expect(bed.relay.stats().rowsAppended).toBe(1)
})

test("[I4, RL21] what a client sends before it has answered is taken from its answer, behind what got lost with its last connection", async () => {
  const bed = await openTestBed()
  const connect = async (): Promise<MemorySocket> => {
    const socket = new MemorySocket()
    bed.relay.acceptYjs(socket, "home/a")
    await settle()
    return socket
  }
  const writer = new Writer()
  const first = await connect()
  first.give(encodeSync("step2", writer.type("to be deleted ")))
  await settle()
  // A deletion that no state vector shows is lost on the way; the next word is written while the new connection is still being greeted.
  writer.doc.getText("t").delete(0, 3)
  const again = await connect()
  again.give(encodeSync("update", writer.type("after it ")))
  await settle()
  expect(bed.relay.stats().rowsAppended).toBe(1)
  again.give(encodeSync("step2", Y.encodeStateAsUpdate(writer.doc)))
  await settle()
  const reader = await bed.device()
  await reader.open("home/a")
  const doc = new Y.Doc()
  for (const { entries } of reader.of("entries")) for (const { update } of entries) Y.applyUpdate(doc, update)
  expect(doc.getText("t").toJSON()).toBe(writer.doc.getText("t").toJSON())
})

test("[RL8] a y-websocket client that takes nothing costs what its socket holds, and gets everything later", async () => {
  const bed = await openTestBed({
    limits: { maxBufferedBytes: 4000, maxCacheBytes: 4000, compactItems: 50, windowItems: 5, heartbeatMs: 1e9 },
  })
  const socket = new MemorySocket()
  bed.relay.acceptYjs(socket, "home/a")
  await settle()
  socket.give(encodeSync("step1", Uint8Array.of(0)))
  await settle()
  socket.taking = false
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer()
  for (let index = 0; index < 100; index++) device.append(writer.type("x".repeat(200)))
  await settle(40)
  expect(socket.mostBuffered).toBeLessThan(4000 + 20_000)
  const before = socket.mostBuffered
  for (let index = 0; index < 100; index++) device.append(writer.type("x".repeat(200)))
  await settle(40)
  expect(socket.mostBuffered).toBe(before)
  socket.drain()
  await settle(100)
  const updates = socket.received
    .map(decodeSyncMessage)
    .flatMap((message) => ("update" in message && message.kind !== "awareness" ? [message.update] : []))
  expect(textOf(...updates)).toBe(writer.text)
})

test("[RL16] a provider hears something every heartbeat, and one that takes nothing for three is taken for gone", async () => {
  const bed = await openTestBed({ limits: { heartbeatMs: 1000 } })
  const [alive, stuck] = [new MemorySocket(), new MemorySocket()]
  for (const socket of [alive, stuck]) bed.relay.acceptYjs(socket, "home/a")
  await settle()
  stuck.taking = false
  const count = alive.received.length
  await bed.clock.advance(3000)
  expect(alive.received.length - count).toBe(3)
  await bed.clock.advance(3000)
  expect([alive.closedWith, stuck.closedWith?.code]).toEqual([undefined, 4504])
})

test("[RL18, I7] whatever a y-websocket client sends, others go on", async () => {
  const bed = await openTestBed({ limits: { coolDownMs: 1 } })
  const random = seededNumbers(3)
  const good = [
    encodeSync("step1", Uint8Array.of(1, 5, 9)),
    encodeSync("step2", new Writer(1).type("text")),
    encodeSync("update", new Writer(2).type("text")),
    encodeAwarenessMessage(Uint8Array.of(1, 1, 1, 4, 110, 117, 108, 108)),
    Uint8Array.of(3),
    Uint8Array.of(2, 0),
  ]
  for (let index = 0; index < 300; index++) {
    const socket = new MemorySocket()
    bed.relay.acceptYjs(socket, `home/${index}`)
    const message = good[index % good.length]!.slice()
    if (index >= good.length) message[Math.floor(random() * message.length)] = Math.floor(random() * 256)
    socket.give(message)
    await settle(3)
    if (index < good.length) expect(socket.closedWith).toBeUndefined()
    socket.break()
  }
  expect(bed.eventsOf("failed")).toEqual([])
  expect(bed.relay.stats()).toMatchObject({ yjsSessions: 0 })
  const socket = new MemorySocket()
  bed.relay.acceptYjs(socket, "not a document")
  await settle()
  expect(socket.closedWith?.code).toBe(4402)
})

test("[RL21] delete ranges know what was added, however it came", () => {
  const random = seededNumbers(8)
  for (let round = 0; round < 50; round++) {
    const ranges = new IdRanges()
    const known = new Set<number>()
    for (let step = 0; step < 30; step++) {
      const clock = Math.floor(random() * 60)
      const length = 1 + Math.floor(random() * 6)
      if (random() < 0.5) ranges.add(7, clock, length)
      else
        ranges.addEncoded(
          encoding.encode((encoder) => [1, 7, 1, clock, length].forEach((number) => encoding.writeVarUint(encoder, number))),
        )
      for (let at = clock; at < clock + length; at++) known.add(at)
      const from = Math.floor(random() * 60)
      const count = 1 + Math.floor(random() * 8)
      expect(ranges.has(7, from, count)).toBe(Array.from({ length: count }, (_, at) => from + at).every((at) => known.has(at)))
      expect(ranges.has(8, from, 1)).toBe(false)
    }
  }
})
