import { encodeFrames, type Frame, PROTOCOL_VERSION } from "@polylogue/protocol"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { DEFAULT_RELAY_LIMITS, type RelayOptions } from "../src/index.ts"
import { openTestBed, settle, TestDevice } from "./test-relay.ts"
import { gate, WatchedLog } from "./watched-log.ts"
import { textOf, Writer } from "./writer.ts"

const QUIET = { heartbeatMs: 1e9, compactItems: 1e6, compactBytes: 2 ** 30 }
const HELLO: Frame = { type: "hello", version: PROTOCOL_VERSION, minVersion: PROTOCOL_VERSION, agent: "test", token: "" }

const byToken: NonNullable<RelayOptions["authenticate"]> = async ({ token }) => ({ name: token, may: () => "write" })

test("[RL29] rows up to the bound go at once, one past it is taken and what follows waits; nothing is lost or turned round", async () => {
  const bed = await openTestBed({ limits: { ...QUIET, maxDocumentRowsPerSecond: 1 } })
  const [device, reader] = [await bed.device(), await bed.device()]
  await device.open("home/a")
  await device.open("home/b", 2)
  await reader.open("home/a")
  const writer = new Writer(1)
  for (let row = 0; row < 10; row++) device.append(writer.type(`${row} `))
  device.send({ type: "ping", nonce: 1 })
  await settle()
  expect([device.of("ack").length, device.of("pong").length, bed.relay.stats().sessionsSlowed]).toEqual([10, 1, 0])
  for (let row = 10; row < 13; row++) device.append(writer.type(`${row} `))
  // Another document has a bound of its own, but stands behind in the same session.
  device.append(new Writer(2).type("b"), { handle: 2 })
  device.send({ type: "ping", nonce: 2 })
  await settle()
  expect([device.of("ack").length, device.of("pong").length, bed.relay.stats().sessionsSlowed]).toEqual([11, 1, 1])
  await bed.clock.advance(999)
  expect(device.of("ack")).toHaveLength(11)
  await bed.clock.advance(2_001)
  expect([device.of("ack").map(({ handle }) => handle).length, device.of("pong").length]).toEqual([14, 2])
  expect(textOf(...reader.updates())).toBe(writer.text)
  expect(device.closedCode).toBeUndefined()
})

test("[RL29, RL17] bytes of rows are bounded per session, also of y-websocket clients, and a session that ends waits for nothing", async () => {
  const size = new Writer(1).type("x".repeat(100)).length
  const bed = await openTestBed({ limits: { ...QUIET, maxRowBytesPerSecond: size / 10 } })
  const device = await bed.device()
  await device.open("home/a")
  const writer = new Writer(1)
  device.append(writer.type("x".repeat(100)))
  device.send({ type: "ping", nonce: 1 })
  await settle()
  expect(device.of("pong")).toHaveLength(1)
  device.append(writer.type("y"))
  device.send({ type: "ping", nonce: 2 })
  await settle()
  expect([device.of("ack").length, device.of("pong").length]).toEqual([2, 1])
  device.break()
  await settle()
  const other = await bed.device()
  await other.open("home/a")
  expect(textOf(...other.updates())).toBe(writer.text)

  const unbounded = await openTestBed({ limits: { ...QUIET, maxRowBytesPerSecond: Infinity, maxDocumentRowsPerSecond: Infinity } })
  const fast = await unbounded.device()
  await fast.open("home/a")
  for (let row = 0; row < 50; row++) fast.append(writer.edit((doc) => doc.getText("u").insert(0, "z".repeat(1000))))
  await settle(20)
  expect(unbounded.relay.stats().sessionsSlowed).toBe(0)
})

test("[RL29, I5] while much waits of a session its socket is not read, and silence is not taken for its end", async () => {
  const log = new WatchedLog()
  const bed = await openTestBed({ log, limits: { maxInboxMessages: 8, heartbeatMs: 1_000 } })
  const device = await bed.device()
  const { reading } = device.socket
  const held = gate()
  log.beforeRead = (documentId) => (documentId === "home/slow" ? held.passed : undefined)
  device.send({ type: "open", handle: 1, document: "home/slow", generation: 0, vector: new Map() })
  for (let nonce = 0; nonce < 3; nonce++) device.send({ type: "ping", nonce })
  expect(reading).toEqual([])
  device.send({ type: "ping", nonce: 3 })
  expect(reading).toEqual([false])
  await bed.clock.advance(20_000)
  expect(device.closedCode).toBeUndefined()
  held.open()
  await settle()
  expect([reading, device.of("pong").length]).toEqual([[false, true], 4])
  await bed.clock.advance(10_000)
  expect(device.closedCode).toBe("heartbeat-lost")
})

