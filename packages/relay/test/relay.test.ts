import { EMPTY_VECTOR } from "@polylogue/protocol"
import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { openTestBed, settle } from "./test-relay.ts"
import { gate, WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

test("[RL1] an appended row is acked to its writer and sent to the others", async () => {
  const bed = await openTestBed()
  const writer = await bed.device()
  const reader = await bed.device()
  await writer.open("home/a")
  await reader.open("home/a", 7)
  expect(writer.of("opened")).toMatchObject([{ handle: 1, generation: 0, mayWrite: true, vector: EMPTY_VECTOR }])

  const row = writer.append(new Writer().type("hello"))
  await settle()

  expect(writer.of("ack")).toEqual([{ type: "ack", handle: 1, row, log: bed.relay.log, seq: 1, level: 1 }])
  expect(writer.of("entries")).toEqual([])
  expect(reader.of("entries")[0]?.entries).toMatchObject([
    { stamp: { log: bed.relay.log, seq: 1 }, row, principal: "anonymous", handOver: false, receivedAt: bed.clock.now() },
  ])
  expect(textOf(...reader.updates(7))).toBe("hello")
})

test("[RL1] neither ack nor entry leaves before the commit has resolved", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const writer = await bed.device()
  const reader = await bed.device()
  await writer.open("home/a")
  await reader.open("home/a")
  const held = gate()
  log.beforeCommit = () => held.passed

  writer.append(new Writer().type("hello"))
  await settle()
  expect(log.commits).toHaveLength(1)
  expect([writer.of("ack"), reader.of("entries")]).toEqual([[], []])
  expect(bed.relay.stats()).toMatchObject({ queuedRows: 1 })

  held.open()
  await settle()
  expect([writer.of("ack").length, reader.of("entries").length]).toEqual([1, 1])
  expect(bed.relay.stats()).toMatchObject({ queuedRows: 0, queuedBytes: 0, rowsAppended: 1 })
})

test("[RL1] acks and entries of others stand in a session's stream in the order of the log", async () => {
  const bed = await openTestBed()
  const one = await bed.device()
  const two = await bed.device()
  await one.open("home/a")
  await two.open("home/a")
  const [left, right] = [new Writer(1), new Writer(2)]
  const rows = [one.append(left.type("a")), two.append(right.type("b")), one.append(left.type("c")), two.append(right.type("d"))]
  await settle()
  const stream = one.frames.flatMap((frame) => {
    if (frame.type === "ack") return [`ack ${frame.row}`]
    return frame.type === "entries" ? frame.entries.map(({ row }) => `entry ${row}`) : []
  })
  expect(stream).toEqual([`ack ${rows[0]}`, `entry ${rows[1]}`, `ack ${rows[2]}`, `entry ${rows[3]}`])
})

test("[RL12] every start has a log of its own, and goes on where the store ended", async () => {
  const disk = new MemoryDisk()
  const before = await openTestBed({ disk })
  const writer = new Writer()
  const first = await before.device()
  await first.open("home/a")
  first.append(writer.type("one "))
  await settle()
  await before.relay.close()
  expect(first.closedCode).toBe("draining")

  const after = await openTestBed({ disk })
  expect(after.relay.log).not.toBe(before.relay.log)
  const second = await after.device()
  await second.open("home/a")
  expect(second.of("opened")[0]?.vector).toEqual(new Map([[before.relay.log, 1]]))
  const row = second.append(writer.type("two"))
  await settle()
  expect(second.of("ack")).toMatchObject([{ row, log: after.relay.log, seq: 1 }])
  expect(textOf(...second.updates(), Y.encodeStateAsUpdate(writer.doc))).toBe("one two")
})

test("[RL4] a row sent again gets the stamp it has, at once or after a restart of the room, under way or durable", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { roomIdleMs: 1000 } })
  const device = await bed.device()
  await device.open("home/a")
  const update = new Writer().type("once")
  const held = gate()
  log.beforeCommit = () => held.passed
  const row = device.append(update)
  await settle()
  const other = await bed.device()
  await other.open("home/a")
  other.append(update, { row })
  held.open()
  await settle()
  expect(other.of("ack")).toMatchObject([{ row, seq: 1 }])

  device.append(update, { row })
  await settle()
  await bed.clock.advance(5000)
  device.append(update, { row })
  await settle()
  expect(device.of("ack").map(({ seq }) => seq)).toEqual([1, 1, 1])
  expect(await log.items("home/a")).toHaveLength(1)
  expect(bed.relay.stats().rowsKnown).toBe(3)
})

test("[RL4] a row id with other bytes is a new row", async () => {
  const bed = await openTestBed()
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer()
  const row = device.append(writer.type("a"))
  device.append(writer.type("b"), { row })
  await settle()
  expect(device.of("ack").map(({ seq }) => seq)).toEqual([1, 2])
})

test("[RL10] what all rooms append in a tick is one commit, and what comes meanwhile the next", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const device = await bed.device()
  for (const handle of [1, 2, 3]) await device.open(`home/${handle}`, handle)
  const held = gate()
  log.beforeCommit = () => held.passed
  const writers = [1, 2, 3].map((id) => new Writer(id))
  for (const [index, writer] of writers.entries()) device.append(writer.type("a"), { handle: index + 1 })
  await settle()
  for (const [index, writer] of writers.entries()) {
    device.append(writer.type("b"), { handle: index + 1 })
    device.append(writer.type("c"), { handle: index + 1 })
  }
  await settle()
  held.open()
  await settle()
  expect(log.commits.map((changes) => changes.length)).toEqual([3, 3])
  expect(device.of("ack")).toHaveLength(9)
})

