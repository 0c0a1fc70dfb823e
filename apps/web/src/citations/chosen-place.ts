import { type Conversation, partText } from "@polylogue/conversation"
import type * as Y from "yjs"
import type { MessageWords } from "./beside.ts"
import { RenderedText } from "./rendered-text.ts"

/** Where the words that are chosen on the page stand in a text of a message; undefined where they stand in none, in several, or that cannot be told. */
export function chosenPlace(selection: Selection | null, conversation: Conversation): MessageWords | undefined {
  if (selection === null || selection.isCollapsed || selection.rangeCount === 0) return undefined
  const range = selection.getRangeAt(0)
  const element = textOf(range.startContainer)
  if (element === undefined) return undefined
  const inside = within(range, element)
  const messageId = element.closest("[data-message-id]")?.getAttribute("data-message-id") ?? ""
  const partId = element.dataset["part"] ?? ""
  const text = wordsOfPart(conversation, messageId, partId)
  if (inside === undefined || text === undefined) return undefined
  const written = new RenderedText(element, text).written(inside)
  return written === undefined ? undefined : { messageId, partId, range: written, words: text.slice(written.from, written.to) }
}

/** What a part of a message says; undefined for one that is not here, or was deleted. */
export function wordsOfPart(conversation: Pick<Conversation, "getMessage">, messageId: string, partId: string): string | undefined {
  const message = conversation.getMessage(messageId)
  if (message === undefined || message.deletedAt !== null) return undefined
  return message.parts.find(({ pid }) => pid === partId)?.text ?? undefined
}

/** The text of a part to anchor in: the living one of a message that was written here. */
export function textOfPart(
  conversation: Pick<Conversation, "documents" | "segmentsOf">,
  messageId: string,
  partId: string,
): Y.Text | string | undefined {
  for (const segment of conversation.segmentsOf(messageId)) {
    const ydoc = conversation.documents.get(segment)
    const text = ydoc === undefined ? undefined : partText(ydoc, messageId, partId)
    if (text !== undefined) return text
  }
  return undefined
}

function textOf(node: Node): HTMLElement | undefined {
  const element = node instanceof Element ? node : node.parentElement
  return element?.closest<HTMLElement>("[data-part]") ?? undefined
}

/** The range, if it ends in the element, or right behind it as a choice of whole paragraphs does. */
function within(range: Range, element: HTMLElement): Range | undefined {
  if (element.contains(range.endContainer)) return range
  const rest = document.createRange()
  rest.setStartAfter(element)
  rest.setEnd(range.endContainer, range.endOffset)
  if (rest.toString().trim() !== "" || textOf(range.endContainer) !== undefined) return undefined
  const inside = range.cloneRange()
  inside.setEnd(element, element.childNodes.length)
  return inside
}
