import { MAX_SOURCE_CHARACTERS } from "@polylogue/conversation"
import { MAX_FILE_BYTES } from "../composer/attach-words.ts"
import { counted } from "../frame/relative-time.ts"
import type { AddedSource } from "./add-source.ts"
import { ReadingError } from "./read-text.ts"

/** Why a file did not become a source, and what to do. */
export function addingProblem(error: unknown): string {
  // What a reader of files says of one is said for people, and tells what to do.
  if (error instanceof ReadingError && error.message !== "") return sentence(error.message)
  switch ((error as { readonly code?: unknown } | null)?.code) {
    case "file-too-large":
      return `Too large: a file has at most ${MAX_FILE_BYTES / 1024 / 1024} MB. Split it, then add the parts.`
    case "too-large":
      return `Too long: a source has at most ${MAX_SOURCE_CHARACTERS.toLocaleString("en")} characters. Split it, then add the parts.`
    case "erased":
      return "It was erased here for good, and is not added again."
    case "storage":
      return "This device has no room for it. Free some space, then try again."
    case "worker":
      return "Reading it stopped, perhaps for want of memory. Close other pages, then try again."
    default:
      return "The browser cannot read it. A folder cannot be added; anything else can be tried again."
  }
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

/** What became of a file that is a source now: "12 pages, 40 passages". */
export function addedWords({ outcome, pages, passages }: AddedSource): string {
  const facts = [...(pages === 0 ? [] : [counted(pages, "page")]), counted(passages, "passage")].join(", ")
  if (outcome === "known") return `Here already: ${facts}`
  return outcome === "restored" ? `Back from the deleted ones: ${facts}` : `Added: ${facts}`
}
