import type { LabelOutcome } from "@polylogue/conversation"
import type { Polylogue, PromptLabel, PromptLabels } from "@polylogue/react"
import { refusalWords, versionWord } from "./publish-words.ts"

/** What is to become of a label: taken away, set by owners only, or by everybody who writes. */
export type LabelWishKind = "remove" | "protect" | "open"

/** A change of a label that somebody decided on, looking at it as it stands in `label`. */
export interface LabelWish {
  readonly kind: LabelWishKind
  readonly label: PromptLabel
}

/** The heading over a change of a label. */
export function wishTitle({ kind, label: { label } }: LabelWish): string {
  if (kind === "remove") return `Take ${label} away`
  return kind === "protect" ? `Protect ${label}` : `Let everybody set ${label}`
}

/** What the button says that makes the change. */
export function wishVerb(kind: LabelWishKind): string {
  return { remove: "Take it away", protect: "Protect it", open: "Let everybody set it" }[kind]
}

/** What the menu of a label calls the change. */
export function wishItem(kind: LabelWishKind): string {
  return { remove: "Take the label away", protect: "Protect: only owners may set it", open: "Let everybody who writes set it" }[kind]
}

/** What has the label while one decides. */
export function standingWords({ label: { label, versionId } }: LabelWish, numbers: PromptLabels["numbers"]): string {
  if (versionId === null) return `Nothing is ${label} at the moment.`
  return `${capital(versionWord(numbers.numberOf(versionId)))} is ${label}, as far as this device has heard.`
}

/** What the change means for others. */
export function wishEffect({ kind, label: { label } }: LabelWish): string {
  if (kind === "remove")
    return `Nobody gets anything as ${label} then: people and programs that ask for it are told that there is nothing. The version keeps its words and its number; publishing it again brings the label back.`
  if (kind === "protect")
    return `Only owners may set it or take it away then. What has it keeps it; everybody who writes still publishes under other labels.`
  return `Everybody who may write in this prompt may set it and take it away then. What has it keeps it.`
}

/** What is said once the change was made. */
export function doneWords({ kind, label: { label } }: LabelWish): string {
  if (kind === "remove") return `Nobody gets anything as ${label} any more.`
  return kind === "protect" ? `Only owners may set ${label} now.` : `Everybody who writes here may set ${label} now.`
}

/** Why a change was not made, or is not known to be, and what to do; empty once it was made. */
export function changeAnswer(outcome: LabelOutcome, kind: LabelWishKind): string {
  switch (outcome.outcome) {
    case "done":
      return ""
    case "conflict":
      return "It was set to something else meanwhile, and stays that. Look at what it is now, and decide again."
    case "unavailable":
      return "No relay answered, so it is not known whether it was done. Trying again does it once at most."
    case "refused":
      if (outcome.code !== "forbidden") return refusalWords(outcome)
      return kind === "remove"
        ? "You may not take this label away. Ask an owner. Nothing was changed."
        : "Only owners may change who sets a label. Nothing was changed."
  }
}

/** The attempt of a change that is made once, over however many tries. */
export function newAttempt({ randomBytes }: Polylogue): string {
  return Array.from(randomBytes(8), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

function capital(words: string): string {
  return words.startsWith("a ") ? `A ${words.slice(2)}` : words
}
