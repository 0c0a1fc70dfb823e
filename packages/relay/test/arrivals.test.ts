import { type FrameOf, type VersionVector } from "@polylogue/protocol"
import { afterEach, expect, test } from "vitest"
import { RelayNetwork } from "./linked-relays.ts"
import { deviceAt, openTestBed, type TestBed, type TestDevice } from "./test-relay.ts"
import { textOf, Writer } from "./writer.ts"

const DOC = "home/conv/1"
let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

/** A hub at which something was written. */
async function writtenHub(): Promise<{ readonly hub: TestBed; readonly writer: TestDevice; readonly written: VersionVector }> {
  const hub = await network.open("hub")
  const writer = await deviceAt(hub)
  writer.append(new Writer(1).type("at the hub"))
  await network.settle()
  return { hub, writer, written: new Map([[hub.relay.log, 1]]) }
}

/** What a device was told of others, and that it was opened, in order. */
const told = (device: TestDevice): (FrameOf<"awaits"> | FrameOf<"opened">)[] =>
  device.frames.filter((frame) => frame.type === "awaits" || frame.type === "opened")
const AWAITS = { type: "awaits", handle: 1, others: true, vector: new Map() } as const

test("[RL90a] a relay that has still to ask others says so before it says what it has, and once more when it has asked", async () => {
  const { written } = await writtenHub()
  const edge = await network.open("edge", ["hub"], { links: { mirror: [] } })
  const reader = await deviceAt(edge)
  await network.settle()
  expect(told(reader)).toEqual([
    AWAITS,
    expect.objectContaining({ type: "opened", vector: new Map() }),
    { type: "awaits", handle: 1, others: false, vector: written },
  ])
  expect(textOf(...reader.updates())).toBe("at the hub")
  // Of what nobody has written it says the same: then nobody that can be reached has.
  const empty = await deviceAt(edge, "home/conv/none")
  await network.settle()
  expect(told(empty).at(-1)).toEqual({ type: "awaits", handle: 1, others: false, vector: new Map() })
  // Who comes while it is in use has nothing to wait for.
  const second = await deviceAt(edge)
  expect(second.of("awaits")).toEqual([])
})

test("[RL90a] while the link is down that would bring it nobody is told that there is nothing; it is said when the link has brought it", async () => {
  await writtenHub()
  network.away.add("hub")
  const edge = await network.open("edge", ["hub"], { links: { mirror: [] } })
  const reader = await deviceAt(edge)
  await network.clock.advance(1_000)
  await network.settle()
  expect(reader.of("awaits")).toEqual([AWAITS])
  network.away.delete("hub")
  await network.clock.advance(5_000)
  await network.settle()
  expect(textOf(...reader.updates())).toBe("at the hub")
  expect(reader.of("awaits").at(-1)).toMatchObject({ others: false })
})

test("[RL90a] through relays that hold what is in use nobody is told so before the last of them has asked", async () => {
  const { hub } = await writtenHub()
  await network.open("middle", ["hub"], { links: { mirror: [] } })
  const low = await network.open("low", ["middle"], { links: { mirror: [] } })
  network.away.add("hub")
  network.wire("middle", "hub").break()
  await network.settle()
  const reader = await deviceAt(low)
  await network.settle()
  expect(reader.of("opened")).toHaveLength(1)
  expect(reader.of("awaits")).toEqual([AWAITS])
  network.away.delete("hub")
  await network.clock.advance(60_000)
  await network.settle()
  expect(reader.of("awaits").slice(1)).toEqual([{ ...AWAITS, others: false, vector: new Map([[hub.relay.log, 1]]) }])
})

test("[RL90a] a relay that holds everything awaits others until it was level with them once, and not for being cut off later, over restarts", async () => {
  await writtenHub()
  network.away.add("hub")
  const edge = await network.open("edge", ["hub"])
  const early = await deviceAt(edge)
  expect(early.of("awaits")).toEqual([AWAITS])
  network.away.delete("hub")
  await network.clock.advance(60_000)
  await network.settle()
  expect(early.of("awaits")).toHaveLength(2)
  expect((await deviceAt(edge, "home/conv/2")).of("awaits")).toEqual([])
  await network.clock.advance(5_000)
  network.away.add("hub")
  await edge.relay.close()
  network.beds.delete("edge")
  const again = await network.open("edge", ["hub"], { disk: edge.disk })
  const late = await deviceAt(again)
  expect(textOf(...late.updates())).toBe("at the hub")
  expect(late.of("awaits")).toEqual([])
})

test("[RL175] a relay was level once it has been with each of those that it dials, and not for the one that could be reached", async () => {
  await writtenHub()
  await network.open("other")
  network.away.add("other")
  const edge = await network.open("edge", ["hub", "other"])
  await network.clock.advance(60_000)
  await network.settle()
  const cut = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      network.away.add(name)
      network.wire("edge", name).break()
    }
    await network.settle()
  }
  await cut("hub")
  expect((await deviceAt(edge, "home/conv/2")).of("awaits")).toEqual([AWAITS])
  network.away.clear()
  await network.clock.advance(60_000)
  await network.settle()
  await cut("hub", "other")
  expect((await deviceAt(edge, "home/conv/3")).of("awaits")).toEqual([])
})

