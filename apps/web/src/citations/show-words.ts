import type { Conversation } from "@polylogue/conversation"
import { paint } from "../search/text-ranges.ts"
import type { MessageWords } from "./beside.ts"
import { wordsOfPart } from "./chosen-place.ts"
import { RenderedText } from "./rendered-text.ts"

/** Marks words of a message on the page, and brings them there if the message is and they are out of sight. Returns what takes the mark away. */
export function showWords(
  conversation: Pick<Conversation, "getMessage">,
  { messageId, partId, range }: Omit<MessageWords, "words">,
): () => void {
  const element = document.querySelector(`[data-message-id="${CSS.escape(messageId)}"] [data-part="${CSS.escape(partId)}"]`)
  const text = wordsOfPart(conversation, messageId, partId)
  const shown = element === null || text === undefined ? undefined : new RenderedText(element, text).shown(range)
  if (shown === undefined) return () => {}
  paint("cited-here", [shown])
  const { top, bottom } = shown.getBoundingClientRect()
  if (bottom < 0 || top > window.innerHeight) shown.startContainer.parentElement?.scrollIntoView({ block: "center" })
  return () => paint("cited-here", [])
}
