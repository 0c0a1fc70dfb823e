import type { Author, PromptSlot, PromptThread } from "@polylogue/conversation"
import { roleLabel } from "../prompt-editor/slot-roles.ts"

/** What somebody who wrote a comment is called. */
export function authorName({ name }: Author): string {
  return name === undefined || name === "" ? "Guest" : name
}

/** What a message of a prompt is called: "message 2 (User)"; of a text prompt there is one, which has no number. */
export function slotWords(slots: readonly PromptSlot[], slotId: string, kind: string): string {
  if (kind === "text") return "the text"
  const shown = slots.filter(({ removed }) => !removed)
  const place = shown.findIndex(({ id }) => id === slotId)
  return place === -1 ? "a message that was removed" : `message ${place + 1} (${roleLabel(shown[place]?.role ?? "")})`
}

/** What is to be known of the words that a thread is about; undefined while they stand as they were quoted. */
export function placeWords({ place, quote }: PromptThread, isRemoved: boolean): string | undefined {
  if (place?.state === "orphan")
    return quote === null || quote === "" ? "The words are gone." : "The words are gone. This is what they were."
  if (isRemoved) return "The message was removed. Its text is kept."
  return place?.state === "changed" ? "The words have changed since." : undefined
}
