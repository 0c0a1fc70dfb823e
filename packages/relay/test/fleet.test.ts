import { decodeMessage, encodeFrames, type Frame, MAX_RELAYS, type RelayId } from "@polylogue/protocol"
import { expect, test } from "vitest"
import { Fleet, type FleetQueue } from "../src/fleet/fleet.ts"
import { decodeReport, encodeReport, type FleetReport, MAX_REPORTED_LINKS, type ReportedLink } from "../src/fleet/fleet-report.ts"
import type { Link, LinkPart } from "../src/links/link-service.ts"
import { ManualClock, settle } from "./test-relay.ts"

/** This service reads nothing. */
const NO_HANDLES = { outlet: undefined as never, openHandle: () => 1, closeHandle: () => undefined }

const idOf = (index: number): RelayId => index.toString(16).padStart(16, "0")

/** A way out that takes everything at once. */
const queue = (link: Link): FleetQueue => ({ length: 0, push: (frame) => link.send(frame), leave: () => undefined })

const REPORT: FleetReport = {
  program: "polylogue 0.1.0",
  log: idOf(1000),
  startedAt: 1,
  onDemand: false,
  links: [],
  authorities: [],
  erasuresPending: 0,
  documents: [],
}

const link = (relay: RelayId, changes: Partial<ReportedLink> = {}): ReportedLink => ({
  relay,
  name: "",
  state: "up",
  code: "",
  since: 1,
  behind: undefined,
  clock: undefined,
  ...changes,
})

/** Fleets on one clock, linked as a test says; frames are counted as they cross. */
class Net {
  readonly clock = new ManualClock()
  readonly fleets = new Map<RelayId, Fleet>()
  readonly reports = new Map<RelayId, FleetReport>()
  readonly crossed: Frame[] = []
  readonly #parts = new Map<string, LinkPart>()

  add(index: number, changes: Partial<FleetReport> = {}): Fleet {
    const relay = idOf(index)
    this.reports.set(relay, { ...REPORT, log: idOf(1000 + index), ...changes })
    const fleet = new Fleet({
      own: { id: relay, name: `relay ${index}` },
      clock: this.clock,
      queue,
      admits: () => true,
      report: () => this.reports.get(relay)!,
      heard: () => undefined,
    })
    this.fleets.set(relay, fleet)
    return fleet
  }

  link(left: number, right: number): void {
    for (const [from, to] of [
      [left, right],
      [right, left],
    ] as const) {
      const peer = { relay: idOf(to), name: `relay ${to}`, onDemand: false, url: undefined, log: idOf(1000 + to) }
      const send = (frame: Frame): void => {
        this.crossed.push(frame)
        for (const read of decodeMessage(encodeFrames(frame))) void this.#parts.get(`${to} ${from}`)?.receive(read)
      }
      this.#parts.set(`${from} ${to}`, this.fleets.get(idOf(from))!.linked({ peer, send, ...NO_HANDLES }))
    }
  }

  cut(left: number, right: number): void {
    for (const key of [`${left} ${right}`, `${right} ${left}`]) {
      this.#parts.get(key)?.left()
      this.#parts.delete(key)
    }
  }

  async pass(ms: number): Promise<void> {
    await settle()
    await this.clock.advance(ms)
  }

  names(index: number): string[] {
    return this.fleets.get(idOf(index))!.relays.map(({ name }) => name)
  }
}

test("[RL125] what a relay reports reaches all others over a ring, and then nothing is sent any more", async () => {
  const net = new Net()
  for (const index of [1, 2, 3, 4, 5]) net.add(index)
  for (const index of [1, 2, 3, 4, 5]) net.link(index, (index % 5) + 1)
  await net.pass(60_000)
  for (const index of [1, 2, 3, 4, 5])
    expect(net.names(index)).toEqual([1, 2, 3, 4, 5].filter((other) => other !== index).map((other) => `relay ${other}`))
  net.crossed.length = 0
  await net.pass(3_600_000)
  expect(net.crossed).toEqual([])
})

test("[RL125] a report goes once around a circle that its relay does not stand in", async () => {
  const net = new Net()
  for (const index of [1, 2, 3, 4]) net.add(index)
  for (const [left, right] of [
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 2],
  ] as const)
    net.link(left, right)
  await net.pass(60_000)
  net.crossed.length = 0
  await net.pass(600_000)
  expect(net.crossed).toEqual([])
})

