import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { afterEach, expect, test } from "vitest"
import { MAX_RECENT } from "../src/links/erasure-retelling.ts"
import { RelayNetwork } from "./linked-relays.ts"
import { TestPeer } from "./test-peer.ts"
import { settle } from "./test-relay.ts"
import { Writer } from "./writer.ts"

const PEER = "00000000000000aa"
const FAR = "00000000000000cc"
const LOG = "00000000000001aa"
const CALM = { heartbeatMs: 1e9, linkIdleMs: 1e9, compactIdleMs: Infinity, transferStallMs: Infinity }
let network = new RelayNetwork()

afterEach(async () => {
  await network.close()
  network = new RelayNetwork()
})

const documentOf = (index: number): string => `home/conv/${index.toString().padStart(6, "0")}`

function say(peer: TestPeer, index: number, seq = 1): void {
  peer.send({ type: "erasedBy", document: documentOf(index), relay: FAR, name: "far", vector: new Map([[LOG, seq]]) })
}

/** Documents that a peer was told of, in order. */
const toldTo = (peer: TestPeer): string[] => peer.of("erasedBy").map(({ document }) => document)

/** A folder in which a relay has heard of `count` documents. */
async function heardOf(count: number): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  const bed = await network.open("b", [], { disk })
  const peer = await TestPeer.link(bed, PEER)
  for (let index = 0; index < count; index++) say(peer, index)
  await settle(60)
  await bed.relay.close()
  return disk
}

test("[RL150] a link that begins tells first what came last, and then everything", async () => {
  const bed = await network.open("b", [], { disk: await heardOf(100) })
  const teller = await TestPeer.link(bed, FAR)
  say(teller, 90, 2)
  say(teller, 70, 2)
  say(teller, 90, 3)
  await settle(60)
  const peer = await TestPeer.link(bed, PEER)
  await network.clock.advance(2_000)
  expect(toldTo(peer).slice(0, 2)).toEqual([90, 70].map(documentOf))
  expect(new Set(toldTo(peer)).size).toBe(100)
  const before = toldTo(peer).length
  await network.clock.advance(60_000)
  expect(toldTo(peer)).toHaveLength(before)
})

test("[RL150] links that end before all is told go on where the one before ended, and tell all together", async () => {
  const bed = await network.open("b", [], { disk: await heardOf(200) })
  const told: string[] = []
  for (let attempt = 0; attempt < 8; attempt++) {
    const peer = await TestPeer.link(bed, PEER)
    await settle(60)
    // Long enough for one page.
    told.push(...toldTo(peer))
    peer.break()
    await settle()
  }
  expect(new Set(told).size).toBe(200)
  expect(told.length).toBeLessThan(8 * 64)
  // All over again from where they are, for what was under way may be lost.
  const peer = await TestPeer.link(bed, PEER)
  await network.clock.advance(3_000)
  expect(new Set(toldTo(peer)).size).toBe(200)
})

test("[RL150] of so many that came last the order is known, and of one more the first is told with the rest", async () => {
  const bed = await network.open("b")
  const teller = await TestPeer.link(bed, FAR)
  for (let index = MAX_RECENT; index >= 0; index--) say(teller, index)
  await settle(400)
  const log = new MemoryEntryLog({ disk: bed.disk })
  await log.open()
  expect(await log.recordKeys("erased-by/")).toHaveLength(MAX_RECENT + 1)
  const peer = await TestPeer.link(bed, PEER)
  await network.clock.advance(25_500)
  const told = toldTo(peer)
  expect(told).toHaveLength(MAX_RECENT)
  expect(told[0]).toBe(documentOf(0))
  expect(told).not.toContain(documentOf(MAX_RECENT))
})

test("[RL173] however slowly a link takes what is told again, it stays, is told everything, and what is written goes in between", async () => {
  const bed = await network.open("b", [], { disk: await heardOf(200), limits: { ...CALM, maxAnswerBytes: 4_000, maxBufferedBytes: 1 } })
  const device = await bed.device()
  await device.open("home/conv/words")
  const peer = await TestPeer.link(bed, PEER)
  peer.send({ type: "open", handle: 1, document: "home/conv/words", generation: 0, vector: new Map() })
  await settle(60)
  peer.socket.taking = false
  await network.clock.advance(5_000)
  expect(toldTo(peer).length).toBeLessThan(100)
  device.append(new Writer(1).type("a word"))
  await network.clock.advance(5_000)
  expect(peer.closedCode).toBeUndefined()
  let before = Infinity
  for (let round = 0; round < 40; round++) {
    peer.socket.drain()
    await settle(20)
    if (before === Infinity && peer.of("entries").length > 0) before = toldTo(peer).length
    peer.socket.taking = false
    await network.clock.advance(300)
  }
  expect(before).toBeLessThan(150)
  expect(new Set(toldTo(peer)).size).toBe(200)
  expect(peer.closedCode).toBeUndefined()
})
