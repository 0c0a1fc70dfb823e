import { codeNumber, decodeMessage, encodeFrames, type Frame, type FrameType, splitRevision } from "@polylogue/protocol"
import { afterEach, expect, test } from "vitest"
import type { LinkOptions, Permission } from "../src/index.ts"
import { RelayNetwork, type Wire } from "./linked-relays.ts"
import { freshAttempt, LABEL, principal, RegisterDevice } from "./register-bed.ts"
import type { TestBed } from "./test-relay.ts"

let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

const LIMITS = { heartbeatMs: 2 ** 30 }
const NOTHING = { outcome: "unavailable", code: 0 }

async function open(name: string, peers: readonly string[] = [], links: Partial<LinkOptions> = {}, limits = {}): Promise<TestBed> {
  return await network.open(name, peers, { links, limits: { ...LIMITS, ...limits } })
}

/** Relays in a line, the first of which is the authority. */
async function line(...names: readonly string[]): Promise<TestBed[]> {
  const beds: TestBed[] = []
  for (const [index, name] of names.entries()) beds.push(await open(name, names.slice(Math.max(0, index - 1), index)))
  await network.settle()
  return beds
}

/** A device whose answers come over links. */
async function deviceAt(bed: TestBed, who = principal("ana")): Promise<RegisterDevice> {
  return await RegisterDevice.welcomed(bed, who, undefined, () => network.settle())
}

/** Types of the frames that went over a wire. */
function crossed(wire: Wire): FrameType[] {
  return wire.sent.flatMap((message) => decodeMessage(message).map(({ type }) => type))
}

test("[RL107] what is asked anywhere in a line of relays is decided at the authority, and read from its disk", async () => {
  const [root, middle, edge] = (await line("root", "middle", "edge")) as [TestBed, TestBed, TestBed]
  const [ana, bo, cy] = [await deviceAt(edge), await deviceAt(middle, principal("bo")), await deviceAt(root, principal("cy"))]
  const set = await ana.cas(LABEL, { value: "v1" })
  expect(set).toMatchObject({ outcome: "ok", register: { value: "v1", principal: "ana", revision: `${root.relay.log}:1` } })
  for (const device of [ana, bo, cy]) expect(await device.get(LABEL)).toMatchObject({ outcome: "ok", register: set.register })
  expect(await bo.cas(LABEL, { value: "v2" })).toMatchObject({ outcome: "conflict", register: set.register })
  expect(await bo.cas(LABEL, { value: "v2", expected: set.register!.revision })).toMatchObject({ outcome: "ok" })
  expect(await ana.get(LABEL)).toMatchObject({ register: { value: "v2", principal: "bo" } })
  expect(splitRevision((await cy.get(LABEL)).register!.revision!)?.start).toBe(root.relay.log)
  for (const bed of [middle, edge]) expect(await bed.log.recordKeys("register/", { limit: 10 })).toEqual([])
  expect(edge.relay.registers.authority).toMatchObject({ standing: "away", path: expect.objectContaining({ length: 2 }) })
  expect(edge.relay.stats()).toMatchObject({ registersForwarded: 3, registersUnavailable: 0 })
})

