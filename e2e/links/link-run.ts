import process from "node:process"
import { setTimeout as delay } from "node:timers/promises"
import { type DocumentId, type VersionVector, vectorDifference } from "@polylogue/protocol"
import { Random } from "../simulation/random.ts"
import { begin, type Fault, FAULT_KINDS, type FaultKind } from "./fault-schedule.ts"
import type { Episode, RunReport } from "./link-report.ts"
import { Crew } from "./crew.ts"
import { LinkedRelays, type Topology } from "./linked-relays.ts"
import { Words, WritingDevice } from "./writing-device.ts"

/*
 * Devices at every relay write all the time, before, during and after one fault after the other that happens to the relays and the links between them. After each
 * heal everybody has to come to all that was written before it, and to say so at every level; only after the last one the writing ends, and all have to be equal.
 */

const DOCUMENTS: readonly DocumentId[] = ["links/a", "links/b", "links/c"]
const DEVICES_AT_EACH = 2
/** Words that every device writes during a fault, at least. */
const WORDS_PER_FAULT = 8
/** Milliseconds between two looks, and after which what is waited for does not come any more. */
const LOOK_MS = 20
const MAX_WAIT_MS = 120_000
/** Heartbeats for which an idle link is listened to, and bytes of a heartbeat: a ping and a pong from each end, in WebSocket frames of which half are masked. */
const IDLE_BEATS = 4
const IDLE_BYTES_PER_BEAT = 80
/** Who is gone is known to be, and dialled again, within the time of a test; or as an operator's relays have it. */
const QUICK_LIMITS = { heartbeatMs: 400, linkMinBackoffMs: 50, linkMaxBackoffMs: 500 }
const USUAL_LIMITS = { heartbeatMs: 10_000 }

/** How much is done. */
export interface RunSize {
  /** What happens, in an order that the seed decides, once a round. */
  readonly kinds: readonly FaultKind[]
  readonly rounds: number
  /** Milliseconds that a fault lasts at least, and those that last longer. */
  readonly faultMs: number
  readonly lastsMs: Partial<Readonly<Record<FaultKind, number>>>
  /** Of the relays. */
  readonly limits: { readonly heartbeatMs: number }
  /** Decides what happens to whom. */
  readonly seed: string
}

/**
 * The size of a run: POLYLOGUE_LINK_ROUNDS rounds of faults of some seconds with relays as operators have them, cuts that last until links are given up,
 * a relay frozen for POLYLOGUE_FROZEN_MS (30 000), all by POLYLOGUE_LINK_SEED (1); else what the suite affords, which is
 * one round of short ones.
 */
export function runSize(): RunSize {
  const { POLYLOGUE_LINK_ROUNDS: wanted, POLYLOGUE_LINK_SEED: seed = "1", POLYLOGUE_FROZEN_MS: frozenMs = "30000" } = process.env
  if (wanted === undefined)
    return {
      kinds: FAULT_KINDS,
      rounds: 1,
      faultMs: 0,
      lastsMs: { split: 1_500, "one-way": 1_500, frozen: 1_500 },
      limits: QUICK_LIMITS,
      seed,
    }
  const rounds = Number(wanted)
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError("POLYLOGUE_LINK_ROUNDS is a whole number from 1")
  const lastsMs = { split: 40_000, "one-way": 40_000, frozen: Number(frozenMs) }
  return { kinds: FAULT_KINDS, rounds, faultMs: 4_000, lastsMs, limits: USUAL_LIMITS, seed }
}

