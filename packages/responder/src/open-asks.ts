import { type Ask, askedMessages, asksOf, askState, type ConversationView, findReply } from "@polylogue/conversation"
import type * as Y from "yjs"

const BEGINS: ReadonlySet<string> = new Set(["waiting", "writing", "interrupted"])
const UNFINISHED: ReadonlySet<string> = new Set(["streaming", "input-streaming"])

/** The asks of a segment about which a responder has to do something, in no particular order. */
export function asksToDo(ydoc: Y.Doc, view: ConversationView): readonly Ask[] {
  return [...askedMessages(ydoc)].flatMap((id) => asksOf(ydoc, id).filter((ask) => isToBeDone(ask, view)))
}

/**
 * Whether an answer is to be begun, or to go on: not one that waits for people. Nor one that was stopped, but for a reply that its writer left in the
 * middle: it is noted that nobody writes it any more.
 */
export function isToBeDone(ask: Ask, view: ConversationView): boolean {
  const asked = view.getTree().nodes.get(ask.messageId)
  if (asked === undefined || asked.deleted || ask.imported) return false
  const { phase } = askState(ask, view, null)
  if (phase !== "stopped") return BEGINS.has(phase)
  const parts = findReply(ask, view)?.parts ?? []
  return parts.some(({ state, fields }) => fields["slot"] === ask.slot && UNFINISHED.has(state))
}