test("[RL30] before it is known who a session acts for it may send little, for a while, and few such sessions are there at once", async () => {
  const held = gate()
  const authenticate: RelayOptions["authenticate"] = async (hello) => {
    await held.passed
    return byToken(hello)
  }
  const hello = encodeFrames(HELLO)
  const bed = await openTestBed({ authenticate, limits: { maxHandshakes: 3, maxHandshakeBytes: hello.length * 2 } })
  const [waiting, talkative, slow] = [new TestDevice(bed.relay), new TestDevice(bed.relay), new TestDevice(bed.relay)]
  const refused = new TestDevice(bed.relay)
  await settle()
  expect([waiting, talkative, slow, refused].map(({ closedCode }) => closedCode)).toEqual([undefined, undefined, undefined, "overloaded"])
  expect(bed.relay.stats()).toMatchObject({ sessions: 3, handshakes: 3 })
  for (const device of [waiting, slow]) device.socket.give(hello)
  talkative.socket.give(hello)
  talkative.socket.give(hello)
  await settle()
  expect(talkative.closedCode).toBeUndefined()
  talkative.socket.give(encodeFrames({ type: "ping", nonce: 1 }))
  await settle()
  expect(talkative.closedCode).toBe("frame-too-large")
  // The deadline is absolute: an authentication that takes too long counts too.
  await bed.clock.advance(DEFAULT_RELAY_LIMITS.handshakeMs - 1)
  expect([waiting.closedCode, bed.relay.stats().handshakes]).toEqual([undefined, 2])
  await bed.clock.advance(1)
  expect([waiting.closedCode, slow.closedCode, bed.relay.stats().handshakes]).toEqual(["handshake-timeout", "handshake-timeout", 0])
  held.open()
  await settle()
  expect([bed.relay.stats().sessions, waiting.of("welcome").length]).toEqual([0, 0])
  expect((await bed.device("ada")).closedCode).toBeUndefined()
})

test("[RL31] sessions, documents and bytes of rows are bounded over all sessions of a principal, and no other's", async () => {
  const size = new Writer(1).type("x".repeat(100)).length
  const limits = { ...QUIET, maxPrincipalSessions: 2, maxPrincipalDocuments: 3, maxPrincipalRowBytesPerSecond: size / 10 }
  const bed = await openTestBed({ authenticate: byToken, limits })
  const [one, two, bob] = [await bed.device("ada"), await bed.device("ada"), await bed.device("bob")]
  await expect(bed.device("ada")).rejects.toThrow("no welcome")
  expect(bed.eventsOf("session-closed")).toMatchObject([{ code: 1013 }])
  await one.open("home/a", 1)
  await one.open("home/b", 2)
  await two.open("home/a", 1)
  await two.open("home/c", 2)
  await bob.open("home/c", 1)
  expect([two.closeCode(2), bob.of("opened").length]).toEqual(["too-many-documents", 1])
  one.send({ type: "close", handle: 2, code: 1000, reason: "" })
  await two.open("home/c", 3)
  expect(two.of("opened").map(({ handle }) => handle)).toEqual([1, 3])

  one.append(new Writer(1).type("x".repeat(100)))
  await settle()
  two.append(new Writer(2).type("y"), { handle: 3 })
  two.send({ type: "ping", nonce: 1 })
  bob.append(new Writer(3).type("z"))
  bob.send({ type: "ping", nonce: 1 })
  await settle()
  expect([two.of("ack").length, two.of("pong").length, bob.of("pong").length]).toEqual([1, 0, 1])
  await bed.clock.advance(10_000)
  expect(two.of("pong")).toHaveLength(1)

  // What a session had is free again when it ends.
  one.break()
  const three = await bed.device("ada")
  await three.open("home/d", 1)
  expect(three.of("opened")).toHaveLength(1)
})

