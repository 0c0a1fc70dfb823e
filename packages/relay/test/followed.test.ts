import { codeNumber, type VersionVector } from "@polylogue/protocol"
import type { Principal } from "@polylogue/relay"
import { afterEach, expect, test } from "vitest"
import { RelayNetwork } from "./linked-relays.ts"
import { settle, type TestBed, TestDevice } from "./test-relay.ts"
import { Writer } from "./writer.ts"

const NO_LOG = "0".repeat(16)
let network = new RelayNetwork()
let writers = 0
let watching = new Set<TestDevice>()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
  watching = new Set()
})

const vectorOf = async (name: string, documentId: string): Promise<VersionVector> => (await network.bed(name).log.head(documentId)).vector

/** Somebody writes to a document at a relay, and leaves. */
async function write(name: string, documentId: string): Promise<TestDevice> {
  const device = await network.bed(name).device()
  await device.open(documentId)
  device.append(new Writer(++writers).type("hello "))
  await rest()
  return device
}

function watch(device: TestDevice, prefix: string, handle = 2): void {
  watching.add(device)
  device.send({ type: "watch", handle, prefix, log: NO_LOG, cursor: 0 })
}

/** Lets time pass, in which those who watch are heard now and then. */
async function rest(ms = 3_000): Promise<void> {
  await network.settle()
  for (let left = ms; left > 0; left -= 10_000) {
    for (const device of watching) device.send({ type: "ping", nonce: 0 })
    await network.clock.advance(Math.min(left, 10_000))
  }
  await network.settle()
}

const mirroring = (...mirror: string[]): { links: { mirror: string[] } } => ({ links: { mirror } })
const feedsOf = ({ relay }: TestBed): number => relay.stats().feeds

test("[RL139] what is written below a relay that mirrors other prefixes goes up through it, to the disk of one that mirrors everything", async () => {
  await network.open("hub")
  await network.open("north", ["hub"], mirroring("home", "north"))
  const shop = await network.open("shop", ["north"], mirroring())
  for (const documentId of ["u/ana/home", "south/conv/1", "home/conv/1"]) {
    const device = await write("shop", documentId)
    expect(device.of("replicated").at(-1)?.vector, documentId).toEqual(new Map([[shop.relay.log, 1]]))
    device.break()
    await rest()
    for (const name of ["north", "hub"])
      expect(await vectorOf(name, documentId), `${documentId} at ${name}`).toEqual(await vectorOf("shop", documentId))
  }
})

test("[RL139] what a relay mirrors comes down to it through one that mirrors less, though nobody uses it there", async () => {
  await network.open("top")
  await network.open("middle", ["top"], mirroring("home"))
  await network.open("low", ["middle"])
  ;(await write("top", "south/conv/1")).break()
  ;(await write("low", "south/conv/2")).break()
  await rest()
  for (const documentId of ["south/conv/1", "south/conv/2"]) {
    expect((await vectorOf("top", documentId)).size).toBe(1)
    expect(await vectorOf("low", documentId)).toEqual(await vectorOf("top", documentId))
  }
})

test("[RL139] of what is above a relay brings only what it mirrors or is asked for", async () => {
  await network.open("hub")
  await network.open("north", ["hub"], mirroring("home"))
  await network.open("shop", ["north"], mirroring("home/shop"))
  for (const documentId of ["home/conv/1", "home/shop/1", "homework/conv/1", "south/conv/1"]) (await write("hub", documentId)).break()
  await rest()
  expect((await vectorOf("north", "home/conv/1")).size).toBe(1)
  expect((await vectorOf("shop", "home/shop/1")).size).toBe(1)
  expect((await vectorOf("shop", "home/conv/1")).size).toBe(0)
  for (const name of ["north", "shop"])
    for (const documentId of ["homework/conv/1", "south/conv/1"]) expect((await vectorOf(name, documentId)).size).toBe(0)
})

test("[RL139] of two relays that dial each other each brings what was written at the other, whichever link stands", async () => {
  const stands = new Set<boolean>()
  for (let pair = 0; pair < 6; pair++) {
    const [a, b] = [`a${pair}`, `b${pair}`]
    const later = await network.open(b, [], mirroring("b"))
    const earlier = await network.open(a, [b], mirroring("a"))
    later.relay.setPeers([{ url: a }])
    await rest(10_000)
    // Of which of the two the link is depends on their ids.
    stands.add(earlier.relay.links().some(({ url, state }) => url === b && state === "linked"))
    ;(await write(a, "x/1")).break()
    ;(await write(b, "y/1")).break()
    await rest()
    expect((await vectorOf(b, "x/1")).size).toBe(1)
    expect((await vectorOf(a, "y/1")).size).toBe(1)
  }
  expect(stands.size).toBe(2)
})

