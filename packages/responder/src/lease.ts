import type { AuthorityAnswer, AuthorityRegister, RegisterClient } from "@polylogue/conversation"
import { type Clock, mintId, type RandomBytes } from "@polylogue/protocol"

/*
 * A lease of a register of the authority, as its holder sees it:
 *
 *   (absent) ──claim──▶ held ◀──renew── held
 *                        │ ├──end──▶ over: the register says how it came out, for as long as it is told to
 *                        │ ├──giveBack──▶ over: the register is absent, and another may claim it at once
 *                        └─┴──no answer in time, or somebody else stands there──▶ lost
 *
 * The authority counts a lease from when it set it, never earlier; the holder counts from when it sent the request, by a clock that never jumps, and stops at
 * nine tenths of it. So it has stopped before anybody else may begin, also when the two clocks do not run at quite the same speed. A machine that slept may have a clock that
 * slept with it: when the wall clock went on meanwhile the holder is not sure, and writes nothing until the authority has answered again.
 *
 * Each change is one attempt with one name: what nobody answered is said again with the same name until it is, so the revision is never in doubt.
 *
 * After: Gray and Cheriton, Leases, 1989; the revision as a fencing token after Kleppmann, How to do distributed locking, 2016.
 */

/** The share of a lease that its holder counts on. */
const SHARE = 0.9
/** Most milliseconds between two tries of one attempt; less with a short heartbeat. */
const RETRY_MS = 1_000

/** What a lease needs. */
export interface LeaseOptions {
  readonly registers: RegisterClient
  readonly key: string
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly leaseMs: number
  readonly heartbeatMs: number
  /** Aborted when nobody wants to claim it any more. */
  readonly signal?: AbortSignal
  /** What the register is to say from now on; asked for the claim and at each renewal. */
  readonly value: () => string | Promise<string>
}

/** What came of a claim. `taken`: what stands there instead. `unavailable`: no authority answered, and nothing may begin. */
export type Claim =
  | { readonly outcome: "held"; readonly lease: Lease }
  | { readonly outcome: "taken"; readonly register: AuthorityRegister }
  | { readonly outcome: "unavailable" }
  | { readonly outcome: "refused"; readonly code: string }

/** A moment by both clocks of the device. */
interface Moment {
  readonly monotonic: number
  readonly wall: number
}

/** A lease that is held, or was. */
export class Lease {
  /** The revision that the claim got: it names everything that is written under this lease, and is given to nobody else. */
  readonly token: string
  /** Resolves when it is lost: nothing more may be written, but that its holder goes (`mayLeave`). */
  readonly whenLost: Promise<void>
  #tellLost!: () => void
  readonly #options: LeaseOptions
  #revision: string
  /** When the change that counts was sent. */
  #since: Moment
  #state: "held" | "ending" | "over" | "lost" = "held"
  /** One change at a time: the next one expects the revision of the one before. */
  #changes: Promise<unknown> = Promise.resolve()
  #cancelBeat: (() => void) | undefined
  #cancelEnd: (() => void) | undefined
  #beating = false
  /** Until when it is tried to say how it ended, in monotonic milliseconds. */
  #patientUntil = Number.POSITIVE_INFINITY

