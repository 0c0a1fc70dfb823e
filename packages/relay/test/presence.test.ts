import { decodeMessage, type Frame } from "@polylogue/protocol"
import { encodeUtf8 } from "lib0/string"
import { afterEach, expect, test } from "vitest"
import type { RelayLimits } from "../src/index.ts"
import { type AwarenessState, decodeAwareness, encodeAwareness, GONE } from "../src/presence/awareness-update.ts"
import { RelayNetwork } from "./linked-relays.ts"
import { Person } from "./people.ts"
import { TAKES_LINKS, TestPeer } from "./test-peer.ts"
import { openTestBed, settle, type TestBed } from "./test-relay.ts"

const DOC = "home/conv/1"

let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

interface Shape {
  /** Relays in the order in which they start, with those that they dial. */
  readonly dials: { readonly [name: string]: readonly string[] }
  /** Relays that hold only what is in use there. */
  readonly onDemand?: readonly string[]
}

const SHAPES: { readonly [name: string]: Shape } = {
  star: { dials: { a: [], b: ["a"], c: ["a"], d: ["a"] } },
  "star that dials": { dials: { b: [], c: [], d: [], a: ["b", "c", "d"] } },
  chain: { dials: { b: [], c: ["b"], a: ["b"], d: ["c"] } },
  ring: { dials: { a: [], b: ["a"], c: ["b"], d: ["c", "a"] } },
  mesh: { dials: { a: [], b: ["a"], c: ["a", "b"], d: ["a", "b", "c"] } },
  "chain of edges": { dials: { b: [], c: ["b"], a: ["b"], d: ["c"] }, onDemand: ["a", "c", "d"] },
  "edges of a hub": { dials: { a: [], b: ["a"], c: ["a"], d: ["a"] }, onDemand: ["b", "d"] },
  "ring of edges": { dials: { a: [], b: ["a"], c: ["b"], d: ["c", "a"] }, onDemand: ["a", "b", "c", "d"] },
}

async function open({ dials, onDemand = [] }: Shape, limits = {}): Promise<Map<string, TestBed>> {
  for (const [name, peers] of Object.entries(dials))
    await network.open(name, peers, { limits, links: onDemand.includes(name) ? { mirror: [] } : {} })
  await network.clock.advance(1_000)
  await network.settle()
  return network.beds
}

/** What presence sent over one end of a wire, or over both. */
function framesOf(messages: readonly Uint8Array[]): Frame[] {
  return messages.flatMap((message) => [...decodeMessage(message)]).filter(({ type }) => type === "here" || type === "presence")
}

/** What presence sent by each end of each wire so far. */
function ends(): Frame[][] {
  return [...network.wires.values()].flatMap((wire) => wire.ends.map(({ sent }) => framesOf(sent)))
}

const told = (): Frame[] => ends().flat()

async function rest(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await network.settle()
}

test.each(Object.entries(SHAPES))(
  "[RL159, RL160] %s: all see each other through any relays, until they leave, and then it is quiet",
  async (_, shape) => {
    const beds = await open(shape)
    const names = [...beds.keys()].toSorted()
    const people: Person[] = []
    for (const [index, name] of names.entries()) people.push(await Person.at(beds.get(name)!, index + 1))
    await rest()
    const everybody = people.map(({ client }) => client)
    for (const person of people) expect(person.sees).toEqual(everybody.filter((client) => client !== person.client))
    for (const person of people) person.say("again")
    await rest()
    for (const person of people) for (const other of people) if (other !== person) expect(person.textOf(other.client)).toBe("again")
    // One hides, one closes the document, and one loses its connection.
    const [first, second, third, last] = people as [Person, Person, Person, Person]
    first.hide()
    await rest()
    expect(last.sees).toEqual([2, 3])
    second.leave()
    await rest()
    expect(last.sees).toEqual([3])
    third.device.break()
    await rest()
    expect(last.sees).toEqual([])
    const late = await Person.at(beds.get(names[0]!)!, 9)
    await rest()
    expect([late.sees, last.sees]).toEqual([[4], [9]])
    late.leave()
    last.leave()
    await rest()
    const before = told().length
    await network.clock.advance(60_000)
    await rest()
    expect(told().length).toBe(before)
    // Nobody is said to be anywhere any more, by either end of any link.
    const lastSaid = ends().map((sent) => sent.findLast((frame) => frame.type === "here")?.hops ?? 0)
    expect(new Set(lastSaid)).toEqual(new Set([0]))
  },
)

