import type { Clock } from "@polylogue/protocol"

/** How many seconds' worth may come at once: a device that returns opens thousands of documents in one go. */
const BURST_SECONDS = 10

/** A token bucket. */
export class RateMeter {
  readonly #clock: Clock
  readonly #perSecond: number
  #left: number
  #at: number

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#left = perSecond * BURST_SECONDS
    this.#at = clock.monotonic()
  }

  /** Takes `count`; `false` when fewer are left. */
  take(count = 1): boolean {
    if (this.#left < count) {
      const now = this.#clock.monotonic()
      this.#left = Math.min(this.#perSecond * BURST_SECONDS, this.#left + ((now - this.#at) / 1000) * this.#perSecond)
      this.#at = now
      if (this.#left < count) return false
    }
    this.#left -= count
    return true
  }
}
