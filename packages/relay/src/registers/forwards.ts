import type { FrameOf } from "@polylogue/protocol"
import type { RelayCore } from "../relay-core.ts"
import { answerOf, type Forward, forwardFrame } from "./forward.ts"
import type { FrameQueue } from "./frame-queue.ts"
import type { RegisterAnswer } from "./register.ts"

const UNAVAILABLE: RegisterAnswer = Object.freeze({ outcome: "unavailable" })

interface UnderWay {
  readonly key: string
  readonly principal: string
  readonly characters: number
  readonly done: (answer: RegisterAnswer) => void
  readonly cancel: () => void
}

/**
 * Questions that were forwarded over one link and are not answered. Nobody waits for ever: an answer comes, or the link ends, or the time is over; then it is
 * `unavailable`, which leaves open whether a change takes effect.
 */
export class Forwards {
  readonly #core: RelayCore
  readonly #queue: FrameQueue
  readonly #underWay = new Map<number, UnderWay>()
  /** How many of them each principal asked. */
  readonly #counts = new Map<string, number>()
  #characters = 0
  #last = 0
  #ended = false

  constructor(core: RelayCore, queue: FrameQueue) {
    this.#core = core
    this.#queue = queue
  }

  /** Asks the relay at the other end; `unavailable` at once when as much is under way as may be. Never rejects. */
  ask(forward: Forward): Promise<RegisterAnswer> {
    const { clock, counters, limits } = this.#core
    const characters = forward.change?.value?.length ?? 0
    const tooLarge = characters > 0 && this.#characters > 0 && this.#characters + characters > limits.maxForwardCharacters
    const { key, principal } = forward
    const own = this.#counts.get(principal) ?? 0
    // However many sessions somebody has: those of others are asked for, too.
    const full = tooLarge || this.#underWay.size >= limits.maxForwards || own >= limits.maxForwardsOfPrincipal
    if (this.#ended || full) return Promise.resolve(UNAVAILABLE)
    counters.registersForwarded++
    const request = ++this.#last
    return new Promise((done) => {
      const cancel = clock.setTimer(() => this.#done(request, UNAVAILABLE), limits.forwardMs)
      this.#underWay.set(request, { key, principal, characters, done, cancel })
      this.#counts.set(principal, own + 1)
      this.#characters += characters
      this.#queue.push(forwardFrame(request, forward))
    })
  }

  /** The other end has answered, perhaps too late. */
  answered(frame: FrameOf<"answer">): void {
    const asked = this.#underWay.get(frame.request)
    if (asked !== undefined) this.#done(frame.request, answerOf(asked.key, frame))
  }

  /** Nobody is answered any more: who waits is told so. */
  end(): void {
    this.#ended = true
    for (const request of this.#underWay.keys()) this.#done(request, UNAVAILABLE)
  }

  #done(request: number, answer: RegisterAnswer): void {
    const asked = this.#underWay.get(request)
    if (asked === undefined) return
    this.#underWay.delete(request)
    this.#characters -= asked.characters
    const left = this.#counts.get(asked.principal)! - 1
    if (left === 0) this.#counts.delete(asked.principal)
    else this.#counts.set(asked.principal, left)
    asked.cancel()
    asked.done(answer)
  }
}
