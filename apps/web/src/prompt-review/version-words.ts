import type { PromptVersion } from "@polylogue/conversation"
import type { PromptLabels } from "@polylogue/react"

/** The number of a version: "v7"; of one that has none: "Saved". */
export function numberWord(id: string, { numbers }: Pick<PromptLabels, "numbers">): string {
  const number = numbers.numberOf(id)
  return number === undefined ? "Saved" : `v${number}`
}

/** Why a version was made. */
export function reasonWords({ message }: Pick<PromptVersion, "message">): string {
  return message.trim() === "" ? "No reason was given" : message.trim()
}

/** A version in a sentence: "v7", or what it was saved for. */
export function versionName(version: Pick<PromptVersion, "id" | "message">, labels: Pick<PromptLabels, "numbers">): string {
  const number = labels.numbers.numberOf(version.id)
  if (number !== undefined) return `v${number}`
  return version.message.trim() === "" ? "a version" : `“\u2068${version.message.trim().slice(0, MAX_NAME_LENGTH)}\u2069”`
}

/** Who made a version. */
export function authorName({ author }: Pick<PromptVersion, "author">): string {
  return author.name === undefined || author.name === "" ? author.id : author.name
}

const MAX_NAME_LENGTH = 60