test("[RL31] where everybody is the same the bounds of a principal do not hold", async () => {
  const bed = await openTestBed({
    limits: { ...QUIET, maxPrincipalSessions: 1, maxPrincipalDocuments: 1, maxPrincipalRowBytesPerSecond: 1 },
  })
  for (let count = 0; count < 3; count++) {
    const device = await bed.device()
    await device.open("home/a", 1)
    await device.open("home/b", 2)
    device.append(new Writer().type("x".repeat(100)))
    await settle()
    expect([device.of("opened").length, device.of("ack").length]).toEqual([2, 1])
  }
})

test("[RL31, RL17] a document is read by so many sessions, and closed to one more", async () => {
  const bed = await openTestBed({ limits: { ...QUIET, maxReaders: 2 } })
  const devices = [await bed.device(), await bed.device(), await bed.device()] as const
  for (const device of devices) await device.open("home/a")
  expect(devices.map((device) => device.closeCode(1))).toEqual([undefined, undefined, "overloaded"])
  devices[0].break()
  await devices[2].open("home/a", 2)
  expect(devices[2].of("opened")).toHaveLength(1)
})

test("[RL32] a transfer that stands still ends its session, one that goes on does not, however slow", async () => {
  const bed = await openTestBed({ limits: { ...QUIET, transferStallMs: 1_000 } })
  const [dead, slow] = [await bed.device(), await bed.device()]
  for (const device of [dead, slow]) await device.open("home/a")
  const part = (transfer: number, offset: number, total: number): Uint8Array =>
    encodeFrames({ type: "part", transfer, total, offset, bytes: new Uint8Array(Math.min(2_000, total - offset)) })
  dead.socket.give(part(0, 0, 50_000))
  dead.socket.give(part(1, 0, 50_000))
  slow.socket.give(part(0, 0, 50_000))
  for (let step = 1; step <= 4; step++) {
    await bed.clock.advance(499)
    // One of two goes on: the other is found all the same.
    if (dead.closedCode === undefined) dead.socket.give(part(1, step * 2_000, 50_000))
    slow.socket.give(part(0, step * 2_000, 50_000))
  }
  expect([dead.closedCode, slow.closedCode]).toEqual(["heartbeat-lost", undefined])
  await bed.clock.advance(900)
  expect(slow.closedCode).toBeUndefined()
  await bed.clock.advance(1_100)
  expect(slow.closedCode).toBe("heartbeat-lost")
})

test("[RL33, I5] whatever a session does, the rows of others are acked in the same tick as without it", async () => {
  const bed = await openTestBed({ authenticate: byToken, limits: { ...QUIET, maxDocumentRowsPerSecond: 5, diffBytes: 1 } })
  const good = await bed.device("ada")
  const reader = await bed.device("bob")
  for (const device of [good, reader]) await device.open("home/good")
  const writer = new Writer(1)
  const acked = async (turns: number): Promise<boolean> => {
    const before = good.of("ack").length
    good.append(writer.type("w"))
    await settle(turns)
    return good.of("ack").length > before
  }
  // How many turns of the loop an ack takes when nobody disturbs.
  expect(await acked(4)).toBe(true)
  const hostile = await bed.device("eve")
  await hostile.open("home/good", 1)
  await hostile.open("home/own", 2)
  const foul = new Writer(9)
  const acts: (() => void)[] = [
    () => {
      for (let row = 0; row < 200; row++) hostile.append(foul.type("x"), { handle: 2 })
    },
    () => hostile.append(Uint8Array.of(9, 9, 9), { handle: 1 }),
    () => hostile.socket.give(encodeFrames({ type: "part", transfer: 0, total: 5_000_000, offset: 0, bytes: new Uint8Array(200_000) })),
    () => {
      hostile.socket.taking = false
      for (let nonce = 0; nonce < 500; nonce++) hostile.send({ type: "ping", nonce })
    },
    () => hostile.socket.give(Uint8Array.of(255, 255, 255)),
  ]
  for (const act of acts) {
    act()
    expect(await acked(4)).toBe(true)
    await bed.clock.advance(1_000)
  }
  await settle()
  expect(textOf(...reader.updates())).toContain(textOf(Y.encodeStateAsUpdate(writer.doc)))
})