test("[RL107, I11] permission is asked where the session is, before anything crosses a link, and guards are the authority's", async () => {
  const [, edge] = (await line("root", "edge")) as [TestBed, TestBed]
  const grants: Record<string, Permission> = { "home/prompt/7": "read", "home/prompt/8": "write", "home/prompt/9": "none" }
  const bo = await deviceAt(
    edge,
    principal("bo", (documentId) => grants[documentId] ?? "none"),
  )
  const ana = await deviceAt(edge)
  await ana.set("home/prompt/8#label/a", "v1", { guarded: true })
  await ana.set("home/prompt/9#label/a", "secret")
  const wire = network.wire("edge", "root")
  const before = wire.sent.length
  const refused = (code: "forbidden" | "bad-key" | "too-large") => ({ outcome: "refused", code: codeNumber(code) })
  expect(await bo.get("home/prompt/9#label/a")).toMatchObject(refused("forbidden"))
  expect(await bo.get("home/prompt/10#label/a")).toMatchObject(refused("forbidden"))
  expect(await bo.get("no key")).toMatchObject(refused("bad-key"))
  expect(await bo.cas(LABEL, { value: "v1" })).toMatchObject(refused("forbidden"))
  expect(await bo.cas("home/prompt/8#label/b", { value: "x".repeat(65_537) })).toMatchObject(refused("too-large"))
  expect(await bo.cas("home/prompt/8#label/b", { value: "x", ttlMs: 7 * 86_400_000 + 1 })).toMatchObject(refused("too-large"))
  expect(wire.sent.length).toBe(before)
  const { register } = await bo.get("home/prompt/8#label/a")
  expect(register).toMatchObject({ value: "v1", guarded: true })
  expect(await bo.cas("home/prompt/8#label/a", { value: "v2", expected: register!.revision })).toMatchObject(refused("forbidden"))
  expect(await ana.cas("home/prompt/8#label/a", { value: "v2", expected: register!.revision })).toMatchObject({ outcome: "ok" })
  expect(await bo.cas("home/prompt/8#label/b", { value: "x".repeat(65_536) })).toMatchObject({ outcome: "ok" })
  expect(edge.eventsOf("register-refused").map(({ code }) => code)).toEqual(["forbidden", "forbidden"])
})

test("[RL107, RL65] a time to live is counted at the authority, and what answers say of time is the authority's", async () => {
  const [root, edge] = (await line("root", "edge")) as [TestBed, TestBed]
  const ana = await deviceAt(edge)
  const { register, time } = await ana.cas(LABEL, { value: "mine", ttlMs: 5_000 })
  expect({ time, expiresAt: register!.expiresAt }).toEqual({ time: root.clock.now(), expiresAt: root.clock.now() + 5_000 })
  await network.clock.advance(4_999)
  expect((await ana.get(LABEL)).register).toMatchObject({ value: "mine" })
  await network.clock.advance(1)
  await network.settle()
  expect((await ana.get(LABEL)).register).toMatchObject({ value: null })
})

test("[RL107, I8] of many who set a register from one revision at all relays of a ring one wins", async () => {
  const beds = [await open("a", ["c"], { authority: true }), await open("b", ["a"]), await open("c", ["b"])]
  await network.clock.advance(60_000)
  await network.settle()
  const devices = await Promise.all(Array.from({ length: 12 }, (_, index) => deviceAt(beds[index % 3]!, principal(`p${index}`))))
  const requests = devices.map((device, index) => device.askCas(LABEL, { value: `by ${index}` }))
  await network.settle()
  const answers = devices.map((device, index) => device.answerTo(requests[index]!)!)
  const winner = answers.find(({ outcome }) => outcome === "ok")!
  for (const answer of answers) expect(answer).toMatchObject({ outcome: answer === winner ? "ok" : "conflict", register: winner.register! })
})

test("[RL108] an attempt that is repeated over another relay and another way has one effect, and is answered as the first time", async () => {
  await open("root")
  const [near, far] = [await open("near", ["root"]), await open("far", ["near", "root"])]
  await network.settle()
  const attempt = freshAttempt()
  const change = { attempt, value: "v1", ttlMs: 60_000 }
  const first = await (await deviceAt(near)).cas(LABEL, change)
  expect(first).toMatchObject({ outcome: "ok" })
  const again = await deviceAt(far)
  expect(await again.cas(LABEL, change)).toMatchObject({ outcome: "ok", register: { revision: first.register!.revision } })
  network.wire("far", "root").break()
  await network.settle()
  expect(far.relay.registers.authority.path).toHaveLength(2)
  expect(await again.cas(LABEL, change)).toMatchObject({ outcome: "ok", register: { revision: first.register!.revision } })
  expect(await (await deviceAt(far, principal("bo"))).cas(LABEL, change)).toMatchObject({ outcome: "conflict" })
})