test("[RL10] all frames of a tick leave in one message per session, and one range is encoded once", async () => {
  const bed = await openTestBed()
  const writer = await bed.device()
  const readers = await Promise.all([bed.device(), bed.device(), bed.device()])
  for (const reader of readers) {
    await reader.open("home/a", 1)
    await reader.open("home/b", 2)
  }
  await writer.open("home/a", 1)
  await writer.open("home/b", 2)
  const [left, right] = [new Writer(1), new Writer(2)]
  const before = readers.map((reader) => reader.socket.received.length)
  for (let index = 0; index < 5; index++) {
    writer.append(left.type("a"), { handle: 1 })
    writer.append(right.type("b"), { handle: 2 })
  }
  await settle()
  expect(readers.map((reader, index) => reader.socket.received.length - before[index]!)).toEqual([1, 1, 1])
  expect(readers.map((reader) => textOf(...reader.updates(1)))).toEqual(["aaaaa", "aaaaa", "aaaaa"])
  writer.append(left.type("!"), { handle: 1 })
  await settle()
  const last = readers.map((reader) => reader.socket.received.at(-1)!)
  expect(last.every((message) => message.buffer === last[0]!.buffer)).toBe(true)
})

test("[RL10] what a tick brings to a hundred readers is encoded once and written once to each, whatever handles they chose", async () => {
  const bed = await openTestBed()
  const writer = await bed.device()
  await writer.open("home/a")
  const readers = await Promise.all(Array.from({ length: 100 }, () => bed.device()))
  for (const [index, reader] of readers.entries()) await reader.open("home/a", 1 + (index % 5))
  const before = bed.relay.stats()
  const messages = readers.map((reader) => reader.socket.received.length)
  const typing = new Writer(1)
  for (let tick = 0; tick < 10; tick++) {
    for (let token = 0; token < 4; token++) writer.append(typing.type("token "))
    await settle()
  }
  const after = bed.relay.stats()
  expect(after.rangesEncoded - before.rangesEncoded).toBe(10)
  expect(readers.map((reader, index) => reader.socket.received.length - messages[index]!)).toEqual(readers.map(() => 10))
  // The writer gets its acks in one message a tick, too.
  expect(after.messagesSent - before.messagesSent).toBe(101 * 10)
  expect(readers.every((reader, index) => textOf(...reader.updates(1 + (index % 5))) === typing.text)).toBe(true)
})

test("[RL22] drain makes durable and acks what was accepted, then closes every session", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const device = await bed.device()
  await device.open("home/a")
  const held = gate()
  log.beforeCommit = () => held.passed
  const writer = new Writer()
  device.append(writer.type("accepted"))
  await settle()
  const drained = bed.relay.drain()
  device.append(writer.type("too late"))
  const late = bed.device()
  await expect(late).rejects.toThrow("no welcome")
  expect(bed.relay.ready).toBe(false)
  expect(device.closedCode).toBeUndefined()
  held.open()
  await drained
  await settle()
  expect(device.of("ack")).toHaveLength(1)
  expect(device.closeCode(0)).toBe("draining")
  expect(device.closedCode).toBe("draining")
  expect(bed.relay.stats()).toMatchObject({ sessions: 0 })
  await bed.relay.close()
  await bed.relay.close()
})

test("[RL23, I5] who goes through thousands of documents leaves few rooms behind, however fast", async () => {
  const bed = await openTestBed({ limits: { roomIdleMs: 1e9, heartbeatMs: 1e9, sweepRooms: 10 } })
  const device = await bed.device()
  await device.open("home/kept", 1)
  for (let handle = 2; handle <= 101; handle++) {
    await bed.clock.advance(1)
    await device.open(`home/${handle}`, handle)
    device.send({ type: "close", handle, code: 1000, reason: "" })
    await settle()
  }
  expect(bed.relay.stats().rooms).toBeLessThanOrEqual(21)
  expect(device.of("close")).toEqual([])
})

test("[RL23] a room without readers leaves memory, one with readers gives up what it can read again", async () => {
  const bed = await openTestBed({ limits: { roomIdleMs: 1000 } })
  const device = await bed.device()
  const other = await bed.device()
  await device.open("home/a", 1)
  await device.open("home/b", 2)
  const writer = new Writer()
  device.append(writer.type("a"))
  await settle()
  expect(bed.relay.stats().rooms).toBe(2)
  device.send({ type: "close", handle: 2, code: 1000, reason: "" })
  await bed.clock.advance(3000)
  expect(bed.relay.stats().rooms).toBe(1)
  device.append(writer.type("b"))
  await other.open("home/a")
  await settle()
  expect(device.of("ack").map(({ seq }) => seq)).toEqual([1, 2])
  expect(textOf(...other.updates())).toBe("ab")
  device.break()
  other.break()
  await bed.clock.advance(3000)
  expect(bed.relay.stats()).toMatchObject({ rooms: 0, sessions: 0 })
})
