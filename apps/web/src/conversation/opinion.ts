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

/** The opinion in a value that anybody, or an import, may have written. */
export function readOpinion(value: unknown): Opinion | undefined {
  if (typeof value !== "object" || value === null) return undefined
  const { rating, reason, text } = value as Record<string, unknown>
  if (rating !== "up" && rating !== "down") return undefined
  return { rating, reason: words(reason), text: words(text) }
}

function words(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.slice(0, MAX_SHOWN_LENGTH) : undefined
}