test("[RL108] a change whose answer was lost with the link has taken effect, and the same attempt tells so over the next", async () => {
  const [root, edge] = (await line("root", "edge")) as [TestBed, TestBed]
  const ana = await deviceAt(edge)
  await ana.get(LABEL)
  const wire = network.wire("edge", "root")
  const attempt = freshAttempt()
  const request = ana.askCas(LABEL, { attempt, value: "v1" })
  // What the authority says is held back, as by a cut in one direction, before the connection breaks.
  root.clock.setTimer(() => (wire.cut = true), 0)
  await network.settle()
  wire.break()
  await network.settle()
  expect(ana.answerTo(request)).toMatchObject(NOTHING)
  expect(await root.relay.registers.get(LABEL)).toMatchObject({ value: "v1" })
  await network.clock.advance(60_000)
  await network.settle()
  const told = await ana.cas(LABEL, { attempt, value: "v1" })
  expect(told).toMatchObject({ outcome: "ok", register: { value: "v1" } })
  expect(await ana.get(LABEL)).toMatchObject({ register: { revision: told.register!.revision } })
})

test("[RL109] without a way to the authority the answer is `unavailable` at once, and what is asked when there is one again is answered", async () => {
  const [, , edge] = (await line("root", "middle", "edge")) as [TestBed, TestBed, TestBed]
  const ana = await deviceAt(edge)
  const { revision } = await ana.set(LABEL, "v1")
  network.away.add("root")
  network.wire("middle", "root").break()
  await network.settle()
  expect(edge.relay.registers.authority).toEqual({ standing: "nowhere", authorities: [], path: [], dormant: 0 })
  expect(await ana.get(LABEL)).toMatchObject(NOTHING)
  expect(await ana.cas(LABEL, { value: "v2", expected: revision })).toMatchObject(NOTHING)
  network.away.clear()
  await network.clock.advance(60_000)
  await network.settle()
  expect(await ana.get(LABEL)).toMatchObject({ outcome: "ok", register: { revision } })
})

test("[RL109] who asks over a link that is mute is told `unavailable` after a while, and a late answer is no answer to anything else", async () => {
  const [, edge] = (await line("root", "edge")) as [TestBed, TestBed]
  const ana = await deviceAt(edge)
  await ana.set(LABEL, "v1")
  const wire = network.wire("edge", "root")
  wire.cut = true
  const [get, cas] = [ana.askGet(LABEL), ana.askCas(LABEL, { value: "v2" })]
  await network.clock.advance(7_999)
  expect(ana.answerTo(get)).toBeUndefined()
  await network.clock.advance(1)
  expect([get, cas].map((request) => ana.answerTo(request)?.outcome)).toEqual(["unavailable", "unavailable"])
  wire.heal()
  await network.settle()
  expect(await ana.get(LABEL)).toMatchObject({ outcome: "ok", register: { value: "v1" } })
  expect(ana.device.of("answer")).toHaveLength(5)
})

test("[RL109, I5] as many questions and characters as may are under way over a link, and one more is `unavailable` at once", async () => {
  await open("root")
  const edge = await open("edge", ["root"], {}, { maxForwards: 4, maxForwardCharacters: 100 })
  const ana = await deviceAt(edge)
  await ana.get(LABEL)
  const wire = network.wire("edge", "root")
  wire.cut = true
  const first = ana.askCas(LABEL, { value: "x".repeat(101) })
  const second = ana.askCas(LABEL, { value: "x" })
  const gets = Array.from({ length: 4 }, () => ana.askGet(LABEL))
  await network.settle()
  const unanswered = [first, ...gets.slice(0, 3)]
  for (const request of unanswered) expect(ana.answerTo(request)).toBeUndefined()
  for (const request of [second, gets[3]!]) expect(ana.answerTo(request)).toMatchObject(NOTHING)
  wire.heal()
  await network.settle()
  for (const request of unanswered) expect(ana.answerTo(request)).toMatchObject({ outcome: "ok" })
})

