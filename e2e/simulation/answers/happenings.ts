/** What must have happened to answers, at least so often over all seeds of `answers.test.ts`: each state in which two could answer, or nobody. */
const ANSWERS_REQUIRED = Object.freeze({
  "ask written": 150,
  "ask written offline": 20,
  "equal asks at the same moment": 20,
  "asked again": 15,
  "asked to go on": 8,
  "answer begun": 150,
  "answer ended": 100,
  "answer failed as its script says": 10,
  "answer stopped in the middle": 2,
  "stopped before it began": 4,
  "lease taken over": 15,
  "lease lost by its holder": 2,
  "stale holder woke": 2,
  "responder killed while it wrote": 8,
  "responder closed while it wrote": 3,
  "responder frozen while it wrote": 8,
  "wall clock set": 12,
  "authority cut off from a responder that wrote": 6,
  "ended answer found without its register": 4,
  "claim lost to another responder": 60,
  "text of a broken-off answer kept": 10,
})

/** What is counted and not asked for: an end that a holder noted within its lease, cut off, while its successor ended the answer too. */
const NOT_REQUIRED = ["two ends beside each other"] as const

/** Something that can happen to answers. */
export type AnswerHappening = keyof typeof ANSWERS_REQUIRED | (typeof NOT_REQUIRED)[number]

/** Counts what happened to answers. */
export class AnswerCounts {
  readonly #counts = new Map<AnswerHappening, number>()

  count(happening: AnswerHappening, times = 1): void {
    this.#counts.set(happening, this.of(happening) + times)
  }

  of(happening: AnswerHappening): number {
    return this.#counts.get(happening) ?? 0
  }

  add(other: AnswerCounts): void {
    for (const [happening, times] of other.#counts) this.count(happening, times)
  }

  /** What happened less often than required. */
  missing(): string[] {
    return Object.entries(ANSWERS_REQUIRED)
      .filter(([happening, least]) => this.of(happening as AnswerHappening) < least)
      .map(([happening, least]) => `${happening}: ${this.of(happening as AnswerHappening)} of ${least}`)
  }

  toString(): string {
    return [...Object.keys(ANSWERS_REQUIRED), ...NOT_REQUIRED]
      .map((happening) => `${this.of(happening as AnswerHappening)} ${happening}`)
      .join("\n")
  }
}