test("[RL125] asked again whether something changed, a relay that has nothing new to say says nothing", async () => {
  const net = new Net()
  const fleet = net.add(1)
  net.add(2)
  net.link(1, 2)
  await net.pass(60_000)
  net.crossed.length = 0
  fleet.newsChanged()
  fleet.measuresChanged()
  await net.pass(60_000)
  expect(net.crossed).toHaveLength(0)
  // A link is news; how well its clock is known is not.
  net.reports.set(idOf(1), { ...net.reports.get(idOf(1))!, links: [link(idOf(2), { clock: { offsetMs: 3, errorMs: 1 } })] })
  fleet.newsChanged()
  await net.pass(60_000)
  expect(net.crossed).toHaveLength(1)
  net.reports.set(idOf(1), { ...net.reports.get(idOf(1))!, links: [link(idOf(2), { clock: { offsetMs: 4, errorMs: 1 } })] })
  fleet.newsChanged()
  await net.pass(60_000)
  expect(net.crossed).toHaveLength(1)
})

test("[RL126] news leave at most every two seconds, measures at most every five", async () => {
  const net = new Net()
  const fleet = net.add(1)
  net.add(2)
  net.link(1, 2)
  await net.pass(60_000)
  net.crossed.length = 0
  for (let step = 0; step < 100; step++) {
    net.reports.set(idOf(1), { ...REPORT, erasuresPending: step })
    fleet.newsChanged()
    await net.pass(100)
  }
  expect(net.crossed.length).toBeGreaterThan(3)
  expect(net.crossed.length).toBeLessThanOrEqual(6)
  await net.pass(60_000)
  net.crossed.length = 0
  for (let step = 0; step < 100; step++) {
    net.reports.set(idOf(1), { ...REPORT, erasuresPending: 99, documents: [{ key: idOf(7), vector: new Map([[idOf(1001), step + 1]]) }] })
    fleet.measuresChanged()
    await net.pass(100)
  }
  expect(net.crossed.length).toBeGreaterThan(1)
  expect(net.crossed.length).toBeLessThanOrEqual(3)
  await net.pass(60_000)
  expect(net.fleets.get(idOf(2))!.relays[0]!.report?.documents).toEqual([{ key: idOf(7), vector: new Map([[idOf(1001), 100]]) }])
})

test("[RL127] a relay that is heard no more stays, with when it was heard last", async () => {
  const net = new Net()
  for (const index of [1, 2, 3]) net.add(index)
  net.link(1, 2)
  net.link(2, 3)
  await net.pass(60_000)
  net.cut(2, 3)
  const heardAt = net.fleets.get(idOf(1))!.relays[1]!.heardAt
  await net.pass(86_400_000)
  expect(net.names(1)).toEqual(["relay 2", "relay 3"])
  expect(net.fleets.get(idOf(1))!.relays[1]!.heardAt).toBe(heardAt)
  net.fleets.get(idOf(1))!.forget(idOf(3))
  expect(net.names(1)).toEqual(["relay 2"])
})

test("[RL127] a relay whose clock was put back is believed after its links stand anew", async () => {
  const net = new Net()
  for (const index of [1, 2, 3]) net.add(index)
  net.link(1, 2)
  net.link(2, 3)
  await net.pass(3_600_000)
  net.reports.set(idOf(1), { ...REPORT, erasuresPending: 1 })
  net.fleets.get(idOf(1))!.newsChanged()
  await net.pass(60_000)
  // Another start, an hour and more earlier by its clock.
  net.cut(1, 2)
  const clock = new ManualClock()
  const restarted = new Fleet({
    own: { id: idOf(1), name: "relay 1" },
    clock: { now: () => clock.now(), monotonic: () => net.clock.monotonic(), setTimer: (action, ms) => net.clock.setTimer(action, ms) },
    queue,
    admits: () => true,
    report: () => ({ ...REPORT, erasuresPending: 2 }),
    heard: () => undefined,
  })
  net.fleets.set(idOf(1), restarted)
  net.link(1, 2)
  await net.pass(60_000)
  expect(net.fleets.get(idOf(3))!.relays[0]!.report?.erasuresPending).toBe(2)
  net.crossed.length = 0
  await net.pass(60_000)
  expect(net.crossed).toEqual([])
})

test("[RL127] two copies of one folder do not outbid each other for ever", async () => {
  const net = new Net()
  for (const index of [1, 2, 3]) net.add(index)
  net.link(1, 2)
  await net.pass(60_000)
  const twin = new Fleet({
    own: { id: idOf(1), name: "copy" },
    clock: net.clock,
    queue,
    admits: () => true,
    report: () => ({ ...REPORT, log: idOf(9) }),
    heard: () => undefined,
  })
  let frames = 0
  let back: LinkPart | undefined
  const peer = (index: number) => ({ relay: idOf(index), name: "", onDemand: false, url: undefined, log: idOf(index) })
  const there = twin.linked({ peer: peer(2), ...NO_HANDLES, send: (frame) => void (frames++, back?.receive(frame)) })
  back = net.fleets.get(idOf(2))!.linked({ peer: peer(1), ...NO_HANDLES, send: (frame) => void (frames++, there.receive(frame)) })
  await net.pass(600_000)
  const before = frames
  await net.pass(600_000)
  expect(frames).toBe(before)
})

