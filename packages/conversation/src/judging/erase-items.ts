import type * as Y from "yjs"
import { ownerOf } from "../conversation-view.ts"
import { isSegment } from "../document-id.ts"
import { type Erasing, Sweep } from "../erasing/id-ranges.ts"
import { ConversationOrigin } from "../origin.ts"
import { KeyIndex, recordKey } from "../record-key.ts"
import { namesNotes } from "./judging-ids.ts"
import { readItem } from "./round-items.ts"

/** What is erased of a conversation: one message, or without one all of it. */
export interface ErasedWords {
  readonly conversationId: string
  readonly messageId?: string
}

/**
 * Erases from the document of a judging round the items that ask or judge message `messageId`, or anything of the conversation: an item has the question in its own words. To be erased
 * with `eraseMessage` and `eraseConversation`, whose documents are others; {@link roundIdsIn} says in which rounds to look. Nothing is named in a round that has no such item.
 *
 * An item that was erased is in no list any more and is not added again, though who adds it without knowing of the erasure brings it back: erase again. Grades, labels and notes on it stay, under the
 * hash that was its id: they are what people said. A question that repeats other messages (a whole dialogue in one) goes with the messages that it names only.
 */
export function eraseRoundItems(ydoc: Y.Doc, { conversationId, messageId }: ErasedWords): Erasing {
  const owner = messageId === undefined ? undefined : ownerOf(messageId)
  const names = (id: string | undefined): boolean => id !== undefined && (owner === undefined || ownerOf(id) === owner)
  const index = new KeyIndex(ydoc.getMap<unknown>("items"))
  const sweep = new Sweep()
  const gone: string[] = []
  for (const id of index.owners()) {
    const key = recordKey(id, "record")
    const item = readItem(id, index.map.get(key))
    if (item?.conversationId !== conversationId || !(names(item.messageId) || names(item.answer?.messageId))) continue
    sweep.value(index.map, key)
    gone.push(key)
  }
  // A value stays where the record was: adding the item again would fill an empty place.
  const write = (): void => gone.forEach((key) => void index.map.set(key, null))
  return { ranges: sweep.ranges(), blobs: [], after: () => ydoc.transact(write, new ConversationOrigin("erase")) }
}

/** The rounds whose cards stand in a workspace's index, deleted and erased ones included, by the ids that `roundDocumentId` takes. */
export function roundIdsIn(indexDoc: Y.Doc): readonly string[] {
  const ids = [...new KeyIndex(indexDoc.getMap<unknown>("rounds")).owners()]
  return ids.filter((id) => isSegment(id) && !namesNotes(id)).sort()
}
