import type { Clock } from "@polylogue/protocol"
import { RelayError } from "./errors.ts"
import type { RelayLimits } from "./limits.ts"
import type { Principal } from "./options.ts"
import { RateMeter } from "./rate-meter.ts"

/** Stands for everybody where nobody is asked who they are: relays, too. */
export const ANYBODY: Principal = Object.freeze({ name: "anonymous", relay: true, may: () => "erase" as const })

/** Whose grants those of `principal` are; `undefined` when nobody was asked who they are. */
export function holderOf(principal: Principal): string | undefined {
  return principal === ANYBODY ? undefined : principal.name
}

/** What all sessions of one principal have together. */
interface Account {
  sessions: number
  documents: number
  readonly rowBytes: RateMeter
}

/** What a session counts on its principal's account, until it leaves. */
export interface Membership {
  /** Counts one more open document. @throws RelayError `too-many-documents` */
  openDocument(): void
  closeDocuments(count: number): void
  /** Milliseconds until rows of `bytes` are within what the principal may send. */
  rowDelayMs(bytes: number): number
  /** Idempotent. */
  leave(): void
}

/** Bounds what a principal has and sends over all its sessions. They do not hold for {@link ANYBODY}, who is nobody in particular. */
export class Principals {
  readonly #clock: Clock
  readonly #limits: RelayLimits
  readonly #accounts = new Map<string, Account>()

  constructor(clock: Clock, limits: RelayLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** A session of `principal` begins. @throws RelayError `overloaded` when it has as many as it may. */
  enter(principal: Principal): Membership {
    if (principal === ANYBODY) return UNBOUNDED
    const { maxPrincipalDocuments, maxPrincipalRowBytesPerSecond, maxPrincipalSessions } = this.#limits
    const { name } = principal
    const account = this.#accounts.get(name) ?? {
      sessions: 0,
      documents: 0,
      rowBytes: new RateMeter(this.#clock, maxPrincipalRowBytesPerSecond),
    }
    if (account.sessions >= maxPrincipalSessions) throw new RelayError("overloaded", "the principal has too many sessions")
    account.sessions++
    this.#accounts.set(name, account)
    let left = false
    return {
      openDocument: () => {
        if (account.documents >= maxPrincipalDocuments)
          throw new RelayError("too-many-documents", "the principal has too many documents open")
        account.documents++
      },
      closeDocuments: (count) => {
        account.documents -= count
      },
      rowDelayMs: (bytes) => account.rowBytes.delayMs(bytes),
      leave: () => {
        if (left) return
        left = true
        // With the last session goes what the account has spent: a new one costs a connection and an authentication.
        if (--account.sessions === 0) this.#accounts.delete(name)
      },
    }
  }
}

const nothing = (): void => undefined

const UNBOUNDED: Membership = Object.freeze({ openDocument: nothing, closeDocuments: nothing, rowDelayMs: () => 0, leave: nothing })
