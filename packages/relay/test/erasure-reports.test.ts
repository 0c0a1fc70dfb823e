import { coversStamp, type VersionVector } from "@polylogue/protocol"
import type { UnfinishedErasure } from "@polylogue/relay"
import { type Change, MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { encodeUtf8 } from "lib0/string"
import { afterEach, expect, test } from "vitest"
import { PATIENCE_MS } from "../src/links/erasure-fetches.ts"
import { erasureOf, restingIn } from "./erasing.ts"
import { RelayNetwork } from "./linked-relays.ts"
import { ForeignLog, TestPeer } from "./test-peer.ts"
import { deviceAt, settle, type TestBed, type TestDevice } from "./test-relay.ts"
import { gate, WatchedLog } from "./watched-log.ts"
import { Writer } from "./writer.ts"

const DOC = "home/conv/1"
const SECRET = "SECRET-0123456789"
const NOTHING: VersionVector = new Map()
let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

/** The relays that one knows of. */
const known = ({ relay }: TestBed): string[] => [...relay.knownRelays().keys()]

/** Lets links, erasures and what they tell come to rest. */
async function rest(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await network.settle()
    await network.clock.advance(1_000)
  }
}

async function writeSecret(device: TestDevice): Promise<void> {
  const writer = new Writer(7)
  for (const words of ["before ", SECRET, " after"]) device.append(writer.type(words))
  await settle()
}

/** The stamp of the erasure. */
async function erase(device: TestDevice): Promise<{ readonly log: string; readonly seq: number }> {
  const row = device.mintRow()
  device.send({ type: "append", handle: 1, row, handOver: false, update: erasureOf(7, 7, SECRET.length), erases: [] })
  await settle()
  const ack = device.of("ack").find((frame) => frame.row === row)!
  return { log: ack.log, seq: ack.seq }
}

/** What a device was told last of each relay, by name, in the order in which it heard of them first: whether it has done it. */
function toldOf(device: TestDevice, stamp: { readonly log: string; readonly seq: number }): Record<string, boolean> {
  const told: Record<string, boolean> = {}
  for (const { name, vector, document } of device.of("erasedBy")) if (document === DOC) told[name] = coversStamp(vector, stamp)
  return told
}

const unfinishedAt = ({ relay }: TestBed): readonly UnfinishedErasure[] => relay.erasuresUnfinished().first

const idOf = (bed: TestBed, name: string): string => [...bed.relay.knownRelays()].find(([, called]) => called === name)![0]

test("[RL110, I10] an erasure is carried out at every relay, each says so once, and all hear of all; then it is quiet", async () => {
  const a = await network.open("a", ["b"])
  const b = await network.open("b", ["c"])
  // Behind a triangle: what goes on although it is known would never end.
  const c = await network.open("c", ["d"])
  const d = await network.open("d", ["b"])
  await network.clock.advance(10_000)
  await rest()
  const devices = [await deviceAt(a), await deviceAt(c)] as const
  await writeSecret(devices[0])
  await rest()
  for (const bed of [a, b, c, d]) expect(await restingIn(bed.disk)).toContain(SECRET)
  const stamp = await erase(devices[0])
  await rest()
  for (const bed of [a, b, c, d]) {
    expect(await restingIn(bed.disk)).not.toContain(SECRET)
    expect(unfinishedAt(bed)).toEqual([])
  }
  for (const device of devices) expect(toldOf(device, stamp)).toEqual({ a: true, b: true, c: true, d: true })
  expect([...a.relay.knownRelays().values()].toSorted()).toEqual(["b", "c", "d"])
  const sent = (): number => [...network.wires.values()].reduce((sum, wire) => sum + wire.sent.length, 0)
  await network.clock.advance(40_000)
  await network.settle()
  const before = sent()
  await network.clock.advance(1_000)
  await network.settle()
  expect(sent() - before).toBeLessThanOrEqual(8)
})

