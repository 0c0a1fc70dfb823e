import type { Clock, RegisterKey } from "@polylogue/protocol"
import type { RestingRegister } from "./register-record.ts"

interface Lease {
  readonly revision: string
  readonly expiresAt: number
  readonly cancel: () => void
}

/**
 * The times to live that are being counted. Each is counted from when it is durable, or from when a start of the relay found it, in monotonic
 * time: so it never ends early, whatever a clock on the wall does and however often the relay is started.
 */
export class Leases {
  readonly #clock: Clock
  readonly #ended: (key: RegisterKey, revision: string) => void
  readonly #leases = new Map<RegisterKey, Lease>()

  /** `ended` is called when the time of a revision has passed. */
  constructor(clock: Clock, ended: (key: RegisterKey, revision: string) => void) {
    this.#clock = clock
    this.#ended = ended
  }

  has(key: RegisterKey): boolean {
    return this.#leases.has(key)
  }

  /** When `revision` will have ended, in milliseconds since 1970, if that is being counted. */
  expiresAt(key: RegisterKey, revision: string): number | undefined {
    const lease = this.#leases.get(key)
    return lease?.revision === revision ? lease.expiresAt : undefined
  }

  /** The register is `resting`, durable: what was counted of another revision is not any more. */
  set(key: RegisterKey, { revision, ttlMs }: RestingRegister): void {
    const known = this.#leases.get(key)
    if (known !== undefined && known.revision === revision) return
    this.delete(key)
    if (revision === null || ttlMs === 0) return
    this.#leases.set(key, {
      revision,
      expiresAt: Math.max(0, Math.floor(this.#clock.now())) + ttlMs,
      cancel: this.#clock.setTimer(() => this.#ended(key, revision), ttlMs),
    })
  }

  /** Counts what could not be ended once more, from now on for `delayMs`. */
  retry(key: RegisterKey, revision: string, delayMs: number): void {
    const known = this.#leases.get(key)
    if (known?.revision !== revision) return
    this.#leases.set(key, { ...known, cancel: this.#clock.setTimer(() => this.#ended(key, revision), delayMs) })
  }

  delete(key: RegisterKey): void {
    this.#leases.get(key)?.cancel()
    this.#leases.delete(key)
  }

  close(): void {
    for (const { cancel } of this.#leases.values()) cancel()
    this.#leases.clear()
  }
}