test("[RL109, I5] who has as many questions under way as one may leaves the way free for others", async () => {
  await open("root")
  const edge = await open("edge", ["root"], {}, { maxForwards: 8, maxForwardsOfPrincipal: 3 })
  const devices = [await deviceAt(edge), await deviceAt(edge), await deviceAt(edge, principal("bo"))]
  const wire = network.wire("edge", "root")
  wire.cut = true
  const asked = devices.map((device) => [device.askGet(LABEL), device.askGet(LABEL)])
  await network.settle()
  const outcomes = (): unknown[] => devices.map((device, index) => asked[index]!.map((request) => device.answerTo(request)?.outcome))
  expect(outcomes()).toEqual([
    [undefined, undefined],
    [undefined, "unavailable"],
    [undefined, undefined],
  ])
  wire.heal()
  await network.settle()
  expect(outcomes()).toEqual([
    ["ok", "ok"],
    ["ok", "unavailable"],
    ["ok", "ok"],
  ])
  expect(await devices[1]!.get(LABEL)).toMatchObject({ outcome: "ok" })
})

test("[RL109, RL74] a drain answers who waits for another relay, and those who wait for this one", async () => {
  const [root, edge] = (await line("root", "edge")) as [TestBed, TestBed]
  const ana = await deviceAt(edge)
  await ana.get(LABEL)
  network.wire("edge", "root").cut = true
  const request = ana.askCas(LABEL, { value: "v1" })
  await network.settle()
  await edge.relay.drain()
  await network.settle()
  expect(ana.answerTo(request)).toMatchObject(NOTHING)
  expect(ana.device.closedCode).toBe("draining")
  const bo = await deviceAt(root, principal("bo"))
  const last = bo.askCas("home/prompt/8#label/a", { value: "v1" })
  await root.relay.drain()
  await network.settle()
  expect(bo.answerTo(last)).toMatchObject({ outcome: "ok" })
})

test("[RL106, I8] while two authorities are linked nobody sets anything anywhere; when one is gone the other goes on", async () => {
  const [one, two] = [await open("one", [], { authority: true }), await open("two", ["one"], { authority: true })]
  await network.settle()
  const [atOne, atTwo] = [await deviceAt(one), await deviceAt(two)]
  const torn = { standing: "torn", authorities: expect.objectContaining({ length: 2 }) }
  for (const bed of [one, two]) expect(bed.relay.registers.authority).toMatchObject(torn)
  for (const device of [atOne, atTwo]) {
    expect(await device.get(LABEL)).toMatchObject(NOTHING)
    expect(await device.cas(LABEL, { value: "v1" })).toMatchObject(NOTHING)
  }
  await expect(one.relay.registers.get(LABEL)).rejects.toMatchObject({ code: "unavailable", message: /two relays/ })
  network.away.add("one")
  network.wire("two", "one").break()
  await network.settle()
  expect(await atOne.cas(LABEL, { value: "v1" })).toMatchObject({ outcome: "ok" })
  expect(one.relay.registers.authority.standing).toBe("here")
})

test("[RL105, I6] when nothing is asked nothing crosses a link, and what is asked takes one frame each way", async () => {
  const [, edge] = (await line("root", "edge")) as [TestBed, TestBed]
  const wire = network.wire("edge", "root")
  expect(crossed(wire).filter((type) => type === "route")).toEqual(["route"])
  const ana = await deviceAt(edge)
  const before = wire.sent.length
  await network.clock.advance(600_000)
  expect(wire.sent.length).toBe(before)
  await ana.get(LABEL)
  expect(crossed(wire).slice(-2)).toEqual(["forward", "answer"])
  expect(wire.sent.length).toBe(before + 2)
})

