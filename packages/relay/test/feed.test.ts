import { type DocumentId, encodeFrames, type FrameOf, vectorHash } from "@polylogue/protocol"
import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { expect, test } from "vitest"
import { DEFAULT_RELAY_LIMITS, type Permission, type Principal } from "../src/index.ts"
import { ManualClock, openTestBed, settle, type TestBed, TestDevice } from "./test-relay.ts"
import { WatchedLog } from "./watched-log.ts"
import { Writer } from "./writer.ts"

const NO_LOG = "0000000000000000"

/** Writes one word into each document, in this order. */
async function write(bed: TestBed, ...documents: DocumentId[]): Promise<void> {
  const device = await bed.device()
  for (const [index, document] of documents.entries()) {
    await device.open(document, index + 1)
    device.append(new Writer().type("word"), { handle: index + 1 })
    await settle()
  }
  device.send({ type: "close", handle: 0, code: 1000, reason: "" })
  await settle()
}

async function watch(device: TestDevice, prefix: string, { handle = 1, log = NO_LOG, cursor = 0 } = {}): Promise<void> {
  device.send({ type: "watch", handle, prefix, log, cursor })
  await settle()
}

/** Ids that were told, per frame. */
function told(device: TestDevice, handle = 1): DocumentId[][] {
  return feeds(device, handle).map(({ changes }) => changes.map(({ documentId }) => documentId))
}

function feeds(device: TestDevice, handle = 1): FrameOf<"feed">[] {
  return device.of("feed").filter((frame) => frame.handle === handle)
}

function named(permissions: Record<string, Permission>, grants?: string): Principal {
  return { name: "ann", may: (documentId) => permissions[documentId] ?? "none", ...(grants === undefined ? {} : { grants }) }
}

test("[RL43] a feed tells what is below whole segments, with the hash of each vector, in the order of the last changes, without a room", async () => {
  const bed = await openTestBed()
  await write(bed, "home", "home/a", "home/b", "homely/c", "home/a", "work/d")
  await bed.clock.advance(DEFAULT_RELAY_LIMITS.roomIdleMs * 2)
  const device = await bed.device()
  await watch(device, "home")
  await watch(device, "work/d", { handle: 2 })
  await watch(device, "nowhere", { handle: 3 })
  expect([1, 2, 3].map((handle) => told(device, handle))).toEqual([[["home", "home/b", "home/a"]], [["work/d"]], [[]]])
  const [frame] = feeds(device)
  const { vector } = await bed.log.head("home/a")
  expect(frame).toMatchObject({ log: bed.relay.log, caughtUp: true })
  expect(frame!.changes[2]!.hash).toBe(vectorHash(vector))
  expect(bed.relay.stats()).toMatchObject({ rooms: 0, feeds: 3 })
})

test("[RL43] what changes is told as it becomes durable, also what nobody here has open", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const device = await bed.device()
  await watch(device, "home")
  expect(feeds(device)).toMatchObject([{ caughtUp: true, changes: [] }])
  await bed.clock.advance(1000)
  let release = (): void => undefined
  log.beforeCommit = () => new Promise((resolve) => (release = resolve))
  const writing = write(bed, "home/a")
  await settle(40)
  expect(feeds(device)).toHaveLength(1)
  release()
  log.beforeCommit = () => undefined
  await writing
  expect(told(device)).toEqual([[], ["home/a"]])
  await bed.clock.advance(1000)
  await write(bed, "work/b")
  expect(told(device)).toEqual([[], ["home/a"]])
})

test("[RL43] thousands of documents come in frames that fit a message, each once, and only the last says that it is all", async () => {
  const disk = new MemoryDisk()
  const seed = new MemoryEntryLog({ disk })
  await seed.open()
  const ids = Array.from({ length: 3000 }, (_, index) => `home/conversation/${index}`)
  const update = new Writer(1).type("word")
  const entry = {
    stamp: { log: "0123456789abcdef", seq: 1 },
    receivedAt: 1,
    principal: "p",
    row: "0123456789abcdef",
    handOver: false,
    update,
  }
  await seed.commit(ids.map((documentId) => ({ type: "append", documentId, items: [{ kind: "entry", entry }] }) as const))
  await seed.close()
  const bed = await openTestBed({ disk })
  const device = await bed.device()
  await watch(device, "home")
  await settle(40)
  expect(told(device).flat()).toEqual(ids)
  expect(feeds(device).map(({ caughtUp }) => caughtUp)).toEqual(feeds(device).map((_, index, all) => index === all.length - 1))
  for (const message of device.socket.received) expect(message.length).toBeLessThanOrEqual(16 * 1024)
  // Whoever comes back with any of the cursors gets what follows it.
  const middle = feeds(device)[1]!
  const again = await bed.device()
  await watch(again, "home", middle)
  await settle(40)
  expect(told(again).flat()).toEqual(ids.slice(told(device).slice(0, 2).flat().length))
  expect(bed.relay.stats().rooms).toBe(0)
})

