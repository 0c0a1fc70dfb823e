import { decodeMessage, type Frame, type RelayId } from "@polylogue/protocol"
import { afterEach, expect, test } from "vitest"
import type { FleetStatus } from "../src/index.ts"
import { RelayNetwork } from "./linked-relays.ts"
import { openTestBed, TestDevice } from "./test-relay.ts"
import { Writer } from "./writer.ts"

const DOCUMENT = "home/conv/secret"

let network = new RelayNetwork()
afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

const statusOf = (name: string): FleetStatus => network.bed(name).relay.fleet()
const idOf = (name: string): RelayId => statusOf(name).relay

/** Lets `ms` pass in steps, so that what relays say to each other crosses meanwhile. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    await network.clock.advance(Math.min(1_000, ms - passed))
    await network.settle()
  }
}

/** A chain a - b - c. */
async function chain(): Promise<void> {
  await network.open("c")
  await network.open("b", ["c"])
  await network.open("a", ["b"], { links: { program: "polylogue 0.1.0" } })
  await pass(10_000)
}

async function write(name: string, ...texts: string[]): Promise<void> {
  const device = new TestDevice(network.bed(name).relay)
  await device.hello()
  await device.open(DOCUMENT)
  const writer = new Writer()
  for (const text of texts) {
    device.append(writer.type(text))
    await network.settle()
  }
  device.break()
}

test("[RL134] a relay is reached when links that stand lead to it, and is named with its age when none do", async () => {
  await chain()
  const relays = () =>
    statusOf("a")
      .relays.map(({ name, reached }) => [name, reached] as const)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
  expect(relays()).toEqual([
    ["b", true],
    ["c", true],
  ])
  expect(statusOf("c").relays.find(({ name }) => name === "a")).toMatchObject({ relay: idOf("a"), report: { program: "polylogue 0.1.0" } })
  network.away.add("c")
  network.wire("b", "c").break()
  await pass(4_000)
  expect(relays()).toEqual([
    ["b", true],
    ["c", false],
  ])
  expect(statusOf("b").links).toMatchObject([
    { name: "c", relay: idOf("c"), state: "down", url: "c" },
    { name: "a", state: "up", url: undefined },
  ])
  const heardAt = statusOf("a").relays.find(({ name }) => name === "c")!.heardAt!
  await pass(60_000)
  expect(statusOf("a").relays.find(({ name }) => name === "c")).toMatchObject({ reached: false, heardAt })
  network.away.delete("c")
  await pass(60_000)
  expect(relays().every(([, reached]) => reached)).toBe(true)
})

test("[RL134] a link that is down says since when and why, however often it is tried", async () => {
  network.away.add("b")
  await network.open("a", ["b"])
  await pass(5_000)
  const [first] = statusOf("a").links
  expect(first).toMatchObject({ relay: undefined, name: "", state: "down", code: "", url: "b", behind: undefined })
  await pass(120_000)
  expect(statusOf("a").links[0]!.since).toBe(first!.since)
})

test("[RL134] a link that another relay has dialled is down when it is cut, and is no link any more when that relay is forgotten", async () => {
  await chain()
  const linksOf = (name: string) => statusOf(name).links.map(({ relay, state, url }) => [relay, state, url])
  const [a, b] = [idOf("a"), idOf("b")]
  expect(linksOf("c")).toEqual([[b, "up", undefined]])
  network.away.add("c")
  network.wire("b", "c").break()
  await pass(3_000)
  expect(linksOf("c")).toEqual([[b, "down", undefined]])
  // The one that is further away was never linked with it.
  expect(statusOf("c").relays.map(({ relay }) => relay)).toContain(a)
  network.away.delete("c")
  await pass(60_000)
  expect(linksOf("c")).toEqual([[b, "up", undefined]])
  network.away.add("c")
  network.wire("b", "c").break()
  await pass(3_000)
  network.bed("c").relay.forget(b)
  expect(linksOf("c")).toEqual([])
})

test("[RL134] a relay says to others nothing of addresses or of what documents are called", async () => {
  await chain()
  await write("a", "words")
  await pass(20_000)
  const told = network
    .wire("a", "b")
    .sent.flatMap((message) => decodeMessage(message))
    .flatMap((frame: Frame) => (frame.type === "fleet" ? frame.relays : []))
    .map(({ report }) => new TextDecoder().decode(report))
  expect(told.some((report) => report.includes(idOf("b")))).toBe(true)
  for (const report of told) for (const secret of ["secret", "conv", "url", "words"]) expect(report).not.toContain(secret)
})

