import type { ShownNote } from "./note-board.ts"

/** What is to be known of the words that a note is about; undefined while they stand where they were quoted. */
export function noteWords({ place, suggestion }: ShownNote): string | undefined {
  switch (place?.state) {
    case "orphan":
      return suggestion === undefined
        ? "The words are gone. This is what they were."
        : "The words were changed. They may be those that are marked when you look."
    case "ambiguous":
      return `It cannot be told which of ${place.candidates.length} places is meant.`
    case "moved":
      return "The words stand elsewhere than they did."
    default:
      return undefined
  }
}

/** How many have lost their words. */
export function lostWords(count: number): string {
  return count === 1 ? "1 note has lost its words" : `${count.toLocaleString("en")} notes have lost their words`
}
