import type { RegisterKey } from "@polylogue/protocol"

/**
 * The registers that have something to do of themselves, or will: whose attempts are remembered, or whose time to live is counted. A record names each
 * of them, so that a start of the relay finds it.
 */
export class RecentRegisters {
  /** When the attempts of each have been remembered long enough, in monotonic milliseconds; `Infinity` for one of which none are. */
  readonly #forgetAt = new Map<RegisterKey, number>()

  get size(): number {
    return this.#forgetAt.size
  }

  has(key: RegisterKey): boolean {
    return this.#forgetAt.has(key)
  }

  set(key: RegisterKey, forgetAt: number): void {
    this.#forgetAt.set(key, forgetAt)
  }

  delete(key: RegisterKey): void {
    this.#forgetAt.delete(key)
  }

  /** Those whose attempts may be forgotten at `now`, at most `limit`. */
  due(now: number, limit: number): RegisterKey[] {
    const due: RegisterKey[] = []
    for (const [key, forgetAt] of this.#forgetAt) {
      if (forgetAt > now) continue
      due.push(key)
      if (due.length === limit) break
    }
    return due
  }
}