test("[RL111] a session hears of every relay that is known, its own first and those that have not with an empty vector, before its own word", async () => {
  const b = await network.open("b")
  const a = await network.open("a", ["b"])
  await rest()
  const device = await deviceAt(a)
  await writeSecret(device)
  await rest()
  network.away.add("b")
  network.wire("a", "b").break()
  await network.settle()
  const stamp = await erase(device)
  await settle(60)
  const frames = device.frames.filter(({ type }) => type === "erasedBy" || type === "erased")
  expect(frames.map((frame) => (frame.type === "erasedBy" ? [frame.name, coversStamp(frame.vector, stamp)] : frame.type))).toEqual([
    ["a", true],
    ["b", false],
    "erased",
  ])
  expect(device.of("erasedBy").at(-1)?.vector).toEqual(NOTHING)
  // Who comes later is told the same, and the rest when it is so.
  const late = await deviceAt(a)
  await settle(60)
  expect(toldOf(late, stamp)).toEqual({ a: true, b: false })
  network.away.delete("b")
  await network.clock.advance(60_000)
  await rest()
  for (const one of [device, late]) expect(toldOf(one, stamp)).toEqual({ a: true, b: true })
  expect(await restingIn(b.disk)).not.toContain(SECRET)
})

test("[RL111] a session is not told that others have done it without being told who has not, its own relay included", async () => {
  const slow = gate()
  const log = new WatchedLog()
  await network.open("b")
  const a = await network.open("a", ["b"], { log })
  await rest()
  const device = await deviceAt(a)
  await writeSecret(device)
  await rest()
  log.beforePurge = () => slow.passed
  const stamp = await erase(device)
  await rest()
  expect(toldOf(device, stamp)).toEqual({ a: false, b: true })
  expect(device.of("erased")).toEqual([])
  slow.open()
  await rest()
  expect(toldOf(device, stamp)).toEqual({ a: true, b: true })
})

test("[RL112] what is not carried out everywhere is named with the relays that miss, over restarts, until they say so or the operator forgets them", async () => {
  const disk = new MemoryDisk()
  await network.open("c")
  await network.open("b")
  const a = await network.open("a", ["b", "c"], { disk })
  await rest()
  const device = await deviceAt(a)
  await writeSecret(device)
  await rest()
  const [b, c] = [idOf(a, "b"), idOf(a, "c")]
  for (const name of ["b", "c"]) {
    network.away.add(name)
    network.wire("a", name).break()
  }
  await erase(device)
  await settle(60)
  expect(unfinishedAt(a)).toEqual([{ documentId: DOC, missing: [b, c] }])
  await a.relay.close()
  const again = await network.open("a", ["b", "c"], { disk })
  await rest()
  expect(unfinishedAt(again)).toEqual([{ documentId: DOC, missing: [b, c] }])
  expect(again.relay.forget(c)).toBe(true)
  expect(again.relay.forget(c)).toBe(false)
  expect(unfinishedAt(again)).toEqual([{ documentId: DOC, missing: [b] }])
  network.away.delete("b")
  await network.clock.advance(60_000)
  await rest()
  expect(unfinishedAt(again)).toEqual([])
})

test("[RL113, I10] a relay that holds what is in use fetches what was erased elsewhere, whether it had it or not, and says that it is done", async () => {
  const a = await network.open("a")
  const limits = { linkMinBackoffMs: 50, linkMaxBackoffMs: 100 }
  const edge = await network.open("edge", ["a"], { links: { mirror: [] }, limits })
  await rest()
  const there = await deviceAt(edge)
  const here = await deviceAt(a)
  await writeSecret(here)
  await rest()
  expect(await restingIn(edge.disk)).toContain(SECRET)
  there.break()
  network.away.add("a")
  network.wire("edge", "a").break()
  await rest()
  const stamp = await erase(here)
  network.away.delete("a")
  await rest()
  expect(await restingIn(edge.disk)).not.toContain(SECRET)
  expect(toldOf(here, stamp)).toEqual({ a: true, edge: true })
  expect([a, edge].map(unfinishedAt)).toEqual([[], []])
  // It is in use no longer than that takes.
  await network.clock.advance(35_000)
  await network.settle()
  expect(edge.relay.links().map(({ documentsOpen }) => documentsOpen)).toEqual([0])
})

