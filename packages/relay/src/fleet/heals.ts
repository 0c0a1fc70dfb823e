import type { Clock, RelayId } from "@polylogue/protocol"
import { Histogram, type HistogramCounts } from "./histogram.ts"

/** From 50 ms to an hour, in milliseconds. */
const HEALED_WITHIN_MS = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000] as const
/** It is looked at after so long, then always after a tenth of what has passed: so a time is too long by a tenth, or by this, at most. */
const FIRST_LOOK_MS = 20
const LOOKS = 10
/** But at least so often: a link that never becomes level may do so at any time. */
const LAST_LOOK_MS = 2_000

interface Open {
  readonly since: number
  cancel: () => void
}

/**
 * T_conv: how long it takes from when a link stands until neither end lacks anything that the other has. A link that breaks before that begins anew
 * with the next one.
 */
export class Heals {
  readonly #clock: Clock
  readonly #isLevel: (relay: RelayId) => boolean
  readonly #times = new Histogram(HEALED_WITHIN_MS)
  readonly #open = new Map<RelayId, Open>()

  constructor(clock: Clock, isLevel: (relay: RelayId) => boolean) {
    this.#clock = clock
    this.#isLevel = isLevel
  }

  /** A link stands. */
  up(relay: RelayId): void {
    this.down(relay)
    const open: Open = { since: this.#clock.monotonic(), cancel: () => undefined }
    this.#open.set(relay, open)
    this.#lookLater(relay, open)
  }

  /** It is over. */
  down(relay: RelayId): void {
    this.#open.get(relay)?.cancel()
    this.#open.delete(relay)
  }

  counts(): HistogramCounts {
    return this.#times.counts()
  }

  close(): void {
    for (const relay of this.#open.keys()) this.down(relay)
  }

  #lookLater(relay: RelayId, open: Open): void {
    const passed = this.#clock.monotonic() - open.since
    const wait = Math.min(LAST_LOOK_MS, Math.max(FIRST_LOOK_MS, passed / LOOKS))
    open.cancel = this.#clock.setTimer(() => this.#look(relay, open), wait)
  }

  #look(relay: RelayId, open: Open): void {
    if (!this.#isLevel(relay)) return this.#lookLater(relay, open)
    this.#open.delete(relay)
    this.#times.observe(this.#clock.monotonic() - open.since)
  }
}
