import type * as Y from "yjs"
import { importedId } from "../identifier.ts"
import { KeyIndex, recordKey } from "../record-key.ts"
import { readRegister } from "../register.ts"
import { foldTag, MAX_TAG_LENGTH, normaliseTag, tagDigest, tidyName } from "../tag.ts"
import { MAX_FOLDER_NAME_LENGTH } from "../workspace-folders.ts"
import { splitAtPair } from "../well-formed.ts"
import type { ImportedConversation } from "./import-item.ts"

/** One value to be set in the index. */
interface CardWrite {
  readonly map: string
  readonly key: string
  readonly value: unknown
}

/** Most tags that a card takes over; a source with more has something else in that place. */
const MAX_IMPORTED_TAGS = 64

/**
 * What is written of an import's card into the index of a workspace where the conversation is new: pin, archive, tags, and its folder, which is
 * made unless one of that name is there. Every device that imports the same writes the same, `writer` being that of imports.
 */
export function planImportedCard(conversation: ImportedConversation, ydoc: Y.Doc, writer: string): CardWrite[] {
  const { id, card = {}, createdAt } = conversation
  const entry = (value: unknown): unknown => ({ turn: 1, clock: createdAt ?? 0, value })
  const writes: CardWrite[] = []
  const set = (field: readonly string[], value: unknown): void => {
    writes.push({ map: "cards", key: recordKey(id, ...field, writer), value: entry(value) })
  }
  if (card.pinned === true) set(["pinned"], true)
  if (card.archived === true) set(["archived"], true)
  for (const tag of (card.tags ?? []).slice(0, MAX_IMPORTED_TAGS)) {
    const name = cut(tag, MAX_TAG_LENGTH)
    if (name !== "") set(["tag", tagDigest(name)], normaliseTag(name))
  }
  const folder = cut(card.folder ?? "", MAX_FOLDER_NAME_LENGTH)
  if (folder === "") return writes
  const known = folderNamed(ydoc, folder)
  const folderId = known ?? importedId("folder", foldTag(folder))
  if (known === undefined) writes.push({ map: "folders", key: recordKey(folderId, "name", writer), value: entry(folder) })
  set(["folder"], folderId)
  return writes
}

/** The folder of that name, in whatever case; of several the one with the lowest id. */
function folderNamed(ydoc: Y.Doc, name: string): string | undefined {
  const index = new KeyIndex(ydoc.getMap("folders"))
  const named = [...index.owners()].filter((id) => {
    const value = readRegister(index, id, "name")[0]?.value
    return typeof value === "string" && foldTag(value) === foldTag(name) && readRegister(index, id, "deleted")[0]?.value !== true
  })
  return named.toSorted()[0]
}

function cut(name: string, maxLength: number): string {
  return splitAtPair(tidyName(name).slice(0, maxLength)).whole.trim()
}