test("[RL129] what one relay lacks that another has is seen over links, and by who is further away over reports", async () => {
  await chain()
  await write("a", "one")
  await pass(20_000)
  expect(statusOf("a").convergence.share).toBe(1)
  network.away.add("c")
  network.wire("b", "c").break()
  await write("a", "two", "three")
  await pass(20_000)
  const { share, relays, behind, history } = statusOf("a").convergence
  const held = (of: typeof relays) => Object.fromEntries(of.map(({ relay, entries, of: all }) => [relay, [entries, all]]))
  expect(held(relays)).toEqual({ [idOf("a")]: [3, 3], [idOf("b")]: [3, 3], [idOf("c")]: [1, 3] })
  expect(share).toBeCloseTo(7 / 9)
  expect(behind).toMatchObject([{ documentId: DOCUMENT, entries: 3 }])
  expect(history.at(-1)).toMatchObject({ share, behind: 1 })
  expect(statusOf("b").links[0]).toMatchObject({ lacking: { documents: 1, entries: 2 } })
  network.away.delete("c")
  await pass(60_000)
  expect(statusOf("a").convergence).toMatchObject({ share: 1, behind: [] })
  expect(statusOf("c").convergence.share).toBe(1)
})

test("[RL127] a relay that its operator forgot is named no more, whatever others still tell of it, until it is back", async () => {
  await chain()
  const c = idOf("c")
  network.away.add("c")
  network.wire("b", "c").break()
  await pass(20_000)
  expect(network.bed("a").relay.forget(c)).toBe(true)
  expect(statusOf("a").relays.map(({ name }) => name)).toEqual(["b"])
  // A link that begins anew brings all that the other end knows.
  network.wire("a", "b").break()
  await pass(20_000)
  expect(statusOf("a").relays.map(({ name }) => name)).toEqual(["b"])
  network.away.delete("c")
  await pass(60_000)
  expect(
    statusOf("a")
      .relays.map(({ name, reached }) => [name, reached])
      .toSorted(([left], [right]) => (left! < right! ? -1 : 1)),
  ).toEqual([
    ["b", true],
    ["c", true],
  ])
})

test("[RL128] reports that are larger than a frame may be cross in parts, and the link stands", async () => {
  await network.open("c", [], { limits: { maxFrameBytes: 400 } })
  await network.open("b", ["c"], { limits: { maxFrameBytes: 400 } })
  await network.open("a", ["b"], { limits: { maxFrameBytes: 400 } })
  await pass(60_000)
  expect(statusOf("a").relays.map(({ reached, report }) => [reached, report !== undefined])).toEqual([
    [true, true],
    [true, true],
  ])
  for (const name of ["a", "b", "c"]) expect(network.bed(name).eventsOf("link-down")).toEqual([])
})

test("[RL131] clocks of linked relays are compared when the link begins, and of those further away over theirs", async () => {
  await chain()
  expect(statusOf("a").links[0]!.clock).toEqual({ offsetMs: expect.closeTo(0, 0) as number, errorMs: expect.any(Number) as number })
  expect(statusOf("a").relays.map(({ clock }) => clock !== undefined)).toEqual([true, true])
})

test("[RL132] what was written at another relay is measured when it is durable here", async () => {
  await chain()
  await write("c", "one", "two")
  await pass(5_000)
  expect(statusOf("a").visibility).toMatchObject({ count: 2, unmeasured: 0 })
  expect(statusOf("c").visibility).toMatchObject({ count: 0, unmeasured: 0 })
})

test("[RL133] after a heal it is measured how long it took until nothing was missing", async () => {
  await chain()
  const before = statusOf("b").heals.count
  expect(before).toBe(2)
  network.away.add("c")
  network.wire("b", "c").break()
  await write("a", "one")
  network.away.delete("c")
  await pass(60_000)
  expect(statusOf("b").heals.count).toBe(before + 1)
  expect(statusOf("b").links.map(({ behind, lacking }) => [behind?.documents, lacking?.documents])).toEqual([
    [0, 0],
    [0, 0],
  ])
})

test("[RL125] a minute after the last word only heartbeats cross the links", async () => {
  await chain()
  await write("a", "one")
  await pass(60_000)
  for (const wire of network.wires.values()) wire.sent.length = 0
  await pass(120_000)
  const types = [...network.wires.values()].flatMap(({ sent }) => sent.flatMap((message) => decodeMessage(message).map(({ type }) => type)))
  expect([...new Set(types)].toSorted()).toEqual(["ping", "pong"])
})

test("[RL130] a relay that stands alone measures nothing", async () => {
  const bed = await openTestBed({ clock: network.clock })
  const device = await bed.device()
  await device.open(DOCUMENT)
  device.append(new Writer().type("words"))
  await network.settle()
  expect(bed.relay.fleet()).toMatchObject({ links: [], relays: [], convergence: { documents: 0, share: 1 } })
  await bed.relay.close()
})