test("[RL43, I11] documents that may not be read are left out, and nothing shows that they changed", async () => {
  const bed = await openTestBed({
    authenticate: async ({ token }) => (token === "" ? { name: "all", may: () => "write" } : named({ "home/mine": "read" })),
  })
  await write(bed, "home/secret", "home/mine", "home/hidden")
  const device = await bed.device("ann")
  await watch(device, "home")
  expect(told(device)).toEqual([["home/mine"]])
  await bed.clock.advance(1000)
  const frames = device.frames.length
  await write(bed, "home/secret")
  await bed.clock.advance(1000)
  expect(device.frames).toHaveLength(frames)
  await watch(device, "home", { ...feeds(device)[0]!, handle: 2 })
  expect(told(device, 2)).toEqual([[]])
})

test("[RL42, I11] below a prefix that nobody was let in to the store is not asked", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({
    log,
    authenticate: async ({ token }) =>
      token === "" ? { name: "all", may: () => "write" } : { ...named({ "home/mine": "read" }), reaches: (prefix) => prefix === "home" },
  })
  await write(bed, "work/secret", "home/mine")
  const device = await bed.device("ann")
  const reads = log.feedReads
  await watch(device, "work")
  await watch(device, "nowhere", { handle: 2 })
  expect([told(device, 1), told(device, 2), log.feedReads - reads]).toEqual([[[]], [[]], 0])
  expect(feeds(device, 1)).toEqual([{ ...feeds(device, 2)[0]!, handle: 1 }])
  await watch(device, "home", { handle: 3 })
  expect(told(device, 3)).toEqual([["home/mine"]])
})

test("[RL44] a cursor is good at a later start of the same store, and not at one that was put back", async () => {
  const disk = new MemoryDisk()
  const first = await openTestBed({ disk })
  await write(first, "home/a", "home/b")
  const device = await first.device()
  await watch(device, "home")
  const early = feeds(device)[0]!
  const backup = disk.copy()
  await write(first, "home/c")
  await first.clock.advance(1000)
  const late = feeds(device).at(-1)!
  await first.relay.close()

  // Two starts later, in which nobody watched in between.
  const between = await openTestBed({ disk })
  await write(between, "home/d")
  await between.relay.close()
  const second = await openTestBed({ disk })
  const returning = await second.device()
  await watch(returning, "home", { ...late, handle: 1 })
  await watch(returning, "home", { ...early, handle: 2 })
  await watch(returning, "home", { ...late, log: "00000000000000ff", handle: 3 })
  expect([1, 2, 3].map((handle) => told(returning, handle).flat())).toEqual([
    ["home/d"],
    ["home/c", "home/d"],
    ["home/a", "home/b", "home/c", "home/d"],
  ])
  expect(feeds(returning)[0]?.log).toBe(second.relay.log)

  const restored = await openTestBed({ disk: backup })
  await write(restored, "home/x", "home/y")
  const back = await restored.device()
  await watch(back, "home", { ...late, handle: 1 })
  await watch(back, "home", { ...early, handle: 2 })
  expect([1, 2].map((handle) => told(back, handle).flat())).toEqual([
    ["home/a", "home/b", "home/x", "home/y"],
    ["home/x", "home/y"],
  ])
})

test("[RL44] no cursor is told before its start is remembered, and a record that cannot be read makes all of them unknown", async () => {
  const log = new WatchedLog()
  let failing = true
  log.beforeCommit = ([change]) => {
    if (failing && change?.type === "record") throw Object.assign(new Error("full"), { code: "io" })
  }
  const bed = await openTestBed({ log })
  const device = await bed.device()
  await watch(device, "home")
  expect(feeds(device)).toEqual([])
  failing = false
  await bed.clock.advance(20_000)
  expect(feeds(device)).toMatchObject([{ caughtUp: true }])
  await bed.relay.close()

  const store = new MemoryEntryLog({ disk: log.disk })
  await store.open()
  await store.commit([{ type: "record", key: "relay/starts", value: Uint8Array.of(200) }])
  await store.close()
  const next = await openTestBed({ disk: log.disk })
  await write(next, "home/a")
  const late = await next.device()
  await watch(late, "home", { ...feeds(device)[0]!, cursor: 5, handle: 1 })
  expect(told(late)).toEqual([["home/a"]])
})

test("[RL44] under other grants everything is told anew, in band and on return; a token of equal grants tells nothing", async () => {
  const less = named({ "home/a": "read" }, "a")
  const more = named({ "home/a": "read", "home/b": "read" }, "a b")
  const bed = await openTestBed({
    authenticate: async ({ token }) => (token === "" ? { name: "all", may: () => "write" } : token === "more" ? more : less),
  })
  await write(bed, "home/a", "home/b")
  const device = await bed.device("less")
  await watch(device, "home")
  const before = feeds(device)[0]!
  device.send({ type: "token", token: "same" })
  await settle()
  expect([device.of("granted").length, told(device)]).toEqual([1, [["home/a"]]])
  device.send({ type: "token", token: "more" })
  await bed.clock.advance(1000)
  expect(told(device)).toEqual([["home/a"], ["home/a", "home/b"]])
  const after = feeds(device)[1]!
  const returning = await bed.device("more")
  await watch(returning, "home", { ...before, handle: 1 })
  await watch(returning, "home", { ...after, handle: 2 })
  expect([told(returning, 1), told(returning, 2)]).toEqual([[["home/a", "home/b"]], [[]]])
})

