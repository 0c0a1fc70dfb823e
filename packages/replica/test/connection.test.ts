import { codeNumber } from "@polylogue/protocol"
import fc from "fast-check"
import { expect, test } from "vitest"
import { Backoff } from "../src/backoff.ts"
import { type, World } from "./support/device.ts"
import { FakeRelay } from "./support/fake-relay.ts"
import { ManualClock, settle } from "./support/manual-clock.ts"
import { seededBytes } from "./support/random.ts"

test("[RP8] waits are drawn evenly from 0 to a ceiling that doubles up to its cap", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), (seed, failures) => {
      const backoff = new Backoff({ clock: new ManualClock(), randomBytes: seededBytes(seed), minBackoffMs: 500, maxBackoffMs: 30_000 })
      for (let failure = 0; failure < failures; failure++) {
        const wait = backoff.next()
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThan(Math.min(30_000, 500 * 2 ** failure))
      }
    }),
  )
  const backoff = new Backoff({ clock: new ManualClock(), randomBytes: seededBytes(1), minBackoffMs: 1_000, maxBackoffMs: 1_000 })
  const waits = Array.from({ length: 2_000 }, () => backoff.next())
  expect(Math.min(...waits)).toBeLessThan(50)
  expect(Math.max(...waits)).toBeGreaterThan(950)
})

test("[RP8] a relay that cannot be reached is tried again and again, with growing waits, and at once when the device wakes", async () => {
  const world = new World()
  world.relay.unreachable = true
  let woken: () => void = () => undefined
  const device = await world.device({
    wake: (wake) => {
      woken = wake
      return () => undefined
    },
  })
  const statuses = new Set<string>()
  device.replica.subscribe(() => statuses.add(device.replica.status.connection))
  await world.clock.pass(300_000)
  expect([...statuses].toSorted()).toEqual(["connecting", "offline"])
  expect(world.relay.dials).toBeGreaterThan(8)
  expect(world.relay.dials).toBeLessThan(60)
  while (device.replica.status.connection !== "offline") await world.clock.pass(100)
  world.relay.unreachable = false
  woken()
  await settle()
  expect(device.replica.status).toMatchObject({ connection: "online", code: undefined })
})

test("[RP8] a socket that went mute without a close event is given up after three heartbeats", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  for (const { socket } of world.relay.sessions) socket.mute = true
  type(document, "into the void")
  await world.clock.pass(25_000)
  expect(device.replica.status.connection).toBe("online")
  await world.clock.pass(10_000)
  expect(world.relay.text("home/a")).toBe("into the void")
  expect(world.relay.dials).toBe(2)
})

test("[RP8] a device that wakes after a silence probes the connection, and replaces one that does not answer", async () => {
  const world = new World()
  let woken: () => void = () => undefined
  const device = await world.device({
    wake: (wake) => {
      woken = wake
      return () => undefined
    },
  })
  await settle()
  woken()
  await settle()
  expect(world.relay.received.filter(({ type: name }) => name === "ping")).toEqual([])
  await world.clock.pass(2_500)
  woken()
  await world.clock.pass(4_000)
  expect(world.relay.received.filter(({ type: name }) => name === "ping")).toHaveLength(1)
  expect(world.relay.dials).toBe(1)
  for (const { socket } of world.relay.sessions) socket.mute = true
  await world.clock.pass(1_000)
  woken()
  await world.clock.pass(4_000)
  expect(world.relay.dials).toBe(2)
  expect(device.replica.status.connection).toBe("online")
})

test("[RP8] an idle connection stays up by heartbeats in both directions", async () => {
  const world = new World()
  const device = await world.device()
  await world.clock.pass(600_000)
  expect(world.relay.dials).toBe(1)
  expect(device.replica.status.connection).toBe("online")
  const pings = world.relay.received.filter(({ type: name }) => name === "ping").length
  expect(pings).toBeGreaterThan(59)
  const [session] = world.relay.sessions
  session!.send({ type: "ping", nonce: 42 })
  await settle()
  expect(world.relay.received.at(-1)).toMatchObject({ type: "pong", nonce: 42 })
})

test("[RP8] a permanent code ends the attempts until somebody asks, or the token changes", async () => {
  const world = new World()
  world.relay.refuse = "unauthenticated"
  const device = await world.device()
  await world.clock.pass(600_000)
  expect(device.replica.status).toMatchObject({ connection: "refused", code: "unauthenticated" })
  expect(world.relay.dials).toBe(1)
  device.replica.reconnect()
  await settle()
  expect(world.relay.dials).toBe(2)
  world.relay.refuse = undefined
  device.replica.setToken("better")
  await settle()
  expect(device.replica.status.connection).toBe("online")
  expect(world.relay.received.findLast(({ type: name }) => name === "hello")).toMatchObject({ token: "better" })
})