test("[RL140] what somebody watches comes through relays that mirror nothing, and for a while after the last has gone", async () => {
  const limits = { followGraceMs: 60_000 }
  const top = await network.open("top")
  const middle = await network.open("middle", ["top"], { ...mirroring(), limits })
  const low = await network.open("low", ["middle"], { ...mirroring(), limits })
  const devices = [await low.device(), await low.device()]
  for (const device of devices) watch(device, "home")
  await rest()
  ;(await write("top", "home/conv/1")).break()
  await rest()
  expect((await vectorOf("low", "home/conv/1")).size).toBe(1)
  expect(devices[0]!.of("feed").flatMap(({ changes }) => changes.map(({ documentId }) => documentId))).toContain("home/conv/1")
  devices[0]!.break()
  await rest(120_000)
  ;(await write("top", "home/conv/2")).break()
  await rest()
  expect((await vectorOf("low", "home/conv/2")).size).toBe(1)
  devices[1]!.break()
  await rest(30_000)
  ;(await write("top", "home/conv/3")).break()
  await rest()
  expect((await vectorOf("low", "home/conv/3")).size).toBe(1)
  await rest(120_000)
  ;(await write("top", "home/conv/4")).break()
  await rest()
  expect((await vectorOf("low", "home/conv/4")).size).toBe(0)
  expect((await vectorOf("middle", "home/conv/4")).size).toBe(0)
  // What is left are the feeds of everything that those below have.
  expect([top, middle, low].map(feedsOf)).toEqual([0, 1, 1])
  const again = await low.device()
  watch(again, "home")
  await rest()
  expect(await vectorOf("low", "home/conv/4")).toEqual(await vectorOf("top", "home/conv/4"))
})

test("[RL140] nothing is brought because of who may read nothing of it, until they may", async () => {
  const principal = (...workspaces: string[]): Principal => ({
    name: "ana",
    grants: workspaces.join(),
    may: (documentId) => (workspaces.some((name) => documentId.startsWith(`${name}/`)) ? "write" : "none"),
    reaches: (prefix) => workspaces.includes(prefix),
  })
  await network.open("hub")
  const edge = await network.open("edge", ["hub"], { ...mirroring(), authenticate: async ({ token }) => principal(...token.split(" ")) })
  ;(await write("hub", "home/conv/1")).break()
  ;(await write("hub", "secret/conv/1")).break()
  const ana = await edge.device("home")
  watch(ana, "home", 1)
  watch(ana, "secret", 2)
  await rest()
  expect((await vectorOf("edge", "home/conv/1")).size).toBe(1)
  expect((await vectorOf("edge", "secret/conv/1")).size).toBe(0)
  ana.send({ type: "token", token: "home secret" })
  await rest()
  expect((await vectorOf("edge", "secret/conv/1")).size).toBe(1)
  ana.send({ type: "token", token: "home" })
  await rest(400_000)
  ;(await write("hub", "secret/conv/2")).break()
  await rest()
  expect((await vectorOf("edge", "secret/conv/2")).size).toBe(0)
})

test("[RL140] in a circle of relays what was watched is let go of when nobody watches it any more", async () => {
  const limits = { followGraceMs: 10_000 }
  const beds = [
    await network.open("a", ["b"], { ...mirroring(), limits }),
    await network.open("b", ["c"], { ...mirroring(), limits }),
    await network.open("c", ["a"], { ...mirroring(), limits }),
  ]
  await rest(10_000)
  const device = await beds[0]!.device()
  watch(device, "home")
  await rest()
  expect(beds.map(feedsOf)).toEqual([3, 2, 2])
  device.break()
  await rest(200_000)
  expect(beds.map(feedsOf)).toEqual([1, 1, 1])
})