test("[RL45, RL8] while its session takes nothing a feed reads nothing, and tells each document once afterwards", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { maxBufferedBytes: 1 } })
  const device = await bed.device()
  await watch(device, "home")
  device.socket.taking = false
  await bed.clock.advance(1000)
  await write(bed, "home/filler")
  const buffered = device.socket.bufferedBytes
  const reads = log.feedReads
  for (let round = 0; round < 20; round++) {
    await write(bed, `home/${round % 2}`)
    await bed.clock.advance(200)
  }
  expect([buffered > 0, device.socket.bufferedBytes, log.feedReads]).toEqual([true, buffered, reads])
  device.socket.drain()
  await settle()
  await bed.clock.advance(1000)
  expect(told(device).flat().toSorted()).toEqual(["home/0", "home/1", "home/filler"])
})

test("[RL45] changes within the pause are told at once, and those of many sessions are read once", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { feedPauseMs: 100 } })
  const devices = await Promise.all(Array.from({ length: 10 }, () => bed.device()))
  for (const device of devices) await watch(device, "home")
  await bed.clock.advance(100)
  const writer = await bed.device()
  await writer.open("home/a")
  const typing = new Writer(1)
  const reads = log.feedReads
  for (let letter = 0; letter < 50; letter++) {
    writer.append(typing.type("x"))
    await bed.clock.advance(10)
  }
  await bed.clock.advance(100)
  for (const device of devices) expect([6, 7]).toContain(told(device).length)
  expect(log.feedReads - reads).toBeLessThanOrEqual(20)
  const { vector } = await bed.log.head("home/a")
  expect(feeds(devices[0]!).at(-1)?.changes[0]?.hash).toBe(vectorHash(vector))
})

test("[RL45] what changes within the pause is told also when the timer of its end fires early, as timers under load do", async () => {
  class EarlyClock extends ManualClock {
    override setTimer(action: () => void, delayMs: number): () => void {
      return super.setTimer(action, delayMs > 1 ? delayMs - 1 : delayMs)
    }
  }
  const bed = await openTestBed({ clock: new EarlyClock(), limits: { feedPauseMs: 100 } })
  const device = await bed.device()
  await watch(device, "home")
  await write(bed, "home/a")
  await write(bed, "home/b")
  await bed.clock.advance(1000)
  expect(told(device).flat().toSorted()).toEqual(["home/a", "home/b"])
})

test("[RL45] a feed ends with its handle and its session, and one whose store fails says so", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log })
  const [device, other] = [await bed.device(), await bed.device()]
  await watch(device, "home")
  await watch(other, "home")
  expect(bed.relay.stats().feeds).toBe(2)
  device.send({ type: "close", handle: 1, code: 1000, reason: "" })
  other.break()
  await settle()
  expect(bed.relay.stats().feeds).toBe(0)
  await write(bed, "home/a")
  expect(told(device)).toEqual([[]])
  // What is under way for an ended feed is ignored; its handle stays taken only while it lives.
  device.send({ type: "awareness", handle: 1, update: new Uint8Array([0]) })
  log.beforeChanges = () => {
    throw Object.assign(new Error("corrupt"), { code: "corrupt" })
  }
  await watch(device, "home", { handle: 2 })
  expect([device.closeCode(2), device.closedCode, bed.relay.stats().feeds]).toEqual(["unavailable", undefined, 0])
  await watch(device, "home", { handle: 3 })
  device.socket.give(encodeFrames({ type: "open", handle: 4, document: "home/a", generation: 0, vector: new Map() }))
  await settle()
  expect(device.of("opened")).toHaveLength(1)
  device.send({ type: "watch", handle: 4, prefix: "home", log: NO_LOG, cursor: 0 })
  await settle()
  expect(device.closedCode).toBe("bad-frame")
})

test("[RL17, RL45] feeds of a session are bounded, and a prefix that is none is refused", async () => {
  const bed = await openTestBed({ limits: { maxFeeds: 2 } })
  const device = await bed.device()
  for (const [index, prefix] of ["home", "", "home/", "work", "third"].entries()) await watch(device, prefix, { handle: index + 1 })
  expect([1, 2, 3, 4, 5].map((handle) => device.closeCode(handle))).toEqual([
    undefined,
    "bad-document-id",
    "bad-document-id",
    undefined,
    "too-many-documents",
  ])
  expect(device.closedCode).toBeUndefined()
})
