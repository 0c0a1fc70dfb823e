import * as Y from "yjs"
import { conversationMaps } from "../conversation-layout.ts"
import { ownerOf } from "../conversation-view.ts"
import { readSources } from "../message-source.ts"
import { KeyIndex } from "../record-key.ts"
import { readStoredMessage } from "../stored-message.ts"

/**
 * What part `partId` of a message says, as it stands in the document of one segment: the living text of a message that was written here, or the words of one that was imported or whose part is
 * plain JSON. Undefined for a message or part that is not here, or has no text. Writes nothing.
 * @param messageId - as `ConversationView` gives it: that of another text of an imported message has a `~` in it.
 */
export function partText(ydoc: Y.Doc, messageId: string, partId: string): Y.Text | string | undefined {
  const maps = conversationMaps(ydoc)
  const segment = { segment: 0, maps, imported: new KeyIndex(maps.imported) }
  const source = readSources(ownerOf(messageId), [segment]).get(messageId)
  if (source === undefined) return undefined
  const live = source.value instanceof Y.Map ? livingText(source.value, partId) : undefined
  return live ?? readStoredMessage(messageId, source.value).parts.find(({ pid }) => pid === partId)?.text
}

function livingText(message: Y.Map<unknown>, partId: string): Y.Text | undefined {
  const parts = message.get("parts")
  if (!(parts instanceof Y.Array)) return undefined
  for (const part of parts as Y.Array<unknown>) {
    if (!(part instanceof Y.Map) || part.get("pid") !== partId) continue
    const text: unknown = part.get("text")
    return text instanceof Y.Text ? text : undefined
  }
  return undefined
}