/** One run over `topology`; its seed decides what happens to whom, not what the machine makes of it. */
export async function runLinks(topology: Topology, size: RunSize): Promise<RunReport> {
  const { seed, limits } = size
  const random = new Random(`${topology.name}/${seed}`)
  const fleet = await LinkedRelays.start(topology, { seed, documents: DOCUMENTS, limits })
  let crew: Crew | undefined
  try {
    crew = await Crew.join(fleet.relays, { documents: DOCUMENTS, atEach: DEVICES_AT_EACH, random: random.fork("crew") })
    const episodes: Episode[] = []
    for (let round = 0; round < size.rounds; round++)
      for (const kind of random.shuffle(size.kinds)) episodes.push(await episode(kind, fleet, crew, { random, size }))
    await Promise.all(crew.devices.map((device) => device.stop()))
    await eventually("coming to the same", () => unconverged(fleet, crew!.devices))
    const judged = await judge(fleet, crew)
    return { topology: topology.name, seed, episodes, ...judged, idleBytes: await idleTraffic(fleet, limits.heartbeatMs) }
  } finally {
    await crew?.close()
    await fleet.close()
  }
}

async function episode(
  kind: FaultKind,
  fleet: LinkedRelays,
  crew: Crew,
  { random, size }: { readonly random: Random; readonly size: RunSize },
): Promise<Episode> {
  await eventually("writing before any fault", () =>
    crew.devices.flatMap(({ name, replicated }) => (replicated > 0 ? [] : [`nothing of ${name} is on more than one relay`])),
  )
  const from = performance.now()
  const ackedBy = new Map(crew.devices.map((device) => [device, device.ackedBy]))
  const fault = await begin(kind, fleet, random)
  if (fault.wiped !== undefined) await crew.lose(fault.wiped)
  const goals = crew.devices.map((device) => ({ device, count: device.count + WORDS_PER_FAULT }))
  await delay(size.lastsMs[kind] ?? size.faultMs)
  await eventually(`writing: ${fault.story}`, () =>
    goals.flatMap(({ device, count }) => (device.count >= count ? [] : [`${device.name} wrote ${device.count} words of ${count}`])),
  )
  if (fault.away !== undefined) {
    const url = crew.urlOf(fault.away)
    const fleeing = crew.devices.filter((device) => ackedBy.get(device) === url)
    await eventually(`going on elsewhere: ${fault.story}`, () =>
      fleeing.flatMap((device) => (device.ackedBy === url ? [`nothing of ${device.name} is acknowledged elsewhere`] : [])),
    )
  }
  const faultMs = performance.now() - from
  return { kind, story: fault.story, faultMs, ...(await recovery(fault, fleet, crew)) }
}

async function recovery(
  fault: Fault,
  fleet: LinkedRelays,
  crew: Crew,
): Promise<Pick<Episode, "convergedMs" | "settledMs" | "missingBytes" | "sentBytes">> {
  const before = fleet.probes.map((probe) => new Map(DOCUMENTS.map((documentId) => [documentId, probe.vector(documentId)])))
  const known = fleet.known()
  const sentBefore = fleet.bytes
  let pending = crew.words.takeFresh()
  const from = performance.now()
  await fault.heal()
  if (fault.wiped !== undefined) await crew.replace(fault.wiped)
  await eventually(`converging: ${fault.story}`, () => fleet.lacking(known))
  const convergedMs = performance.now() - from
  await eventually(`settling: ${fault.story}`, () => {
    pending = pending.filter((word) => !crew.words.replicated.has(word) || !crew.devices.every((device) => device.shows(word)))
    return pending.map((word) => describeWord(word, crew))
  })
  return {
    convergedMs,
    settledMs: performance.now() - from,
    missingBytes: fault.separates ? fleet.probes.reduce((sum, _, index) => sum + lackedBytes(fleet, index, before[index]!), 0) : 0,
    sentBytes: fleet.bytes - sentBefore,
  }
}

function describeWord(word: string, { words, devices }: Crew): string {
  const lacking = devices.filter((device) => !device.shows(word)).map(({ name }) => name)
  const level = words.replicated.has(word) ? "replicated" : words.stored.has(word) ? "stored" : "on its device"
  return `${word} is ${level}, and not shown at ${lacking.join(", ") || "nobody"}`
}