test("[RL149, I10] what was erased is owed for as long as no link brings it, over restarts, and fetched when one does", async () => {
  const disk = new MemoryDisk()
  const log = new WatchedLog(disk)
  const far = new WatchedLog()
  const a = await network.open("a", [], { log: far })
  const options = { links: { mirror: [] }, limits: { linkMinBackoffMs: 50, linkMaxBackoffMs: 100 } }
  const edge = await network.open("edge", ["a"], { ...options, disk, log })
  await rest()
  const there = await deviceAt(edge)
  const here = await deviceAt(a)
  await writeSecret(here)
  await rest()
  there.break()
  network.away.add("a")
  network.wire("edge", "a").break()
  await rest()
  await erase(here)
  await rest()
  // The edge hears that something was erased, and is cut off again before it can be brought.
  log.afterCommit = (changes) => {
    if (!changes.some((change) => change.type === "record" && change.key.startsWith("erased-by/"))) return
    network.away.add("a")
    network.wire("edge", "a").break()
  }
  network.away.delete("a")
  await rest()
  expect(network.away).toEqual(new Set(["a"]))
  await network.clock.advance(PATIENCE_MS + 1_000)
  await rest()
  expect(await restingIn(disk)).toContain(SECRET)
  expect(unfinishedAt(a)).toEqual([{ documentId: DOC, missing: [idOf(a, "edge")] }])
  await edge.relay.close()
  const again = await network.open("edge", ["a"], { ...options, disk })
  await rest()
  expect(await restingIn(disk)).toContain(SECRET)
  // It does not depend on being told once more.
  far.recordKeys = () => Promise.resolve([])
  network.away.delete("a")
  await rest()
  expect(await restingIn(disk)).not.toContain(SECRET)
  expect([a, again].map(unfinishedAt)).toEqual([[], []])
  expect(await again.log.recordKeys("erasing-fetch/")).toEqual([])
})

test("[RL149] what cannot be brought is tried again over the same link, ever more rarely, and not while none stands", async () => {
  const log = new WatchedLog()
  const a = await network.open("a")
  const limits = { linkMinBackoffMs: 30_000, linkMaxBackoffMs: 30_000 }
  const edge = await network.open("edge", ["a"], { links: { mirror: [] }, limits, log })
  await rest()
  const there = await deviceAt(edge)
  const here = await deviceAt(a)
  await writeSecret(here)
  await rest()
  there.break()
  network.away.add("a")
  network.wire("edge", "a").break()
  await rest()
  await erase(here)
  here.break()
  await network.clock.advance(600_000)
  // The edge's own disk does not give the document.
  let began: number | undefined
  const tried = new Set<number>()
  log.beforeRead = (documentId) => {
    if (documentId !== DOC) return
    began ??= network.clock.monotonic()
    tried.add(Math.round((network.clock.monotonic() - began) / 10_000) * 10)
    throw new Error("no answer")
  }
  network.away.delete("a")
  await network.clock.advance(500_000)
  expect([...tried]).toEqual([0, 60, 180, 420])
  network.away.add("a")
  network.wire("edge", "a").break()
  await network.clock.advance(600_000)
  expect([...tried]).toEqual([0, 60, 180, 420])
  log.beforeRead = () => undefined
  network.away.delete("a")
  await network.clock.advance(60_000)
  await rest()
  expect(await restingIn(edge.disk)).not.toContain(SECRET)
  expect([a, edge].map(unfinishedAt)).toEqual([[], []])
})

