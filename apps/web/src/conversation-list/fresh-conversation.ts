import type { WorkspaceIndex } from "@polylogue/conversation"
import { readStored, writeStored } from "../device/stored-value.ts"

const KEY = "polylogue.fresh-conversation"

/**
 * The id of a conversation to begin in: the last one made on this device while nobody has written, drafted or called it anything, so that asking
 * twice does not leave empty ones that everybody sees; else a new one.
 */
export function freshConversation(index: WorkspaceIndex, hasDraft: (id: string) => boolean): string {
  const last = readStored(KEY)
  const card = last === null ? undefined : index.getCard(last)
  if (card?.deletedAt === null && card.title === "" && card.snippet === "" && !hasDraft(card.id)) return card.id
  const id = index.create()
  writeStored(KEY, id)
  return id
}
