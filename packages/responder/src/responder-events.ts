import type { AnswerErrorCode, AnswerUsage } from "./answer.ts"

/** Which answer it is about. Ids only: an event holds nothing that people or models have said. */
export interface EventPlace {
  readonly workspace: string
  readonly conversationId: string
  readonly messageId: string
  readonly slot: string
}

/** How the writing of an answer came out for one responder. `interrupted`: it left it to others; `lost`: its lease could not be renewed, or its document was replaced. */
export type WritingOutcome = "done" | "stopped" | "failed" | "waiting" | "interrupted" | "lost"

/** What a responder tells whoever runs it, for metrics and a journal. */
export type ResponderEvent =
  | { readonly type: "writing"; readonly place: EventPlace; readonly model: string; readonly takesOver: boolean }
  | {
      readonly type: "written"
      readonly place: EventPlace
      readonly model: string
      readonly outcome: WritingOutcome
      /** Of `failed`. */
      readonly code?: AnswerErrorCode
      readonly usage?: AnswerUsage
      /** Milliseconds from the lease to the first word; absent when there was none. */
      readonly firstWordMs?: number
      /** Milliseconds from the lease to its end. */
      readonly tookMs: number
    }
  | { readonly type: "held"; readonly place: EventPlace; readonly code: AnswerErrorCode; readonly forMs: number }
  | ResponderProblem

/** Something that did not go and was survived. `error` may quote what it could not read: it belongs into no log but by its name and code. */
export interface ResponderProblem {
  readonly type: "problem"
  /** `answer`: an answerer failed in a way that it should not. `refused`: the relay does not let this responder write, or claim. */
  readonly where: "read" | "open" | "claim" | "answer" | "citations" | "refused" | "card" | "listener"
  readonly documentId: string | undefined
  readonly error: unknown
}
