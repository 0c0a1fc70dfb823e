import { codeName } from "@polylogue/protocol"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { openTestBed, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { gate, WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

async function opened(bed: TestBed, document = "home/a", vector: ReadonlyMap<string, number> = new Map()): Promise<TestDevice> {
  const device = await bed.device()
  await device.open(document, 1, vector)
  return device
}

async function append(device: TestDevice, count: number, writer: Writer, text = "a"): Promise<void> {
  for (let index = 0; index < count; index++) device.append(writer.type(text))
  await settle()
}

test("[RL6] a replica that returns gets what its vector lacks, in log order, and nothing else", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { compactItems: 10_000 } })
  const writing = await opened(bed)
  await append(writing, 300, new Writer(1))
  for (const known of [0, 1, 150, 298, 299, 300]) {
    const reader = await opened(bed, "home/a", new Map([[bed.relay.log, known]]))
    await settle()
    expect(reader.of("entries").flatMap(({ entries }) => entries.map(({ stamp }) => stamp.seq))).toEqual(
      Array.from({ length: 300 - known }, (_, index) => known + index + 1),
    )
    expect(reader.of("snapshot")).toEqual([])
  }
})

test("[RL6] a replica that lacks little is served from the end of the window, not by reading all of it", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { compactItems: 100_000, maxCacheItems: 1 } })
  const writing = await opened(bed)
  await append(writing, 3000, new Writer(1))
  const before = log.reads
  const reader = await opened(bed, "home/a", new Map([[bed.relay.log, 2995]]))
  expect(reader.of("entries").flatMap(({ entries }) => entries.map(({ stamp }) => stamp.seq))).toEqual([2996, 2997, 2998, 2999, 3000])
  expect(log.reads - before).toBeLessThanOrEqual(2)
})

test("[RL6] what a replica knows of other logs is left out, too", async () => {
  const log = new WatchedLog()
  const first = await openTestBed({ log })
  const writer = new Writer(1)
  await append(await opened(first), 3, writer)
  await first.relay.close()
  const bed = await openTestBed({ log })
  await append(await opened(bed), 3, writer)
  const reader = await opened(
    bed,
    "home/a",
    new Map([
      [first.relay.log, 2],
      [bed.relay.log, 1],
      ["ffffffffffffffff", 9],
    ]),
  )
  expect(reader.of("entries").flatMap(({ entries }) => entries.map(({ stamp }) => `${stamp.log === bed.relay.log}:${stamp.seq}`))).toEqual([
    "false:3",
    "true:2",
    "true:3",
  ])
})

test("[RL7] a replica whose vector does not cover the window gets the snapshot, then what follows it", async () => {
  const bed = await openTestBed({ limits: { compactItems: 20, windowItems: 5 } })
  const writing = await opened(bed)
  const writer = new Writer(1)
  await append(writing, 30, writer)
  await append(writing, 7, writer, "b")
  expect(bed.eventsOf("compacted")).toHaveLength(1)
  const fresh = await opened(bed)
  const [snapshot] = fresh.of("snapshot")
  expect(snapshot?.vector).toEqual(new Map([[bed.relay.log, 30]]))
  expect(fresh.of("entries").flatMap(({ entries }) => entries.map(({ stamp }) => stamp.seq))).toEqual([31, 32, 33, 34, 35, 36, 37])
  expect(textOf(...fresh.updates())).toBe(writer.text)

  const inside = await opened(bed, "home/a", new Map([[bed.relay.log, 25]]))
  expect(inside.of("snapshot")).toEqual([])
  expect(inside.of("entries")[0]?.entries[0]?.stamp.seq).toBe(26)
  const outside = await opened(bed, "home/a", new Map([[bed.relay.log, 24]]))
  expect(outside.of("snapshot")).toHaveLength(1)
})

test("[RL13] the window holds as many bytes as it may, and one byte less is one entry less", async () => {
  const written = async (windowBytes: number): Promise<TestBed> => {
    const bed = await openTestBed({ limits: { compactItems: 20, windowBytes } })
    await append(await opened(bed), 20, new Writer(1))
    expect(bed.eventsOf("compacted")).toHaveLength(1)
    return bed
  }
  const { itemBytes } = await (await written(1e6)).log.head("home/a")
  // 64 bytes are counted for what stands beside each update.
  const exact = itemBytes + 20 * 64
  expect((await (await written(exact)).log.head("home/a")).base).toBe(0)
  expect((await (await written(exact - 1)).log.head("home/a")).base).toBe(1)
})

