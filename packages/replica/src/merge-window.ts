import type { Environment } from "./environment.ts"

/**
 * When the rows of a document leave: the first after a pause at once; those behind it wait while a row is under way, or was sent a moment ago, so
 * that what is written meanwhile joins them. A stream that goes on has its moment doubled up to a bound: each row costs some 60 bytes
 * on its way to each reader, whatever is in it.
 */
export class MergeWindow {
  readonly #environment: Environment
  readonly #over: () => void
  #sentAt = -Infinity
  #windowMs = 0
  #cancel: (() => void) | undefined

  /** @param over - called when what was held may leave. */
  constructor(environment: Environment, over: () => void) {
    this.#environment = environment
    this.#over = over
  }

  /** Whether rows of `bytes` that were never sent go on waiting. `underWay`: a row was sent and not yet acknowledged, and will call again. */
  holds(bytes: number, underWay: boolean): boolean {
    const { clock, limits } = this.#environment
    if (limits.mergeMs === 0 || bytes >= limits.maxMergeBytes) return false
    const leftMs = this.#sentAt + this.#windowMs - clock.monotonic()
    if (leftMs <= 0) return underWay
    this.#cancel ??= clock.setTimer(() => {
      this.#cancel = undefined
      this.#over()
    }, leftMs)
    return true
  }

  /** A row has left. */
  sent(): void {
    const { clock, limits } = this.#environment
    const now = clock.monotonic()
    const streams = now - this.#sentAt < 2 * this.#windowMs
    this.#windowMs = streams ? Math.min(2 * this.#windowMs, Math.max(limits.mergeMs, limits.maxMergeMs)) : limits.mergeMs
    this.#sentAt = now
  }

  end(): void {
    this.#cancel?.()
  }
}
