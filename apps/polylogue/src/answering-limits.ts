import { checkResponderLimits, DEFAULT_RESPONDER_LIMITS, type ResponderLimits } from "@polylogue/responder"

/** Limits of a responder that operators may set, by the name that they have here: a relay has some of the same names for other things. */
const NAMES = Object.freeze({
  answerLeaseMs: "leaseMs",
  answerHeartbeatMs: "heartbeatMs",
  responderLeaseMs: "cardLeaseMs",
  responderHeartbeatMs: "cardHeartbeatMs",
  maxAnswers: "maxGenerations",
  maxAnswerLength: "maxAnswerLength",
  answerBatchMs: "batchMs",
  answerHoldMs: "maxHeldMs",
  noModelMs: "noModelMs",
} as const satisfies Readonly<Record<string, keyof ResponderLimits>>)

/** A limit of a responder that operators may set. */
type AnswerLimitName = keyof typeof NAMES

/** Limits of a responder by the names that operators use. */
export type AnswerLimits = Readonly<Record<AnswerLimitName, number>>

/** The defaults of {@link AnswerLimits}. */
export const DEFAULT_ANSWER_LIMITS: AnswerLimits = Object.freeze(
  Object.fromEntries(Object.entries(NAMES).map(([name, own]) => [name, DEFAULT_RESPONDER_LIMITS[own]])) as AnswerLimits,
)

/** Checked limits. @throws RangeError for a value that does not fit. */
export function answerLimits(limits: AnswerLimits): AnswerLimits {
  for (const [name, value] of Object.entries(limits)) {
    // Timers take no more: a longer one would fire at once.
    if (!Number.isInteger(value) || value > 2 ** 31 - 1) throw new RangeError(`${name} is a whole number, not ${JSON.stringify(value)}`)
  }
  checkResponderLimits(responderLimits(limits))
  return limits
}

/** The same as a responder takes them. */
export function responderLimits(limits: AnswerLimits): Partial<ResponderLimits> {
  return Object.fromEntries(Object.entries(NAMES).map(([name, own]) => [own, limits[name as AnswerLimitName]]))
}