test("[RP8] addresses are tried in turn, and one that refuses does not stop the others", async () => {
  const world = new World()
  const spare = new FakeRelay(seededBytes(8))
  world.relay.refuse = "forbidden"
  const device = await world.device({
    relays: ["ws://first/sync", "ws://second/sync"],
    dial: (url, protocol) => (url.includes("first") ? world.relay : spare).dial(url, protocol),
  })
  await world.clock.pass(5_000)
  expect(device.replica.status).toMatchObject({ connection: "online", relay: "ws://second/sync" })
})

test("[RP8] a transient close is followed by another attempt, and its code is shown until then", async () => {
  const world = new World()
  const device = await world.device()
  await settle()
  for (const session of world.relay.sessions) session.close("draining")
  await settle()
  expect(device.replica.status).toMatchObject({ connection: "offline", code: "draining" })
  await world.clock.pass(1_000)
  expect(device.replica.status).toMatchObject({ connection: "online", code: undefined })
})

test("[RP8, I7] a message that does not decode ends the session and nothing else", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  for (const { socket } of world.relay.sessions) socket.send(new Uint8Array([5, 200, 1]))
  await settle()
  expect(device.problems.map(({ kind }) => kind)).toEqual(["bad-frame"])
  expect(world.relay.received.at(-1)).toMatchObject({ type: "close", handle: 0, code: codeNumber("bad-frame") })
  await world.clock.pass(1_000)
  type(document, "still here")
  await document.whenDurable("stored")
})

test("[RP8] a cut-off replica behaves as if the network were gone until it is switched back", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  device.replica.setCutOff(true)
  type(document, "alone")
  await world.clock.pass(120_000)
  expect(device.replica.status.connection).toBe("offline")
  expect(document.status).toMatchObject({ synced: false, waitingRows: 1 })
  device.replica.setCutOff(false)
  await document.whenDurable("stored")
  expect(world.relay.dials).toBe(2)
})

test("[RP8] a replica that is opened cut off dials nothing and sends what was written when it is switched back", async () => {
  const world = new World()
  const device = await world.device({ cutOff: true })
  const document = await device.open()
  type(document, "alone")
  device.replica.reconnect()
  await world.clock.pass(120_000)
  expect(device.replica.status).toMatchObject({ cutOff: true, connection: "offline", waitingRows: 1 })
  expect(world.relay.dials).toBe(0)
  device.replica.setCutOff(false)
  await document.whenDurable("stored")
  expect(device.replica.status).toMatchObject({ cutOff: false, connection: "online" })
})

test("[RP8] relay time is known as an offset from the welcome", async () => {
  const world = new World()
  const device = await world.device()
  await settle()
  expect(device.replica.status.relayTimeOffsetMs).toBe(5 - world.clock.now())
})

test("[RP8] without addresses, and after close, nothing is dialled", async () => {
  const world = new World()
  const alone = await world.device({ relays: [] })
  const other = await world.device()
  await settle()
  await other.replica.close()
  await world.clock.pass(600_000)
  expect(world.relay.dials).toBe(1)
  expect(alone.replica.status.connection).toBe("offline")
  expect(world.clock.pending).toBe(0)
})

test("[RP8] waits begin anew after a session that stood for a while, also when it ended in silence", async () => {
  const world = new World()
  const device = await world.device()
  await settle()
  const waits: number[] = []
  let lostAt = 0
  device.replica.subscribe(() => {
    const { connection } = device.replica.status
    if (connection === "offline") lostAt = world.clock.monotonic()
    if (connection === "online") waits.push(world.clock.monotonic() - lostAt)
  })
  for (let round = 0; round < 12; round++) {
    await world.clock.pass(120_000)
    for (const { socket } of world.relay.sessions) socket.mute = true
  }
  await world.clock.pass(120_000)
  expect(waits).toHaveLength(12)
  expect(Math.max(...waits)).toBeLessThanOrEqual(500)
})

test("[RP8] a large row leaves in parts that are each heard, whatever the relay would take at once", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  const [session] = world.relay.sessions
  const near = session!.socket.peer
  const sizes: number[] = []
  const send = near.send.bind(near)
  near.send = (message) => {
    sizes.push(message.length)
    send(message)
  }
  type(document, "x".repeat(90_000))
  await document.whenDurable("stored")
  expect(world.relay.text("home/a")).toHaveLength(90_000)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(16 * 1024)
  expect(sizes.length).toBeGreaterThan(5)
})
