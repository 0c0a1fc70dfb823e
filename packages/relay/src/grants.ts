import type { Clock } from "@polylogue/protocol"
import { RelayError } from "./errors.ts"
import type { Permission, Principal, Refusal } from "./options.ts"

/** Timers beyond this are set anew when they fire: Node's own fire at once beyond 2^31 ms. */
const LONGEST_TIMER_MS = 2 ** 30

/** Whom a session acts for at the moment, and until when. Says so when that time has come. */
export class Grants {
  readonly #clock: Clock
  readonly #expired: () => void
  #principal: Principal | undefined
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock
    this.#expired = expired
  }

  /** `undefined` before the first {@link take}. */
  get principal(): Principal | undefined {
    return this.#principal
  }

  /** What the principal may do with `documentId`: nothing before there is one. */
  may(documentId: string): Permission {
    return this.#principal?.may(documentId) ?? "none"
  }

  /** When the grants expire, as `welcome` and `granted` say it; 0 for never. */
  get expiresAt(): number {
    const expiresAt = this.#principal?.expiresAt
    return expiresAt === undefined || expiresAt > Number.MAX_SAFE_INTEGER ? 0 : Math.floor(expiresAt)
  }

  /**
   * Takes what an authentication yielded: from now on that counts.
   * @throws RelayError why it is not taken; what counted before does still.
   */
  take(principal: Principal | Refusal): Principal {
    if ("refused" in principal) throw new RelayError(principal.refused, principal.reason)
    const { name, expiresAt } = principal
    if (expiresAt !== undefined && !(expiresAt > this.#clock.now())) throw new RelayError("unauthenticated", "the grants have expired")
    if (this.#principal !== undefined && this.#principal.name !== name)
      throw new RelayError("unauthenticated", "the token is for another principal")
    this.#principal = principal
    this.#watch()
    return principal
  }

  /** Nothing is said any more. */
  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  #watch(): void {
    this.#cancel?.()
    const { expiresAt = Infinity } = this.#principal!
    if (this.#stopped || expiresAt === Infinity) return
    const left = expiresAt - this.#clock.now()
    if (left <= 0) return this.#expired()
    this.#cancel = this.#clock.setTimer(() => this.#watch(), Math.min(Math.ceil(left), LONGEST_TIMER_MS))
  }
}
