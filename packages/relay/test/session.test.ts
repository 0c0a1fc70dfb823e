import { runInNewContext } from "node:vm"
import { setFlagsFromString } from "node:v8"
import {
  codeNumber,
  type EncodedFrame,
  encodeFrame,
  encodeFrames,
  encodeMessage,
  type Frame,
  MAX_TEXT_BYTES,
  MAX_VECTOR_LOGS,
  PROTOCOL_VERSION,
} from "@polylogue/protocol"
import { expect, test } from "vitest"
import { DEFAULT_RELAY_LIMITS, openRelay } from "../src/index.ts"
import { ManualClock, openTestBed, seededNumbers, settle, type TestBed, TestDevice } from "./test-relay.ts"
import { gate, WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

const HELLO: Frame = { type: "hello", version: PROTOCOL_VERSION, minVersion: PROTOCOL_VERSION, agent: "test", token: "" }

/** A device that has said nothing yet. */
function silent(bed: TestBed): TestDevice {
  return new TestDevice(bed.relay)
}

test("[RL16] welcome says version, log, time, principal and limits", async () => {
  const bed = await openTestBed()
  const device = silent(bed)
  device.send({ ...HELLO, version: 7 })
  await settle()
  const { maxFrameBytes, maxTransferBytes, maxRowBytes, maxDocuments, maxTransfers, heartbeatMs } = DEFAULT_RELAY_LIMITS
  expect(device.frames).toEqual([
    {
      type: "welcome",
      version: PROTOCOL_VERSION,
      log: bed.relay.log,
      time: bed.clock.now(),
      principal: "anonymous",
      liveLinks: false,
      maxFrameBytes,
      maxTransferBytes,
      maxRowBytes,
      maxDocuments,
      maxTransfers,
      heartbeatMs,
      expiresAt: 0,
    },
  ])
})

test("[RL16] a clock that counts fractions of milliseconds is rounded down", async () => {
  class FineClock extends ManualClock {
    override now(): number {
      return super.now() + 0.75
    }
  }
  const clock = new FineClock()
  const bed = await openTestBed({ clock })
  const device = await bed.device()
  await device.open("home/a")
  device.send({ type: "ping", nonce: 1 })
  device.append(new Writer(1).type("word"))
  await settle()
  const other = await bed.device()
  await other.open("home/a")
  await settle()
  const time = Math.floor(clock.now())
  expect([device.of("welcome")[0]?.time, device.of("pong")[0]?.time, other.of("entries")[0]?.entries[0]?.receivedAt]).toEqual([
    time,
    time,
    time,
  ])
})

test("[RL16] who speaks no common version, says nothing in time, or begins with something else is closed", async () => {
  const bed = await openTestBed()
  const [newer, late, rude, talkative] = [silent(bed), silent(bed), silent(bed), silent(bed)]
  newer.send({ ...HELLO, version: 9, minVersion: PROTOCOL_VERSION + 1 })
  rude.send({ type: "ping", nonce: 1 })
  talkative.send({ type: "part", transfer: 0, total: 100, offset: 0, bytes: new Uint8Array(10) })
  await settle()
  expect([newer.closedCode, rude.closedCode, talkative.closedCode]).toEqual(["unsupported-version", "bad-frame", "frame-too-large"])
  await bed.clock.advance(DEFAULT_RELAY_LIMITS.handshakeMs - 1)
  expect(late.closedCode).toBeUndefined()
  await bed.clock.advance(1)
  expect([late.closeCode(0), late.closedCode]).toEqual(["handshake-timeout", "handshake-timeout"])
  expect(bed.relay.stats().sessions).toBe(0)
})

test("[RL16] each end is heard every heartbeat, and one that is silent for three is taken for gone", async () => {
  const bed = await openTestBed({ limits: { heartbeatMs: 1000 } })
  const [mute, alive] = [await bed.device(), await bed.device()]
  for (let second = 0; second < 10; second++) {
    alive.send({ type: "ping", nonce: second })
    await bed.clock.advance(1000)
    if (second === 1) expect(mute.of("ping").length).toBeGreaterThanOrEqual(2)
    if (second === 1) expect(mute.closedCode).toBeUndefined()
  }
  expect([mute.closedCode, alive.closedCode]).toEqual(["heartbeat-lost", undefined])
  expect(alive.of("pong").map(({ nonce }) => nonce)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(alive.of("pong")[0]?.time).toBeGreaterThan(0)
})

test("[RL18, I7] a malformed frame ends its own session with a code and no other", async () => {
  const bed = await openTestBed()
  const reader = await bed.device()
  await reader.open("home/a")
  const writing = await bed.device()
  await writing.open("home/a")
  const bad: [Uint8Array, string][] = [
    [Uint8Array.of(7), "bad-frame"],
    [Uint8Array.of(2, 200), "bad-frame"],
    [encodeFrames((await bed.device()).of("welcome")[0]!), "bad-frame"],
    [encodeFrames({ type: "append", handle: 9, row: "0123456789abcdef", handOver: false, update: new Uint8Array() }), "bad-frame"],
    [encodeFrames({ type: "awareness", handle: 1, update: Uint8Array.of(5, 5) }), "bad-frame"],
    [new Uint8Array(DEFAULT_RELAY_LIMITS.maxFrameBytes + 1), "frame-too-large"],
    [
      encodeFrames({ type: "part", transfer: 1, total: DEFAULT_RELAY_LIMITS.maxTransferBytes + 1, offset: 0, bytes: Uint8Array.of(1) }),
      "frame-too-large",
    ],
  ]
  for (const [bytes, code] of bad) {
    const device = await bed.device()
    await device.open("home/a")
    device.socket.give(bytes)
    await settle()
    expect([device.closeCode(0), device.closedCode]).toEqual([code, code])
  }
  writing.append(new Writer().type("still here"))
  await settle()
  expect(textOf(...reader.updates())).toBe("still here")
})

test("[RL18] frames of unknown numbers are ignored, and an open of a handle in use is none", async () => {
  const bed = await openTestBed()
  const device = await bed.device()
  device.socket.give(encodeMessage([{ number: 99, payload: Uint8Array.of(1, 2) }, encodeFrame({ type: "ping", nonce: 3 })]))
  await device.open("home/a")
  expect(device.of("pong")).toHaveLength(1)
  await device.open("home/b", 1)
  expect(device.closedCode).toBe("bad-frame")
})

test("[RL18] whatever bytes come, the relay goes on and answers others", async () => {
  const bed = await openTestBed()
  const random = seededNumbers(11)
  const good = encodeFrames(
    { type: "open", handle: 2, document: "home/b", generation: 0, vector: new Map([["0123456789abcdef", 4]]) },
    { type: "append", handle: 1, row: "0123456789abcdef", handOver: false, update: new Writer(1).type("text") },
    { type: "awareness", handle: 1, update: Uint8Array.of(1, 1, 1, 4, 110, 117, 108, 108) },
    { type: "askState", handle: 1 },
    { type: "watch", handle: 3, prefix: "home", log: "0123456789abcdef", cursor: 4 },
    { type: "token", token: "t" },
    { type: "audit", handle: 1, vector: new Map([["0123456789abcdef", 4]]), digest: new Uint8Array(32) },
    {
      type: "append",
      handle: 1,
      row: "0123456789abcdee",
      handOver: false,
      update: Uint8Array.of(0, 1, 1, 1, 0, 2),
      erases: ["ab".repeat(32)],
    },
    { type: "close", handle: 2, code: 1000, reason: "" },
  )
  for (let index = 0; index < 400; index++) {
    const device = await bed.device()
    await device.open("home/a")
    const bytes = good.slice()
    for (let fault = 0; fault < 3; fault++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
    device.socket.give(bytes)
    await settle(2)
    device.break()
  }
  await settle()
  expect(bed.eventsOf("failed")).toEqual([])
  const device = await bed.device()
  await device.open("home/a")
  device.append(new Writer().type("fine"))
  await settle()
  expect(device.of("ack")).toHaveLength(1)
})

test("[RL18] a document that was closed is done with: what is under way for it is ignored, others go on", async () => {
  const bed = await openTestBed()
  const device = await bed.device()
  const other = await bed.device()
  await device.open("home/a", 1)
  await device.open("home/b", 2)
  await other.open("home/a", 1)
  const writer = new Writer()
  device.send({ type: "close", handle: 1, code: codeNumber("normal"), reason: "" })
  device.append(writer.type("late"), { handle: 1 })
  device.append(new Writer().type("b"), { handle: 2 })
  other.append(new Writer().type("a"))
  await settle()
  expect(device.of("ack").map(({ handle }) => handle)).toEqual([2])
  expect(device.of("entries")).toEqual([])
  device.send({ type: "close", handle: 0, code: codeNumber("normal"), reason: "" })
  await settle()
  expect(device.closedCode).toBe("normal")
})

test("[RL24, I11] without permission nothing of a document is told, whether it exists or not; a reader may not write", async () => {
  const bed = await openTestBed({
    authenticate: async ({ token }) =>
      token === ""
        ? { refused: "unauthenticated", reason: "no token" }
        : { name: token, may: (documentId) => (documentId === "home/open" ? (token === "viewer" ? "read" : "write") : "none") },
  })
  const nobody = silent(bed)
  nobody.send(HELLO)
  await settle()
  expect([nobody.closedCode, nobody.of("welcome")]).toEqual(["unauthenticated", []])

  const editor = await bed.device("editor")
  const viewer = await bed.device("viewer")
  await editor.open("home/open", 1)
  await viewer.open("home/open", 1)
  await viewer.open("home/exists-not", 2)
  await viewer.open("home/open/inner", 3)
  await viewer.open("../home/open", 4)
  expect(viewer.of("opened")).toMatchObject([{ handle: 1, mayWrite: false }])
  expect([2, 3, 4].map((handle) => viewer.closeCode(handle))).toEqual(["forbidden", "forbidden", "bad-document-id"])
  editor.append(new Writer(1).type("read me"))
  viewer.append(new Writer(2).type("may not"))
  await settle()
  expect(textOf(...viewer.updates())).toBe("read me")
  expect(viewer.of("reject").map(({ code }) => code)).toEqual([codeNumber("forbidden")])
  expect(bed.relay.stats()).toMatchObject({ rowsAppended: 1 })
})

test("[RL24] an authentication that fails by itself closes the session as a failure of the relay", async () => {
  const bed = await openTestBed({ authenticate: () => Promise.reject(new Error("database away")) })
  const device = silent(bed)
  device.send(HELLO)
  await settle()
  expect([device.closedCode, bed.eventsOf("failed").length]).toEqual(["internal", 1])
})

test("[RL17] documents, sessions and rooms at the limit are taken, one past it is refused", async () => {
  const bed = await openTestBed({ limits: { maxDocuments: 2, maxSessions: 2, maxRooms: 3 } })
  const [one, two] = [await bed.device(), await bed.device()]
  await one.open("home/a", 1)
  await one.open("home/b", 2)
  await one.open("home/c", 3)
  expect([one.of("opened").length, one.closeCode(3)]).toEqual([2, "too-many-documents"])
  await two.open("home/c", 1)
  await two.open("home/d", 2)
  expect([two.of("opened").length, two.closeCode(2)]).toEqual([1, "overloaded"])
  const third = silent(bed)
  await settle()
  expect(third.closedCode).toBe("overloaded")
  one.break()
  const fourth = await bed.device()
  expect(fourth.closedCode).toBeUndefined()
})

test("[RL17] frames per second, messages that wait, and what comes before welcome are bounded", async () => {
  const bed = await openTestBed({ limits: { maxFramesPerSecond: 1 } })
  const device = await bed.device()
  for (let index = 0; index < 9; index++) device.send({ type: "ping", nonce: index })
  await settle()
  expect(device.closedCode).toBeUndefined()
  device.send({ type: "ping", nonce: 9 })
  await settle()
  expect(device.closedCode).toBe("rate-limited")

  for (const limits of [{ maxInboxMessages: 3 }, { maxInboxBytes: 13 }]) {
    const log = new WatchedLog()
    const busy = await openTestBed({ log, limits })
    const waiting = await busy.device()
    const held = gate()
    log.beforeRead = () => held.passed
    waiting.send({ type: "open", handle: 1, document: "a", generation: 0, vector: new Map() })
    // Four bytes each.
    for (let index = 0; index < 3; index++) waiting.send({ type: "ping", nonce: 128 + index })
    await settle()
    expect(waiting.closedCode).toBeUndefined()
    waiting.send({ type: "ping", nonce: 131 })
    await settle()
    expect(waiting.closedCode).toBe("overloaded")
    held.open()
  }

  const early = silent(await openTestBed({ authenticate: () => new Promise(() => undefined) }))
  early.send(HELLO, HELLO, HELLO, HELLO)
  await settle()
  expect(early.closedCode).toBeUndefined()
  early.send(HELLO)
  expect(early.closedCode).toBe("bad-frame")
})

test("[RL17] unknown frames and parts count as frames", async () => {
  const unknown = { number: 999, payload: new Uint8Array() }
  const part = (offset: number): EncodedFrame =>
    encodeFrame({ type: "part", transfer: 0, total: 100_000, offset, bytes: new Uint8Array(1024) })
  for (const nine of [Array.from({ length: 9 }, () => unknown), Array.from({ length: 9 }, (_, index) => part(index * 1024))]) {
    const bed = await openTestBed({ limits: { maxFramesPerSecond: 1 } })
    const device = await bed.device()
    device.socket.give(encodeMessage(nine))
    await settle()
    expect(device.closedCode).toBeUndefined()
    device.socket.give(encodeMessage([unknown]))
    await settle()
    expect(device.closedCode).toBe("rate-limited")
  }
})

test("[RL17] what a replica says it knows of logs that are not here is not kept", async () => {
  setFlagsFromString("--expose-gc")
  const collect = runInNewContext("gc") as () => void
  const bed = await openTestBed()
  const device = await bed.device()
  const writer = await bed.device()
  await writer.open("home/d1")
  writer.append(new Writer().type("word"))
  await settle()
  const vector = new Map(Array.from({ length: MAX_VECTOR_LOGS }, (_, index) => [index.toString(16).padStart(16, "0"), 1]))
  collect()
  const before = process.memoryUsage().heapUsed
  // The first has an entry, the others are empty.
  for (let handle = 1; handle <= 20; handle++) await device.open(`home/d${handle}`, handle, vector)
  collect()
  expect(device.updates()).toHaveLength(1)
  // Kept, they would be 20 times 2 MB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000)
})

test("[RL17] what is under way from all sessions is bounded, and given back", async () => {
  const bed = await openTestBed({ limits: { maxInboundBytes: 5000 } })
  const begin = (device: TestDevice, bytes: number): void =>
    device.socket.give(encodeFrames({ type: "part", transfer: 0, total: 60_000, offset: 0, bytes: new Uint8Array(bytes) }))
  const [first, second, third] = [await bed.device(), await bed.device(), await bed.device()]
  begin(first, 2000)
  // 2 000 are held, and the message itself counts until it was handled.
  begin(second, 1400)
  await settle()
  expect([first.closedCode, second.closedCode]).toEqual([undefined, undefined])
  begin(third, 1600)
  await settle()
  expect([first.closedCode, second.closedCode, third.closedCode]).toEqual([undefined, undefined, "overloaded"])
  first.break()
  const fourth = await bed.device()
  begin(fourth, 1600)
  await settle()
  expect(fourth.closedCode).toBeUndefined()
})

test("[RL17] messages of all sessions that wait are bounded together, and given back", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { maxInboundBytes: 100 } })
  const held = gate()
  log.beforeRead = () => held.passed
  const devices = [await bed.device(), await bed.device()] as const
  const open: Frame = { type: "open", handle: 1, document: "home/a", generation: 0, vector: new Map() }
  const opens = 2 * encodeFrames(open).length
  for (const device of devices) device.send(open)
  // Four bytes each, as many as fit.
  for (let bytes = opens; bytes + 4 <= 100; bytes += 4) devices[0].send({ type: "ping", nonce: 128 })
  await settle()
  expect(devices[0].closedCode).toBeUndefined()
  devices[1].send({ type: "ping", nonce: 128 })
  await settle()
  expect(devices.map(({ closedCode }) => closedCode)).toEqual([undefined, "overloaded"])
  held.open()
  await settle()
  const later = await bed.device()
  for (let round = 0; round < 30; round++) {
    later.send({ type: "ping", nonce: 128 })
    await settle(1)
  }
  expect(later.of("pong")).toHaveLength(30)
})

