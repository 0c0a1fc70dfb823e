import { type EncodedFrame, encodeFrame, type Frame, type FrameOf, type RelayId } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import type { Link, LinkPart } from "../links/link-service.ts"
import type { FrameSource } from "../outlet.ts"
import type { RelayCore } from "../relay-core.ts"
import type { RoutePath } from "./authority-routes.ts"
import { answerFrame, type Forward, forwardOf } from "./forward.ts"
import { Forwards } from "./forwards.ts"
import { FrameQueue } from "./frame-queue.ts"
import type { RegisterAnswer } from "./register.ts"

/** What the links of registers tell who decides on ways. */
export interface RegisterLinkHost {
  /** The other end tells how it reaches an authority. @throws RelayError `bad-frame` */
  heard(link: RegisterLink, path: RoutePath): void
  /** What the other end has to be told of ways, in this order; it counts as told. */
  news(link: RegisterLink): RoutePath[]
  /** The other end asks. Never rejects. */
  carry(forward: Forward, from: RegisterLink): Promise<RegisterAnswer>
  left(link: RegisterLink): void
}

/** What one link does for registers: ways are told, questions go both ways, and registers are observed at the other end. */
export class RegisterLink implements LinkPart, FrameSource {
  readonly relay: RelayId
  readonly #core: RelayCore
  readonly #link: Link
  readonly #host: RegisterLinkHost
  readonly #asks: FrameQueue
  readonly #answers: FrameQueue
  readonly #forwards: Forwards
  /** Questions of the other end that are being answered. */
  #serving = 0
  #routes: RoutePath[] = []
  /** Whether ways changed since they were last asked for. */
  #changed = false
  #left = false

  constructor(core: RelayCore, link: Link, host: RegisterLinkHost) {
    this.#core = core
    this.#link = link
    this.#host = host
    this.relay = link.peer.relay
    this.#asks = new FrameQueue(core, link.outlet)
    this.#answers = new FrameQueue(core, link.outlet)
    this.#forwards = new Forwards(core, this.#asks)
  }

  /** Ways may have changed: what the other end has to know of it is told. */
  waysChanged(): void {
    if (this.#left) return
    this.#changed = true
    this.#link.outlet.activate(this)
  }

  /** Asks the other end. Never rejects. */
  ask(forward: Forward): Promise<RegisterAnswer> {
    return this.#forwards.ask(forward)
  }

  /** Who waits for an answer of the other end is told `unavailable`, now and from now on. */
  giveUp(): void {
    this.#forwards.end()
  }

  /** Observes at the other end; `undefined` when what was asked before waits to be sent. */
  observe(prefix: string, receive: (frame: Frame) => void): number | undefined {
    if (this.#left || this.#asks.length > this.#core.limits.maxForwards + this.#core.limits.maxLinkObservers) return undefined
    const handle = this.#link.openHandle(receive)
    this.#asks.push({ type: "observe", handle, prefix })
    return handle
  }

  /** Ends an observation. */
  close(handle: number): void {
    if (this.#left) return
    this.#link.closeHandle(handle)
    this.#asks.push({ type: "close", handle, code: 1000, reason: "" })
  }

  /** The other end has ended an observation. */
  closed(handle: number): void {
    this.#link.closeHandle(handle)
  }

  receive(frame: Frame): void {
    switch (frame.type) {
      case "route":
        return this.#host.heard(this, frame.path)
      case "answer":
        return this.#forwards.answered(frame)
      case "forward":
        return this.#serve(frame)
      default:
        throw new RelayError("bad-frame", `${frame.type} is not of registers`)
    }
  }

  left(): void {
    this.#left = true
    this.#asks.leave()
    this.#answers.leave()
    this.#link.outlet.remove(this)
    this.#forwards.end()
    this.#host.left(this)
  }

  get hasMore(): boolean {
    return this.#changed || this.#routes.length > 0
  }

  next(): EncodedFrame | undefined {
    if (this.#left) return undefined
    // Asked only now: whoever takes slowly is told what is, not all that was.
    if (this.#routes.length === 0 && this.#changed) {
      this.#changed = false
      this.#routes = this.#host.news(this)
    }
    const path = this.#routes.shift()
    return path && encodeFrame({ type: "route", path })
  }

  /** @throws RelayError, ProtocolError before anything is asked */
  #serve(frame: FrameOf<"forward">): void {
    const forward = forwardOf(frame)
    const { request } = frame
    if (this.#serving + this.#answers.length >= this.#core.limits.maxForwards) {
      // Of these there are as many as the other end cares to provoke.
      if (this.#answers.length >= 2 * this.#core.limits.maxForwards) throw new RelayError("rate-limited", "more questions wait than may")
      return this.#answer(request, { outcome: "unavailable" })
    }
    void this.#carry(request, forward)
  }

  async #carry(request: number, forward: Forward): Promise<void> {
    this.#serving++
    const answer = await this.#host.carry(forward, this)
    this.#serving--
    this.#answer(request, answer)
  }

  #answer(request: number, answer: RegisterAnswer): void {
    if (!this.#left) this.#answers.push(answerFrame(request, answer, this.#core.clock.now()))
  }
}
