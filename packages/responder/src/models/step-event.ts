import type { AnswerEvent, AnswerUsage } from "../answer.ts"
import type { AssistantMessage } from "./model-message.ts"
import type { StepCitations } from "./provider-citations.ts"

/** What one request to a model gives, in its order; `finish` is the last, and comes once. All but `tool-call` and `finish` are events of an answer as they are. */
export type StepEvent =
  | Extract<AnswerEvent, { type: "text" | "reasoning" | "tool-input-start" | "tool-input" | "tool-output" | "tool-failed" | "part" }>
  | StepCall
  | StepEnd

/** A call of a tool, complete. */
export interface StepCall {
  readonly type: "tool-call"
  readonly toolCallId: string
  readonly name: string
  /** Plain JSON; of a call with a `problem` the text as it came. */
  readonly input: unknown
  /** The provider runs it, and says what it gave, in this step or a later one. Nobody else may. */
  readonly byProvider: boolean
  /** Why it cannot run, in words for the model: its input is no JSON. */
  readonly problem?: string
}

/** The end of a step. */
export interface StepEnd {
  readonly type: "finish"
  /** `tool-calls`: the model goes on when it is told what its calls gave. `length`: it said as much as it may. `stop`: all of it. */
  readonly finishReason: "stop" | "length" | "tool-calls" | "other"
  readonly usage: AnswerUsage
  /** What the model said, to be given back to it before the results of its calls. */
  readonly message: AssistantMessage
  /** The model takes no tools: it was asked without those that were given. */
  readonly withoutTools?: boolean
  /** What the provider cited: see `citationsAt`. */
  readonly cited: StepCitations
}
