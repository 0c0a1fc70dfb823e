import { expect, test } from "vitest"
import type { DocumentHead } from "@polylogue/storage"
import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { decodeMessage, type VersionVector } from "@polylogue/protocol"
import { Audits } from "../src/audits.ts"
import { RelayError } from "../src/errors.ts"
import { LinkAudits } from "../src/links/link-audits.ts"
import type { Pull } from "../src/links/pull.ts"
import type { RelayCore } from "../src/relay-core.ts"
import type { Room } from "../src/room.ts"
import { RelayNetwork } from "./linked-relays.ts"
import { ManualClock, settle } from "./test-relay.ts"
import { Writer } from "./writer.ts"

const CALM = { heartbeatMs: 1e9, roomIdleMs: 1e9, linkIdleMs: 1e8, linkAuditMs: 1_000 }

/** A disk that holds `words` under one stamp, of a client of its own choice. */
async function diskWith(words: string): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  const log = new MemoryEntryLog({ disk })
  await log.open()
  const stamp = { log: "00000000000000aa", seq: 1 }
  const entry = { stamp, receivedAt: 1, principal: "ana", row: "00000000000000bb", handOver: false, update: new Writer(1).type(words) }
  await log.commit([{ type: "append", documentId: "home/a", items: [{ kind: "entry", entry }] }])
  await log.close()
  return disk
}

/** Two linked relays on whose disks the same entry is `here` and `there`, and a device that has the document open at the one that dials. */
async function linked(here: string, there: string) {
  const network = new RelayNetwork()
  const upper = await network.open("upper", [], { disk: await diskWith(there), limits: CALM })
  const lower = await network.open("lower", ["upper"], { disk: await diskWith(here), limits: CALM })
  const device = await lower.device()
  await device.open("home/a")
  await network.settle()
  const audits = (): number =>
    network
      .wire("lower", "upper")
      .sent.flatMap(decodeMessage)
      .filter(({ type }) => type === "audit").length
  const pass = async (ms: number): Promise<void> => {
    await network.clock.advance(ms)
    await network.settle()
  }
  return { network, upper, lower, device, audits, pass }
}

test("[RL52, I9] linked relays that have the same of a document compare it once, and again only when it has changed", async () => {
  const { network, upper, lower, device, audits, pass } = await linked("hello", "hello")
  await pass(999)
  expect(audits()).toBe(0)
  await pass(1)
  expect(audits()).toBe(2)
  expect([lower.relay.stats(), upper.relay.stats()]).toMatchObject([
    { auditsEqual: 1, auditMismatches: 0 },
    { auditsEqual: 1, auditMismatches: 0 },
  ])
  await pass(100_000)
  expect(audits()).toBe(2)
  device.append(new Writer(2).type("more"))
  await network.settle()
  await pass(10_000)
  expect(audits()).toBeGreaterThan(2)
  expect([...lower.eventsOf("audit-mismatch"), ...upper.eventsOf("audit-mismatch")]).toEqual([])
  await network.close()
})

test("[RL52, I9] what differs between two relays at equal vectors is counted and told at both ends, with whom", async () => {
  const { network, upper, lower, pass } = await linked("hello", "jello")
  await pass(1_000)
  expect([lower.relay.stats().auditMismatches, upper.relay.stats().auditMismatches]).toEqual([1, 1])
  const [there, here] = [lower.relay.links()[0]!.relay, upper.relay.links()[0]!.relay]
  expect(lower.eventsOf("audit-mismatch")).toEqual([{ type: "audit-mismatch", documentId: "home/a", relay: there }])
  expect(upper.eventsOf("audit-mismatch")).toEqual([{ type: "audit-mismatch", documentId: "home/a", relay: here }])
  await network.close()
})