test("[RL17] who asks for pongs and takes none is closed", async () => {
  const bed = await openTestBed({ limits: { maxAnswerBytes: 1000, maxBufferedBytes: 1 } })
  const device = await bed.device()
  device.socket.taking = false
  for (let nonce = 0; nonce < 60; nonce++) {
    device.send({ type: "ping", nonce })
    await settle(1)
  }
  expect(device.closedCode).toBeUndefined()
  for (let nonce = 0; nonce < 60; nonce++) {
    device.send({ type: "ping", nonce })
    await settle(1)
  }
  expect(device.closedCode).toBe("overloaded")
})

test("[RL17] answers that a session provokes and does not take are bounded", async () => {
  const bed = await openTestBed({ limits: { maxAnswerBytes: 1000, maxBufferedBytes: 1 } })
  const device = await bed.device()
  await device.open("home/a")
  device.socket.taking = false
  device.send({ type: "ping", nonce: 1 })
  await settle()
  let sent = 0
  for (; sent < 200 && device.closedCode === undefined; sent++) {
    device.append(Uint8Array.of(9, 9, 9))
    await settle(1)
  }
  expect(device.closedCode).toBe("overloaded")
  expect(sent).toBeGreaterThan(5)
  expect(sent).toBeLessThan(40)
})