test("[RL141] as many prefixes are asked for as may be; the feed of one more is refused, and what nobody watches any more makes room", async () => {
  const hub = await network.open("hub")
  const edge = await network.open("edge", ["hub"], { ...mirroring("home"), limits: { maxFollowed: 2 } })
  const [ana, bo] = [await edge.device(), await edge.device()]
  // What is mirrored, and what somebody has asked for already, does not count.
  for (const [index, prefix] of ["home", "home/x", "x", "y", "x"].entries()) watch(ana, prefix, index + 1)
  watch(bo, "z", 1)
  watch(bo, "y", 2)
  await rest()
  expect(ana.of("close")).toEqual([])
  expect(bo.closeCode(1)).toBe("too-many-documents")
  expect(feedsOf(hub)).toBe(3)
  bo.send({ type: "close", handle: 2, code: 1000, reason: "" })
  for (const handle of [3, 5]) ana.send({ type: "close", handle, code: 1000, reason: "" })
  watch(bo, "z", 3)
  await rest()
  expect(bo.closeCode(3)).toBeUndefined()
  ;(await write("hub", "z/1")).break()
  ;(await write("hub", "x/1")).break()
  await rest()
  expect((await vectorOf("edge", "z/1")).size).toBe(1)
  expect((await vectorOf("edge", "x/1")).size).toBe(0)
})

test("[RL141] a prefix below one that is asked for costs the link nothing, and is asked for again when that is over", async () => {
  const hub = await network.open("hub")
  const edge = await network.open("edge", ["hub"], { ...mirroring(), limits: { followGraceMs: 1_000 } })
  const device = await edge.device()
  watch(device, "home/team/a", 1)
  await rest()
  expect(feedsOf(hub)).toBe(1)
  watch(device, "home", 2)
  watch(device, "home/team/b", 3)
  watch(device, "homework", 4)
  await rest()
  expect(feedsOf(hub)).toBe(2)
  device.send({ type: "close", handle: 2, code: 1000, reason: "" })
  await rest()
  expect(feedsOf(hub)).toBe(3)
  for (const documentId of ["home/team/a/1", "home/team/b/1", "home/team/c/1"]) (await write("hub", documentId)).break()
  await rest()
  expect((await vectorOf("edge", "home/team/a/1")).size).toBe(1)
  expect((await vectorOf("edge", "home/team/b/1")).size).toBe(1)
  expect((await vectorOf("edge", "home/team/c/1")).size).toBe(0)
})

test("[RL142] a relay tells another of as many prefixes as may be; one more is asked for ever more rarely, and comes when there is room", async () => {
  await network.open("hub", [], { limits: { maxLinkFeeds: 2, maxFeeds: 1 } })
  const edge = await network.open("edge", ["hub"], { ...mirroring(), limits: { followGraceMs: 1_000, linkRetryMs: 1_000 } })
  const device = await edge.device()
  for (const [index, prefix] of ["x", "y", "z"].entries()) watch(device, prefix, index + 1)
  await rest(1)
  const refused = (): number[] => edge.eventsOf("feed-refused").map(({ attempts }) => attempts)
  expect(refused()).toEqual([1])
  expect(edge.eventsOf("feed-refused")[0]).toMatchObject({ prefix: "z", code: codeNumber("too-many-documents") })
  await rest(700_000)
  // After 1, 2, 4 ... seconds, and then every five minutes.
  expect(refused()).toEqual([1, 2, 4, 8])
  const before = network.wire("edge", "hub").sent.length
  await rest(9_000)
  expect(network.wire("edge", "hub").sent.length - before).toBeLessThanOrEqual(4)
  device.send({ type: "close", handle: 1, code: 1000, reason: "" })
  ;(await write("hub", "z/1")).break()
  await rest(310_000)
  expect((await vectorOf("edge", "z/1")).size).toBe(1)
  expect(edge.relay.links()[0]!.level).toBe(true)
})

test("[RL142] where a relay stands in the feed of another is forgotten with the prefix", async () => {
  await network.open("hub")
  const edge = await network.open("edge", ["hub"], { ...mirroring("home"), limits: { followGraceMs: 1_000 } })
  const device = await edge.device()
  ;(await write("hub", "home/1")).break()
  ;(await write("hub", "x/1")).break()
  watch(device, "x")
  await rest(60_000)
  const { relay } = edge.relay.links()[0]!
  const recorded = async (prefix: string): Promise<boolean> => (await edge.log.record(`link-feed/${relay}/${prefix}`)) !== undefined
  expect([await recorded("home"), await recorded("x")]).toEqual([true, true])
  device.break()
  await settle()
  await rest(60_000)
  expect([await recorded("home"), await recorded("x")]).toEqual([true, false])
})

