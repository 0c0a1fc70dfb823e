import { DEFAULT_LIMITS, encodeFrame, encodeMessage, FrameReader, NOTHING_ERASED, splitFrame } from "@polylogue/protocol"
import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { Outgoing } from "../src/outgoing.ts"
import { textOf, type, World } from "./support/device.ts"
import { FakeTabs } from "./support/fake-tabs.ts"
import { FaultyStore } from "./support/faulty-store.ts"
import { settle } from "./support/manual-clock.ts"

/** A device elsewhere that types one letter after another. */
function writer(): (text: string) => Uint8Array {
  const ydoc = new Y.Doc()
  return (text) => {
    const before = Y.encodeStateVector(ydoc)
    const shared = ydoc.getText("t")
    shared.insert(shared.length, text)
    return Y.encodeStateAsUpdate(ydoc, before)
  }
}

test("[RP5] what arrives is shown only when it is durable, and a store that fails for a while loses nothing", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store })
  const document = await device.open()
  await settle()
  const write = writer()
  store.fails = () => "io"
  world.relay.write("home/a", write("a"))
  await settle()
  world.relay.write("home/a", write("b"))
  await settle()
  expect(textOf(document)).toBe("")
  expect(device.replica.status.storageError).toBe("io")
  store.fails = () => undefined
  await world.clock.pass(60_000)
  expect(textOf(document)).toBe("ab")
  expect(device.replica.status.storageError).toBeUndefined()
  expect(world.relay.dials).toBe(1)
})

test("[RP5] frames that arrive together are one commit, whatever documents they are of", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store })
  const documents = [await device.open(), await device.open("home/b")]
  await settle()
  store.committed.length = 0
  for (const document of documents) {
    const write = writer()
    for (const letter of "abc") world.relay.write(document.documentId, write(letter))
  }
  await settle()
  expect(documents.map(textOf)).toEqual(["abc", "abc"])
  expect(store.committed.filter((changes) => changes.some(({ type: name }) => name === "append")).length).toBeLessThanOrEqual(2)
})

test("[RP5] documents that are opened together, and bring something, are a few commits", async () => {
  const world = new World()
  const names = Array.from({ length: 100 }, (_, index) => `home/many-${index}`)
  for (const name of names) world.relay.write(name, writer()("old"))
  const store = new FaultyStore()
  const device = await world.device({ store, cutOff: true })
  const documents = await Promise.all(names.map((name) => device.open(name)))
  device.replica.setCutOff(false)
  await settle()
  expect(new Set(documents.map(textOf))).toEqual(new Set(["old"]))
  expect(store.committed.length).toBeLessThan(10)
})

test("[RP5] a gap in a log ends the session, and the next one fills it", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  const write = writer()
  world.relay.append("home/a", "00000000000000a1", write("a"), false)
  world.relay.write("home/a", write("b"))
  await settle()
  expect(textOf(document)).toBe("")
  expect(world.relay.received.at(-1)).toMatchObject({ type: "close", handle: 0, code: 4400 })
  await world.clock.pass(1_000)
  expect(textOf(document)).toBe("ab")
})

test("[RP5] a large snapshot arrives in parts, and entries that follow wait until it is durable", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store })
  const document = await device.open()
  await settle()
  const write = writer()
  const big = write("x".repeat(700_000))
  const [session] = world.relay.sessions
  const handle = session!.handleOf("home/a")!
  const frame = encodeFrame({ type: "snapshot", handle, vector: new Map([[world.relay.log, 9]]), update: big, erased: NOTHING_ERASED })
  store.hold()
  for (const part of splitFrame(frame, 1, 262_144)) session!.socket.send(encodeMessage([part]))
  const entry = { stamp: { log: world.relay.log, seq: 10 }, receivedAt: 1, principal: "ada", row: "00000000000000a1", handOver: false }
  session!.send({ type: "entries", handle, entries: [{ ...entry, update: write("!") }] })
  await settle()
  expect(textOf(document)).toBe("")
  store.letGo()
  await settle()
  expect(textOf(document)).toBe("x".repeat(700_000) + "!")
  expect((await store.head("home/a")).vector).toEqual(new Map([[world.relay.log, 10]]))
})