test("[RL161] where nobody else is present no state crosses a link, and an edge that holds only what is in use there hears of no document of others", async () => {
  const beds = await open({ dials: { a: [], b: ["a"], c: ["a"], d: ["a"] }, onDemand: ["c", "d"] })
  const ana = await Person.at(beds.get("d")!, 1)
  for (let turn = 0; turn < 3; turn++) {
    ana.say(`${turn}`)
    await rest()
  }
  expect(told().filter(({ type }) => type === "presence")).toEqual([])
  const heard = (name: string) => framesOf(network.wire(name, "a").ends[1].sent).filter(({ type }) => type === "here")
  expect(heard("c")).toEqual([])
  // A mirror may have others behind it.
  expect(heard("b")).toEqual([{ type: "here", document: DOC, hops: 2 }])
  const bo = await Person.at(beds.get("c")!, 2)
  await rest()
  expect([ana.sees, bo.sees]).toEqual([[2], [1]])
  expect(framesOf(network.wire("b", "a").sent).filter(({ type }) => type === "presence")).toEqual([])
})

test("[RL161] one who shows nothing is told of those at its own relay only, and of all from when somebody there does", async () => {
  const beds = await open({ dials: { a: [], b: ["a"] } })
  await Person.at(beds.get("a")!, 1)
  const silent = await Person.silent(beds.get("b")!, 2)
  await rest()
  expect(silent.sees).toEqual([])
  const beside = await Person.at(beds.get("b")!, 3)
  await rest()
  expect(silent.sees).toEqual([1, 3])
  beside.leave()
  await rest()
  expect(silent.sees).toEqual([])
})

test("[RL162] when a link of a ring ends all go on seeing each other, and when a relay is cut off its people go within the time, and come back", async () => {
  const beds = await open({ dials: { a: [], b: ["a"], c: ["b", "a"] } })
  const people: Person[] = []
  for (const [index, name] of ["a", "b", "c"].entries()) people.push(await Person.at(beds.get(name)!, index + 1))
  const [ana, bo, cy] = people as [Person, Person, Person]
  await rest()
  network.away.add("a")
  network.wire("b", "a").break()
  for (let seconds = 0; seconds < 60; seconds += 5) {
    await network.clock.advance(5_000)
    if (seconds % 15 === 0) for (const person of people) person.say()
    await rest()
    expect([ana.sees, bo.sees, cy.sees]).toEqual([
      [2, 3],
      [1, 3],
      [1, 2],
    ])
  }
  network.wire("c", "a").break()
  await rest()
  await network.clock.advance(15_000)
  for (const person of people) person.say()
  await rest()
  const late = await Person.at(beds.get("b")!, 4)
  expect(late.sees).toContain(1)
  people.push(late)
  await network.clock.advance(18_000)
  await rest()
  expect([ana.sees, bo.sees, cy.sees, late.sees]).toEqual([[], [3, 4], [2, 4], [2, 3]])
  for (const person of people) person.say()
  network.away.delete("a")
  await network.clock.advance(31_000)
  for (const person of people) person.say()
  await rest()
  expect([ana.sees, bo.sees, cy.sees]).toEqual([
    [2, 3, 4],
    [1, 3, 4],
    [1, 2, 4],
  ])
})

test("[RL162] who moves to another relay is there all the time, and who comes back with what it said before is there", async () => {
  const beds = await open({ dials: { a: [], b: ["a"], c: ["a"] } })
  const ana = await Person.at(beds.get("a")!, 1)
  const before = await Person.at(beds.get("b")!, 2)
  await rest()
  expect(ana.sees).toEqual([2])
  // Its old connection is found to be broken only afterwards.
  const after = await Person.at(beds.get("c")!, 2, DOC, before.clock)
  await rest()
  before.device.break()
  await rest()
  expect([ana.sees, after.sees]).toEqual([[2], [1]])
  // The same state at another relay: it is that one's from now on.
  const again = await Person.at(beds.get("a")!, 2, DOC, after.clock - 1)
  await rest()
  after.device.break()
  await rest()
  expect(again.clock).toBe(after.clock)
  const late = await Person.at(beds.get("a")!, 3)
  await rest()
  expect(late.sees).toEqual([1, 2])
  again.device.break()
  await rest()
  expect(late.sees).toEqual([1])
  await Person.at(beds.get("a")!, 2, DOC, after.clock - 1)
  const later = await Person.at(beds.get("a")!, 4)
  expect(later.sees).toEqual([1, 2, 3])
})

