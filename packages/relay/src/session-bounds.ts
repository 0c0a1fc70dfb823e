import { RelayError } from "./errors.ts"
import type { Principal } from "./options.ts"
import type { Membership } from "./principals.ts"
import { RateMeter } from "./rate-meter.ts"
import type { RelayCore } from "./relay-core.ts"

/*
 * What one session may cost, of whichever kind:
 *
 *   connected ── few bytes, few messages, until a deadline ──> welcomed ── rows as fast as they may come, else what follows waits ──> ended
 */

/** Messages before `welcome`. */
const MAX_EARLY_MESSAGES = 4

/** Connections whose principal is not known yet, over all sessions of a relay. */
export interface Handshakes {
  pending: number
}

/** Bounds one session before and after it is known who it acts for. */
export class SessionBounds {
  readonly #core: RelayCore
  readonly #rowBytes: RateMeter
  readonly #cancelDeadline: () => void
  #membership: Membership | undefined
  #documents = 0
  #early = { messages: 0, bytes: 0 }
  #pending = true
  #goOn: (() => void) | undefined
  #ended = false

  /** `late` is called when the session was not welcomed in time, whatever holds it up. */
  constructor(core: RelayCore, late: () => void) {
    this.#core = core
    this.#rowBytes = new RateMeter(core.clock, core.limits.maxRowBytesPerSecond)
    this.#cancelDeadline = core.clock.setTimer(late, core.limits.handshakeMs)
    core.handshakes.pending++
  }

  /** A message has come, of at most `maxMessages` before it is welcomed. Who has not been welcomed has little to say, and is owed no memory. @throws RelayError `bad-frame`, `frame-too-large` */
  received(bytes: number, maxMessages = MAX_EARLY_MESSAGES): void {
    if (!this.#pending) return
    this.#early.bytes += bytes
    if (++this.#early.messages > maxMessages) throw new RelayError("bad-frame", "more than hello")
    if (this.#early.bytes > this.#core.limits.maxHandshakeBytes)
      throw new RelayError("frame-too-large", `${this.#early.bytes} bytes before authentication`)
  }

  /** It is known who it acts for. @throws RelayError `overloaded` */
  welcomed(principal: Principal): void {
    if (this.#ended) return
    this.#membership = this.#core.principals.enter(principal)
    this.#endHandshake()
  }

  /** A document is about to be opened. @throws RelayError `too-many-documents` */
  openDocument(): void {
    this.#membership?.openDocument()
    this.#documents++
  }

  closeDocument(): void {
    this.#membership?.closeDocuments(1)
    this.#documents--
  }

  /** Milliseconds that what follows a row of `bytes` has to wait. */
  rowDelayMs(bytes: number): number {
    return Math.max(this.#rowBytes.delayMs(bytes), this.#membership?.rowDelayMs(bytes) ?? 0)
  }

  /** Resolves after `delayMs`, or at the end of the session. */
  wait(delayMs: number): Promise<void> {
    this.#core.counters.sessionsSlowed++
    return new Promise((resolve) => {
      const goOn = (): void => {
        cancel()
        this.#goOn = undefined
        resolve()
      }
      const cancel = this.#core.clock.setTimer(goOn, delayMs)
      if (this.#ended) goOn()
      else this.#goOn = goOn
    })
  }

  /** Gives back what it counts for. Idempotent. */
  end(): void {
    this.#ended = true
    this.#endHandshake()
    this.#membership?.closeDocuments(this.#documents)
    this.#documents = 0
    this.#membership?.leave()
    this.#goOn?.()
  }

  #endHandshake(): void {
    if (!this.#pending) return
    this.#pending = false
    this.#cancelDeadline()
    this.#core.handshakes.pending--
  }
}
