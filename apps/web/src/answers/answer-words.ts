import type { ModelCard } from "@polylogue/conversation"

/** When somebody answers: `now`, or once the relay, or a responder, is reached. */
export type AnswerReach = "now" | "relay" | "responder"

/** What is known of an answer before it is asked for. */
export interface AnswerProspect {
  /** Who is asked; undefined: nobody. */
  readonly asked: ModelCard | undefined
  /** Whether anybody is offered, and nobody is asked only because somebody wanted that. */
  readonly isWished: boolean
  readonly reach: AnswerReach
  readonly isFirst: boolean
  /** Whether any model is offered. */
  readonly hasModel: boolean
  readonly hasSources: boolean
}

/** What is said beside the composer; undefined where an answer simply comes. */
export function answerNote({ asked, isWished, reach, isFirst, hasModel, hasSources }: AnswerProspect): string | undefined {
  if (asked === undefined)
    return isWished || hasModel ? undefined : "No model is connected, so nobody answers. The settings say how to connect one."
  if (reach === "relay") return "Asked now, answered when a relay and a responder are reached."
  if (reach === "responder") return "No responder is running. Asked now, answered when one runs again."
  if (hasModel || !isFirst) return undefined
  return hasSources
    ? "No model is connected. Ask anyway: you get passages of your sources."
    : "No model is connected. Ask anyway: you get to know how to connect one."
}