test("[RL7] compaction under a reader that pages: snapshot, then what follows, and nothing is skipped", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { compactItems: 100_000, maxCacheItems: 1, maxBufferedBytes: 1, maxFrameBytes: 1000 } })
  const writing = await opened(bed)
  const writer = new Writer(1)
  await append(writing, 400, writer, "0123456789".repeat(40))
  const reader = await bed.device()
  reader.socket.taking = false
  await reader.open("home/a")
  // Takes a page and stops.
  for (let turn = 0; turn < 20; turn++) {
    reader.socket.drainOnce()
    await settle(2)
  }
  const seen = reader.of("entries").flatMap(({ entries }) => entries).length
  expect(seen).toBeGreaterThan(0)
  expect(seen).toBeLessThan(400)
  // What the relay does when a compaction is due.
  const { through, update, stateVector } = {
    through: 400,
    update: Y.encodeStateAsUpdate(writer.doc),
    stateVector: Y.encodeStateVector(writer.doc),
  }
  const snapshot = { vector: new Map([[bed.relay.log, 400]]), update, stateVector, owners: new Map<number, string>() }
  await log.commit([{ type: "compact", documentId: "home/a", snapshot, through, base: 395 }])
  for (let turn = 0; turn < 400; turn++) {
    reader.socket.drainOnce()
    await settle(2)
  }
  reader.socket.drain()
  await settle()
  expect(reader.of("snapshot")).toHaveLength(1)
  expect(textOf(...reader.updates())).toBe(writer.text)
})

test("[RL8, I5] a reader that takes nothing costs what its socket holds; it gets everything when it takes again, and others don't notice", async () => {
  const limits = {
    maxBufferedBytes: 32 * 1024,
    maxFrameBytes: 8 * 1024,
    maxCacheBytes: 64 * 1024,
    compactItems: 100_000,
    compactBytes: 2 ** 30,
  }
  const bed = await openTestBed({ limits })
  const writing = await opened(bed)
  const slow = await opened(bed)
  const fast = await opened(bed)
  slow.socket.taking = false
  const writer = new Writer(1)
  for (let round = 0; round < 40; round++) await append(writing, 10, writer, "x".repeat(1000))
  expect(writing.of("ack")).toHaveLength(400)
  expect(fast.of("entries").flatMap(({ entries }) => entries)).toHaveLength(400)
  expect(slow.socket.mostBuffered).toBeLessThanOrEqual(limits.maxBufferedBytes + limits.maxFrameBytes)
  expect(slow.closedCode).toBeUndefined()
  slow.socket.drain()
  await settle(600)
  expect(slow.of("entries").flatMap(({ entries }) => entries.map(({ stamp }) => stamp.seq))).toEqual(
    Array.from({ length: 400 }, (_, index) => index + 1),
  )
  expect(textOf(...slow.updates())).toBe(writer.text)
})

test("[RL8] own rows that fall under a snapshot are acked behind it", async () => {
  const bed = await openTestBed({ limits: { maxBufferedBytes: 1, compactItems: 20, windowItems: 2, maxCacheItems: 1 } })
  const slow = await opened(bed)
  const other = await opened(bed)
  slow.socket.taking = false
  other.socket.taking = true
  const row = slow.append(new Writer(9).type("own"))
  await settle()
  // The first message fills the socket; what follows waits in the log.
  const second = slow.append(new Writer(8).type("own too"))
  await append(other, 30, new Writer(1))
  expect(bed.eventsOf("compacted").length).toBeGreaterThan(0)
  slow.socket.drain()
  await settle(30)
  const order = slow.frames.flatMap((frame) => (frame.type === "ack" ? [frame.row] : frame.type === "snapshot" ? ["snapshot"] : []))
  expect(order).toEqual([row, "snapshot", second])
})

test("[RL9] a large document is cut and does not hold up small ones; at most so many transfers run at once", async () => {
  const limits = { maxFrameBytes: 2000, maxTransfers: 2, maxBufferedBytes: 4000, compactItems: 100_000, compactBytes: 2 ** 30 }
  const bed = await openTestBed({ limits })
  const writing = await bed.device()
  for (let handle = 1; handle <= 24; handle++) await writing.open(`home/${handle}`, handle)
  for (let handle = 1; handle <= 4; handle++) writing.append(new Writer(handle).type("x".repeat(50_000)), { handle })
  for (let handle = 5; handle <= 24; handle++) writing.append(new Writer(handle).type("small"), { handle })
  await settle()
  const reader = await bed.device("", { maxTransfers: 2, maxFrameBytes: 2000 })
  reader.socket.taking = false
  for (let handle = 1; handle <= 24; handle++)
    reader.send({ type: "open", handle, document: `home/${handle}`, generation: 0, vector: new Map() })
  await settle(40)
  let smallDone = 0
  let largeDone = 0
  for (let turn = 0; turn < 400 && largeDone < 4; turn++) {
    reader.socket.drainOnce()
    await settle(3)
    const done = (from: number, to: number): number =>
      new Set(reader.of("entries").flatMap(({ handle }) => (handle >= from && handle <= to ? [handle] : []))).size
    if (done(1, 4) === 0) smallDone = done(5, 24)
    largeDone = done(1, 4)
  }
  expect([smallDone, largeDone]).toEqual([20, 4])
  for (let handle = 1; handle <= 4; handle++) expect(textOf(...reader.updates(handle))).toHaveLength(50_000)
})