test("[RP5, I5] when more arrives than the store takes, the session is ended and taken up again later", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store, limits: { maxReceivedBytes: 10_000 } })
  const document = await device.open()
  await settle()
  store.hold()
  const write = writer()
  for (let count = 0; count < 30; count++) {
    world.relay.write("home/a", write("y".repeat(1_000)))
    await settle()
  }
  expect(world.relay.received.at(-1)).toMatchObject({ type: "close", handle: 0, code: 1013 })
  store.letGo()
  await world.clock.pass(60_000)
  expect(textOf(document)).toHaveLength(30_000)
})

test("[RP5] rows above the frame size are sent in parts, between frames of other documents, as fast as the socket takes them", async () => {
  const messages: Uint8Array[] = []
  const socket = { bufferedBytes: 0, listen() {}, close() {}, send: (message: Uint8Array) => void messages.push(message) }
  const outgoing = new Outgoing(socket, { maxFrameBytes: 1_000, maxTransfers: 1, maxBufferedBytes: 1 }, () => undefined)
  const append = (handle: number, size: number) =>
    ({ type: "append", handle, row: "00000000000000a1", handOver: false, update: new Uint8Array(size) }) as const
  outgoing.send(append(1, 5_000))
  outgoing.send(append(2, 3_000))
  outgoing.send(append(3, 10))
  outgoing.send({ type: "close", handle: 1, code: 1000, reason: "" })
  await settle()
  expect(messages.every((message) => message.length <= 1_000)).toBe(true)
  const reader = new FrameReader({ ...DEFAULT_LIMITS, maxTransfers: 1, minPartBytes: 1 })
  const arrived = messages
    .flatMap((message) => reader.read(message))
    .map((frame) => ("handle" in frame ? `${frame.type} ${frame.handle}` : ""))
  expect(arrived).toEqual(["append 3", "append 1", "close 1", "append 2"])
  messages.length = 0
  socket.bufferedBytes = 1
  outgoing.send({ type: "ping", nonce: 1 })
  await settle()
  expect(messages).toEqual([])
  socket.bufferedBytes = 0
  outgoing.drained()
  await settle()
  expect(messages).toHaveLength(1)
})

test("[RP5] a row above the frame size arrives whole", async () => {
  const world = new World()
  world.relay.limits = { ...world.relay.limits, maxFrameBytes: 1_000 }
  const device = await world.device()
  const document = await device.open()
  await settle()
  type(document, "z".repeat(20_000))
  await document.whenDurable("stored")
  expect(world.relay.text("home/a")).toHaveLength(20_000)
})

test("[RP5] a long history is compacted in the store when it is loaded, and stays the same", async () => {
  const world = new World()
  const device = await world.device({ limits: { maxItems: 20 } })
  const first = await device.open()
  const write = writer()
  for (let count = 0; count < 50; count++) world.relay.write("home/a", write(`${count} `))
  await settle()
  type(first, "mine")
  await first.whenDurable("stored")
  const text = textOf(first)
  await first.close()
  world.relay.unreachable = true
  world.relay.breakAll()
  await settle()
  const vector = (await device.store.head("home/a")).vector
  const second = await device.open()
  expect(textOf(second)).toBe(text)
  const head = await device.store.head("home/a")
  expect(head).toMatchObject({ base: head.head, through: head.head, vector })
  type(second, " more")
  await second.whenDurable("local")
  await second.close()
  expect(textOf(await device.open())).toBe(`${text} more`)
  world.relay.unreachable = false
  await world.clock.pass(60_000)
  expect(world.relay.text("home/a")).toBe(`${text} more`)
})