test("[RL128] of as many relays as may be one more takes the place of the one heard least lately", async () => {
  const net = new Net()
  const fleet = net.add(1)
  const part = fleet.linked({
    peer: { relay: idOf(2), name: "", onDemand: false, url: undefined, log: idOf(2) },
    send: () => undefined,
    ...NO_HANDLES,
  })
  const hear = (index: number): void =>
    void part.receive({ type: "fleet", relays: [{ relay: idOf(index), name: `relay ${index}`, at: 1, report: encodeReport(REPORT) }] })
  for (let index = 2; index <= MAX_RELAYS; index++) {
    hear(index)
    await net.clock.advance(1)
  }
  expect(fleet.relays).toHaveLength(MAX_RELAYS - 1)
  hear(MAX_RELAYS + 1)
  expect(fleet.relays).toHaveLength(MAX_RELAYS - 1)
  expect(fleet.relays[0]!.name).toBe("relay 3")
})

test("[RL126] a link that takes nothing holds one batch, and then gets the latest", async () => {
  const clock = new ManualClock()
  const waiting: Frame[] = []
  let pending = 0
  const fleet = new Fleet({
    own: { id: idOf(1), name: "relay 1" },
    clock,
    queue: () => ({
      get length() {
        return waiting.length
      },
      push: (frame) => waiting.push(frame),
      leave: () => undefined,
    }),
    admits: () => true,
    report: () => ({ ...REPORT, erasuresPending: pending }),
    heard: () => undefined,
  })
  fleet.linked({ peer: { relay: idOf(2), name: "", onDemand: false, url: undefined, log: idOf(2) }, send: () => undefined, ...NO_HANDLES })
  for (pending = 1; pending < 50; pending++) {
    fleet.newsChanged()
    await clock.advance(1_000)
  }
  expect(waiting).toHaveLength(1)
  waiting.length = 0
  await clock.advance(10_000)
  expect(waiting).toHaveLength(1)
  const [frame] = waiting
  expect(frame?.type === "fleet" && decodeReport(frame.relays[0]!.report)?.erasuresPending).toBe(49)
})

test("[RL128] a report that is none is kept as such, passed on, and stops nothing", async () => {
  const net = new Net()
  for (const index of [1, 2, 3]) net.add(index)
  net.link(2, 3)
  const { fleets } = net
  const part = fleets.get(idOf(2))!.linked({
    peer: { relay: idOf(1), name: "", onDemand: false, url: undefined, log: idOf(1) },
    send: () => undefined,
    ...NO_HANDLES,
  })
  void part.receive({ type: "fleet", relays: [{ relay: idOf(1), name: "a\u202eb\u0000c", at: 1, report: new Uint8Array([123, 255]) }] })
  await net.pass(60_000)
  expect(fleets.get(idOf(3))!.relays[0]).toMatchObject({ relay: idOf(1), name: "abc", report: undefined })
})

test("[RL128] a report is read whatever is in it, as far as it fits", () => {
  const wrong = {
    links: [{ state: "up", name: 7, since: -1, behind: 3, clock: { offsetMs: "x" } }, { state: "odd" }, 5],
    documents: {},
    log: "?",
  }
  expect(decodeReport(new TextEncoder().encode(JSON.stringify(wrong)))).toEqual({
    ...REPORT,
    program: "",
    log: "",
    startedAt: 0,
    links: [link("", { relay: undefined, since: 0 })],
  })
  for (const none of ["", "null", "[]", "7"]) expect(decodeReport(new TextEncoder().encode(none))).toBeUndefined()
})

test("[RL128] a report of as many links and documents as may be fits, and what is beyond is left out", () => {
  const long = "\u0007".repeat(64)
  const full: FleetReport = {
    ...REPORT,
    links: Array.from({ length: MAX_REPORTED_LINKS + 1 }, (_, index) =>
      link(idOf(index), { name: long, code: "x".repeat(32), since: Number.MAX_SAFE_INTEGER, behind: { documents: 1e15, entries: 1e15 } }),
    ),
    documents: Array.from({ length: 17 }, (_, index) => ({
      key: idOf(index),
      vector: new Map(Array.from({ length: 16 }, (_, log) => [idOf(log), Number.MAX_SAFE_INTEGER])),
    })),
  }
  const bytes = encodeReport(full)
  expect(bytes.length).toBeLessThanOrEqual(64 * 1024)
  const read = decodeReport(bytes)!
  expect([read.links.length, read.documents.length]).toEqual([MAX_REPORTED_LINKS, 16])
  expect(read.documents[0]).toEqual(full.documents[0])
})