test("[RL53, I5] a document is compared up to 4 MiB, and one byte beyond it is not", async () => {
  const clock = new ManualClock()
  const vector: VersionVector = new Map([["00000000000000aa", 1]])
  const digest = new Uint8Array(32)
  const core = { clock, limits: { linkAuditMs: 1_000 }, audits: { digest: async () => ({ vector, digest }), leave: () => undefined } }
  const audits = new LinkAudits(core as unknown as RelayCore)
  const compared: string[] = []
  const pullOf = (documentId: string, itemBytes: number): Pull => {
    const head = { head: 1, vector, itemBytes, snapshotBytes: 1_000 } as DocumentHead
    return { documentId, settled: true, room: { head }, audit: () => compared.push(documentId) } as unknown as Pull
  }
  audits.settled(pullOf("home/too-large", 4 * 1024 * 1024 - 999))
  audits.settled(pullOf("home/large", 4 * 1024 * 1024 - 1_000))
  await clock.advance(5_000)
  await settle()
  expect(compared).toEqual(["home/large"])
  audits.leave()
})

test("[RL53, I7] a room that everybody has left while its comparison waited is not looked at, and is no failure", async () => {
  const events: string[] = []
  let loaded = 0
  const unsound = async (): Promise<never> => {
    loaded++
    throw new RelayError("unsound", "compacted beyond what this room knows")
  }
  const core = {
    clock: new ManualClock(),
    limits: { maxAudits: 4 },
    compactions: { load: unsound },
    events: ({ type }: { type: string }) => events.push(type),
  }
  const audits = new Audits(() => core as unknown as RelayCore)
  const roomOf = (readers: number): Room => ({ head: { head: 1 }, readers: { size: readers } }) as unknown as Room
  expect(await audits.digest(roomOf(0), core)).toBeUndefined()
  expect([loaded, events]).toEqual([0, []])
  await settle()
  expect(await audits.digest(roomOf(1), core)).toBeUndefined()
  expect([loaded, events]).toEqual([1, ["failed"]])
  audits.close()
})

test("[RL53] the pause after a comparison is three times its work, and ten seconds at the most", async () => {
  for (const [workMs, pauseMs] of [
    [3_333, 9_999],
    [3_334, 10_000],
    [60_000, 10_000],
  ] as const) {
    const clock = new ManualClock()
    let head = 0
    const load = async (): Promise<object> => {
      await clock.advance(workMs)
      return { document: {}, vector: new Map(), through: head }
    }
    const compactor = { run: async () => ({ digest: new Uint8Array(32) }) }
    const core = { clock, limits: { maxAudits: 4 }, compactions: { load }, compactor, events: () => undefined }
    const audits = new Audits(() => core as unknown as RelayCore)
    const room = (): Room => ({ head: { head: ++head }, readers: { size: 1 } }) as unknown as Room
    let done = 0
    for (let times = 0; times < 2; times++) void audits.digest(room(), core).then(() => done++)
    await settle()
    await clock.advance(pauseMs - 1)
    await settle()
    expect(done).toBe(1)
    await clock.advance(1)
    await settle()
    expect(done).toBe(2)
    audits.close()
  }
})

test("[RL172] a link does not end for one comparison more than may wait, and a device does", async () => {
  const clock = new ManualClock()
  const held = new Promise<never>(() => undefined)
  const core = { clock, limits: { maxAudits: 3 }, compactions: { load: () => held }, events: () => undefined } as unknown as RelayCore
  const audits = new Audits(() => core)
  const vector: VersionVector = new Map([["00000000000000aa", 1]])
  let answered = 0
  const ask = (session: object, relay?: string): void => {
    const room = { head: { head: 1, vector }, readers: new Set([session]) } as unknown as Room
    audits.submit({ room, vector, digest: new Uint8Array(32), session, relay, answer: () => answered++ })
  }
  const [link, device] = [{}, {}]
  // The first is under way and waits no more.
  for (let index = 0; index < 100; index++) ask(link, "00000000000000bb")
  for (let index = 0; index < 3; index++) ask(device)
  expect(() => ask(device)).toThrow(new RelayError("rate-limited", "more audits wait than may"))
  expect(answered).toBe(0)
})
