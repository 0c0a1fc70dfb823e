import { MAX_TEXT_BYTES, vectorHash } from "@polylogue/protocol"
import { Backoff } from "./backoff.ts"
import type { ConnectionFacts } from "./connection-part.ts"
import type { Environment } from "./environment.ts"

/** What {@link Tokens} tell their owner. */
export interface TokenOwner {
  /** `refreshToken` has given another token, which is to be used from now on. */
  renewed(token: string): void
}

/** A fresh token is asked for when this share of the time that is granted has passed. */
const REFRESH_AT = 0.8
/** Timers of environments count in 32 bits: a longer wait is taken in steps. */
const MAX_TIMER_MS = 24 * 60 * 60 * 1000

/** The token of this device, and what renews it before its grants expire, and after a relay has refused it. */
export class Tokens {
  readonly #environment: Environment
  readonly #refresh: (() => Promise<string>) | undefined
  readonly #owner: TokenOwner
  readonly #backoff: Backoff
  #token: string
  #expiresAt: number | undefined
  #refused = false
  #asking = false
  #stopped = false
  #cancelTimer: (() => void) | undefined

  /** @throws RangeError for a token that is too long to be sent. */
  constructor(environment: Environment, token: string, refresh: (() => Promise<string>) | undefined, owner: TokenOwner) {
    this.#environment = environment
    this.#refresh = refresh
    this.#owner = owner
    this.#backoff = new Backoff({ ...environment, ...environment.limits })
    this.#token = checked(token)
  }

  get current(): string {
    return this.#token
  }

  /** Names the token without telling it: what is on the disk may be read by others. */
  get mark(): string {
    return this.#token === "" ? "" : vectorHash(new Map([[this.#token, 1]]))
  }

  /** Uses `token` from now on; false when it is the present one. @throws RangeError when it is too long to be sent. */
  use(token: string): boolean {
    if (checked(token) === this.#token) return false
    this.#token = token
    this.#refused = false
    return true
  }

  /** The connection changed: grants last until another moment, or the token was refused. */
  follow({ connection, relays, expiresAt }: ConnectionFacts): void {
    const until = connection === "online" ? expiresAt : undefined
    if (until !== this.#expiresAt) {
      this.#expiresAt = until
      this.#cancelTimer?.()
      if (until !== undefined) this.#wait(this.#now() + (until - this.#now()) * REFRESH_AT)
    }
    // One that can be reached decides: those that cannot may never be back, and nobody else says that the token is no good.
    const refused = connection !== "online" && relays.some(({ health, code }) => health === "refused" && code === "unauthenticated")
    if (refused && !this.#refused) {
      this.#refused = true
      void this.#renew()
    }
  }

  /** Somebody asks for another attempt. */
  retry(): void {
    this.#backoff.wake()
    if (this.#refused) void this.#renew()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer?.()
    this.#backoff.wake()
  }

  #wait(at: number): void {
    if (this.#refresh === undefined) return
    const delayMs = Math.min(MAX_TIMER_MS, Math.max(0, at - this.#now()))
    this.#cancelTimer = this.#environment.clock.setTimer(() => {
      if (this.#now() < at) this.#wait(at)
      else void this.#renew()
    }, delayMs)
  }

  /** Asks until there is another token. The one that was just refused, given again, ends it: it would be refused again. */
  async #renew(): Promise<void> {
    if (this.#asking || this.#refresh === undefined) return
    this.#asking = true
    const before = this.#token
    this.#backoff.reset()
    try {
      while (!this.#stopped && this.#token === before) {
        const token = await this.#ask()
        if (this.#stopped || this.#token !== before) return
        if (token !== undefined && token !== before) return this.#owner.renewed(token)
        if (token === before && this.#refused) return
        await this.#backoff.wait()
      }
    } finally {
      this.#asking = false
      // Another tab's token came meanwhile, and was refused while this one was being asked for.
      if (this.#refused && !this.#stopped && this.#token !== before) void this.#renew()
    }
  }

  async #ask(): Promise<string | undefined> {
    try {
      return checked(await this.#refresh!())
    } catch (error) {
      this.#environment.report({ kind: "no-token", documentId: undefined, error })
      return undefined
    }
  }

  #now(): number {
    return this.#environment.clock.now()
  }
}

/** A text field of a frame holds so many bytes; a character of a token is one. */
function checked(token: string): string {
  if (typeof token !== "string") throw new TypeError("a token is a string")
  if (token.length > MAX_TEXT_BYTES) throw new RangeError(`a token has at most ${MAX_TEXT_BYTES} characters, not ${token.length}`)
  return token
}