  private constructor(options: LeaseOptions, revision: string, since: Moment) {
    this.#options = options
    this.token = revision
    this.whenLost = new Promise((resolve) => (this.#tellLost = resolve))
    this.#revision = revision
    this.#since = since
    this.#extend(since)
  }

  /**
   * Claims the register. @param expected - the revision that stands there as far as known; null for nothing.
   */
  static async claim(options: LeaseOptions, expected: string | null): Promise<Claim> {
    const { registers, key, clock, randomBytes, leaseMs } = options
    const attempt = mintId(randomBytes)
    const value = await options.value()
    const since = momentOf(clock)
    const isInTime = (): boolean => options.signal?.aborted !== true && clock.monotonic() - since.monotonic < leaseMs / 3
    const answer = await persist(options, isInTime, () => registers.cas(key, { expected, value, ttlMs: leaseMs, attempt }))
    if (answer.outcome === "conflict") return { outcome: "taken", register: answer.register }
    if (!("register" in answer)) return answer
    const { revision } = answer.register
    return revision === null ? { outcome: "unavailable" } : { outcome: "held", lease: new Lease(options, revision, since) }
  }

  /** Whether what is written now is written before anybody else may begin. Asked before each write; when the device is not sure it says no, and finds out. */
  get holds(): boolean {
    if (this.#state !== "held" && this.#state !== "ending") return false
    const { leaseMs, clock } = this.#options
    if (clock.monotonic() - this.#since.monotonic >= leaseMs * SHARE) return false
    if (clock.now() - this.#since.wall < leaseMs * SHARE) return true
    this.#beat()
    return false
  }

  /** Whether nobody else can have begun yet, although it is lost: the last tenth, in which its holder says that it goes. */
  get mayLeave(): boolean {
    const { leaseMs, clock } = this.#options
    const { monotonic, wall } = this.#since
    return this.#state !== "over" && clock.monotonic() - monotonic < leaseMs && clock.now() - wall < leaseMs
  }

  /** Says how it came out, for `ttlMs`. Resolves with whether the authority has it; it is tried as long as the lease runs. */
  end(value: string, ttlMs: number): Promise<boolean> {
    return this.#finish(value, ttlMs, Number.POSITIVE_INFINITY)
  }

  /** Lets another claim it at once. Where no authority answers, that is tried for so long; then it goes by itself. */
  giveBack(patienceMs: number): Promise<boolean> {
    return this.#finish(null, 0, patienceMs)
  }

  async #finish(value: string | null, ttlMs: number, patienceMs: number): Promise<boolean> {
    this.#cancelBeat?.()
    if (this.#state === "held") this.#state = "ending"
    this.#patientUntil = this.#options.clock.monotonic() + patienceMs
    const isDone = (await this.#say(value, ttlMs)) === "ok"
    this.#cancelEnd?.()
    this.#state = "over"
    return isDone
  }

  /** Renews it now. */
  #beat(): void {
    if (this.#state !== "held" || this.#beating) return
    this.#beating = true
    this.#cancelBeat?.()
    void this.#renew().finally(() => (this.#beating = false))
  }

  async #renew(): Promise<void> {
    const { leaseMs, value } = this.#options
    const outcome = await this.#say(await value(), leaseMs)
    if (outcome === "taken") this.#lose()
  }

  #say(value: string | null, ttlMs: number): Promise<"ok" | "taken" | "unavailable"> {
    const said = this.#changes.then(() => this.#change(value, ttlMs))
    this.#changes = said
    return said
  }

  async #change(value: string | null, ttlMs: number): Promise<"ok" | "taken" | "unavailable"> {
    const { registers, key, clock, randomBytes, leaseMs } = this.#options
    const attempt = mintId(randomBytes)
    const since = momentOf(clock)
    const change = { expected: this.#revision, value, ttlMs, attempt }
    const isInTime = (): boolean =>
      this.#state !== "lost" &&
      this.#state !== "over" &&
      clock.monotonic() < this.#patientUntil &&
      clock.monotonic() - this.#since.monotonic < leaseMs
    if (!isInTime()) return "unavailable"
    const answer = await persist(this.#options, isInTime, () => registers.cas(key, change))
    if (answer.outcome === "unavailable") return "unavailable"
    if (answer.outcome !== "ok") return "taken"
    if (answer.register.revision !== null) this.#revision = answer.register.revision
    if (this.#state === "held") this.#extend(since)
    return "ok"
  }

  /** It holds since `since`. */
  #extend(since: Moment): void {
    const { clock, leaseMs, heartbeatMs } = this.#options
    this.#since = since
    const gone = clock.monotonic() - since.monotonic
    this.#cancelEnd?.()
    this.#cancelEnd = clock.setTimer(() => this.#lose(), Math.max(0, leaseMs * SHARE - gone))
    this.#cancelBeat?.()
    this.#cancelBeat = clock.setTimer(() => this.#beat(), Math.max(0, heartbeatMs - gone))
  }

  #lose(): void {
    if (this.#state === "over" || this.#state === "lost") return
    this.#state = "lost"
    this.#cancelBeat?.()
    this.#cancelEnd?.()
    this.#tellLost()
  }
}

function momentOf(clock: Clock): Moment {
  return { monotonic: clock.monotonic(), wall: clock.now() }
}

/** Says the same attempt until it is answered, or it is too late. */
async function persist(
  { clock, heartbeatMs }: LeaseOptions,
  isInTime: () => boolean,
  ask: () => Promise<AuthorityAnswer>,
): Promise<AuthorityAnswer> {
  for (;;) {
    const answer = await ask()
    if (answer.outcome !== "unavailable") return answer
    await new Promise<void>((resolve) => clock.setTimer(resolve, Math.min(RETRY_MS, heartbeatMs / 2)))
    if (!isInTime()) return answer
  }
}
