import * as Y from "yjs"
import { ConversationError } from "./conversation-error.ts"
import { ConversationView } from "./conversation-view.ts"
import type { Message } from "./message.ts"
import { isInComments, missingComments } from "./discussion/comment-rescue.ts"
import { isInPrompt, missingPromptTexts } from "./prompt/prompt-rescue.ts"
import { isInSource, missingSourceTexts } from "./sources/source-rescue.ts"
import { readStoredMessage } from "./stored-message.ts"

/** A text that stands in what this device kept, of a conversation, a prompt, a source or notes, and not in the document any more, to be offered as a draft. */
export interface RescuedText {
  /**
   * `message`: the whole message is missing; `part`: the message is here with another text; `feedback`, `title`: likewise;
   * `slot`: a prompt says something else there now; `comment`: somebody's words about a prompt, or in a note, are missing; `source`: lines of a source are missing;
   * `fragment`: a piece whose message could not be put together, because what it builds on is missing.
   */
  readonly kind: "message" | "part" | "feedback" | "title" | "slot" | "comment" | "source" | "fragment"
  readonly messageId: string | null
  /** For a message: what it followed, if that is still here; else null. */
  readonly parentId: string | null
  readonly role: string | null
  readonly authorId: string | null
  readonly clock: number
  readonly text: string
}

/**
 * After a relay refused a document's entries for good: what people wrote that is in `keptUpdate` (the state this device had)
 * and not in `current` (the document as loaded anew). By clock, oldest first. Neither is changed.
 *
 * @param keptUpdate - one Yjs v1 update.
 * @throws ConversationError `bad-update` when Yjs cannot read it.
 */
export function rescueTexts(keptUpdate: Uint8Array, current: Y.Doc): readonly RescuedText[] {
  const keptDoc = new Y.Doc()
  let fragments: string[]
  try {
    Y.applyUpdate(keptDoc, keptUpdate)
    fragments = pendingTexts(keptDoc)
  } catch (cause) {
    throw new ConversationError("bad-update", "the kept update cannot be read", { cause })
  }
  const kept = new ConversationView(keptDoc)
  const now = new ConversationView(current)
  const rescued: RescuedText[] = []
  for (const { id } of kept.getTree().nodes.values()) {
    const message = kept.getMessage(id)
    if (message !== undefined) rescued.push(...missingOf(message, now))
  }
  const title = kept.getTitle()
  if (title !== "" && title !== now.getTitle()) rescued.push({ ...NOTHING, kind: "title", text: title })
  for (const text of missingPromptTexts(keptDoc, current)) rescued.push({ ...NOTHING, kind: "slot", text })
  for (const comment of missingComments(keptDoc, current)) rescued.push({ ...NOTHING, kind: "comment", ...comment })
  for (const text of missingSourceTexts(keptDoc, current)) rescued.push({ ...NOTHING, kind: "source", text })
  for (const text of fragments) {
    const here = isIn(text, now) || isInPrompt(text, current) || isInComments(text, current) || isInSource(text, current)
    if (!here) rescued.push({ ...NOTHING, kind: "fragment", text })
  }
  kept.destroy()
  now.destroy()
  keptDoc.destroy()
  return rescued.sort((left, right) => left.clock - right.clock)
}

const NOTHING = { messageId: null, parentId: null, role: null, authorId: null, clock: 0 }

function missingOf(message: Message, now: ConversationView): RescuedText[] {
  const found = now.getMessage(message.id)
  const about = { messageId: message.id, parentId: message.parentId, role: message.role, authorId: message.authorId, clock: message.clock }
  const parentHere = message.parentId !== null && now.getMessage(message.parentId) !== undefined
  const where = { ...about, parentId: parentHere ? message.parentId : null }
  const rescued: RescuedText[] = []
  if (found === undefined) {
    const text = message.parts
      .map((part) => part.text ?? "")
      .filter((part) => part !== "")
      .join("\n\n")
    if (text !== "") rescued.push({ ...where, kind: "message", text })
  } else {
    for (const part of message.parts) {
      const other = found.parts.find(({ pid }) => pid === part.pid)
      if (part.text !== null && part.text !== "" && !(other?.text ?? "").includes(part.text))
        rescued.push({ ...where, kind: "part", text: part.text })
    }
  }
  for (const { userId, value } of message.feedback) {
    const same = found?.feedback.some((other) => other.userId === userId && JSON.stringify(other.value) === JSON.stringify(value))
    if (same !== true) rescued.push({ ...where, kind: "feedback", authorId: userId, text: JSON.stringify(value) })
  }
  return rescued
}

/** Texts in structs that wait for others which are not in the update. */
function pendingTexts(ydoc: Y.Doc): string[] {
  const pending = ydoc.store.pendingStructs
  if (pending === null) return []
  const texts: string[] = []
  for (const struct of Y.decodeUpdateV2(pending.update).structs) {
    if (!(struct instanceof Y.Item)) continue
    if (struct.content instanceof Y.ContentString) texts.push(struct.content.str)
    if (!(struct.content instanceof Y.ContentAny)) continue
    for (const value of struct.content.arr) texts.push(...readStoredMessage("", value).parts.map((part) => part.text ?? ""))
  }
  return texts.filter((text) => text !== "")
}

function isIn(text: string, view: ConversationView): boolean {
  for (const { id } of view.getTree().nodes.values()) {
    if (view.getMessage(id)?.parts.some((part) => part.text?.includes(text) === true) === true) return true
  }
  return false
}