test("[RL143] what is in use below relays that mirror other prefixes is fetched from above them, and stays fresh, while it is", async () => {
  const [doc, other] = ["south/conv/1", "south/conv/2"]
  await network.open("top")
  const middle = await network.open("middle", ["top"], mirroring("home"))
  const low = await network.open("low", ["middle"], mirroring("home/low"))
  for (const documentId of [doc, other]) (await write("top", documentId)).break()
  const reader = await low.device()
  await reader.open(doc)
  await rest()
  expect(await vectorOf("low", doc)).toEqual(await vectorOf("top", doc))
  ;(await write("top", doc)).break()
  await rest()
  expect(await vectorOf("low", doc)).toEqual(await vectorOf("top", doc))
  expect((await vectorOf("middle", other)).size).toBe(0)
  reader.break()
  await rest(120_000)
  for (const { relay } of [middle, low])
    expect(relay.links().map(({ documentsOpen }) => documentsOpen)).toEqual(relay === middle.relay ? [0, 0] : [0])
})

test("[RL143] what is in use at a relay is fetched by one that dials it from another that it dials", async () => {
  const doc = "south/conv/1"
  await network.open("one")
  await network.open("other")
  const middle = await network.open("middle", ["one", "other"], mirroring("home"))
  ;(await write("one", doc)).break()
  await rest()
  expect((await vectorOf("other", doc)).size).toBe(0)
  const reader = await network.bed("other").device()
  await reader.open(doc)
  await rest()
  expect(await vectorOf("other", doc)).toEqual(await vectorOf("one", doc))
  ;(await write("one", doc)).break()
  await rest()
  expect(await vectorOf("other", doc)).toEqual(await vectorOf("one", doc))
  reader.break()
  await rest(120_000)
  expect(middle.relay.links().map(({ documentsOpen }) => documentsOpen)).toEqual([0, 0])
})

test("[RL143] in a circle of relays a document that nobody uses any more is let go of", async () => {
  const names = ["a", "b", "c", "d"]
  for (const [index, name] of names.entries())
    await network.open(name, [names[(index + 1) % 4]!], mirroring(...(name === "c" ? ["home"] : [])))
  await rest(30_000)
  const reader = await network.bed("a").device()
  await reader.open("south/conv/1")
  await rest()
  const open = (): number[] =>
    names.flatMap((name) =>
      network
        .bed(name)
        .relay.links()
        .map(({ documentsOpen }) => documentsOpen),
    )
  expect(open().filter((count) => count > 0).length).toBeGreaterThan(2)
  reader.break()
  await rest(300_000)
  expect(open()).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
})

test("[RL143] among relays that mirror everything use is said to neighbours alone", async () => {
  const names = ["a", "b", "c"]
  for (const [index, name] of names.entries()) await network.open(name, names.slice(0, index))
  const reader = await network.bed("a").device()
  await reader.open("south/conv/1")
  await rest()
  const open = (name: string): number[] =>
    network
      .bed(name)
      .relay.links()
      .map(({ documentsOpen }) => documentsOpen)
  expect([open("a"), open("b"), open("c")]).toEqual([
    [1, 1],
    [0, 0],
    [0, 0],
  ])
})

test("[RL143] only relays say what they use", async () => {
  const bed = await network.open("a")
  const device = await bed.device()
  await device.open("home/1")
  device.send({ type: "use", handle: 1, hops: 3 })
  await rest(1)
  expect(device.closedCode).toBe("bad-frame")
})

test("[RL143] what is in use below stays fresh when what was watched there is let go of", async () => {
  const limits = { followGraceMs: 10_000 }
  await network.open("top")
  const middle = await network.open("middle", ["top"], { ...mirroring(), limits })
  await network.open("low", ["middle"], { ...mirroring(), limits })
  const watcher = await middle.device()
  watch(watcher, "south")
  await rest()
  const [reader, writer] = [await network.bed("low").device(), await network.bed("top").device()]
  for (const device of [reader, writer]) {
    watching.add(device)
    await device.open("south/conv/1")
    await rest()
  }
  watcher.break()
  await rest(60_000)
  writer.append(new Writer(++writers).type("hello "))
  await rest()
  expect((await vectorOf("low", "south/conv/1")).size).toBe(1)
})

test("[RL143] what a relay used is let go of when its link breaks, and fetched again when it heals", async () => {
  await network.open("top")
  const middle = await network.open("middle", ["top"], mirroring())
  const low = await network.open("low", ["middle"], mirroring())
  const reader = await low.device()
  watching.add(reader)
  await reader.open("south/conv/1")
  await rest()
  const open = (): number => middle.relay.links()[0]!.documentsOpen
  expect(open()).toBe(1)
  network.away.add("middle")
  network.wire("low", "middle").break()
  await rest(90_000)
  expect(open()).toBe(0)
  network.away.delete("middle")
  await rest(60_000)
  ;(await write("top", "south/conv/1")).break()
  await rest()
  expect((await vectorOf("low", "south/conv/1")).size).toBe(1)
})
