import { afterEach, expect, test } from "vitest"
import { type VersionVector, vectorHash } from "@polylogue/protocol"
import { ForeignLog, LinkableBeds, TestPeer } from "./test-peer.ts"
import { EndedPulls } from "../src/links/ended-pulls.ts"
import type { RelayCore } from "../src/relay-core.ts"
import { ManualClock, settle, type TestBed } from "./test-relay.ts"
import { Writer } from "./writer.ts"

const DOC = "home/conv/1"
const OTHER = "home/conv/2"
/** What may be handed on is 15/16 of it. */
const FULL = { maxTransferBytes: 64 * 1024, maxDocumentBytes: 60_000, maxRowBytes: 60_000, windowItems: 2, compactItems: 4 }
const [A, B] = ["aa".repeat(8), "bb".repeat(8)] as const
const RECORDS = [`link-refused/${A}/${DOC}`]
const beds = new LinkableBeds()

afterEach(async () => {
  await beds.close()
})

/** The feed of `peer` tells what it has of a document. */
function tell(peer: TestPeer, documentId: string, vector: VersionVector, cursor: number): void {
  const { handle } = peer.of("watch")[0]!
  peer.send({ type: "feed", handle, log: A, cursor, caughtUp: true, changes: [{ documentId, hash: vectorHash(vector) }] })
}

const opensOf = (peer: TestPeer, documentId = DOC): number => peer.of("open").filter(({ document }) => document === documentId).length
const records = (bed: TestBed): Promise<string[]> => bed.log.recordKeys("link-refused/")

/** A relay with a document so full that it refused what its peer has of it. */
async function refused(): Promise<{ bed: TestBed; peer: TestPeer; log: ForeignLog; clear: () => Promise<void> }> {
  const bed = await beds.open({ limits: FULL })
  const device = await bed.device()
  await device.open(DOC)
  const writer = new Writer(1)
  device.append(writer.type("x".repeat(40_000)))
  await settle()
  device.send({ type: "close", handle: 1, code: 1000, reason: "" })
  const peer = await TestPeer.link(bed, A)
  const log = new ForeignLog(A)
  const entry = log.entry(new Writer(2).type("y".repeat(40_000)))
  tell(peer, DOC, log.vector, 1)
  await settle()
  peer.opened(DOC, log.vector)
  peer.show(DOC, entry)
  await settle()
  expect(bed.eventsOf("link-refused").map(({ code }) => code)).toEqual(["row-too-large"])
  const clear = async (): Promise<void> => {
    await device.open(DOC, 2, new Map([[bed.relay.log, 1]]))
    device.append(
      writer.edit((doc) => doc.getText("t").delete(0, 39_000)),
      { handle: 2 },
    )
    for (let index = 0; index < 10; index++) device.append(writer.type(`${index}`), { handle: 2 })
    await settle(40)
  }
  return { bed, peer, log, clear }
}

test("[RL144] what there is no room for is not asked for again while nothing has changed, and does not keep the place in the feed", async () => {
  const { bed, peer, log } = await refused()
  // More is written there, and it opens other documents: none of that makes room.
  log.entry(new Writer(3).type("more"))
  tell(peer, DOC, log.vector, 2)
  await bed.clock.advance(3_600_000)
  expect(opensOf(peer)).toBe(1)
  expect(bed.relay.links()[0]).toMatchObject({ documentsBehind: 1, level: false })
  expect(await records(bed)).toEqual(RECORDS)
  expect(await bed.log.recordKeys("link-feed/")).toEqual([`link-feed/${A}/`])
  peer.break()
  await settle()
  bed.relay.forget(A)
  await settle(40)
  expect(await records(bed)).toEqual([])
})

test("[RL144] what there is no room for is asked for again when something of it was erased elsewhere", async () => {
  const { bed, peer, log } = await refused()
  await bed.clock.advance(10_000)
  peer.send({ type: "erasedBy", document: DOC, relay: B, name: "b", vector: new Map([[B, 1]]) })
  await settle(40)
  expect(opensOf(peer)).toBe(2)
  peer.opened(DOC, log.vector)
  peer.show(DOC, new ForeignLog(A).entry(new Writer(2).type("short")))
  await settle()
  expect(bed.relay.links()[0]).toMatchObject({ documentsBehind: 0, level: true })
  expect(await records(bed)).toEqual([])
})

test("[RL144] what there is no room for is asked for again when the document has become smaller here", async () => {
  const { bed, peer, clear } = await refused()
  await bed.clock.advance(600_000)
  expect(opensOf(peer)).toBe(1)
  await clear()
  await bed.clock.advance(200_000)
  const head = await bed.log.head(DOC)
  expect(head.snapshotBytes + head.itemBytes).toBeLessThan(40_000)
  expect(opensOf(peer)).toBe(2)
})

