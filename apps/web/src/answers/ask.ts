import { addAsk, type Ask, asksOf, type Conversation, type NewAsk } from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import type * as Y from "yjs"
import { writingOptions } from "../device/writing-options.ts"

/**
 * Asks for an answer to a message of an open conversation. Called in the turn in which the message is written, both go to disk together: no crash leaves a
 * message whose answer nobody awaits.
 */
export function askAbout(polylogue: Polylogue, conversation: Conversation, asked: NewAsk): Ask {
  return addAsk(documentOf(conversation, asked.messageId), writingOptions(polylogue), asked)
}

/** Asks about a new version of a message what was asked about the old one last. Nothing, where nothing was. */
export function askAgain(polylogue: Polylogue, conversation: Conversation, oldId: string, newId: string): void {
  const asked = asksOf(documentOf(conversation, oldId), oldId).findLast(({ kind }) => kind === "answer")
  if (asked === undefined) return
  const { model, prompt, values, options } = asked
  askAbout(polylogue, conversation, {
    messageId: newId,
    ...(model === null ? {} : { model }),
    ...(prompt === null ? {} : { prompt }),
    ...(Object.keys(values).length === 0 ? {} : { values }),
    ...(Object.keys(options).length === 0 ? {} : { options }),
  })
}

/** The segment in which a message stands. */
function documentOf(conversation: Conversation, messageId: string): Y.Doc {
  const found = conversation.segmentsOf(messageId).flatMap((segment) => conversation.documents.get(segment) ?? [])[0]
  if (found === undefined) throw new TypeError(`message ${messageId} is not here`)
  return found
}
