import type { Feedback } from "@polylogue/conversation"

export type Rating = "up" | "down"

/** What one person thinks of an answer, as it stands in `feedback`. */
export interface Opinion {
  readonly rating: Rating
  readonly reason?: string | undefined
  readonly text?: string | undefined
}

/** Reasons that are offered; any other that somebody gave is shown too. */
export const REASONS: Readonly<Record<Rating, readonly string[]>> = {
  up: ["Correct", "Helpful", "Well written"],
  down: ["Not correct", "Not helpful", "Incomplete", "Not what I asked"],
}

const MAX_SHOWN_LENGTH = 300

/** The opinion of one person; undefined when they gave none. */
export function opinionOf(feedback: readonly Feedback[], userId: string): Opinion | undefined {
  return readOpinion(feedback.find((given) => given.userId === userId)?.value)
}

/** What is said below an answer: what others think, and one's own words; one's own rating alone is seen at its button. */
export function shownOpinions(feedback: readonly Feedback[], ownId: string): readonly Opinion[] {
  const shown: Opinion[] = []
  for (const { userId, value } of feedback) {
    const opinion = readOpinion(value)
    if (opinion !== undefined && (userId !== ownId || opinion.reason !== undefined || opinion.text !== undefined)) shown.push(opinion)
  }
  return shown
}

/** The opinion in a value that anybody, or an import, may have written. */
function readOpinion(value: unknown): Opinion | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const { rating, reason, text } = value as Record<string, unknown>
  if (rating !== "up" && rating !== "down") return undefined
  return { rating, reason: words(reason), text: words(text) }
}

function words(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.slice(0, MAX_SHOWN_LENGTH) : undefined
}
