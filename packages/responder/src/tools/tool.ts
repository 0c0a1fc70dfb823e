import type { Question } from "../answer.ts"
import type { FoundPassage } from "../sources/source-shelf.ts"
import type { InputSchema } from "./input-schema.ts"

/** For what a tool runs. */
export interface ToolRun {
  readonly question: Question
  /** Aborts when the answer is stopped, or time is up; what the tool gives after that counts no more. */
  readonly signal: AbortSignal
  /** Makes a passage citable in the answer, and returns the number by which the model cites it: the same one each time. */
  readonly cite: (passage: FoundPassage) => number
}

/**
 * Something that a model may have done for its answer.
 *
 * What it is called with was written by a model, which may have read hostile words: it is checked against the schema, and nothing else is promised of it.
 */
export interface Tool {
  /** 1 to 64 characters `A-Z a-z 0-9 _ -`. */
  readonly name: string
  /** When to use it, and what it gives: for the model, and for people who are asked. */
  readonly description: string
  readonly input: InputSchema
  /**
   * Whether people are asked before it runs. A tool that writes always asks, whatever this says: the answer of people is what gives the call one place, at which it is claimed before it runs. One that
   * throws here asks.
   */
  readonly asks: boolean | ((input: unknown) => boolean)
  /** Whether it changes nothing anywhere: such a call may run again when the responder that ran it went away. Any other runs at most once. */
  readonly readsOnly: boolean
  /**
   * Runs. What it gives is kept with the call as plain JSON, cut to `ToolLimits.maxOutputBytes`, and the model reads it.
   * @throws AnswerError with words for people and the model; of any other error neither is told more than that it failed.
   */
  run(input: unknown, run: ToolRun): Promise<unknown>
}

/** A tool as a model is told of it. */
export interface ToolDescription {
  readonly name: string
  readonly description: string
  readonly inputSchema: InputSchema
}

/** Bounds of calls. */
export interface ToolLimits {
  /** Longest run of a call in ms, 1 or more; then it has failed, and is told to stop. Default 60 000. */
  readonly timeoutMs: number
  /** Largest output in bytes of UTF-8 as JSON, 256 or more; a larger one is cut, and says so. Default 32 KiB. */
  readonly maxOutputBytes: number
}

export const DEFAULT_TOOL_LIMITS: ToolLimits = Object.freeze({ timeoutMs: 60_000, maxOutputBytes: 32 * 1024 })

/** What came of a call. */
export type ToolResult = { readonly output: unknown } | { readonly failed: string }
