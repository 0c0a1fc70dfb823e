import type { LogId, RelayId } from "@polylogue/protocol"
import type { ClockReading } from "./clock-offset.ts"
import { Histogram, type HistogramCounts } from "./histogram.ts"

/*
 * Visibility time: from when the first relay had an entry (`receivedAt`, by its clock) to when it is durable here, that is, when whoever is at this relay sees
 * it. The other clock is read through that of its relay (clock-offset.ts). Measured are entries of logs whose relay is known, that came into being since
 * this relay runs: what a relay finds when it joins says nothing of how long the way is.
 */

/** From 5 ms to an hour, in milliseconds. */
const VISIBLE_WITHIN_MS = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000] as const

/** How long what others wrote took to get here. */
export interface VisibilityCounts extends HistogramCounts {
  /** How wrong the least exact of these times may be, in milliseconds. */
  readonly errorMs: number
  /** Entries that were not measured: it is not known how the clock of their relay goes, or they are older than this start. */
  readonly unmeasured: number
}

/** Measures it. */
export class Visibility {
  readonly #startedAt: number
  readonly #times = new Histogram(VISIBLE_WITHIN_MS)
  readonly #relays = new Map<LogId, RelayId>()
  #clocks: ReadonlyMap<RelayId, ClockReading> = new Map()
  #errorMs = 0
  #unmeasured = 0

  /** @param startedAt - of this relay, by its clock. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt
  }

  /** What is known of the logs of present starts, and of clocks, has changed. */
  know(logs: Iterable<readonly [LogId, RelayId]>, clocks: ReadonlyMap<RelayId, ClockReading>): void {
    this.#relays.clear()
    for (const [log, relay] of logs) this.#relays.set(log, relay)
    this.#clocks = clocks
  }

  /** An entry of another relay has become durable here at `now`. */
  observe(log: LogId, receivedAt: number, now: number): void {
    const clock = this.#clocks.get(this.#relays.get(log) ?? "")
    const at = receivedAt + (clock?.offsetMs ?? 0)
    if (clock === undefined || at < this.#startedAt) {
      this.#unmeasured++
      return
    }
    // Less than nothing is within the error.
    this.#times.observe(Math.max(0, now - at))
    this.#errorMs = Math.max(this.#errorMs, clock.errorMs)
  }

  counts(): VisibilityCounts {
    return { ...this.#times.counts(), errorMs: this.#errorMs, unmeasured: this.#unmeasured }
  }
}
