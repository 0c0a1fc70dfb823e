import type { Clock, RandomBytes } from "@polylogue/protocol"

/** What a {@link Backoff} needs of clock, randomness and limits. */
export interface BackoffOptions {
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly minBackoffMs: number
  readonly maxBackoffMs: number
}

/**
 * Waits between attempts, with full jitter: the n-th wait is drawn evenly from 0 to `minBackoffMs` · 2^n, at most `maxBackoffMs`, so that
 * devices that lost their relay together do not come back together.
 */
export class Backoff {
  readonly #options: BackoffOptions
  #failures = 0
  #wake: (() => void) | undefined

  constructor(options: BackoffOptions) {
    this.#options = options
  }

  /** The next wait in whole milliseconds; counts one failure. */
  next(): number {
    const { minBackoffMs, maxBackoffMs, randomBytes } = this.#options
    const ceiling = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(this.#failures, 32))
    this.#failures++
    return Math.floor(fraction(randomBytes) * ceiling)
  }

  /** Begins anew with short waits. */
  reset(): void {
    this.#failures = 0
  }

  /** Resolves after the next wait, or as soon as `wake` is called. One wait at a time. */
  wait(): Promise<void> {
    const delayMs = this.next()
    return new Promise((resolve) => {
      const cancel = this.#options.clock.setTimer(resolve, delayMs)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }

  /** Ends the wait under way. */
  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}

/** An even fraction in [0, 1). */
export function fraction(randomBytes: RandomBytes): number {
  const bytes = randomBytes(4)
  let value = 0
  for (const byte of bytes) value = value * 256 + byte
  return value / 2 ** 32
}
