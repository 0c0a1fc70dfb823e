import type { Clock } from "@polylogue/protocol"

/** How many seconds' worth may come at once: a device that returns opens thousands of documents in one go. */
const BURST_SECONDS = 10

/** A token bucket. At a rate of `Infinity` it is never empty. */
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
    if (this.#left < count) this.#fill()
    if (this.#left < count) return false
    this.#left -= count
    return true
  }

  /** Takes `count` whether or not so many are left; milliseconds until what was taken too early is there. */
  delayMs(count = 1): number {
    if (this.#left < count) this.#fill()
    this.#left -= count
    return this.#left >= 0 ? 0 : Math.ceil((-this.#left / this.#perSecond) * 1000)
  }

  #fill(): void {
    const now = this.#clock.monotonic()
    this.#left = Math.min(this.#perSecond * BURST_SECONDS, this.#left + ((now - this.#at) / 1000) * this.#perSecond)
    this.#at = now
  }
}
