import type { ModelCard } from "@polylogue/conversation"

/** When somebody answers: `now`, or once the relay, or a responder, is reached. */
export type AnswerReach = "now" | "relay" | "responder"

/** What is known of an answer before it is asked for. */
export interface AnswerProspect {
  /** Who is asked; undefined: nobody. */
  readonly asked: ModelCard | undefined
  readonly reach: AnswerReach
  readonly isFirst: boolean
  /** Whether any model is offered. */
  readonly hasModel: boolean
  readonly hasSources: boolean
}

/** What is said beside the composer; undefined where an answer simply comes. */
export function answerNote({ asked, reach, isFirst, hasModel, hasSources }: AnswerProspect): string | undefined {
  if (asked === undefined) return undefined
  if (reach === "relay") return "Asked now, answered when a relay and a responder are reached."
  if (reach === "responder") return "No responder is running. Asked now, answered when one runs again."
  if (hasModel || !isFirst) return undefined
  return hasSources
    ? "No model is connected. Ask anyway: you get passages of your sources."
    : "No model is connected. Ask anyway: you get to know how to connect one."
}
