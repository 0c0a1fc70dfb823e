import type { RelayId } from "@polylogue/protocol"
import { Histogram, type HistogramCounts } from "./histogram.ts"

/** From 50 ms to an hour, in milliseconds. */
const HEALED_WITHIN_MS = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000] as const

/**
 * T_conv: how long it takes from when a link stands until neither end lacks anything that the other has. A link that breaks before that begins anew
 * with the next one.
 */
export class Heals {
  readonly #times = new Histogram(HEALED_WITHIN_MS)
  readonly #since = new Map<RelayId, number>()

  /** A link stands, at `now` in monotonic milliseconds. */
  up(relay: RelayId, now: number): void {
    this.#since.set(relay, now)
  }

  /** It is over. */
  down(relay: RelayId): void {
    this.#since.delete(relay)
  }

  /** Links that stand and have not been level yet. */
  get open(): RelayId[] {
    return [...this.#since.keys()]
  }

  /** Neither end lacks anything. */
  level(relay: RelayId, now: number): void {
    const since = this.#since.get(relay)
    if (since === undefined) return
    this.#since.delete(relay)
    this.#times.observe(now - since)
  }

  counts(): HistogramCounts {
    return this.#times.counts()
  }
}
