import type { LogId, RelayId } from "@polylogue/protocol"
import { expect, test } from "vitest"
import { encodeReport, type FleetReport } from "../src/fleet/fleet-report.ts"
import type { OwnLink } from "../src/fleet/fleet-status.ts"
import { FleetView } from "../src/fleet/fleet-view.ts"
import { ManualClock, settle } from "./test-relay.ts"

const [ME, NEAR, FAR, GONE] = ["00000000000000aa", "00000000000000bb", "00000000000000cc", "00000000000000dd"]
const idOfLog = (relay: RelayId): LogId => relay.replace("00", "ff")

const ownLink = (relay: RelayId | undefined, changes: Partial<OwnLink> = {}): OwnLink => ({
  relay,
  name: relay === undefined ? "" : `relay ${relay.slice(-2)}`,
  state: "up",
  code: "",
  since: 1,
  behind: { documents: 0, entries: 0 },
  clock: undefined,
  url: "ws://near/sync",
  lacking: { documents: 0, entries: 0 },
  bytesSent: 0,
  bytesReceived: 0,
  reason: "",
  ...changes,
})

const reportOf = (relay: RelayId, links: readonly OwnLink[], changes: Partial<FleetReport> = {}): FleetReport => ({
  program: "polylogue 0.1.0",
  log: idOfLog(relay),
  startedAt: 1,
  onDemand: false,
  links,
  authority: undefined,
  erasuresPending: 0,
  documents: [],
  ...changes,
})

function openView() {
  const clock = new ManualClock()
  const now = { links: [ownLink(NEAR)] as OwnLink[] }
  const view = new FleetView({
    relay: ME,
    name: "here",
    program: "polylogue 0.1.0",
    log: idOfLog(ME),
    onDemand: false,
    clock,
    links: () => now.links,
    logs: () => [[idOfLog(NEAR), NEAR]],
    members: () => [
      [GONE, "gone"],
      [ME, "here"],
    ],
    authority: () => undefined,
    erasuresPending: () => 0,
    unfinishedErasures: () => [],
  })
  const sent: FleetReport[] = []
  const part = view.service.linked({
    peer: { relay: NEAR, name: "near", onDemand: false, url: undefined, log: idOfLog(NEAR) },
    send: () => undefined,
    outlet: undefined as never,
    openHandle: () => 1,
    closeHandle: () => undefined,
  })
  const hear = (relay: RelayId, at: number, report: FleetReport): void =>
    void part.receive({ type: "fleet", relays: [{ relay, name: `relay ${relay.slice(-2)}`, at, report: encodeReport(report) }] })
  return { clock, now, view, sent, hear }
}

test("[RL134] a relay is reached when links that stand lead to it, and is named with its age when none do", () => {
  const { now, view, hear } = openView()
  hear(NEAR, 1, reportOf(NEAR, [ownLink(ME), ownLink(FAR)]))
  hear(FAR, 1, reportOf(FAR, [ownLink(NEAR)], { documents: [{ key: FAR, vector: new Map() }] }))
  const reached = () => view.status().relays.map(({ relay, reached }) => [relay, reached])
  expect(reached()).toEqual([
    [NEAR, true],
    [FAR, true],
    [GONE, false],
  ])
  expect(view.status().relays[1]).toMatchObject({ name: "relay cc", heardAt: expect.any(Number) as number })
  expect(view.status().relays[1]!.report).not.toHaveProperty("documents")
  expect(view.status().relays[2]).toEqual({
    relay: GONE,
    name: "gone",
    reached: false,
    heardAt: undefined,
    report: undefined,
    clock: undefined,
  })
  hear(NEAR, 2, reportOf(NEAR, [ownLink(ME), ownLink(FAR, { state: "down" })]))
  expect(reached()).toEqual([
    [NEAR, true],
    [FAR, false],
    [GONE, false],
  ])
  now.links = [ownLink(NEAR, { state: "down" })]
  expect(reached().map(([, reached]) => reached)).toEqual([false, false, false])
  view.forget(FAR)
  expect(view.status().relays.map(({ relay }) => relay)).toEqual([NEAR, GONE])
})

