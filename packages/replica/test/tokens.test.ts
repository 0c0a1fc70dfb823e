import { codeNumber, SUBPROTOCOL } from "@polylogue/protocol"
import { MemoryDisk } from "@polylogue/storage"
import { expect, test } from "vitest"
import { type, World } from "./support/device.ts"
import { FakeTabs } from "./support/fake-tabs.ts"
import { settle } from "./support/manual-clock.ts"
import { type MemorySocket, socketPair } from "./support/memory-socket.ts"

/** Relay time is far from the device's, as the fake relay tells it. */
const RELAY_NOW = 5

function guarded(tokens: readonly (readonly [string, number])[]): World {
  const world = new World()
  world.relay.tokens = new Map(tokens)
  return world
}

/** The relay ends every session, as it does when grants expire. */
function expire(world: World, token: string): void {
  world.relay.tokens!.delete(token)
  for (const session of world.relay.sessions) session.close("unauthenticated")
}

test("[RP15] the token is offered at the upgrade and said in hello; an attempt that failed before it opened is repeated without the offer", async () => {
  const world = guarded([["a.b-c_d", 0]])
  world.relay.unreachable = true
  const device = await world.device({ token: "a.b-c_d" })
  await settle()
  expect(world.relay.offered).toEqual([[SUBPROTOCOL, "polylogue.token.a.b-c_d"]])
  world.relay.unreachable = false
  await world.clock.pass(60_000)
  expect(world.relay.offered.slice(0, 2)).toEqual([[SUBPROTOCOL, "polylogue.token.a.b-c_d"], [SUBPROTOCOL]])
  expect(device.replica.status.connection).toBe("online")
  world.relay.breakAll()
  await world.clock.pass(10_000)
  expect(world.relay.offered.at(-1)).toEqual([SUBPROTOCOL, "polylogue.token.a.b-c_d"])
  // One that may not stand there goes in hello alone.
  device.replica.setToken("två ord")
  await world.clock.pass(10_000)
  expect(device.replica.status).toMatchObject({ connection: "refused", code: "unauthenticated" })
  device.replica.reconnect()
  expect(world.relay.offered.at(-1)).toEqual([SUBPROTOCOL])
  expect(() => device.replica.setToken("x".repeat(4_097))).toThrow(RangeError)
  device.replica.setToken("x".repeat(4_096))
})

test("[RP15] another token is said in the session that stands, in whatever tab it was given, and moves the end of the grants", async () => {
  const world = guarded([
    ["first", RELAY_NOW + 60_000],
    ["second", RELAY_NOW + 600_000],
  ])
  const tabs = new FakeTabs()
  const disk = new MemoryDisk()
  const one = await world.device({ disk, token: "first", tabs: tabs.tab() })
  const two = await world.device({ disk, token: "first", tabs: tabs.tab() })
  await settle()
  const start = world.clock.now()
  expect(one.replica.status.expiresAt).toBe(start + 60_000)
  await world.clock.pass(2_000)
  expect(two.replica.status.expiresAt).toBe(start + 60_000)
  two.replica.setToken("second")
  await settle()
  expect(world.relay.dials).toBe(1)
  expect(one.replica.status).toMatchObject({ connection: "online", expiresAt: start + 600_000 })
  expect(two.replica.status.expiresAt).toBe(start + 600_000)
  expect(world.relay.received.filter((frame) => frame.type === "token")).toEqual([{ type: "token", token: "second" }])
})

test("[RP15] a token that changes while a session is being made is said as soon as it stands", async () => {
  const world = guarded([
    ["first", 0],
    ["second", RELAY_NOW + 50_000],
  ])
  const device = await world.device({ token: "first" })
  await Promise.resolve()
  await settle()
  world.relay.breakAll()
  await world.clock.pass(1_000)
  device.replica.reconnect()
  device.replica.setToken("second")
  await settle()
  expect(device.replica.status.expiresAt).toBeDefined()
})

test("[RP15] a fresh token is asked for at 80 % of the time that is granted, again when that fails, and at every grant", async () => {
  const world = guarded([["t0", RELAY_NOW + 100_000]])
  const asked: number[] = []
  let broken = true
  const start = world.clock.now()
  const refreshToken = async () => {
    asked.push(world.clock.now() - start)
    if (broken) throw new Error("no network")
    const token = `t${asked.length}`
    world.relay.tokens!.set(token, RELAY_NOW + 200_000)
    return token
  }
  const device = await world.device({ token: "t0", refreshToken })
  await world.clock.pass(79_999)
  expect(asked).toEqual([])
  await world.clock.pass(10_000)
  expect(asked.length).toBeGreaterThan(1)
  expect(asked[0]).toBe(80_000)
  expect(device.problems.map(({ kind }) => kind)).toContain("no-token")
  broken = false
  await world.clock.pass(5_000)
  expect(device.replica.status).toMatchObject({ connection: "online", expiresAt: start + 200_000 })
  const before = asked.length
  await world.clock.pass(100_000)
  expect(asked.length).toBe(before + 1)
  expect(world.relay.dials).toBe(1)
  await device.replica.close()
  expect(world.clock.pending).toBe(0)
})