test("[RL144] what there was no room for is level without being asked for when the other relay has no more than this one", async () => {
  const { bed, peer } = await refused()
  tell(peer, DOC, (await bed.log.head(DOC)).vector, 2)
  await bed.clock.advance(200_000)
  expect(opensOf(peer)).toBe(1)
  expect(bed.relay.links()[0]).toMatchObject({ documentsBehind: 0, level: true })
  expect(await records(bed)).toEqual([])
})

/** Ends the reading that stands: an entry that does not follow what is here. */
async function refuse(peer: TestPeer): Promise<void> {
  peer.opened(DOC, new Map([[A, 2]]))
  const log = new ForeignLog(A)
  log.entry(new Uint8Array())
  peer.show(DOC, log.entry(new Writer(2).type("b")))
  await settle()
}

test("[RL144] what is refused for the time being is asked for again after waits that double, up to a limit, and anew after what brought something", async () => {
  const bed = await beds.open({ limits: { linkRetryMs: 1_000, linkMaxRetryMs: 10_000 } })
  const peer = await TestPeer.link(bed, A)
  tell(peer, DOC, new Map([[A, 2]]), 1)
  await settle()
  for (const [index, wait] of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000].entries()) {
    await refuse(peer)
    // A change there ends no wait.
    tell(peer, DOC, new Map([[A, 3 + index]]), 2 + index)
    await bed.clock.advance(wait - 1)
    expect(opensOf(peer)).toBe(index + 1)
    expect(bed.relay.links()[0]).toMatchObject({ documentsBehind: 1 })
    await bed.clock.advance(1)
    expect(opensOf(peer)).toBe(index + 2)
  }
  const log = new ForeignLog(A)
  peer.opened(DOC, new Map([[A, 3]]))
  const writer = new Writer(2)
  peer.show(DOC, log.entry(writer.type("a")))
  await settle()
  log.entry(new Uint8Array())
  peer.show(DOC, log.entry(writer.type("c")))
  await settle()
  expect(opensOf(peer)).toBe(7)
  await bed.clock.advance(1_000)
  expect(opensOf(peer)).toBe(8)
})

test("[RL144] the next link asks for what the last one could not take, though the place in the feed is past it", async () => {
  const bed = await beds.open({ limits: { linkRetryMs: 1_000, linkMaxRetryMs: 10_000 } })
  const first = await TestPeer.link(bed, A)
  tell(first, DOC, new Map([[A, 2]]), 1)
  await settle()
  for (const wait of [1_000, 2_000, 4_000]) {
    expect(await bed.log.recordKeys("link-feed/")).toEqual([])
    await refuse(first)
    await bed.clock.advance(wait)
  }
  // Of what is not taken at the third attempt there is a record; other documents go on.
  expect(await records(bed)).toEqual(RECORDS)
  const log = new ForeignLog(B)
  tell(first, OTHER, log.vector, 2)
  await settle()
  await bed.clock.advance(3_000)
  expect(await bed.log.recordKeys("link-feed/")).toEqual([`link-feed/${A}/`])
  first.break()
  await settle()
  const second = await TestPeer.link(bed, A)
  expect(second.of("watch")[0]).toMatchObject({ log: A, cursor: 2 })
  await bed.clock.advance(10_000)
  const whole = new ForeignLog(A)
  const writer = new Writer(2)
  const entries = ["a", "b"].map((text) => whole.entry(writer.type(text)))
  second.opened(DOC, whole.vector)
  second.show(DOC, ...entries)
  await settle()
  expect((await bed.log.head(DOC)).vector).toEqual(whole.vector)
  expect(await records(bed)).toEqual([])
  // Of what its feed has nothing new to tell.
  tell(second, OTHER, log.vector, 2)
  await settle()
  expect(bed.relay.links()[0]).toMatchObject({ documentsBehind: 0, level: true })
})

test("[RL144] a thousand refused documents are kept on the disk; those beyond keep the place in the feed, until there is room", async () => {
  const written: string[] = []
  const committer = { write: async ({ key, value }: { key: string; value: unknown }) => void (value !== null && written.push(key)) }
  const limits = { linkRetryMs: 1, linkMaxRetryMs: 1 }
  const core = { committer, limits, clock: new ManualClock(), events: () => undefined } as unknown as RelayCore
  const again = (): void => undefined
  const ended = new EndedPulls(core, { relay: A, again, movedOn: again, headOf: () => Promise.reject(new Error("not read")) })
  for (let index = 0; index < 1_001; index++) {
    ended.add(`home/${index}`, { used: false, hash: undefined }, "when-smaller")
    await Promise.resolve()
  }
  await settle()
  expect([ended.waiting, ended.kept, written.length]).toEqual([1_001, 1_000, 1_000])
  ended.level("home/0")
  ended.add("home/1000", { used: false, hash: undefined }, "when-smaller")
  await settle()
  expect([ended.waiting, ended.kept, written.at(-1)]).toEqual([1_000, 1_000, `link-refused/${A}/home/1000`])
})
