import type { Ask, AskPhase, MessagePart, ModelCard } from "@polylogue/conversation"
import { offerName } from "./offers.ts"

/** What a device knows of who could answer. */
export interface AnswerPlace {
  readonly online: boolean
  /** Whether a responder runs, as far as it is known. */
  readonly running: boolean
  readonly offers: readonly ModelCard[]
}

/** What is known of one answer. */
export interface KnownAnswer {
  readonly phase: AskPhase
  readonly ask: Pick<Ask, "model" | "kind" | "stopped">
  /** What the author of the reply is called; null where there is no reply, or no name. */
  readonly author: string | null
  /** Whether its words are noted as being written still. */
  readonly isOpen: boolean
  readonly place: AnswerPlace
}

/** How an answer stands, in words; undefined where the message itself says it: it is whole, was stopped or failed. */
export function answerStateWords({ phase, ask, author, isOpen, place }: KnownAnswer): string | undefined {
  switch (phase) {
    case "writing":
      return `${writerName(ask.model, author, place.offers)} is writing`
    case "asks":
      return "It waits until somebody answers the tool above."
    case "interrupted":
      return interruptedWords(isOpen, place)
    case "waiting":
      return waitingWords(ask, place)
    case "stopped":
      // Whoever writes, or comes after them, closes it; until then the message itself does not say so.
      return isOpen ? "Stopped. What was written until then stays." : undefined
    case "done":
    case "failed":
      return undefined
  }
}

/** That it broke off stands below its last words once a responder has noted it; one that was killed noted nothing. */
function interruptedWords(isOpen: boolean, { online, running }: AnswerPlace): string {
  const next = online && running ? "Somebody else goes on soon." : "It waits for a responder. What was written stays."
  return isOpen ? `It broke off. ${next}` : next
}

function waitingWords({ model, kind }: Pick<Ask, "model" | "kind">, { online, running, offers }: AnswerPlace): string {
  if (!online) return "Asked on this device. It is answered when a responder is reached."
  if (!running) return "No responder is running. It is answered when one runs again."
  if (model !== null && !offers.some(({ id }) => id === model))
    return `Nobody offers ${model.slice(0, MAX_NAME_LENGTH)} now. It waits for a responder that does.`
  return kind === "continue" ? "Waits to be continued" : "Waits for an answer"
}

/** Who writes: the model that was asked for as it is offered, else by the name that it gave itself. */
function writerName(model: string | null, author: string | null, offers: readonly ModelCard[]): string {
  const offer = offers.find(({ id }) => id === model)
  return offer === undefined ? (author ?? model ?? "A responder").slice(0, MAX_NAME_LENGTH) : offerName(offer)
}

const MAX_NAME_LENGTH = 80

/** Why an answer failed, as its last part has it. */
export interface Failure {
  readonly code: string
  /** When it may be tried again, in ms since 1970 by the clock of whoever tried; null when nothing was said. */
  readonly retryAt: number | null
  /** Whether its writer said why: then what to do is said there, too. */
  readonly isTold: boolean
}

/** The failure that ended an answer, read from its parts. */
export function failureOf(parts: readonly Pick<MessagePart, "type" | "state" | "details">[]): Failure | undefined {
  const part = parts.findLast(({ type, state }) => state === "failed" && type !== "tool")
  if (part === undefined) return undefined
  const { code, at, retryAfterMs, reason } = fieldsOf(part.details)
  const retryAt = typeof at === "number" && typeof retryAfterMs === "number" ? at + retryAfterMs : null
  const isTold = typeof reason === "string" && reason.trim() !== ""
  return { code: typeof code === "string" ? code : "failed", retryAt, isTold }
}

/** What to do about a failure, as long as the message does not say it with why it failed. @param wait - for how long one has still to wait, in words. */
export function failureAdvice({ code, isTold }: Failure, wait: string | undefined): string | undefined {
  if (wait !== undefined) return `It can be tried again in ${wait}.`
  if (isTold) return undefined
  return ADVICE.get(code) ?? "Try again, or ask another model."
}

// Codes and names come from documents: of an object they would find what every object has.
const ADVICE: ReadonlyMap<string, string> = new Map([
  ["no-model", "Choose another model, or connect this one."],
  ["unauthorised", "The responder needs another key. Another model may answer meanwhile."],
  ["rate-limited", "Try again in a while, or ask another model."],
  ["overloaded", "Try again in a while, or ask another model."],
  ["unreachable", "Try again once the model is reached, or ask another one."],
  ["timed-out", "Try again, or ask another model."],
  ["broken-stream", "Go on from here, or try again."],
  ["context-overflow", "Ask a model that takes longer texts, or begin a new conversation."],
  ["refused", "Put the question differently, or ask another model."],
  ["bad-request", "Ask another model, or look at how this one is set up."],
])

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
