import { codeName, codeNumber, encodeFrames, PROTOCOL_VERSION } from "@polylogue/protocol"
import { expect, test } from "vitest"
import type { Permission, Principal, Refusal } from "../src/index.ts"
import { ManualClock, MemorySocket, openTestBed, settle, type TestBed, TestDevice } from "./test-relay.ts"
import { WatchedLog } from "./watched-log.ts"
import { Writer } from "./writer.ts"

const DAY = 86_400_000

/** As Node's timers: what is set for longer than 32 bits hold fires at once. */
class ShortClock extends ManualClock {
  override setTimer(action: () => void, delayMs: number): () => void {
    return super.setTimer(action, delayMs >= 2 ** 31 ? 1 : delayMs)
  }
}

/** A principal named `ann` with one permission per document. */
function ann(grants: Record<string, Permission>, expiresAt?: number): Principal {
  return { name: "ann", may: (documentId) => grants[documentId] ?? "none", ...(expiresAt === undefined ? {} : { expiresAt }) }
}

/** A relay whose tokens mean what `tokens` says. */
async function bedWith(tokens: Record<string, (clock: ManualClock) => Principal | Refusal>, log = new WatchedLog()): Promise<TestBed> {
  const clock = new ShortClock()
  return await openTestBed({
    log,
    clock,
    limits: { heartbeatMs: 24 * DAY, roomIdleMs: 24 * DAY },
    authenticate: async ({ token }) => tokens[token]?.(clock) ?? { refused: "unauthenticated", reason: "no such token" },
  })
}

function hello(device: TestDevice, token = ""): void {
  device.send({ type: "hello", version: PROTOCOL_VERSION, minVersion: 1, agent: "test", token })
}

test("[RL40] a session acts for the principal of its upgrade, and a token in hello counts before it", async () => {
  const bed = await bedWith({ bob: () => ({ name: "bob", may: () => "read" }) })
  const upgraded = new TestDevice(bed.relay, {}, ann({ "home/a": "erase" }))
  expect((await upgraded.hello()).principal).toBe("ann")
  const both = new TestDevice(bed.relay, {}, ann({ "home/a": "erase" }))
  expect((await both.hello("bob")).principal).toBe("bob")
  for (const device of [upgraded, both]) await device.open("home/a")
  expect([upgraded, both].flatMap((device) => device.of("opened"))).toMatchObject([
    { mayWrite: true, mayErase: true },
    { mayWrite: false, mayErase: false },
  ])
  const neither = new TestDevice(bed.relay)
  hello(neither)
  const wrong = new TestDevice(bed.relay, {}, ann({}))
  hello(wrong, "nobody's")
  await settle()
  expect([neither.closedCode, wrong.closedCode]).toEqual(["unauthenticated", "unauthenticated"])
})

test("[RL40] grants expire at their time, also when that is months away, and end the session", async () => {
  const bed = await bedWith({
    day: (clock) => ann({ "home/a": "write" }, clock.now() + DAY + 0.5),
    months: (clock) => ann({}, clock.now() + 60 * DAY),
    always: () => ann({}, Infinity),
    past: (clock) => ann({}, clock.now()),
  })
  const started = bed.clock.now()
  const devices = [await bed.device("day"), await bed.device("months"), await bed.device("always")]
  expect(devices.map((device) => device.of("welcome")[0]!.expiresAt)).toEqual([started + DAY, started + 60 * DAY, 0])
  const past = new TestDevice(bed.relay)
  hello(past, "past")
  await settle()
  expect([past.of("welcome"), past.closedCode]).toEqual([[], "unauthenticated"])

  const closed = async (ms: number): Promise<unknown> => {
    await bed.clock.advance(ms)
    return devices.map((device) => device.closedCode)
  }
  expect(await closed(DAY)).toEqual([undefined, undefined, undefined])
  expect(await closed(1)).toEqual(["unauthenticated", undefined, undefined])
  expect(devices[0]!.closeCode(0)).toBe("unauthenticated")
  expect(await closed(59 * DAY - 2)).toEqual(["unauthenticated", undefined, undefined])
  expect(await closed(1)).toEqual(["unauthenticated", "unauthenticated", undefined])
  expect(await closed(10 * DAY)).toEqual(["unauthenticated", "unauthenticated", undefined])
})

test("[RL40] grants that are taken back end the sessions that have them, and no other", async () => {
  const bed = await bedWith({ bob: () => ({ name: "bob", may: () => "read" }) })
  const [first, second] = [ann({ "home/a": "read" }), ann({ "home/a": "read" })]
  const devices = [new TestDevice(bed.relay, {}, first), new TestDevice(bed.relay, {}, second)]
  for (const device of devices) await device.hello()
  const renewed = new TestDevice(bed.relay, {}, first)
  await renewed.hello("bob")
  const silent = new TestDevice(bed.relay, {}, first)
  const yjs = new MemorySocket()
  bed.relay.acceptYjs(yjs, "home/a", undefined, first)
  await settle()
  bed.relay.revoke((principal) => principal === first)
  await settle()
  // One that has not said hello yet would have acted for the principal of its upgrade.
  const codes = [...devices, renewed, silent].map((device) => device.closedCode)
  expect(codes).toEqual(["unauthenticated", undefined, undefined, "unauthenticated"])
  expect(yjs.closedWith?.code).toBe(codeNumber("unauthenticated"))
})

