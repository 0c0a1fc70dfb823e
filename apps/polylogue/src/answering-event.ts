import { AnswerError, type AnswerErrorCode, type AnswerUsage, type ResponderEvent, type WritingOutcome } from "@polylogue/responder"

/**
 * What a responder of this program tells, for the journal and metrics. Plain, for it may come out of a thread, and without words of people, prompts or models: a model is named only where it is
 * one that this responder offers.
 */
export type AnsweringEvent =
  | { readonly type: "online" }
  | { readonly type: "offline"; readonly code: string | undefined }
  | { readonly type: "writing"; readonly model: string; readonly takesOver: boolean }
  | {
      readonly type: "written"
      readonly model: string
      readonly outcome: WritingOutcome
      readonly code?: AnswerErrorCode
      readonly usage?: AnswerUsage
      readonly firstWordMs?: number
      readonly tookMs: number
    }
  | { readonly type: "held"; readonly code: AnswerErrorCode; readonly forMs: number }
  | { readonly type: "problem"; readonly where: string; readonly document: string | undefined; readonly crash: Crash }
  | { readonly type: "model-problem"; readonly advice: string }

/** An error by its name, code and place. */
export interface Crash {
  readonly error: string
  /** File, line and column. */
  readonly at?: string
}

/** `event` as it may be told. @param offered - models of this responder. */
export function answeringEvent(event: ResponderEvent, offered: ReadonlySet<string>): AnsweringEvent {
  const known = (model: string): string => (offered.has(model) ? model : "another")
  switch (event.type) {
    case "writing":
      return { type: "writing", model: known(event.model), takesOver: event.takesOver }
    case "written": {
      const { place: _, ...written } = event
      return { ...written, model: known(event.model) }
    }
    case "held":
      return { type: "held", code: event.code, forMs: event.forMs }
    case "problem":
      return { type: "problem", where: event.where, document: event.documentId, crash: crashOf(event.error) }
  }
}

/** An error without its message, which may hold words of people: where it happened tells more. */
export function crashOf(error: unknown): Crash {
  if (!(error instanceof Error)) return { error: error === undefined ? "ended by itself" : "thrown" }
  const code: unknown = error instanceof AnswerError ? error.code : (error as NodeJS.ErrnoException).code
  const frame = error.stack?.split("\n").find((line) => /^\s*at /.test(line))
  const at = frame === undefined ? undefined : /[^/\\(]+:\d+:\d+/.exec(frame)?.[0]
  return { error: typeof code === "string" ? `${error.name} ${code}` : error.name, ...(at === undefined ? {} : { at }) }
}