test("[RP5] a stored entry that does not decode is reported, and the rest is shown", async () => {
  const world = new World()
  const device = await world.device({ relays: [] })
  const write = writer()
  const entry = (seq: number, update: Uint8Array) => ({
    kind: "entry" as const,
    entry: {
      stamp: { log: "00000000000000bb", seq },
      receivedAt: 1,
      principal: "p",
      row: `00000000000000b${seq}`,
      handOver: false,
      update,
    },
  })
  const items = [entry(1, write("a")), entry(2, new Uint8Array([7])), entry(3, write("b"))]
  await device.store.commit([{ type: "append", documentId: "home/a", items }])
  expect(textOf(await device.open())).toBe("ab")
  expect(device.problems.map(({ kind }) => kind)).toEqual(["bad-entry"])
})

test("[RP5, I7] a document that the store cannot take in stops no other", async () => {
  const world = new World()
  const store = new FaultyStore()
  const device = await world.device({ store })
  const [damaged, sound] = [await device.open(), await device.open("home/b")]
  await settle()
  store.fails = (_, changes) => (changes.some((change) => "documentId" in change && change.documentId === "home/a") ? "corrupt" : undefined)
  world.relay.write("home/a", writer()("a"))
  world.relay.write("home/b", writer()("b"))
  await settle()
  expect([textOf(damaged), textOf(sound)]).toEqual(["", "b"])
  expect(damaged.status.synced).toBe(false)
  expect(world.relay.dials).toBe(1)
  expect(device.problems).toContainEqual(expect.objectContaining({ kind: "store-failed", documentId: "home/a" }))
})

test("[RP5] entries that arrive while a document is being loaded are shown", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const store = new FaultyStore(disk)
  const hub = new FakeTabs()
  const device = await world.device({ store, tabs: hub.tab() })
  const other = await world.device({ disk, tabs: hub.tab() })
  await other.open()
  await settle()
  const head = store.head.bind(store)
  let go: () => void = () => undefined
  store.head = async (documentId) => {
    const answer = await head(documentId)
    await new Promise<void>((resolve) => (go = resolve))
    return answer
  }
  const opening = device.open()
  await settle()
  world.relay.write("home/a", writer()("just now"))
  await settle()
  store.head = head
  go()
  const document = await opening
  await settle()
  expect(textOf(document)).toBe("just now")
})

test("[RP5, RP4] a row that comes back as an entry and is stamped a second time leaves no hole in the log", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  world.relay.onAppend = () => "swallow-ack"
  type(document, "twice")
  await settle()
  // The relay has forgotten the row's id, as it does beyond its window, and takes the row for a new one. Its ack comes late.
  const { entries } = world.relay.room("home/a")
  world.relay.forgetful = true
  world.relay.breakAll()
  await world.clock.pass(1_000)
  const [session] = world.relay.sessions
  const { row, stamp } = entries[1]!
  session!.send({ type: "ack", handle: session!.handleOf("home/a")!, row, log: stamp.log, seq: stamp.seq, level: 1 })
  await world.clock.pass(5_000)
  expect(entries.map(({ row }) => row)).toEqual([entries[0]!.row, entries[0]!.row])
  expect((await device.store.head("home/a")).vector).toEqual(world.relay.vector("home/a"))
  expect(world.relay.text("home/a")).toBe("twice")
  expect(document.status).toMatchObject({ waitingRows: 0, synced: true })
})

test("[RP1, I12] what the application takes from elsewhere before what it builds on is written once that arrives", async () => {
  const world = new World()
  const disk = new MemoryDisk()
  const device = await world.device({ disk })
  const document = await device.open()
  await settle()
  const elsewhere = new Y.Doc()
  const updates: Uint8Array[] = []
  elsewhere.on("update", (update: Uint8Array) => updates.push(update))
  elsewhere.getText("t").insert(0, "first ")
  elsewhere.getText("t").insert(6, "second")
  elsewhere.getText("t").delete(0, 2)
  Y.applyUpdate(document.ydoc, updates[1]!)
  Y.applyUpdate(document.ydoc, updates[2]!)
  expect(textOf(document)).toBe("")
  world.relay.write("home/a", updates[0]!)
  await settle()
  expect(textOf(document)).toBe("rst second")
  await document.whenDurable("stored")
  expect(world.relay.text("home/a")).toBe("rst second")
  await device.replica.close()
  expect(textOf(await (await world.device({ disk, relays: [] })).open())).toBe("rst second")
})