test("[RL40] a y-websocket client acts for the principal of its upgrade, and is closed when the grants expire", async () => {
  const bed = await bedWith({ day: (clock) => ann({ "home/a": "read" }, clock.now() + DAY) })
  const [upgraded, byToken, stranger, late] = [new MemorySocket(), new MemorySocket(), new MemorySocket(), new MemorySocket()]
  bed.relay.acceptYjs(upgraded, "home/a", undefined, ann({ "home/a": "write" }, bed.clock.now() + 2 * DAY))
  bed.relay.acceptYjs(byToken, "home/a", { token: "day", agent: "test" })
  bed.relay.acceptYjs(stranger, "home/a", undefined, ann({}))
  bed.relay.acceptYjs(late, "home/a", undefined, ann({ "home/a": "write" }, bed.clock.now()))
  await settle()
  const codes = (): (number | undefined)[] => [upgraded, byToken, stranger, late].map((socket) => socket.closedWith?.code)
  expect(codes()).toEqual([undefined, undefined, codeNumber("forbidden"), codeNumber("unauthenticated")])
  await bed.clock.advance(DAY)
  expect(codes().slice(0, 2)).toEqual([undefined, codeNumber("unauthenticated")])
  await bed.clock.advance(DAY)
  expect(codes()[0]).toBe(codeNumber("unauthenticated"))
})

test("[RL41] a token renews the grants: what is open stays, is closed, or is to be opened anew, as it is permitted then", async () => {
  const before = { "home/kept": "write", "home/lost": "write", "home/less": "erase", "home/more": "read" } as const
  const bed = await bedWith({
    old: (clock) => ann(before, clock.now() + DAY),
    new: (clock) => ann({ "home/kept": "write", "home/less": "read", "home/more": "write" }, clock.now() + 2 * DAY),
  })
  const device = await bed.device("old")
  for (const [index, documentId] of Object.keys(before).entries()) await device.open(documentId, index + 1)
  device.send({ type: "token", token: "new" })
  await settle()
  expect(device.of("granted")).toEqual([{ type: "granted", principal: "ann", expiresAt: bed.clock.now() + 2 * DAY }])
  expect([1, 2, 3, 4].map((handle) => device.closeCode(handle))).toEqual([undefined, "forbidden", "reopen", "reopen"])
  await device.open("home/more", 5)
  await device.open("home/lost", 6)
  device.append(new Writer(1).type("kept"), { handle: 1 })
  device.append(new Writer(2).type("more"), { handle: 5 })
  await settle()
  expect([device.of("ack").length, device.closeCode(6)]).toEqual([2, "forbidden"])
  await bed.clock.advance(DAY)
  expect(device.closedCode).toBeUndefined()
  await bed.clock.advance(DAY)
  expect(device.closedCode).toBe("unauthenticated")
})

test("[RL41] a token that is refused, has expired or is for somebody else ends the session, and what was accepted stays", async () => {
  for (const bad of ["nobody's", "past", "bob"]) {
    const bed = await bedWith({
      old: () => ann({ "home/a": "write" }),
      past: (clock) => ann({ "home/a": "write" }, clock.now() - 1),
      bob: () => ({ name: "bob", may: () => "erase" }),
    })
    const device = await bed.device("old")
    await device.open("home/a")
    device.append(new Writer(1).type("word"))
    device.send({ type: "token", token: bad })
    await settle()
    expect([device.of("granted"), device.closedCode]).toEqual([[], "unauthenticated"])
    expect(bed.relay.stats()).toMatchObject({ rowsAppended: 1, sessions: 0, queuedRows: 0 })
    expect(await (bed.log as WatchedLog).items("home/a")).toHaveLength(1)
  }
})

test("[RL42, I11] what may not be read is refused before the store is asked, alone or with others in one message", async () => {
  const log = new WatchedLog()
  const bed = await bedWith({ ann: () => ann({ "home/open": "write" }), bob: () => ({ name: "bob", may: () => "write" }) }, log)
  const bob = await bed.device("bob")
  await bob.open("home/secret")
  bob.append(new Writer(1).type("secret"))
  await settle()
  const asked: string[] = []
  log.beforeRead = (documentId) => void asked.push(documentId)
  const device = await bed.device("ann")
  const frames = ["home/secret", "home/none", "home/open"].map((document, index) => {
    return { type: "open", handle: index + 1, document, generation: 0, vector: new Map() } as const
  })
  device.socket.give(encodeFrames(...frames))
  await settle()
  expect(asked).toEqual(["home/open"])
  const [secret, none] = device.of("close")
  expect([codeName(secret!.code), { ...none, handle: 1 }]).toEqual(["forbidden", secret])
  expect(device.of("opened")).toMatchObject([{ handle: 3 }])
  // Frames for a document that was refused are those for one that has ended.
  device.append(new Writer(2).type("in"), { handle: 1 })
  device.send({ type: "askState", handle: 1 }, { type: "awareness", handle: 2, update: new Uint8Array([0]) })
  await settle()
  expect([device.frames.length, device.closedCode]).toEqual([4, undefined])
})