test("[RP15] grants that last longer than a timer can be set are not asked for anew before their time", async () => {
  const day = 24 * 60 * 60 * 1000
  const world = guarded([["t", RELAY_NOW + 40 * day]])
  const longest: number[] = []
  let asked = 0
  const device = await world.device({
    token: "t",
    refreshToken: async () => {
      asked++
      throw new Error("not now")
    },
    clock: {
      now: () => world.clock.now(),
      monotonic: () => world.clock.monotonic(),
      setTimer: (action, delayMs) => {
        longest.push(delayMs)
        return world.clock.setTimer(action, delayMs)
      },
    },
  })
  await settle()
  await device.replica.close()
  expect(Math.max(...longest)).toBeLessThan(2 ** 31)
  expect(asked).toBe(0)
})

test("[RP15, I12] grants that end in the middle of writing: what is unsent stays, over a reload too, and is sent once somebody is let in", async () => {
  const world = guarded([["old", RELAY_NOW + 60_000]])
  const disk = new MemoryDisk()
  const first = await world.device({ disk, token: "old" })
  const document = await first.open()
  await settle()
  type(document, "sent. ")
  await document.whenDurable("stored")
  expire(world, "old")
  type(document, "unsent. ")
  await world.clock.pass(120_000)
  expect(first.replica.status).toMatchObject({ connection: "refused", code: "unauthenticated", waitingRows: 1 })
  expect(world.relay.dials).toBe(1)
  type(document, "offline. ")
  await document.whenDurable("local")
  await first.replica.close()
  const second = await world.device({ disk, token: "old" })
  await settle()
  expect(second.replica.status).toMatchObject({ connection: "refused", code: "unauthenticated", waitingRows: 2 })
  expect(await second.replica.kept()).toEqual([])
  world.relay.tokens!.set("new", 0)
  second.replica.setToken("new")
  await world.clock.pass(5_000)
  expect(world.relay.text("home/a")).toBe("sent. unsent. offline. ")
  expect(second.replica.status).toMatchObject({ connection: "online", waitingRows: 0, expiresAt: undefined })
})

test("[RP15] a refused token is renewed by itself; the same one given again ends it, and `reconnect` asks once more", async () => {
  const world = guarded([["good", 0]])
  let next = "bad"
  let asked = 0
  const refreshToken = async () => {
    asked++
    return next
  }
  const device = await world.device({ token: "bad", refreshToken })
  await world.clock.pass(60_000)
  expect(asked).toBe(1)
  expect(world.relay.dials).toBe(1)
  expect(device.replica.status).toMatchObject({ connection: "refused", code: "unauthenticated" })
  next = "good"
  device.replica.reconnect()
  await world.clock.pass(1_000)
  expect(device.replica.status.connection).toBe("online")
})

test("[RP15] a refused token is renewed though another relay cannot be reached, and may never be", async () => {
  const world = guarded([["good", 0]])
  const gone = new World().relay
  gone.unreachable = true
  const device = await world.device({
    token: "bad",
    refreshToken: async () => "good",
    relays: ["ws://here/sync", "ws://gone/sync"],
    dial: (url, protocols) => (url === "ws://here/sync" ? world.relay : gone).dial(url, protocols),
  })
  device.replica.watch("home")
  await world.clock.pass(60_000)
  expect(device.replica.status).toMatchObject({ connection: "online", relay: "ws://here/sync" })
})

test("[RP15] a document whose permission changed is opened anew at once, without a new connection", async () => {
  const world = new World()
  const device = await world.device()
  const document = await device.open()
  await settle()
  expect(document.status.mayWrite).toBe(true)
  world.relay.mayWrite = false
  const [session] = world.relay.sessions
  const reopen = () => {
    const handle = session!.handleOf("home/a")!
    session!.documents.delete(handle)
    session!.send({ type: "close", handle, code: 4512, reason: "" })
  }
  reopen()
  await settle()
  expect(document.status).toMatchObject({ mayWrite: false, synced: true, rejected: undefined })
  type(document, "kept here")
  await document.whenDurable("local")
  await settle()
  expect(world.relay.appends()).toEqual([])
  world.relay.mayWrite = true
  reopen()
  await settle()
  expect(world.relay.text("home/a")).toBe("kept here")
  expect(world.relay.dials).toBe(1)
})

test("[RP73] a socket that is refused for its token before it has opened is not dialled again, before there is another token", async () => {
  const world = new World()
  let [dials, refuses] = [0, true]
  const device = await world.device({
    token: "first",
    dial: (url, protocols) => {
      if (!refuses || ++dials > 20) return world.relay.dial(url, protocols)
      const [near] = socketPair()
      near.close(codeNumber("unauthenticated"), "")
      return near
    },
  })
  await world.clock.pass(600_000)
  expect(device.replica.status).toMatchObject({ connection: "refused", code: "unauthenticated" })
  expect(dials).toBe(1)
  refuses = false
  device.replica.setToken("second")
  await settle()
  expect(device.replica.status.connection).toBe("online")
})

test("[RP73] a token that came while a socket was refused for the one before is tried at once", async () => {
  const world = new World()
  const sockets: MemorySocket[] = []
  const device = await world.device({
    token: "first",
    dial: (url, protocols) => {
      if (sockets.length > 0) return world.relay.dial(url, protocols)
      const [near] = socketPair()
      sockets.push(near)
      return near
    },
  })
  device.replica.setToken("second")
  sockets[0]!.close(codeNumber("unauthenticated"), "")
  await settle()
  expect(device.replica.status.connection).toBe("online")
})
