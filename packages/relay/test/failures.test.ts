import { StorageError } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { DEFAULT_RELAY_LIMITS, runCompaction } from "../src/index.ts"
import { decodeSyncMessage, encodeSync } from "../src/sync-message.ts"
import { MemorySocket, openTestBed, settle, type TestBed } from "./test-relay.ts"
import { gate, WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

/*
 * Failures that were seen in other sync servers, each as a test; those that other files prove are in the table of the README.
 */

const QUIET = { heartbeatMs: 1e9, compactIdleMs: Infinity }

async function written(log: WatchedLog, text: string): Promise<void> {
  const bed = await openTestBed({ log, limits: QUIET })
  const device = await bed.device()
  await device.open("home/a")
  device.append(new Writer(1).type(text))
  await settle()
  await bed.relay.close()
}

async function yjsSocket(bed: TestBed): Promise<MemorySocket> {
  const socket = new MemorySocket()
  bed.relay.acceptYjs(socket, "home/a")
  socket.give(encodeSync("step1", Uint8Array.of(0)))
  await settle()
  return socket
}

const step2 = (socket: MemorySocket): Uint8Array[] =>
  socket.received.flatMap((message) => {
    const decoded = decodeSyncMessage(message)
    return decoded.kind === "step2" ? [decoded.update] : []
  })

test("[RL37] a document that loads slowly is answered late, never as if it were empty", async () => {
  const log = new WatchedLog()
  await written(log, "there")
  const bed = await openTestBed({ log, limits: QUIET })
  const held = gate()
  log.beforeRead = () => held.passed
  const device = await bed.device()
  await device.open("home/a")
  const socket = await yjsSocket(bed)
  await bed.clock.advance(60_000)
  expect([device.of("opened").length, step2(socket).length]).toEqual([0, 0])
  held.open()
  await settle(30)
  expect(textOf(...device.updates())).toBe("there")
  expect(step2(socket).map((update) => textOf(update))).toEqual(["there"])
})

test("[RL37, I7] a document that does not load is refused with a code, never answered as if it were empty, and nothing is written over it", async () => {
  const log = new WatchedLog()
  await written(log, "there")
  const bed = await openTestBed({ log, limits: QUIET })
  log.beforeRead = () => {
    throw new StorageError("corrupt", "a block of the disk is gone")
  }
  const device = await bed.device()
  await device.open("home/a")
  device.append(new Writer(2).type("over it"))
  const socket = await yjsSocket(bed)
  socket.give(encodeSync("step2", Y.encodeStateAsUpdate(new Y.Doc())))
  await bed.clock.advance(10_000)
  expect([device.closeCode(1), device.of("opened").length, device.of("ack").length]).toEqual(["unavailable", 0, 0])
  expect([step2(socket).length, socket.closedWith === undefined]).toEqual([0, false])
  log.beforeRead = () => undefined
  await bed.clock.advance(60_000)
  const later = await bed.device()
  await later.open("home/a")
  await settle(20)
  expect(textOf(...later.updates())).toBe("there")
})

test("[RL9] rows of every size around a limit arrive whole, alone and behind one another", async () => {
  const bed = await openTestBed({ limits: { ...QUIET, compactItems: 1e6, compactBytes: 2 ** 30, maxRowBytes: 400_000 } })
  const [device, reader] = [await bed.device(), await bed.device()]
  await device.open("home/a")
  await reader.open("home/a")
  const writer = new Writer(1)
  let rows = 0
  for (const limit of [1024, 16 * 1024, 64 * 1024, DEFAULT_RELAY_LIMITS.maxFrameBytes, 400_000]) {
    // What stands around a text in an update and in a frame is some tens of bytes.
    for (const around of [-64, -32, -20, -10, -3, -2, -1, 0, 1]) {
      const overhead = new Writer(1).type("x".repeat(limit)).length - limit
      const length = limit + around - overhead - 8
      const update = writer.edit((doc) => doc.getMap("m").set(`${rows}`, "x".repeat(length)))
      if (update.length > 400_000) continue
      device.append(update)
      rows++
    }
    await settle(20)
  }
  await settle(100)
  expect(device.of("ack")).toHaveLength(rows)
  const late = await bed.device()
  await late.open("home/a")
  await settle(200)
  for (const each of [reader, late]) {
    const doc = new Y.Doc()
    for (const update of each.updates()) Y.applyUpdate(doc, update)
    // Not compared by `toEqual`: of megabytes that takes minutes.
    expect([doc.getMap("m").size, Buffer.compare(Y.encodeStateAsUpdate(doc), Y.encodeStateAsUpdate(writer.doc))]).toEqual([rows, 0])
  }
})

test("[RL9, RL8] a document of 20 MB arrives over a slow link, which is never silent and never holds more than its socket", async () => {
  const limits = { heartbeatMs: 1_000, maxBufferedBytes: 128 * 1024, compactIdleMs: Infinity, maxRowBytesPerSecond: Infinity }
  const bed = await openTestBed({ limits })
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer(1)
  for (let row = 0; row < 5; row++) {
    device.append(writer.edit((doc) => doc.getMap("m").set(`${row}`, `${row}`.repeat(4 * 2 ** 20))))
    await settle(20)
  }
  await settle(50)
  const { snapshotBytes } = await bed.log.head("home/a")
  expect(snapshotBytes).toBeGreaterThan(16 * 2 ** 20)
  const slow = await bed.device()
  slow.socket.taking = false
  slow.send({ type: "open", handle: 1, document: "home/a", generation: 0, vector: new Map() })
  await settle(20)
  let silent = 0
  for (let second = 0; second < 400 && slow.updates().length < 1; second++) {
    const before = slow.socket.received.length
    // As much as one socket holds, a second.
    slow.socket.drainOnce()
    slow.send({ type: "ping", nonce: second })
    await bed.clock.advance(1_000)
    if (slow.socket.received.length === before) silent++
  }
  await settle(50)
  slow.socket.drain()
  await settle(400)
  expect(silent).toBe(0)
  expect(slow.socket.mostBuffered).toBeLessThanOrEqual(limits.maxBufferedBytes + 16 * 1024)
  const doc = new Y.Doc()
  for (const update of slow.updates()) Y.applyUpdate(doc, update)
  expect([...doc.getMap("m").values()].reduce<number>((sum, value) => sum + (value as string).length, 0)).toBe(20 * 2 ** 20)
})

test("[RL38] what it costs to load a log grows with its length and not faster", () => {
  const entriesOf = (count: number) => {
    const writer = new Writer(1)
    return Array.from({ length: count }, (_, index) => ({
      update: writer.edit((doc) => doc.getText(`t${index % 7}`).insert(0, "word ")),
      principal: "p",
      handOver: false,
    }))
  }
  const costOf = (count: number): number => {
    const entries = entriesOf(count)
    const from = process.cpuUsage()
    runCompaction({ kind: "compact", document: { snapshot: undefined, entries } })
    const { user } = process.cpuUsage(from)
    return user
  }
  costOf(2_000)
  const few = Math.min(costOf(2_500), costOf(2_500), costOf(2_500))
  // Eight times as many: a cost that grows with the square would be sixty-four times as much.
  expect(Math.min(costOf(20_000), costOf(20_000))).toBeLessThan(few * 32)
})

test("[RL39] of an answer streamed in 2,000 rows little more than its text is left, and each reader gets a message a tick", async () => {
  const bed = await openTestBed({ limits: { heartbeatMs: 1e9, compactItems: 200, windowItems: 50, roomIdleMs: 1_000 } })
  const [device, reader] = [await bed.device(), await bed.device()]
  await device.open("home/a")
  await reader.open("home/a")
  const writer = new Writer(1)
  const messages = reader.socket.received.length
  for (let tick = 0; tick < 400; tick++) {
    for (let token = 0; token < 5; token++) device.append(writer.type("token "))
    await settle(4)
  }
  expect(reader.socket.received.length - messages).toBeLessThanOrEqual(400)
  expect(textOf(...reader.updates())).toBe(writer.text)
  device.break()
  reader.break()
  await bed.clock.advance(60_000)
  const { head, base, through, snapshotBytes } = await bed.log.head("home/a")
  expect(snapshotBytes).toBeLessThan(writer.text.length * 1.1)
  expect([head, through, head - base <= 50]).toEqual([2_000, 2_000, true])
})
