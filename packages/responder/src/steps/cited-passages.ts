import type { ModelMessage } from "../models/model-message.ts"
import type { FoundPassage } from "../sources/source-shelf.ts"

/**
 * The passages that a model may cite, by their numbers: those it was given with the question, from 1, then those that its tools find. A number stands for one passage for as long as the answer is written, also
 * across the runs of several responders: so a run begins behind what the tools of earlier ones have numbered.
 */
export class CitedPassages {
  readonly #passages = new Map<number, FoundPassage>()
  #last: number

  constructor(given: readonly FoundPassage[], earlier: readonly ModelMessage[]) {
    for (const [index, passage] of given.entries()) this.#passages.set(index + 1, passage)
    this.#last = Math.max(given.length, ...earlier.flatMap(numbersIn))
  }

  /** The number of a passage: the one that it has, or the next. */
  cite(passage: FoundPassage): number {
    for (const [number, known] of this.#passages) {
      if (known.sourceId === passage.sourceId && known.chunkId === passage.chunkId && known.hash === passage.hash) return number
    }
    this.#passages.set(++this.#last, passage)
    return this.#last
  }

  /** All of them, each at its number less one; nothing stands at a number that an earlier run gave. */
  list(): readonly (FoundPassage | undefined)[] {
    return Array.from({ length: this.#last }, (_, index) => this.#passages.get(index + 1))
  }
}

/** Largest number that is believed of an earlier run. */
const MAX_NUMBER = 10_000

/** The numbers in what tools gave: `{ passages: [{ number }] }`. */
function numbersIn(message: ModelMessage): readonly number[] {
  if (message.role !== "tool") return []
  return message.results.flatMap((result) => {
    const { passages } = fields("output" in result ? result.output : undefined)
    const numbers = Array.isArray(passages) ? (passages as unknown[]).map((passage) => fields(passage)["number"]) : []
    return numbers.filter((number): number is number => Number.isSafeInteger(number) && (number as number) <= MAX_NUMBER)
  })
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
