import {
  indexDocumentId,
  type ModelCard,
  readResponderCard,
  RESPONDER_MARK,
  type RegisterClient,
  type ResponderCard,
  responderKey,
  responderValue,
} from "@polylogue/conversation"
import type { Clock, RandomBytes } from "@polylogue/protocol"
import { Lease } from "./lease.ts"
import type { ResponderLimits } from "./limits.ts"

/** What an announcer needs. */
export interface AnnouncerOptions {
  readonly registers: RegisterClient
  readonly workspace: string
  readonly id: string
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly limits: ResponderLimits
  /** What is to be said, asked anew at each renewal. */
  readonly card: () => ResponderCard
  /** Called when another responder of the workspace comes, goes or offers something else. */
  readonly peersChanged: () => void
  /** The authority does not let this responder say so: what it answered. */
  readonly refused: (code: string) => void
}

/**
 * Says in one workspace what this responder offers, for as long as it runs, and hears what others offer. The card is a lease: of a responder that is gone it goes
 * by itself. Where no authority answers nothing is said, and it is tried again.
 */
export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #index: string
  readonly #key: string
  readonly #peers = new Map<string, ResponderCard>()
  readonly #endWatch: () => void
  #lease: Lease | undefined
  #saying: Promise<void> | undefined
  #cancelRetry: (() => void) | undefined
  #failures = 0
  readonly #closing = new AbortController()
  #closed = false

  constructor(options: AnnouncerOptions) {
    this.#options = options
    this.#index = indexDocumentId(options.workspace)
    this.#key = responderKey(this.#index, options.id)
    this.#endWatch = options.registers.watch(this.#index, (key) => this.#heard(key))
    this.#say()
  }

  /** Other responders of the workspace that run, as last heard. */
  get peers(): readonly ResponderCard[] {
    return [...this.#peers.values()]
  }

  /** Whether the card stands. */
  get stands(): boolean {
    return this.#lease?.holds === true
  }

  /** Tries again now: the authority may be within reach. */
  wake(): void {
    if (this.#lease === undefined && !this.#closed) this.#say()
  }

  /** Takes the card away. */
  async close(): Promise<void> {
    this.#closed = true
    this.#endWatch()
    this.#cancelRetry?.()
    this.#closing.abort()
    await this.#saying
    await this.#lease?.giveBack(this.#options.limits.drainMs)
  }

  #heard(key: string): void {
    if (key === this.#key || !key.startsWith(`${this.#index}${RESPONDER_MARK}`)) return
    const card = readResponderCard(this.#options.registers.cached(key))
    const had = this.#peers.delete(key)
    if (card !== undefined) this.#peers.set(key, card)
    if (had || card !== undefined) this.#options.peersChanged()
  }

  #say(): void {
    this.#cancelRetry?.()
    this.#saying ??= this.#claim().finally(() => (this.#saying = undefined))
  }

  async #claim(): Promise<void> {
    const { registers, clock, randomBytes, limits, card, refused } = this.#options
    const value = (): string => responderValue(card())
    const options = { registers, clock, randomBytes, value, key: this.#key, signal: this.#closing.signal }
    const lease = { ...options, leaseMs: limits.cardLeaseMs, heartbeatMs: limits.cardHeartbeatMs }
    let expected = registers.cached(this.#key)?.revision ?? null
    // Under this name stands this responder only: what an earlier run left is replaced.
    for (let tries = 0; tries < 3 && !this.#closed; tries++) {
      const claim = await Lease.claim(lease, expected)
      if (claim.outcome === "held") {
        this.#lease = claim.lease
        this.#failures = 0
        void this.#whenLost(claim.lease)
        return
      }
      if (claim.outcome === "refused") refused(claim.code)
      if (claim.outcome !== "taken") break
      expected = claim.register.revision
    }
    this.#retry()
  }

  async #whenLost(lease: Lease): Promise<void> {
    await lease.whenLost
    this.#lease = undefined
    this.#retry()
  }

  #retry(): void {
    if (this.#closed) return
    const { clock, limits } = this.#options
    const delayMs = Math.min(limits.minRetryMs * 2 ** this.#failures++, limits.maxRetryMs)
    this.#cancelRetry?.()
    this.#cancelRetry = clock.setTimer(() => this.#say(), delayMs)
  }
}

/** `models` as a card says them. */
export function modelCards(models: Iterable<Omit<ModelCard, "isDefault"> & { readonly isDefault?: boolean }>): ModelCard[] {
  return [...models].map(({ id, label, kind, isDefault = false }) => ({ id, label, kind, isDefault }))
}