test("[RL134] a relay says to others nothing of addresses, names of documents, or what the network said", async () => {
  const { clock, now, view } = openView()
  const bytes: Uint8Array[] = []
  now.links = [ownLink(NEAR, { reason: "ECONNREFUSED secret-host" })]
  view.service.linked({
    peer: { relay: FAR, name: "", onDemand: false, url: undefined, log: idOfLog(FAR) },
    send: (frame) => void (frame.type === "fleet" && bytes.push(...frame.relays.map(({ report }) => report))),
    outlet: undefined as never,
    openHandle: () => 1,
    closeHandle: () => undefined,
  })
  view.committed("home/conv/secret", new Map([[idOfLog(ME), 1]]), [])
  await settle()
  await clock.advance(20_000)
  const text = bytes.map((report) => new TextDecoder().decode(report)).join("\n")
  expect(text).toContain(idOfLog(ME))
  for (const secret of ["secret", "ws://", "conv"]) expect(text).not.toContain(secret)
})

test("[RL130] how far all have converged is sampled while that changes, and then rests", async () => {
  const { clock, view } = openView()
  view.committed("home/conv/a", new Map([[idOfLog(ME), 4]]), [])
  view.learned("home/conv/a", new Map([[idOfLog(ME), 4]]), NEAR, new Map([[idOfLog(ME), 1]]))
  await clock.advance(2_000)
  view.learned("home/conv/a", new Map([[idOfLog(ME), 4]]), NEAR, new Map([[idOfLog(ME), 4]]))
  await clock.advance(2_000)
  const { history, behind, share } = view.status().convergence
  expect(history.map(({ share, behind }) => [share, behind])).toEqual([
    [5 / 8, 1],
    [1, 0],
  ])
  expect([share, behind]).toEqual([1, []])
  const timers: number[] = []
  const setTimer = clock.setTimer.bind(clock)
  clock.setTimer = (action, ms) => (timers.push(ms), setTimer(action, ms))
  await clock.advance(600_000)
  expect(timers).toEqual([])
})

test("[RL132] what another relay wrote is measured by its clock as it is known at the time", () => {
  const { clock, now, view } = openView()
  now.links = [ownLink(NEAR, { clock: { offsetMs: 1_000, errorMs: 2 } })]
  view.newsChanged()
  const entry = (log: LogId, receivedAt: number) =>
    ({
      kind: "entry",
      position: 1,
      entry: { stamp: { log, seq: 1 }, receivedAt, principal: "", row: ME, handOver: false, update: new Uint8Array() },
    }) as const
  view.committed("home/conv/a", new Map(), [
    entry(idOfLog(NEAR), clock.now() - 1_000),
    entry(idOfLog(FAR), clock.now()),
    entry(idOfLog(ME), clock.now()),
  ])
  expect(view.status().visibility).toMatchObject({ count: 1, sum: 0, errorMs: 2, unmeasured: 1 })
})

test("[RL133] a link is level when neither end lacks anything, as soon as that is told", async () => {
  const { clock, now, view } = openView()
  now.links = [ownLink(NEAR, { behind: { documents: 2, entries: 5 } })]
  view.linkUp(NEAR)
  await clock.advance(400)
  view.lagChanged()
  expect(view.status().heals.count).toBe(0)
  now.links = [ownLink(NEAR)]
  view.lagChanged()
  await clock.advance(400)
  view.lagChanged()
  expect(view.status().heals).toMatchObject({ count: 1, sum: 400 })
  view.linkUp(NEAR)
  view.linkDown(NEAR)
  view.lagChanged()
  expect(view.status().heals.count).toBe(1)
})