test("[RL9] a document closed in the middle of a transfer frees it at both ends", async () => {
  const bed = await openTestBed({ limits: { maxFrameBytes: 2000, maxTransfers: 1, maxBufferedBytes: 2000 } })
  const writing = await bed.device()
  for (const handle of [1, 2]) {
    await writing.open(`home/${handle}`, handle)
    writing.append(new Writer(handle).type("x".repeat(20_000)), { handle })
  }
  await settle()
  const reader = await bed.device("", { maxTransfers: 1, maxFrameBytes: 2000 })
  reader.socket.taking = false
  await reader.open("home/1", 1)
  reader.socket.drainOnce()
  await settle()
  reader.send({ type: "close", handle: 1, code: 1000, reason: "" })
  await reader.open("home/2", 2)
  reader.socket.drain()
  await settle(30)
  expect(textOf(...reader.updates(2))).toHaveLength(20_000)
})

test("[RL14, I7] a compaction that fails leaves the entries as they are, and is tried again at twice the tail", async () => {
  let broken = true
  const { runCompaction } = await import("../src/index.ts")
  let compactions = 0
  const bed = await openTestBed({
    limits: { compactItems: 20, windowItems: 5 },
    compactor: {
      async run(job) {
        if (job.kind === "compact" && ++compactions > 0 && broken) throw new Error("the worker died")
        return runCompaction(job)
      },
    },
  })
  const writing = await opened(bed)
  const writer = new Writer(1)
  await append(writing, 25, writer)
  await append(writing, 5, writer)
  expect([compactions, bed.eventsOf("compaction-failed").length]).toEqual([1, 1])
  const fresh = await opened(bed)
  expect(textOf(...fresh.updates())).toBe(writer.text)
  broken = false
  await append(writing, 30, writer)
  expect([compactions, bed.relay.stats().compactions]).toEqual([2, 1])
  const last = await opened(bed)
  expect(last.of("snapshot")).toHaveLength(1)
  expect(textOf(...last.updates())).toBe(writer.text)
})

test("[RL14] what cannot be loaded, or does not read back, is never compacted", async () => {
  const { runCompaction } = await import("../src/index.ts")
  const entry = (update: Uint8Array) => ({ update, principal: "p", handOver: false })
  const writer = new Writer(1)
  writer.type("missing")
  const gap = writer.type("gap")
  const compact = (...updates: Uint8Array[]) =>
    runCompaction({ kind: "compact", document: { snapshot: undefined, entries: updates.map(entry) } })
  expect(() => compact(gap)).toThrow(expect.objectContaining({ code: "unsound" }))
  expect(() => compact(Uint8Array.of(7))).toThrow(expect.objectContaining({ code: "unsound" }))
  // Nested level by level, which no single update shows.
  const deep = new Y.Doc()
  const updates: Uint8Array[] = []
  deep.on("update", (update) => updates.push(update))
  let inner = deep.getMap<unknown>("m")
  for (let level = 0; level < 2100; level++) inner = inner.set("k", new Y.Map<unknown>())
  expect(() => compact(...updates)).toThrow(expect.objectContaining({ code: "unsound" }))
  expect(() => compact(...updates.slice(0, 1900))).not.toThrow()
})

test("[RL13] entries appended while a compaction runs are kept, and owners live on in the snapshot", async () => {
  const { runCompaction } = await import("../src/index.ts")
  const held = gate()
  const bed = await openTestBed({
    limits: { compactItems: 20, windowItems: 5, roomIdleMs: 1000 },
    authenticate: async ({ token }) => ({ name: token, may: () => "write" }),
    compactor: {
      async run(job) {
        if (job.kind === "compact") await held.passed
        return runCompaction(job)
      },
    },
  })
  const ada = await bed.device("ada")
  const bob = await bed.device("bob")
  await ada.open("home/a")
  await bob.open("home/a")
  const writer = new Writer(1)
  await append(ada, 20, writer)
  await append(ada, 3, writer, "b")
  held.open()
  await settle(20)
  expect(bed.eventsOf("compacted")).toMatchObject([{ items: 20 }])
  await bed.clock.advance(5000)
  const fresh = await bed.device("eve")
  await fresh.open("home/a")
  expect(textOf(...fresh.updates())).toBe(writer.text)
  bob.append(writer.type("forged"))
  await settle()
  expect(bob.of("reject").map(({ code }) => codeName(code))).toEqual(["client-taken"])
  expect(Y.decodeStateVector((await bed.log.snapshot("home/a"))!.stateVector)).toEqual(new Map([[1, 20]]))
})

