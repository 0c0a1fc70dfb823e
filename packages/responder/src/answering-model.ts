import type { NewCitation } from "@polylogue/conversation"
import type { OfferedModel, WrittenPart } from "./answer.ts"
import type { ModelMessage, ModelTool } from "./models/model-message.ts"
import type { StepEvent } from "./models/step-event.ts"
import type { FoundPassage } from "./sources/source-shelf.ts"

/** One request to a model. */
export interface StepRequest {
  readonly messages: readonly ModelMessage[]
  readonly tools: readonly ModelTool[]
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly signal: AbortSignal
}

/** A model that answers. */
export interface AnsweringModel extends Pick<OfferedModel, "id" | "label" | "isDefault"> {
  /** How much it takes, question and answer together. Default `DEFAULT_CONTEXT_TOKENS`. */
  readonly contextTokens?: number
  /** Most tokens of an answer; what an ask wants beyond it is passed over. Default: what its provider has. */
  readonly maxOutputTokens?: number
  /** Asks it once: see `streamStep`. */
  stream(request: StepRequest): AsyncIterable<StepEvent>
}

/** What a model is told to answer a question. */
export interface AnswerContext {
  readonly messages: readonly ModelMessage[]
  /** What was used, for `about`. */
  readonly record: Readonly<Record<string, unknown>>
  /** The passages that the model may cite: `passages[n - 1]` is what it knows as `[n]`. */
  readonly passages: readonly FoundPassage[]
  /** What a complete answer cites of `passages`, which may have more than those above, or none at some number. */
  citations(parts: readonly WrittenPart[], passages: readonly (FoundPassage | undefined)[]): readonly Omit<NewCitation, "messageId">[]
  /** The same of about half the size; undefined when it can be made no shorter. */
  shrink(): AnswerContext | undefined
}

/** Bounds of an answer. */
export interface AnswerLimits {
  /** Most requests to the model between two answers of people, 1 or more. Before the last one it is told to answer with what it has. Default 8. */
  readonly maxSteps: number
  /** Most calls of tools in the same time, 0 or more; further ones fail. Default 32. */
  readonly maxCalls: number
}

export const DEFAULT_ANSWER_LIMITS: AnswerLimits = Object.freeze({ maxSteps: 8, maxCalls: 32 })
