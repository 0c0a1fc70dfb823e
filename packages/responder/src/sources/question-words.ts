import { type Message, pathTo } from "@polylogue/conversation"
import { tokensOf } from "@polylogue/retrieval/words"
import type { Question } from "../answer.ts"

/** A question of fewer words than this is taken for one that goes on with the turn before it: "and in winter?". A unit of a script without spaces counts as half a word. */
const MIN_OWN_WORDS = 9
/** So much of a question is searched for, in UTF-16 units; of a longer one its end. */
const MAX_SOUGHT_LENGTH = 4_000

/** What is searched for to answer: the question and, where it is a short one, what the same line asked before it. The empty string when nothing was asked in words. */
export function soughtFor({ conversation, ask }: Pick<Question, "conversation" | "ask">): string {
  const asked = conversation.getMessage(ask.messageId)
  const own = asked === undefined ? "" : wordsIn(asked)
  if (wordCount(own) >= MIN_OWN_WORDS) return ending(own)
  const path = pathTo(conversation.getTree(), ask.messageId).slice(0, -1)
  for (const id of path.reverse()) {
    const earlier = conversation.getMessage(id)
    if (earlier?.role !== "user") continue
    const words = wordsIn(earlier)
    if (words !== "") return ending(`${ending(words)}\n${own}`.trim())
  }
  return ending(own)
}

function wordsIn(message: Message): string {
  return message.deletedAt !== null || message.erased || message.hidden ? "" : message.text.trim()
}

function wordCount(text: string): number {
  return tokensOf(text.slice(0, MAX_SOUGHT_LENGTH)).reduce((sum, { kind }) => sum + (kind === "word" ? 1 : 0.5), 0)
}

function ending(text: string): string {
  return text.length <= MAX_SOUGHT_LENGTH ? text : text.slice(-MAX_SOUGHT_LENGTH).replace(/^[\uDC00-\uDFFF]/u, "")
}
