import { addAsk, type Ask, type ConversationOptions, type NewAsk, type ReplyWriter } from "@polylogue/conversation"
import { type Device, seededBytes, seededRandom } from "./devices.ts"

/** The author of answers in tests. */
export const MODEL = { id: "model:test", kind: "model", name: "Test" }

/** Who asks on a device of this name. */
export function asking(name: string, now = 1_700_000_000_000): ConversationOptions {
  return {
    writer: name,
    author: { id: `user-${name}`, kind: "person", name },
    now: () => now,
    randomBytes: seededBytes(seededRandom(name.charCodeAt(0))),
  }
}

/** A question with an ask for its answer. */
export function asked({ ydoc, conversation }: Device, more: Partial<NewAsk> = {}): Ask {
  const messageId = more.messageId ?? conversation.send({ text: "Why is the sky blue?", parentId: null })
  return addAsk(ydoc, asking("a"), { ...more, messageId })
}

/** Begins the answer of an ask, as whoever holds `token`. */
export function begin({ conversation }: Device, { messageId, slot }: Ask, token: string): ReplyWriter {
  return conversation.startReply({
    parentId: messageId,
    author: MODEL,
    generationId: `${messageId}/${slot}`,
    token,
    slot,
    about: { model: "m" },
  })
}
