import { type Code, codeName } from "@polylogue/protocol"
import { healthOf, type RelayHealth, type RelayOrder, type RelayStatus } from "./relay-order.ts"

/*
 * Which of several relays a device talks to. It has one socket, so the choice is one for all its documents; people of one workspace should meet at one
 * relay, where words need no link. So among those that are about equally near the choice is made by hash of (affinity, address), which is the same on all their
 * devices, whatever the order in which they name the addresses:
 *
 *   not failing before failing ─▶ nearer band first ─▶ greater hash first            failing: who failed longest ago first
 *
 * Pure: time comes in as an argument, nothing is dialled here.
 */

interface Known {
  readonly url: string
  hash: number
  health: RelayHealth
  code: Code | undefined
  welcomeMs: number | undefined
  measuredAt: number
  band: number
  failures: number
  failedAt: number
  /** Let us in each time since then. */
  wellSince: number | undefined
}

/** Upper ends of the bands of time to `welcome` within which addresses count as equally near, in milliseconds. */
export const BANDS_MS: readonly number[] = Object.freeze([60, 250])
/** A time has to be beyond the end of its band by this share for the address to leave it: one that is near the end does not go to and fro. */
export const BAND_MARGIN = 0.2
/** Share of a new measurement in the smoothed time. */
const SMOOTHING = 0.3
/** Milliseconds after which a measurement says nothing any more: devices travel. */
export const MEASURED_FOR_MS = 30 * 60_000
/** Milliseconds for which a failure puts an address behind others; doubled with each further one, up to the second number. */
export const FAILING_FOR_MS = Object.freeze({ first: 15_000, most: 10 * 60_000 })

/** See {@link RelayOrder}; beside it, which address would be better than the present one. */
export class RelayChoice implements RelayOrder {
  readonly #known: readonly Known[]
  /** Tried since the last time that a connection stood for a while, or that all of them had been tried. */
  readonly #tried = new Set<string>()

  constructor(urls: readonly string[], affinity = "") {
    const unknown = { health: "untried", code: undefined, welcomeMs: undefined, measuredAt: 0, band: 0, wellSince: undefined } as const
    this.#known = [...new Set(urls)].map((url) => ({ ...unknown, url, hash: 0, failures: 0, failedAt: 0 }))
    this.settle(affinity)
  }

  settle(affinity: string): void {
    for (const known of this.#known) known.hash = rendezvousHash(affinity, known.url)
  }

  next(now: number): string | undefined {
    const best = this.#order(now).find(({ url, health }) => health !== "refused" && !this.#tried.has(url))
    if (best !== undefined) this.#tried.add(best.url)
    return best?.url
  }

  newRound(): void {
    this.#tried.clear()
  }

  get refused(): boolean {
    return this.#known.every(({ health }) => health === "refused")
  }

  welcomed(url: string, tookMs: number, now: number): void {
    const known = this.#of(url)
    const before = this.#measured(known, now) ? known.welcomeMs : undefined
    known.welcomeMs = before === undefined ? tookMs : before + SMOOTHING * (tookMs - before)
    known.band = bandOf(known.welcomeMs, before === undefined ? undefined : known.band)
    known.measuredAt = now
    known.health = "well"
    known.code = undefined
    known.wellSince ??= now
  }

  stood(url: string): void {
    this.#of(url).failures = 0
    this.#tried.clear()
    this.#tried.add(url)
  }

  failed(url: string, code: number, now: number, own = false): void {
    const known = this.#of(url)
    known.health = healthOf(code, own)
    known.code = codeName(code)
    known.failures++
    known.failedAt = now
    known.wellSince = undefined
  }

  forgive(): void {
    this.#tried.clear()
    for (const known of this.#known) known.failures = 0
  }

  reconsider(): void {
    this.newRound()
    for (const known of this.#known) if (known.health === "refused") known.health = "untried"
  }

  /** The address that would be chosen if nothing stood, when that is not `current`. */
  better(current: string, now: number): string | undefined {
    const [best] = this.#order(now).filter((known) => known.health !== "refused" && (known.url === current || !failing(known, now)))
    return best === undefined || best.url === current ? undefined : best.url
  }

  /** Since when `url` has let us in each time, in the time of the other arguments; `undefined` when it did not the last time. */
  wellSince(url: string): number | undefined {
    return this.#of(url).wellSince
  }

  statuses(now: number): readonly RelayStatus[] {
    return this.#order(now).map((known) => {
      const welcomeMs = this.#measured(known, now) ? Math.round(known.welcomeMs!) : undefined
      return { url: known.url, health: known.health, code: known.code, welcomeMs }
    })
  }

  #order(now: number): readonly Known[] {
    const rank = (known: Known): readonly number[] => {
      if (known.health === "refused") return [2, 0, 0]
      if (failing(known, now)) return [1, known.failedAt, 0]
      return [0, this.#measured(known, now) ? known.band : 0, -known.hash]
    }
    return this.#known
      .map((known) => ({ known, rank: rank(known) }))
      .toSorted((left, right) => compare(left.rank, right.rank) || (left.known.url < right.known.url ? -1 : 1))
      .map(({ known }) => known)
  }

  #measured({ welcomeMs, measuredAt }: Known, now: number): boolean {
    return welcomeMs !== undefined && now - measuredAt < MEASURED_FOR_MS
  }

  #of(url: string): Known {
    const known = this.#known.find((candidate) => candidate.url === url)
    if (known === undefined) throw new RangeError(`${url} is none of the relays`)
    return known
  }
}

function failing({ failures, failedAt }: Known, now: number): boolean {
  return failures > 0 && now - failedAt < Math.min(FAILING_FOR_MS.most, FAILING_FOR_MS.first * 2 ** (failures - 1))
}

/** The band of a time; an address leaves the one that it is in only when the time is clearly beyond its end. */
function bandOf(welcomeMs: number, present: number | undefined): number {
  const band = (ms: number): number => BANDS_MS.filter((end) => ms >= end).length
  if (present === undefined) return band(welcomeMs)
  if (band(welcomeMs / (1 + BAND_MARGIN)) > present) return band(welcomeMs / (1 + BAND_MARGIN))
  return Math.min(present, band(welcomeMs * (1 + BAND_MARGIN)))
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) if (value !== right[index]) return value - right[index]!
  return 0
}

/**
 * Highest random weight (Thaler and Ravishankar, 1998): who computes this for all addresses and takes the greatest agrees with all who know that
 * address, and one that goes moves only those that had it. FNV-1a, mixed as in MurmurHash3 so that addresses which differ in one digit are far apart.
 */
export function rendezvousHash(affinity: string, url: string): number {
  let hash = 0x811c9dc5
  for (const character of `${affinity}\n${url}`) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