test("[RL17] limits that are none are refused when the relay is opened", async () => {
  const log = new WatchedLog()
  const options = {
    log,
    clock: (await openTestBed()).clock,
    randomBytes: (length: number) => new Uint8Array(length),
    compactor: { run: () => Promise.reject(new Error()) },
  }
  for (const limits of [
    { maxSessions: 0 },
    { maxFrameBytes: Infinity },
    { heartbeatMs: Number.NaN },
    { maxRowBytes: 1.5 },
    { maxTransferBytes: 2 ** 24 },
  ]) {
    await expect(openRelay({ ...options, limits })).rejects.toThrow(RangeError)
  }
  expect(log.opens).toBe(0)
})

test("[RL18] a reason is never longer than a close frame takes, and a long document id is refused", async () => {
  const bed = await openTestBed({ authenticate: async () => ({ refused: "unauthenticated", reason: "é".repeat(500) }) })
  const device = silent(bed)
  device.send(HELLO)
  await settle()
  expect(device.socket.closedWith?.reason.length).toBeGreaterThan(50)
  expect(new TextEncoder().encode(device.socket.closedWith?.reason).length).toBeLessThanOrEqual(123)
  const other = await openTestBed()
  const asking = await other.device()
  await asking.open("x".repeat(MAX_TEXT_BYTES))
  expect(asking.closeCode(1)).toBe("bad-document-id")
})