test("[RL117] what an edge holds from before it was one does not count, is named, and is there again when it is the authority", async () => {
  await open("root")
  const { disk, relay } = await open("edge")
  const alone = await deviceAt(network.bed("edge"))
  await alone.set(LABEL, "of the edge")
  await alone.set("home/prompt/8#label/a", "v1")
  await relay.close()
  const edge = await network.open("edge", ["root"], { disk, limits: LIMITS })
  const ana = await deviceAt(edge)
  expect(edge.relay.registers.authority).toMatchObject({ standing: "away", dormant: 2 })
  expect(edge.relay.stats().registersDormant).toBe(2)
  expect(await ana.get(LABEL)).toMatchObject({ outcome: "ok", register: { value: null } })
  await ana.set(LABEL, "of the root")
  await edge.relay.close()
  const again = await network.open("edge", [], { disk, limits: LIMITS, links: { authority: true } })
  expect(again.relay.registers.authority).toMatchObject({ standing: "here", dormant: 0 })
  expect((await (await deviceAt(again)).get(LABEL)).register).toMatchObject({ value: "of the edge" })
})

test("[RL118] this program is told of registers at an edge what the authority has now, or that it cannot be asked", async () => {
  const [root, middle, edge] = (await line("root", "middle", "edge")) as [TestBed, TestBed, TestBed]
  const ana = await deviceAt(root)
  const keys = ["home/prompt/7#label/production", "home/prompt/7#label/staging", "home/prompt/7#versions"]
  for (const key of keys) await ana.set(key, `value of ${key}`)
  await ana.set("home/prompt/7/more#label/x", "below it")
  const listed = async (bed: TestBed): Promise<string[]> => {
    const list = bed.relay.registers.list("home/prompt/7")
    await network.settle()
    return (await list).map(({ key }) => key)
  }
  for (const bed of [root, middle, edge]) expect(await listed(bed)).toEqual(keys)
  const watching = await deviceAt(edge)
  await watching.observe("home/prompt/7")
  await ana.set(keys[1]!, null)
  expect(await listed(edge)).toEqual([keys[0], keys[2]])
  const state = edge.relay.registers.get(LABEL)
  await network.settle()
  expect(await state).toMatchObject({ value: `value of ${LABEL}` })
  expect([middle, edge].map((bed) => bed.relay.stats().registerObservers)).toEqual([1, 1])
  network.wire("middle", "root").cut = true
  const late = edge.relay.registers.list("home/prompt/7")
  const refused = expect(late).rejects.toMatchObject({ code: "unavailable" })
  await network.clock.advance(8_000)
  await refused
  network.away.add("root")
  network.wire("middle", "root").break()
  await network.settle()
  await expect(edge.relay.registers.list("home/prompt/7")).rejects.toMatchObject({ code: "unavailable", message: /no link/ })
  await expect(edge.relay.registers.get(LABEL)).rejects.toMatchObject({ code: "unavailable" })
  await expect(root.relay.registers.get("no key")).rejects.toMatchObject({ code: "bad-key" })
})

test("[RL119, I7] a wrong frame of registers ends its link with a code, which is made anew; others go on", async () => {
  const root = await open("root")
  const edge = await open("edge", ["root"])
  const other = await deviceAt(await open("other", ["root"]))
  const ana = await deviceAt(edge)
  await ana.set(LABEL, "v1")
  const get = encodeFrames({ type: "get", request: 1, key: LABEL })
  const forward = (asked: Uint8Array): Frame => ({ type: "forward", request: 1, principal: "x", mayGuard: false, asked })
  const wrong: Frame[] = [
    { type: "route", path: [] },
    { type: "route", path: ["00000000000000aa", "00000000000000bb"] },
    forward(new Uint8Array()),
    forward(new Uint8Array([23, 255, 255])),
    forward(encodeFrames({ type: "ping", nonce: 1 })),
    forward(new Uint8Array([...get, ...get])),
  ]
  for (const frame of wrong) {
    const wire = network.wire("edge", "root")
    wire.ends[1].handlers!.message(encodeFrames(frame))
    await network.settle()
    expect([frame, wire.ends.map(({ closed }) => closed)]).toEqual([frame, [true, true]])
    expect(await other.get(LABEL)).toMatchObject({ outcome: "ok", register: { value: "v1" } })
    await network.clock.advance(60_000)
    await network.settle()
    expect(await ana.get(LABEL)).toMatchObject({ outcome: "ok" })
  }
  expect(root.eventsOf("failed")).toEqual([])
})
