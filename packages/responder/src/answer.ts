import type { AnsweringConversation, Ask, ConversationOptions, NewCitation, NewPart } from "@polylogue/conversation"
import type * as Y from "yjs"

/** A model, or another way to answer, as it is offered to people. */
export interface OfferedModel {
  /** What an ask names; 1 to 200 characters, the same at every responder that offers it. */
  readonly id: string
  /** What people read. */
  readonly label: string
  /** `model`: a language model answers. `passages`: what the workspace's sources say is quoted, and nothing is made up. */
  readonly kind: "model" | "passages"
  /** Whether it answers those who ask for none; the first that says so counts. */
  readonly isDefault?: boolean
}

/** What is to be answered, with all that the relay has of its conversation when it begins. */
export interface Question {
  readonly ask: Ask
  readonly workspace: string
  readonly conversationId: string
  /** Of the segment in which the message asked about stands. */
  readonly ydoc: Y.Doc
  readonly conversation: AnsweringConversation
  /** As whom the answer is written: for what is noted beside it, as the retrieval that it rests on. */
  readonly options: ConversationOptions
  /** The reply that is being written; its parts so far are what another holder, or an earlier step of this one, left. */
  readonly replyId: string
  /** Calls of tools in the reply that have ended, or were answered by people, since the last run; empty at the first one. */
  readonly resumes: boolean
}

/** What was used for an answer; stands in the first part that its holder writes, so that people see it, and programs can judge it. Plain JSON. */
export interface AnswerAbout {
  /** The model that answers, as it is offered. */
  readonly model: string
  readonly [field: string]: unknown
}

/** What an answer is made of, in its order. */
export type AnswerEvent =
  | { readonly type: "about"; readonly about: AnswerAbout }
  | { readonly type: "text" | "reasoning"; readonly text: string }
  | { readonly type: "tool-input-start"; readonly toolCallId: string; readonly name: string }
  | { readonly type: "tool-input"; readonly toolCallId: string; readonly text: string }
  | { readonly type: "tool-call"; readonly toolCallId: string; readonly name: string; readonly input: unknown }
  /** People are asked before it runs. What follows is no call any more; after `finish` the answer waits. */
  | { readonly type: "tool-asks"; readonly toolCallId: string; readonly details: unknown }
  | { readonly type: "tool-output"; readonly toolCallId: string; readonly output: unknown }
  | { readonly type: "tool-failed"; readonly toolCallId: string; readonly reason: string }
  | { readonly type: "tool-denied"; readonly toolCallId: string; readonly reason: string }
  /** A complete part, behind all others: a source, a file. */
  | { readonly type: "part"; readonly part: NewPart }
  /** The end. `citations` are made of the parts as they stand then: written in one transaction with the end. */
  | {
      readonly type: "finish"
      readonly finishReason: string
      readonly usage?: AnswerUsage
      readonly citations?: (parts: readonly WrittenPart[]) => readonly Omit<NewCitation, "messageId">[]
    }

/** A part of text that this run has written, whole. */
export interface WrittenPart {
  readonly pid: string
  readonly type: string
  readonly text: string
}

/** Tokens as the provider counts them; absent fields were not told. */
export interface AnswerUsage {
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly reasoningTokens?: number
  readonly cachedInputTokens?: number
}

/** Why an answer failed: the code is what programs go by, the message is for people. */
export type AnswerErrorCode =
  | "no-model" // nobody offers the model that was asked for
  | "unauthorised" // the provider does not take the key
  | "rate-limited" // too many requests, or no credit; `retryAfterMs` when the provider said when
  | "overloaded" // the provider cannot answer now
  | "unreachable" // nothing answers at its address
  | "timed-out" // it answered nothing for too long
  | "broken-stream" // the answer ended in the middle, or in no form that it should have
  | "context-overflow" // the question is too long for the model even when shortened
  | "refused" // the provider did not want to answer this
  | "bad-request" // the provider does not understand the request: a model or option that it does not have
  | "failed" // anything else

/** An answer that failed. `message` is a whole sentence for people that says what to do, and holds neither keys nor words of the conversation. */
export class AnswerError extends Error {
  readonly code: AnswerErrorCode
  /** After how many milliseconds to try again, as the provider said. */
  readonly retryAfterMs: number | undefined
  constructor(code: AnswerErrorCode, message: string, options: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(message, options)
    this.name = "AnswerError"
    this.code = code
    this.retryAfterMs = options.retryAfterMs
  }
}

/** One way to answer: models behind a provider, or passages of sources. */
export interface Answerer {
  /** What it offers; asked again whenever it is announced. */
  offers(): readonly OfferedModel[]
  /**
   * Answers. What it yields is collected and written every 50 ms, so it may yield token by token. It ends soon after `signal` aborts, in whatever way, with
   * the connection to the provider closed.
   * @throws AnswerError when it cannot go on; what was yielded stays.
   */
  answer(question: Question, signal: AbortSignal): AsyncIterable<AnswerEvent>
}
