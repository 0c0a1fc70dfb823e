import type { Conversation } from "@polylogue/conversation"

/** UTF-16 units of a turn with which one looks something up: a question has fewer, and the rest of a long one says little. */
const MAX_WORDS_LENGTH = 400

/** What is looked up for a message: for an answer the words of the turn that it answers, else its own. */
export function turnWords(conversation: Pick<Conversation, "getMessage">, messageId: string): string {
  let message = conversation.getMessage(messageId)
  if (message?.role === "assistant" && message.parentId !== null) message = conversation.getMessage(message.parentId) ?? message
  if (message === undefined || message.deletedAt !== null) return ""
  const words = message.text.replaceAll(/\s+/gu, " ").trim()
  return words.length <= MAX_WORDS_LENGTH ? words : words.slice(0, MAX_WORDS_LENGTH).replace(/\s?\S*$/u, "")
}