test("[RL90a] a relay that stands alone awaits nobody, and nor does a hub for what its edges have told", async () => {
  const alone = await openTestBed()
  expect((await deviceAt(alone)).of("awaits")).toEqual([])
  await alone.relay.close()
  const { hub } = await writtenHub()
  await network.open("edge", ["hub"])
  await network.settle()
  expect((await deviceAt(hub)).of("awaits")).toEqual([])
  expect((await deviceAt(hub, "home/conv/2")).of("awaits")).toEqual([])
})

test("[RL171] through a relay that does not hold a document nobody waits for other relays below it, which tell what they have", async () => {
  const { written } = await writtenHub()
  for (const mirror of [[], ["north"]]) {
    await network.open("north", ["hub"], { links: { mirror } })
    const shop = await network.open("shop", ["north"], { links: { mirror: [] } })
    const other = await network.open("other", ["north"], { links: { mirror: [] } })
    const reader = await deviceAt(shop)
    await network.settle()
    expect(reader.of("awaits")).toEqual([AWAITS, { ...AWAITS, others: false, vector: written }])
    const brought = shop.relay.documents.bring("home/conv/none", 1_000)
    await network.settle()
    await network.clock.advance(1_000)
    expect(await brought).toBe(true)
    // What has still to come from there is waited for.
    network.wire("other", "north").cut = true
    const writer = await deviceAt(other, "home/conv/2")
    writer.append(new Writer(2).type("at the other shop"))
    const waiting = await deviceAt(shop, "home/conv/2")
    await network.settle()
    network.wire("other", "north").heal()
    await network.clock.advance(5_000)
    await network.settle()
    expect(textOf(...waiting.updates())).toBe("at the other shop")
    for (const name of ["other", "shop", "north"]) {
      await network.bed(name).relay.close()
      network.beds.delete(name)
    }
  }
})

test("[RL171] who uses a document at a relay between waits for all that can be asked, also over links from below", async () => {
  const far = await network.open("far")
  const writer = await deviceAt(far)
  writer.append(new Writer(1).type("far away"))
  await network.settle()
  const middle = await network.open("middle", [], { links: { mirror: [] } })
  await network.open("low", ["middle", "far"], { links: { mirror: [] } })
  network.wire("low", "far").cut = true
  const reader = await deviceAt(middle)
  await network.settle()
  expect(reader.of("awaits")).toEqual([AWAITS])
  network.wire("low", "far").heal()
  await network.settle()
  expect(textOf(...reader.updates())).toBe("far away")
  expect(reader.of("awaits").at(-1)).toEqual({ ...AWAITS, others: false, vector: new Map([[far.relay.log, 1]]) })
})

test("[RL174] in a circle of relays that do not hold a document nobody waits for ever, wherever it is used", async () => {
  for (const size of [3, 4, 5]) {
    const ring = new RelayNetwork()
    const hub = await ring.open("hub")
    const writer = await deviceAt(hub)
    writer.append(new Writer(1).type("at the hub"))
    await ring.settle()
    const names = Array.from({ length: size }, (_, index) => `${index}`)
    for (const [index, name] of names.entries()) {
      const peers = [names[(index + 1) % size]!, ...(index === 0 ? ["hub"] : [])]
      await ring.open(name, peers, { links: { mirror: ["north"] } })
    }
    await ring.clock.advance(10_000)
    await ring.settle()
    for (const name of names) {
      const reader = await deviceAt(ring.bed(name))
      await ring.settle()
      await ring.settle()
      expect(textOf(...reader.updates()), `${name} of ${size}`).toBe("at the hub")
      expect(reader.of("awaits").at(-1)?.others, `${name} of ${size}`).toBe(false)
      reader.break()
      await ring.clock.advance(60_000)
      await ring.settle()
    }
    await ring.close()
  }
})

test("[RL90a] who asks for a document without a session has it brought, and is told when it cannot be", async () => {
  const { written } = await writtenHub()
  const edge = await network.open("edge", ["hub"], { links: { mirror: [] } })
  const { documents } = edge.relay
  expect(await documents.waitFor(DOC, new Map(), 1_000)).toEqual(new Map())
  const brought = documents.bring(DOC, 1_000)
  await network.settle()
  expect([await brought, await documents.waitFor(DOC, new Map(), 0)]).toEqual([true, written])
  network.away.add("hub")
  network.wire("edge", "hub").break()
  await network.settle()
  const late = documents.bring("home/conv/2", 1_000)
  await network.settle()
  await network.clock.advance(1_000)
  expect(await late).toBe(false)
  expect(edge.relay.stats().rooms).toBeLessThanOrEqual(2)
})
