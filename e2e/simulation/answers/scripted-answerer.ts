import type { Clock } from "@polylogue/protocol"
import { AnswerError, type Answerer, type AnswerEvent, type OfferedModel, type Question } from "@polylogue/responder"
import type { Random } from "../random.ts"

/** The model that every responder of a run offers. */
const SCRIPTED_MODEL = "script"
/** Of so many slots one has a script that fails. */
const FAILING_ONE_IN = 8

/** One run of an answerer: whoever begins an answer anew says other words, so each word tells who wrote it. */
export interface ScriptRun {
  readonly id: string
  /** `<message>/<slot>`. */
  readonly slot: string
  readonly replyId: string
  readonly words: readonly string[]
  readonly fails: boolean
}

/** Whether the answer of a slot fails, whoever writes it. */
function failsAs(slot: string): boolean {
  let hash = 7
  for (let index = 0; index < slot.length; index++) hash = Math.imul(hash ^ slot.charCodeAt(index), 0x01000193) >>> 0
  return (hash ^ (hash >>> 15)) % FAILING_ONE_IN === 0
}

/** A model that says words which name the run that says them, at its own pace, and then ends or fails as the slot decides. */
export class ScriptedAnswerer implements Answerer {
  readonly #session: string
  readonly #clock: Clock
  readonly #random: Random
  readonly #begun: (run: ScriptRun) => void
  #runs = 0

  constructor(session: string, clock: Clock, random: Random, begun: (run: ScriptRun) => void) {
    this.#session = session
    this.#clock = clock
    this.#random = random
    this.#begun = begun
  }

  offers(): readonly OfferedModel[] {
    return [{ id: SCRIPTED_MODEL, label: "Script", kind: "model", isDefault: true }]
  }

  async *answer({ ask, replyId }: Question, signal: AbortSignal): AsyncIterable<AnswerEvent> {
    const random = this.#random
    const id = `${this.#session}!${++this.#runs}`
    const slot = `${ask.messageId}/${ask.slot}`
    const words = Array.from({ length: random.between(0, 30) }, (_, index) => `‹${id}:${index}›`)
    const run = { id, slot, replyId, words, fails: failsAs(slot) }
    this.#begun(run)
    const paceMs = random.pick([5, 150, 600])
    yield { type: "about", about: { model: SCRIPTED_MODEL, run: id } }
    const thoughts = random.chance(0.4) ? random.between(0, words.length) : 0
    for (const [index, text] of words.entries()) {
      await this.#pause(random.fraction() * paceMs * 2, signal)
      if (signal.aborted) return
      yield { type: index < thoughts ? "reasoning" : "text", text }
    }
    await this.#pause(random.fraction() * paceMs, signal)
    if (run.fails) throw new AnswerError("refused", "The script ends here.")
    yield { type: "finish", finishReason: "stop", usage: { outputTokens: words.length } }
  }

  #pause(durationMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        signal.removeEventListener("abort", end)
        cancel()
        resolve()
      }
      const cancel = this.#clock.setTimer(end, durationMs)
      signal.addEventListener("abort", end)
    })
  }
}