test("[RL13] deletions are collected, and every state before, with or without a compaction, reads the same", async () => {
  const bed = await openTestBed({ limits: { compactItems: 10, windowItems: 3 } })
  const writing = await opened(bed)
  const early = await opened(bed)
  const writer = new Writer(1)
  for (let round = 0; round < 12; round++) {
    writing.append(writer.type("some words "))
    writing.append(writer.edit((doc) => doc.getText("t").delete(0, 5)))
    await settle()
  }
  expect(bed.relay.stats().compactions).toBeGreaterThan(1)
  const fresh = await opened(bed)
  expect(textOf(...fresh.updates())).toBe(textOf(...early.updates()))
  expect(textOf(...fresh.updates())).toBe(writer.text)
})

test("[RL16] messages are small, whatever a frame may hold, so that something is heard on a slow link", async () => {
  const bed = await openTestBed({ limits: { compactItems: 100_000, compactBytes: 2 ** 30 } })
  const writing = await opened(bed)
  const reader = await opened(bed)
  writing.append(new Writer(1).type("x".repeat(100_000)))
  await append(writing, 40, new Writer(2), "y".repeat(1000))
  const late = await opened(bed)
  await settle(30)
  for (const device of [reader, late]) {
    expect(device.updates()).toHaveLength(41)
    expect(Math.max(...device.socket.received.map(({ length }) => length))).toBeLessThanOrEqual(16 * 1024)
  }
})

test("[RL19] a compaction that overtakes a question for the state delays its answer", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { compactItems: 100_000 } })
  const device = await opened(bed)
  const writer = new Writer(1)
  await append(device, 3, writer)
  const held = gate()
  const snapshot = log.snapshot.bind(log)
  log.snapshot = async (documentId) => {
    await held.passed
    return await snapshot(documentId)
  }
  device.send({ type: "askState", handle: 1 })
  await settle()
  await append(device, 3, writer)
  const vector = new Map([[bed.relay.log, 6]])
  const stateVector = Y.encodeStateVector(writer.doc)
  const whole = { vector, update: Y.encodeStateAsUpdate(writer.doc), stateVector, owners: new Map<number, string>() }
  await log.commit([{ type: "compact", documentId: "home/a", snapshot: whole, through: 6, base: 6 }])
  held.open()
  await settle(30)
  expect(device.closeCode(1)).toBeUndefined()
  expect(device.of("state").map((state) => [state.vector, [...state.stateVector]])).toEqual([[vector, [...stateVector]]])
})

test("[RL17] what a document owed its session is forgotten when it ends", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { maxAnswerBytes: 640, maxBufferedBytes: 1, maxCacheItems: 1, compactItems: 100_000 } })
  const slow = await opened(bed)
  await slow.open("home/b", 2)
  slow.socket.taking = false
  const appendTen = async (handle: number): Promise<void> => {
    const writer = new Writer(handle)
    // The first fills the socket, ten wait.
    for (let row = 0; row < 10; row++) {
      slow.append(writer.type("x"), { handle })
      await settle()
    }
  }
  slow.append(new Writer(9).type("fills the socket"))
  await settle()
  await appendTen(1)
  log.beforeRead = (documentId) => {
    if (documentId === "home/a") throw new Error("broken")
  }
  await (await bed.device()).open("home/a")
  await settle(30)
  expect(bed.relay.stats().quarantinedRooms).toBe(1)
  await appendTen(2)
  expect(slow.closedCode).toBeUndefined()
  slow.append(new Writer(8).type("one too many"), { handle: 2 })
  await settle()
  expect(slow.closedCode).toBe("overloaded")
})

test("[RL7] a snapshot goes to who needs it also when nothing stands behind it or beside it", async () => {
  const bed = await openTestBed({ limits: { compactItems: 5, windowItems: 1, windowBytes: 1, roomIdleMs: 1000 } })
  const writing = await opened(bed)
  const writer = new Writer(1)
  await append(writing, 5, writer)
  await settle(20)
  const { base, head } = await bed.log.head("home/a")
  expect([base, head]).toEqual([5, 5])
  for (const known of [0, 4]) {
    const reader = await opened(bed, "home/a", new Map(known > 0 ? [[bed.relay.log, known]] : []))
    expect(textOf(...reader.updates())).toBe("aaaaa")
  }
  const whole = await opened(bed, "home/a", new Map([[bed.relay.log, 5]]))
  expect(whole.updates()).toEqual([])
})