/** Bytes of updates that a relay has and had not, what was written meanwhile included, but for those that devices of its own brought since. */
function lackedBytes({ probes, sizes }: LinkedRelays, index: number, before: ReadonlyMap<DocumentId, VersionVector>): number {
  const probe = probes[index]!
  let bytes = 0
  for (const documentId of DOCUMENTS)
    for (const { log, from, to } of vectorDifference(probe.vector(documentId), before.get(documentId)!))
      // What it stamped itself it did not get over a link.
      for (let seq = from; log !== probe.log && seq <= to; seq++) bytes += sizes.get(documentId)?.get(`${log}:${seq}`) ?? 0
  return bytes
}

/** Who differs from whom, and what is still under way. */
async function unconverged(fleet: LinkedRelays, devices: readonly WritingDevice[]): Promise<string[]> {
  const different = fleet.differences()
  if (different.length > 0) return different
  const unsettled = await Promise.all(devices.map((device) => device.unsettled((documentId) => fleet.probes[0]!.vector(documentId))))
  return [...unsettled.flat(), ...fleet.differences()]
}

/** Waits until nothing is `left`. @throws Error with what is, when that takes longer than it may. */
async function eventually(what: string, left: () => string[] | Promise<string[]>): Promise<void> {
  const until = performance.now() + MAX_WAIT_MS
  for (let still = await left(); still.length > 0; still = await left()) {
    if (performance.now() > until) throw new Error([`${what} takes more than ${MAX_WAIT_MS / 1000} s:`, ...still].join("\n"))
    await delay(LOOK_MS)
  }
}

/** After the last heal: who differs, and what is not everywhere. */
async function judge(
  fleet: LinkedRelays,
  { words, devices, violations, moves }: Crew,
): Promise<Omit<RunReport, "topology" | "seed" | "episodes" | "idleBytes">> {
  const fresh = await Promise.all(fleet.relays.map((relay, index) => freshDevice(fleet, relay.port, index)))
  const everybody = [...devices, ...fresh]
  const different: string[] = []
  for (const documentId of DOCUMENTS) {
    const reference = Buffer.from(everybody[0]!.bytes(documentId))
    for (const device of everybody)
      if (!reference.equals(device.bytes(documentId))) different.push(`${device.name} and ${everybody[0]!.name} differ in ${documentId}`)
  }
  const shown = everybody.map((device) => device.shown())
  const gone = (each: ReadonlySet<string>): string[] => [...each].filter((word) => !shown.every((theirs) => theirs.has(word)))
  await Promise.all(fresh.map((device) => device.close()))
  return {
    written: words.written.size,
    acknowledged: words.stored.size,
    replicated: words.replicated.size,
    lost: gone(words.stored),
    missing: gone(words.written),
    survivors: words.survivors.size,
    atRisk: words.atRisk.size,
    atRiskGone: gone(words.atRisk).length,
    moves,
    violations: [...violations, ...different],
  }
}

/**
 * Bytes of a link in a heartbeat, in both directions, once there are few enough.
 * @throws Error when relays go on talking
 */
async function idleTraffic({ links, relays }: LinkedRelays, heartbeatMs: number): Promise<number> {
  let bytes = 0
  await eventually("coming to rest", async () => {
    const before = links.map(({ proxy }) => proxy.bytes)
    await delay(IDLE_BEATS * heartbeatMs)
    const each = links.map(({ proxy }, index) => (proxy.bytes - before[index]!) / IDLE_BEATS)
    bytes = Math.max(...each)
    return bytes <= IDLE_BYTES_PER_BEAT ? [] : [`of ${relays.length} relays some exchange ${bytes} bytes a heartbeat`]
  })
  return bytes
}

/** A device without a past that has all that a relay has. */
async function freshDevice(fleet: LinkedRelays, port: number, index: number): Promise<WritingDevice> {
  const relays = [`ws://127.0.0.1:${port}/sync`]
  const device = await WritingDevice.open(`fresh${index}`, {
    relays,
    documents: DOCUMENTS,
    random: new Random("fresh"),
    words: new Words(),
  })
  await eventually(`${device.name} loading`, () => device.unsettled((documentId) => fleet.probes[index]!.vector(documentId)))
  return device
}
