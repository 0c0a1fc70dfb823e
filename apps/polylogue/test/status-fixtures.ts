import type { KnownRelay, OwnLink, ReportedLink } from "@polylogue/relay"
import type { StatusAnswer } from "../status-page/src/status-answer.ts"
import { codeWords } from "../src/status-words.ts"

/** An id whose last digits are `index`. */
export const idOf = (index: number): string => index.toString(16).padStart(16, "0")

const NOW = 1_790_000_000_000
const MINUTE_MS = 60_000
const NAMES = ["office", "hub", "lab", "field station", "zürich-archive-replica-number-one"]

const VISIBLE = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000]
const HEALED = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000]
const counts = (bounds: readonly number[], of: Readonly<Record<number, number>>) => {
  const list = [...bounds, Infinity].map((bound) => of[bound] ?? 0)
  return { bounds, counts: list, count: list.reduce((sum, one) => sum + one, 0), sum: 1 }
}

function reported(to: number, changes: Partial<ReportedLink> = {}): ReportedLink {
  const level = { documents: 0, entries: 0 }
  return {
    relay: idOf(to),
    name: NAMES[to]!,
    state: "up",
    code: "",
    since: NOW - 65 * MINUTE_MS,
    behind: level,
    clock: { offsetMs: 1, errorMs: 6 },
    ...changes,
  }
}

/** A link of the relay whose status it is. */
export function ownLink(to: number, changes: Partial<OwnLink> = {}): OwnLink {
  const url = to % 2 === 1 ? `wss://${NAMES[to]!.replaceAll(" ", "-")}.example/sync` : undefined
  return {
    ...reported(to),
    url,
    lacking: { documents: 0, entries: 0 },
    bytesSent: 48_000_000,
    bytesReceived: 1_234_567,
    reason: "",
    ...changes,
  }
}

/** Another relay, linked with those of `to`. */
export function known(index: number, to: readonly number[], changes: Partial<KnownRelay> = {}): KnownRelay {
  return {
    relay: idOf(index),
    name: NAMES[index]!,
    reached: true,
    heardAt: NOW - 3 * MINUTE_MS,
    clock: { offsetMs: 1, errorMs: 6 },
    report: {
      program: "polylogue 0.1.0",
      log: idOf(100 + index),
      startedAt: NOW - 100 * MINUTE_MS,
      onDemand: false,
      links: to.map((other) => reported(other)),
      authorities: [idOf(1)],
      erasuresPending: 0,
    },
    ...changes,
  }
}

/** The status of relay 0, which stands alone. */
export function statusOf(changes: Partial<StatusAnswer> = {}): StatusAnswer {
  const links = changes.links ?? []
  return {
    at: NOW,
    relay: idOf(0),
    name: NAMES[0]!,
    program: "polylogue 0.1.0",
    log: idOf(100),
    startedAt: NOW - 66 * MINUTE_MS,
    onDemand: false,
    links,
    relays: [],
    convergence: { documents: 0, share: 1, relays: [{ relay: idOf(0), entries: 0, of: 0, documentsBehind: 0 }], history: [], behind: [] },
    visibility: { ...counts(VISIBLE, {}), errorMs: 0, unmeasured: 0 },
    heals: counts(HEALED, {}),
    authorities: [idOf(0)],
    erasures: { documents: 0, first: [], missing: [] },
    readiness: "ready",
    codes: codeWords(links.map(({ code }) => code)),
    ...changes,
  }
}

const share = (relay: number, entries: number, of: number, documentsBehind: number) => ({
  relay: idOf(relay),
  entries,
  of,
  documentsBehind,
})

/** What pages are looked at with, by name. */
export const FIXTURES: Readonly<Record<string, StatusAnswer>> = {
  alone: statusOf(),
  five: statusOf({
    links: [ownLink(1), ownLink(4)],
    relays: [known(1, [0, 2]), known(2, [1, 3]), known(3, [2, 4]), known(4, [3, 0])],
    authorities: [idOf(1)],
    convergence: {
      documents: 43,
      share: 1,
      relays: [0, 1, 2, 3, 4].map((relay) => share(relay, 1_204, 1_204, 0)),
      history: [
        { at: NOW - 14 * MINUTE_MS, share: 0.82, behind: 12 },
        { at: NOW - 13.8 * MINUTE_MS, share: 0.91, behind: 7 },
        { at: NOW - 13.6 * MINUTE_MS, share: 1, behind: 0 },
        { at: NOW - 4 * MINUTE_MS, share: 0.99, behind: 1 },
        { at: NOW - 3.9 * MINUTE_MS, share: 1, behind: 0 },
      ],
      behind: [],
    },
    visibility: { ...counts(VISIBLE, { 5: 12, 10: 480, 20: 1_200, 50: 230, 100: 12, 5_000: 3 }), errorMs: 6, unmeasured: 14 },
    heals: counts(HEALED, { 200: 2, 500: 1 }),
  }),
  cut: statusOf({
    links: [
      ownLink(1, {
        state: "down",
        code: "heartbeat-lost",
        since: NOW - 4 * MINUTE_MS,
        behind: undefined,
        lacking: { documents: 3, entries: 88 },
      }),
      ownLink(4, { behind: { documents: 2, entries: 14 } }),
    ],
    relays: [known(1, [0, 2], { reached: false }), known(2, [1], { reached: false, heardAt: undefined, report: undefined }), known(4, [0])],
    authorities: [],
    convergence: {
      documents: 43,
      share: 0.9312,
      relays: [share(0, 1_190, 1_204, 2), share(1, 900, 1_204, 3), share(4, 1_204, 1_204, 0)],
      history: [
        { at: NOW - 4 * MINUTE_MS, share: 0.99, behind: 1 },
        { at: NOW - 3 * MINUTE_MS, share: 0.97, behind: 2 },
        { at: NOW - 2 * MINUTE_MS, share: 0.95, behind: 3 },
        { at: NOW - 1 * MINUTE_MS, share: 0.9312, behind: 5 },
      ],
      behind: [
        {
          documentId: "home/conv/0190f0a2-7e8c-7c1e-9f6d-3f2a1b0c9d8e",
          entries: 400,
          relays: [
            { relay: idOf(0), entries: 400 },
            { relay: idOf(1), entries: 120 },
          ],
        },
        {
          documentId: "home/index",
          entries: 40,
          relays: [
            { relay: idOf(0), entries: 38 },
            { relay: idOf(1), entries: 22 },
          ],
        },
      ],
    },
    visibility: { ...counts(VISIBLE, { 10: 40, 20: 12 }), errorMs: 6, unmeasured: 0 },
    erasures: {
      documents: 18,
      first: [{ documentId: "home/conv/0190f0a2-7e8c-7c1e-9f6d-3f2a1b0c9d8e", missing: [idOf(1), idOf(2)] }],
      missing: [
        { relay: idOf(2), documents: 18 },
        { relay: idOf(1), documents: 1 },
      ],
    },
  }),
  refused: statusOf({
    links: [
      ownLink(1, {
        relay: undefined,
        name: "",
        state: "refused",
        code: "forbidden",
        reason: "no relay",
        behind: undefined,
        lacking: undefined,
        clock: undefined,
        since: NOW - 12_000,
        bytesSent: 120,
        bytesReceived: 300,
      }),
      ownLink(3, {
        relay: undefined,
        name: "",
        state: "down",
        code: "",
        reason: "connect ECONNREFUSED 10.0.0.3:4400",
        behind: undefined,
        lacking: undefined,
        clock: undefined,
        since: NOW - 62_000,
        bytesSent: 0,
        bytesReceived: 0,
      }),
    ],
  }),
}