/** A relay and two peers by hand. */
async function withPeers(limits: Partial<RelayLimits>): Promise<{ bed: TestBed; near: TestPeer; far: TestPeer }> {
  const bed = await openTestBed({ ...TAKES_LINKS, limits: { heartbeatMs: 1e9, ...limits } })
  return { bed, near: await TestPeer.link(bed, "aaaaaaaaaaaaaaaa"), far: await TestPeer.link(bed, "bbbbbbbbbbbbbbbb") }
}

const stateOf = (client: number, bytes: number, clock = 1): AwarenessState => ({
  client,
  clock,
  state: encodeUtf8(JSON.stringify("x".repeat(bytes - 2))),
})

test("[RL160] what is still on its way round of somebody who has gone is told to nobody, until a later state comes", async () => {
  const { bed, near, far } = await withPeers({})
  const bo = await Person.at(bed, 9)
  for (const peer of [near, far]) peer.send({ type: "here", document: DOC, hops: 1 })
  await settle()
  const ofOne = (peer: TestPeer) =>
    peer.of("presence").flatMap(({ update }) => decodeAwareness(update).filter(({ client }) => client === 1))
  near.send({ type: "presence", document: DOC, update: encodeAwareness([stateOf(1, 9, 4)]) })
  await settle()
  near.send({ type: "presence", document: DOC, update: encodeAwareness([{ client: 1, clock: 4, state: GONE }]) })
  await settle()
  expect([bo.sees, ofOne(near).length, ofOne(far).length]).toEqual([[], 0, 2])
  const before = bo.device.of("awareness").length
  for (const clock of [3, 4]) far.send({ type: "presence", document: DOC, update: encodeAwareness([stateOf(1, 9, clock)]) })
  far.send({ type: "presence", document: DOC, update: encodeAwareness([{ client: 1, clock: 4, state: GONE }]) })
  await settle()
  expect([bo.device.of("awareness").length, ofOne(near).length, ofOne(far).length]).toEqual([before, 0, 2])
  far.send({ type: "presence", document: DOC, update: encodeAwareness([stateOf(1, 9, 5)]) })
  await settle()
  expect([bo.sees, ofOne(near).length, ofOne(far).length]).toEqual([[1], 1, 2])
})

test("[RL160] what the other end says itself meanwhile is not told to it", async () => {
  const { bed, near, far } = await withPeers({ maxBufferedBytes: 1 })
  await Person.at(bed, 9)
  far.send({ type: "here", document: DOC, hops: 1 })
  await settle()
  far.frames.length = 0
  far.socket.taking = false
  for (const client of [1, 2, 3]) {
    near.send({ type: "presence", document: DOC, update: encodeAwareness([stateOf(client, 9)]) })
    await settle()
  }
  far.send({ type: "presence", document: DOC, update: encodeAwareness([stateOf(2, 9)]) })
  await settle()
  far.socket.drain()
  await settle()
  expect(far.of("presence").flatMap(({ update }) => decodeAwareness(update).map(({ client }) => client))).toEqual([1, 3])
})

test("[RL163] a link says of so many documents that somebody is there, and not of one more", async () => {
  const { near, far } = await withPeers({ maxDocuments: 3 })
  for (let index = 0; index < 4; index++) near.send({ type: "here", document: `home/${index}`, hops: 1 })
  await settle()
  expect(far.of("here")).toEqual([0, 1, 2].map((index) => ({ type: "here", document: `home/${index}`, hops: 2 })))
  near.send({ type: "here", document: "home/0", hops: 0 }, { type: "here", document: "home/4", hops: 1 })
  await settle()
  expect(far.of("here").slice(3)).toEqual([
    { type: "here", document: "home/0", hops: 0 },
    { type: "here", document: "home/4", hops: 2 },
  ])
})

