import type { AnsweringEvent } from "./answering-event.ts"
import type { Metrics } from "./metrics.ts"

/** From 100 ms to two minutes, in seconds. */
const SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120]

/** What is measured of the responder beside a relay. */
export class AnsweringMetrics {
  readonly #answers
  readonly #failures
  readonly #tokens
  readonly #held
  readonly #firstWord
  readonly #whole
  #online = false
  #writing = 0

  constructor(metrics: Metrics) {
    this.#answers = metrics.counter("answers", "Answers that were written here, by how they came out.", ["outcome"])
    this.#failures = metrics.counter("answers_failed", "Answers that failed, by code.", ["code"])
    this.#tokens = metrics.counter("answer_tokens", "Tokens of models, as their providers count them.", ["direction"])
    this.#held = metrics.counter("answers_held", "Times that an answer waited for its provider, by code.", ["code"])
    this.#firstWord = metrics.histogram("answer_first_word_seconds", "From taking an answer on to its first word.", SECONDS)
    this.#whole = metrics.histogram("answer_seconds", "From taking an answer on to its end.", SECONDS)
    metrics.measure({ name: "responder_up", help: "1 while the responder is connected.", read: () => Number(this.#online) })
    metrics.measure({ name: "answers_writing", help: "Answers that are being written.", read: () => this.#writing })
  }

  /** Takes in what the responder tells. */
  observe(event: AnsweringEvent): void {
    switch (event.type) {
      case "online":
      case "offline":
        this.#online = event.type === "online"
        return
      case "writing":
        this.#writing++
        return
      case "written":
        return this.#written(event)
      case "held":
        return this.#held.inc({ code: event.code })
      case "problem":
      case "model-problem":
        return
    }
  }

  /** The responder has ended: nothing of it is under way. */
  ended(): void {
    this.#online = false
    this.#writing = 0
  }

  #written({ outcome, code, usage, firstWordMs, tookMs }: Extract<AnsweringEvent, { type: "written" }>): void {
    this.#writing = Math.max(0, this.#writing - 1)
    this.#answers.inc({ outcome })
    if (code !== undefined) this.#failures.inc({ code })
    this.#tokens.inc({ direction: "in" }, usage?.inputTokens ?? 0)
    this.#tokens.inc({ direction: "out" }, usage?.outputTokens ?? 0)
    if (firstWordMs !== undefined) this.#firstWord.observe(firstWordMs / 1000)
    this.#whole.observe(tookMs / 1000)
  }
}