test("[RL150] a report that is here before the erasure that it is of counts when that comes", async () => {
  const bed = await network.open("b")
  const [slow, quick] = [await TestPeer.link(bed, "00000000000000aa"), await TestPeer.link(bed, "00000000000000cc")]
  await deviceAt(bed)
  const log = new ForeignLog("00000000000001aa")
  const items = [log.entry(new Writer(7).type(SECRET)), log.entry(erasureOf(7, 0, SECRET.length), { erases: [] })]
  const done = { type: "erasedBy", document: DOC, vector: log.vector } as const
  quick.send({ ...done, relay: "00000000000000cc", name: "cc" })
  await settle(60)
  expect(unfinishedAt(bed)).toEqual([])
  slow.opened(DOC)
  slow.show(DOC, ...items)
  await rest()
  expect(await restingIn(bed.disk)).not.toContain(SECRET)
  expect(unfinishedAt(bed)).toEqual([{ documentId: DOC, missing: ["00000000000000aa"] }])
  slow.send({ ...done, relay: "00000000000000aa", name: "aa" })
  await rest()
  expect(unfinishedAt(bed)).toEqual([])
})

test("[RL151] however many relays say that they have carried it out, a session is told now and then, and who takes nothing is not closed for it", async () => {
  const bed = await network.open("b", [], { limits: { maxAnswerBytes: 8_192 } })
  const peer = await TestPeer.link(bed, "00000000000000aa")
  const device = await deviceAt(bed)
  const slow = await deviceAt(bed)
  await writeSecret(device)
  const stamp = await erase(device)
  await settle(60)
  slow.socket.taking = false
  const relays = Array.from({ length: 60 }, (_, index) => `r${index}`)
  const before = device.of("erasedBy").length
  for (const [index, name] of relays.entries()) {
    const relay = (0x1000 + index).toString(16).padStart(16, "0")
    peer.send({ type: "erasedBy", document: DOC, relay, name, vector: new Map([[stamp.log, stamp.seq]]) })
    await network.clock.advance(20)
  }
  await network.clock.advance(2_000)
  // Of 1.2 seconds: the first, two more, and the last.
  expect(device.of("erasedBy").length - before).toBeLessThanOrEqual(4 * (relays.length + 2))
  slow.socket.drain()
  await settle(60)
  expect(slow.socket.closedWith).toBeUndefined()
  const all = { b: true, "00": false, ...Object.fromEntries(relays.map((name) => [name, true])) }
  expect(toldOf(device, stamp)).toEqual(all)
  expect(toldOf(slow, stamp)).toEqual(all)
})

test("[RL151] where nothing was erased the disk is not asked who has carried it out", async () => {
  const log = new WatchedLog()
  const bed = await network.open("b", [], { log })
  await TestPeer.link(bed, "00000000000000aa")
  const read: string[] = []
  const record = log.record.bind(log)
  log.record = (key) => {
    read.push(key)
    return record(key)
  }
  await deviceAt(bed)
  await settle(60)
  expect(read.filter((key) => key.startsWith("eras"))).toEqual([])
})

test("[RL114] a relay is known from its first link on, over others too and over restarts; one that was forgotten stays so until it is met", async () => {
  const disk = new MemoryDisk()
  await network.open("c")
  await network.open("b", ["c"])
  const a = await network.open("a", ["b"], { disk })
  await rest()
  const device = await deviceAt(a)
  await writeSecret(device)
  await rest()
  await erase(device)
  await rest()
  const c = idOf(a, "c")
  expect(new Set(a.relay.knownRelays().values())).toEqual(new Set(["b", "c"]))
  await a.relay.close()
  const again = await network.open("a", [], { disk })
  expect(again.relay.forget(c)).toBe(true)
  again.relay.setPeers([{ url: "b" }])
  await rest()
  // What others still tell of it does not bring it back.
  expect([...again.relay.knownRelays().values()]).toEqual(["b"])
  again.relay.setPeers([{ url: "c" }])
  await rest()
  expect(new Set(again.relay.knownRelays().values())).toEqual(new Set(["b", "c"]))
})

