import { codeName, type FrameOf, MAX_REGISTER_REQUESTS, mintId, REGISTER_PROTOCOL_VERSION } from "@polylogue/protocol"
import type { Environment } from "../environment.ts"
import type { RegisterAnswer } from "./register.ts"
import type { RegisterMessage, StatedChange } from "./register-messages.ts"
import type { RegisterLink } from "./registers-part.ts"

/*
 * A request, asked here or by a tab without a socket:
 *
 *   waiting ─ a way, and room on it ─▶ under way ─ answer ─▶ answered
 *      ▲  └─────────── deadline, or nobody can be asked ───────▶ answered `unavailable`
 *      └────── the way is gone: another session, another tab ── under way
 *
 * A `cas` goes every time with the same attempt, so it takes effect once. What was asked first goes first, on every way.
 */

/** Requests that wait or are under way; one more is answered `unavailable` at once. */
export const MAX_REQUESTS = 1_024
/** Characters of values in them; one request is taken whatever its size. */
export const MAX_REQUEST_CHARACTERS = 4 * 1024 * 1024

const UNAVAILABLE: RegisterAnswer = Object.freeze({ outcome: "unavailable" })

/** Where requests go: nowhere for now, to nobody at all, to the relay, or to the tab that holds the socket. */
export type RegisterWay =
  | { readonly to: "nowhere" }
  | { readonly to: "nobody" }
  | { readonly to: "relay"; readonly link: RegisterLink }
  | { readonly to: "holder"; post(message: RegisterMessage): void }

/** What {@link RegisterRequests} tell their owner. */
export interface RequestsOwner {
  readonly environment: Environment
  /** An authority has answered, perhaps too late for who asked; said before that one is told. */
  answered(key: string, change: StatedChange | undefined, answer: RegisterAnswer): void
}

interface Request {
  readonly id: string
  readonly key: string
  readonly change: StatedChange | undefined
  /** `clock.monotonic()`. */
  readonly deadline: number
  readonly done: (answer: RegisterAnswer) => void
  readonly cancel: () => void
  underWay: boolean
}

/** The requests that are not answered, and their ways. */
export class RegisterRequests {
  readonly #owner: RequestsOwner
  /** In the order in which they were asked. */
  readonly #open = new Map<string, Request>()
  /** By their numbers in the present session: requests stay here until the relay answers, for it counts them too. */
  readonly #numbers = new Map<number, Request>()
  #nextNumber = 1
  #characters = 0
  #way: RegisterWay = { to: "nowhere" }

  constructor(owner: RequestsOwner) {
    this.#owner = owner
  }

  get size(): number {
    return this.#open.size
  }

  /** Whether the request with this id waits for its answer. */
  has(id: string): boolean {
    return this.#open.has(id)
  }

  /** Asks, within `leftMs`. Never rejects. */
  ask(
    key: string,
    change: StatedChange | undefined,
    leftMs: number,
    id = mintId(this.#owner.environment.randomBytes),
  ): Promise<RegisterAnswer> {
    const { clock, limits } = this.#owner.environment
    const ms = Math.min(leftMs, limits.registerTimeoutMs)
    const characters = change?.value?.length ?? 0
    const full = this.#open.size >= MAX_REQUESTS || (this.#characters > 0 && this.#characters + characters > MAX_REQUEST_CHARACTERS)
    if (full || ms <= 0 || this.#open.has(id) || this.#way.to === "nobody") return Promise.resolve(UNAVAILABLE)
    return new Promise((done) => {
      const cancel = clock.setTimer(() => this.#done(id, UNAVAILABLE), ms)
      this.#characters += characters
      this.#open.set(id, { id, key, change, deadline: clock.monotonic() + ms, done, cancel, underWay: false })
      this.#pump()
    })
  }

  /** Another way, or the same one again: what is under way is said anew on it, for nobody knows how far it came. */
  take(way: RegisterWay): void {
    this.#way = way.to === "relay" && way.link.version < REGISTER_PROTOCOL_VERSION ? { to: "nobody" } : way
    this.#numbers.clear()
    this.#nextNumber = 1
    for (const request of this.#open.values()) request.underWay = false
    if (this.#way.to === "nobody") for (const id of this.#open.keys()) this.#done(id, UNAVAILABLE)
    this.#pump()
  }

  /** The relay has answered. */
  answered(frame: FrameOf<"answer">): void {
    const request = this.#numbers.get(frame.request)
    if (request === undefined) return
    this.#numbers.delete(frame.request)
    this.#tell(request, answerOf(frame))
  }

  /** The tab that holds the socket has answered. */
  told(id: string, answer: RegisterAnswer): void {
    const request = this.#open.get(id)
    if (request !== undefined) this.#tell(request, answer)
  }

  #tell({ id, key, change }: Request, answer: RegisterAnswer): void {
    this.#owner.answered(key, change, answer)
    this.#done(id, answer)
    this.#pump()
  }

  #done(id: string, answer: RegisterAnswer): void {
    const request = this.#open.get(id)
    if (request === undefined) return
    this.#open.delete(id)
    this.#characters -= request.change?.value?.length ?? 0
    request.cancel()
    request.done(answer)
  }

  #pump(): void {
    const way = this.#way
    if (way.to === "nowhere" || way.to === "nobody") return
    for (const request of this.#open.values()) {
      if (request.underWay) continue
      if (way.to === "relay" && this.#numbers.size >= MAX_REGISTER_REQUESTS) return
      request.underWay = true
      if (way.to === "relay") this.#send(way.link, request)
      else {
        const { id, key, change, deadline } = request
        way.post({ kind: "ask", id, key, change, leftMs: deadline - this.#owner.environment.clock.monotonic() })
      }
    }
  }

  #send(link: RegisterLink, request: Request): void {
    const { key, change } = request
    const number = this.#nextNumber++
    this.#numbers.set(number, request)
    link.send(change === undefined ? { type: "get", request: number, key } : { type: "cas", request: number, key, ...change })
  }
}

/** An answer as it is given to who asked. One that makes no sense is one that nothing can be known of. */
function answerOf({ outcome, code, time, register }: FrameOf<"answer">): RegisterAnswer {
  if (outcome === "refused") return { outcome, code: codeName(code) ?? String(code) }
  if (outcome === "unavailable" || register === undefined) return UNAVAILABLE
  return { outcome, register: { ...register, asOf: time } }
}
