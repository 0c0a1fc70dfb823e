import {
  type ForeignCitation,
  type ForeignCitations,
  fromAnthropic,
  fromOpenAi,
  type NewCitation,
  newCitations,
} from "@polylogue/conversation"
import type { WrittenPart } from "../answer.ts"
import type { ModelApi } from "./model-settings.ts"

/** What a provider cited in one step. `texts` are what the step said between anything that is no text; each citation names one of them by its number. */
export type StepCitations = ForeignCitations

/** Of a text that a provider streamed in one go: where it stands in what the step said, and what its provider noted at it. */
interface TextBlock {
  readonly run: number
  readonly from: number
  text: string
  readonly annotations: unknown[]
}

/** Collects the texts of a step, and the annotations as they stand in the provider's own events, which tell more of them than the SDK passes on. */
export class CitationCollector {
  readonly #api: ModelApi
  readonly #runs: string[] = []
  readonly #blocks: TextBlock[] = []
  /** Annotations that came before any text. */
  #early: unknown[] = []
  #inRun = false

  constructor(api: ModelApi) {
    this.#api = api
  }

  /** Whether text that comes now goes on with what was said last. */
  get goesOn(): boolean {
    return this.#inRun
  }

  /** Something that is no text: what is said after it stands by itself. */
  breakRun(): void {
    this.#inRun = false
  }

  /** A text begins, as the provider cuts them; `separator` stands before it without being its own. */
  startBlock(separator: string): void {
    if (this.#inRun) this.#runs[this.#runs.length - 1] += separator
    const run = this.#inRun ? this.#runs.length - 1 : this.#runs.length
    this.#blocks.push({ run, from: this.#runs[run]?.length ?? 0, text: "", annotations: this.#early })
    this.#early = []
  }

  append(text: string): void {
    const block = this.#blocks.at(-1)
    if (block === undefined || text === "") return
    if (!this.#inRun) this.#runs.push("")
    this.#inRun = true
    this.#runs[this.#runs.length - 1] += text
    block.text += text
  }

  /** Looks for annotations in an event of the provider, and says whether there are any. */
  takeEvent(event: unknown): boolean {
    const annotations = annotationsIn(this.#api, event)
    if (annotations.length > 0) (this.#blocks.at(-1)?.annotations ?? this.#early).push(...annotations)
    return annotations.length > 0
  }

  end(): StepCitations {
    const blocks = this.#blocks
    const foreign =
      this.#api === "anthropic"
        ? fromAnthropic(blocks.map(({ text, annotations }) => ({ type: "text", text, citations: annotations })))
        : fromOpenAi(blocks.map(({ text, annotations }) => ({ type: "output_text", text, annotations })))
    const citations = foreign.citations.map((citation): ForeignCitation => {
      const { run = 0, from = 0, text = "" } = blocks[citation.text] ?? {}
      const answer = citation.answer ?? (text === "" ? null : { from: 0, to: text.length })
      return { ...citation, text: run, answer: answer === null ? null : { from: answer.from + from, to: answer.to + from } }
    })
    return { texts: this.#runs, citations }
  }
}

/**
 * The citations of `steps`, all of one answer and in their order, at the parts in which what they said was written. Parts that stand before or between are passed over; of a text that was written
 * in no part the citations are left out.
 */
export function citationsAt(steps: readonly StepCitations[], parts: readonly WrittenPart[]): readonly Omit<NewCitation, "messageId">[] {
  const texts = parts.filter(({ type }) => type === "text")
  const made: Omit<NewCitation, "messageId">[] = []
  let next = 0
  for (const step of steps) {
    const places = step.texts.map((text) => {
      const found = texts.findIndex((part, index) => index >= next && part.text === text)
      if (found !== -1) next = found + 1
      return texts[found]?.pid
    })
    const known = { texts: step.texts, citations: step.citations.filter(({ text }) => places[text] !== undefined) }
    for (const citation of newCitations(known, { messageId: "", partId: (text) => places[text] ?? "" })) {
      // Written once, with the end of the answer: ids of their own.
      const { messageId: _message, id: _id, ...rest } = citation
      made.push(rest)
    }
  }
  return made
}

function annotationsIn(api: ModelApi, event: unknown): readonly unknown[] {
  const { type, delta, annotation, choices } = fields(event)
  if (api === "anthropic") {
    const { type: kind, citation } = fields(delta)
    return type === "content_block_delta" && kind === "citations_delta" ? [citation] : []
  }
  if (api === "responses") return type === "response.output_text.annotation.added" ? [annotation] : []
  const { annotations } = fields(fields(list(choices)[0])["delta"])
  return list(annotations)
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}
