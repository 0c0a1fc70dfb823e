import type { EncodedFrame, FrameOf } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import type { Grants } from "../grants.ts"
import type { FrameSource, Outlet } from "../outlet.ts"
import type { RelayCore } from "../relay-core.ts"
import { CutFrames } from "../cut-frames.ts"
import { answerFrame } from "./forward.ts"
import type { RegisterAnswer } from "./register.ts"

/** What one session asks of registers, and its answers until the socket has taken them. */
export class RegisterRequests implements FrameSource {
  readonly #core: RelayCore
  readonly #grants: Grants
  readonly #outlet: Outlet
  readonly #frames: CutFrames
  #underWay = 0
  #left = false

  constructor(core: RelayCore, outlet: Outlet, grants: Grants) {
    this.#core = core
    this.#grants = grants
    this.#outlet = outlet
    this.#frames = new CutFrames(core, outlet, this)
  }

  /** @throws RelayError `rate-limited` when as many wait as may */
  get({ request, key }: FrameOf<"get">): void {
    this.#ask(request, () => this.#core.registers.get(key, this.#grants.principal!))
  }

  /** @throws RelayError `rate-limited` when as many wait as may */
  cas({ request, key, attempt, expected, value, ttlMs, guarded }: FrameOf<"cas">): void {
    const change = { attempt, expected, value, ttlMs, guarded }
    this.#ask(request, () => this.#core.registers.cas(key, change, this.#grants.principal!))
  }

  /** The session has ended: what is under way goes on, and nobody is told. */
  leave(): void {
    this.#left = true
    this.#frames.clear()
    this.#outlet.remove(this)
  }

  get hasMore(): boolean {
    return this.#frames.length > 0
  }

  next(): EncodedFrame | undefined {
    return this.#frames.next()
  }

  #ask(request: number, ask: () => Promise<RegisterAnswer>): void {
    if (this.#underWay + this.#frames.length >= this.#core.limits.maxRegisterRequests)
      throw new RelayError("rate-limited", "more requests for registers wait than may")
    void this.#answer(request, ask)
  }

  async #answer(request: number, ask: () => Promise<RegisterAnswer>): Promise<void> {
    this.#underWay++
    const answer = await ask()
    this.#underWay--
    if (!this.#left) this.#frames.push(answerFrame(request, answer, this.#core.clock.now()))
  }
}