/** Tells what somebody remembers of a relay: its last report, made at `at` by its own clock. */
function remember(peer: TestPeer, relay: string, at: number): void {
  peer.send({ type: "fleet", relays: [{ relay, name: "gone", at, report: encodeUtf8("{}") }] })
}

test("[RL114] one that was forgotten stays so however far its clock ran ahead, and is known again by what it reports later", async () => {
  const disk = new MemoryDisk()
  const GONE = "00000000000000cc"
  const bed = await network.open("b", [], { disk })
  const peer = await TestPeer.link(bed, "00000000000000aa")
  const ahead = network.clock.now() + 365 * 24 * 3_600_000
  remember(peer, GONE, ahead)
  await settle()
  expect(known(bed)).toContain(GONE)
  expect(bed.relay.forget(GONE)).toBe(true)
  remember(peer, GONE, ahead)
  await settle()
  expect(known(bed)).not.toContain(GONE)
  await bed.relay.close()
  const again = await network.open("b", [], { disk })
  const other = await TestPeer.link(again, "00000000000000aa")
  remember(other, GONE, ahead)
  await settle()
  expect(known(again)).not.toContain(GONE)
  remember(other, GONE, ahead + 1)
  await settle()
  expect(known(again)).toContain(GONE)
})

test("[RL114] of one that nothing was heard of since the start before it was forgotten, what others remember is from before", async () => {
  const disk = new MemoryDisk()
  const GONE = "00000000000000cc"
  const before = await network.open("b", [], { disk })
  remember(await TestPeer.link(before, "00000000000000aa"), GONE, network.clock.now())
  await settle()
  await before.relay.close()
  const bed = await network.open("b", [], { disk })
  expect(bed.relay.forget(GONE)).toBe(true)
  const peer = await TestPeer.link(bed, "00000000000000aa")
  const ahead = network.clock.now() + 1_000_000
  for (const at of [ahead, ahead - 1, ahead]) remember(peer, GONE, at)
  await settle()
  expect(known(bed)).not.toContain(GONE)
  remember(peer, GONE, ahead + 1)
  await settle()
  expect(known(bed)).toContain(GONE)
})

test("[RL152] what was kept of a relay that is forgotten leaves the disk, also when that is interrupted", async () => {
  const log = new WatchedLog()
  const GONE = "00000000000000cc"
  const bed = await network.open("b", [], { log })
  const peer = await TestPeer.link(bed, "00000000000000aa")
  for (let index = 0; index < 600; index++)
    peer.send({ type: "erasedBy", document: `home/conv/${index}`, relay: GONE, name: "gone", vector: new Map([[GONE, 1]]) })
  peer.send({ type: "erasedBy", document: DOC, relay: "00000000000000dd", name: "there", vector: new Map([[GONE, 1]]) })
  await settle(60)
  const kept = (): Promise<string[]> => log.recordKeys("erased-by/")
  expect(await kept()).toHaveLength(601)
  // The relay is closed when a part of it is removed.
  const removed = (changes: readonly Change[]): number =>
    changes.filter((change) => change.type === "record" && change.value === null).length
  log.afterCommit = (changes) => {
    if (removed(changes) > 100) void bed.relay.close()
  }
  expect(bed.relay.forget(GONE)).toBe(true)
  await settle(60)
  log.afterCommit = () => undefined
  const left = new MemoryEntryLog({ disk: log.disk })
  await left.open()
  const half = await left.recordKeys("erased-by/")
  expect(half.length).toBeGreaterThan(1)
  expect(half.length).toBeLessThan(601)
  await network.open("b", [], { disk: log.disk })
  await settle(60)
  expect(await left.recordKeys("erased-by/")).toEqual([`erased-by/00000000000000dd/${DOC}`])
})
