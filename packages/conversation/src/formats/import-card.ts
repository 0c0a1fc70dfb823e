import type * as Y from "yjs"
import { importedId } from "../identifier.ts"
import { type KeyIndex, recordKey } from "../record-key.ts"
import { readRegister } from "../register.ts"
import { foldTag, MAX_TAG_LENGTH, normaliseTag, tagDigest, tidyName } from "../tag.ts"
import { MAX_FOLDER_NAME_LENGTH } from "../workspace-folders.ts"
import { splitAtPair } from "../well-formed.ts"
import { followedKeys } from "./import-index.ts"
import type { ImportedConversation } from "./import-item.ts"

/** One value to be set in the index. */
interface CardWrite {
  readonly map: string
  readonly key: string
  readonly value: unknown
}

/** Most tags that a card takes over; a source with more has something else in that place. */
const MAX_IMPORTED_TAGS = 64
/** Most folders in folders that are taken over; what stood deeper comes into the last of them. */
const MAX_IMPORTED_DEPTH = 32

/**
 * What is written of an import's card into the index of a workspace where the conversation is new: pin, archive, tags, that it is deleted, and its
 * folder, which is made unless one of that name is there. Every device that imports the same writes the same, `writer` being that of imports.
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
  if (card.deleted === true) set(["deleted"], true)
  for (const tag of (card.tags ?? []).slice(0, MAX_IMPORTED_TAGS)) {
    const name = cut(tag, MAX_TAG_LENGTH)
    if (name !== "") set(["tag", tagDigest(name)], normaliseTag(name))
  }
  const place = planFolder(card.folder ?? "", ydoc)
  for (const [folderId, field, value] of place.records)
    writes.push({ map: "folders", key: recordKey(folderId, field, writer), value: entry(value) })
  if (place.id !== null) set(["folder"], place.id)
  return writes
}

interface FolderPlan {
  /** The folder that the card comes into; null for none. */
  readonly id: string | null
  readonly records: readonly (readonly [folderId: string, field: "name" | "parent", value: string])[]
}

/** Finds a folder by its name, or by the names on the way to it, and plans what is missing of it. */
function planFolder(folder: string | readonly string[], ydoc: Y.Doc): FolderPlan {
  const index = followedKeys(ydoc.getMap("folders"))
  const path = (typeof folder === "string" ? [folder] : folder.slice(0, MAX_IMPORTED_DEPTH))
    .map((name) => cut(name, MAX_FOLDER_NAME_LENGTH))
    .filter((name) => name !== "")
  const records: (readonly [string, "name" | "parent", string])[] = []
  let id: string | null = null
  for (const [depth, name] of path.entries()) {
    const parentId: string | null = id
    // A source without folders in folders means the folder of that name, wherever it was put here.
    const known = folderNamed(index, name, typeof folder === "string" ? undefined : parentId)
    id =
      known ??
      importedId(
        "folder",
        path
          .slice(0, depth + 1)
          .map(foldTag)
          .join("\n"),
      )
    if (known !== undefined) continue
    records.push([id, "name", name])
    if (parentId !== null) records.push([id, "parent", parentId])
  }
  return { id, records }
}

/** The folder of that name, in whatever case, in `parentId` if that is given; of several the one with the lowest id. */
function folderNamed(index: KeyIndex, name: string, parentId: string | null | undefined): string | undefined {
  const named = [...index.owners()].filter((id) => {
    const value = readRegister(index, id, "name")[0]?.value
    const parent = readRegister(index, id, "parent")[0]?.value ?? null
    return (
      typeof value === "string" &&
      foldTag(value) === foldTag(name) &&
      (parentId === undefined || parent === parentId) &&
      readRegister(index, id, "deleted")[0]?.value !== true
    )
  })
  return named.toSorted()[0]
}

function cut(name: string, maxLength: number): string {
  return splitAtPair(tidyName(name).slice(0, maxLength)).whole.trim()
}