test("[RL163] states of links count over all documents, and what they were not asked for is not kept", async () => {
  // Two states of 100 bytes, and what is counted for each beside them.
  const { bed, near, far } = await withPeers({ maxLinkAwarenessBytes: 2 * (100 + 256) })
  near.send({ type: "presence", document: DOC, update: encodeAwareness([stateOf(1, 100)]) })
  const bo = await Person.at(bed, 9)
  await settle()
  expect(bo.sees).toEqual([])
  const other = await Person.at(bed, 8, "home/other")
  await settle()
  near.send({ type: "presence", document: DOC, update: encodeAwareness([stateOf(1, 100), stateOf(2, 100)]) })
  far.send({ type: "presence", document: "home/other", update: encodeAwareness([stateOf(3, 100)]) })
  await settle()
  expect([bo.sees, other.sees]).toEqual([[1, 2], []])
  // What grows beyond it stays as it was, and what goes makes room.
  near.send({ type: "presence", document: DOC, update: encodeAwareness([stateOf(1, 101, 2)]) })
  await settle()
  await bed.clock.advance(40_000)
  far.send({ type: "presence", document: "home/other", update: encodeAwareness([stateOf(3, 100)]) })
  await settle()
  expect([bo.sees, other.sees]).toEqual([[], []])
  await bed.clock.advance(40_000)
  far.send({ type: "presence", document: "home/other", update: encodeAwareness([stateOf(3, 100)]) })
  await settle()
  expect([bo.sees, other.sees]).toEqual([[], [3]])
})

test("[RL163] of one document a link brings no more states and no larger ones than a session may", async () => {
  const { bed, near } = await withPeers({ maxAwarenessStates: 3, maxAwarenessStateBytes: 100 })
  const bo = await Person.at(bed, 9)
  await settle()
  const update = encodeAwareness([stateOf(1, 101), stateOf(2, 100), stateOf(3, 100), stateOf(4, 100)])
  near.send({ type: "presence", document: DOC, update })
  await settle()
  expect(bo.sees).toEqual([2, 3])
})

test("[RL163] a flood of comings and goings costs what may be kept, and a peer that takes nothing costs one state of each", async () => {
  const { bed, near, far } = await withPeers({ maxAwarenessStates: 50, maxLinkAwarenessBytes: 50_000, maxBufferedBytes: 1 })
  const bo = await Person.at(bed, 9)
  far.send({ type: "here", document: DOC, hops: 1 })
  await settle()
  far.socket.taking = false
  for (let turn = 0; turn < 200; turn++) {
    const states = Array.from({ length: 20 }, (_, index) => stateOf(1_000 + turn * 20 + index, 200))
    near.send({ type: "presence", document: DOC, update: encodeAwareness(states) })
    near.send({ type: "presence", document: DOC, update: encodeAwareness(states.map((state) => ({ ...state, state: GONE }))) })
    await settle(2)
  }
  expect(bo.sees).toEqual([])
  far.frames.length = 0
  far.socket.drain()
  await settle()
  const sent = far.of("presence").flatMap(({ update }) => decodeAwareness(update))
  expect(new Set(sent.map(({ client }) => client)).size).toBe(sent.length)
  // And what its socket took before.
  expect(sent.length).toBeLessThanOrEqual(100 + 20)
})

test("[RL163] what is too large for a message is cut, and comes whole", async () => {
  const beds = await open({ dials: { a: [], b: ["a"] } }, { maxFrameBytes: 4_096 })
  const bo = await Person.at(beds.get("b")!, 99)
  const ana = await Person.at(beds.get("a")!, 1)
  const texts = ["x".repeat(10_000), "y".repeat(10_000)]
  for (const text of texts) {
    ana.say(text)
    await rest()
    expect(bo.textOf(1)).toBe(text)
  }
  for (let client = 2; client < 40; client++) await Person.at(beds.get("a")!, client)
  await rest()
  expect(bo.sees).toHaveLength(39)
})

test.each<[string, Frame]>([
  ["a name that is no document's", { type: "here", document: "home//x", hops: 1 }],
  ["an update that is none", { type: "presence", document: DOC, update: Uint8Array.of(5, 5) }],
  ["presence under a handle", { type: "awareness", handle: 1, update: Uint8Array.of(0) }],
])("[RL163] %s ends the link", async (_, frame) => {
  const { near, far } = await withPeers({})
  near.send(frame)
  await settle()
  expect([near.closedCode, far.closedCode]).toEqual(["bad-frame", undefined])
})

test("[RL163] a device says nothing that is for links", async () => {
  const bed = await openTestBed(TAKES_LINKS)
  const device = await bed.device()
  device.send({ type: "here", document: DOC, hops: 1 })
  await settle()
  expect(device.closedCode).toBe("bad-frame")
})
