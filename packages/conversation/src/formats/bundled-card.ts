import { workspaceFolders } from "../workspace-folders.ts"
import type { WorkspaceIndex } from "../workspace-index.ts"
import type { ImportedCard } from "./import-item.ts"
import { isObject, listField } from "./json-value.ts"

/** What a workspace's list says of a conversation, as a bundle keeps it: pin, archive, tags, folder, and whether it is deleted. */
export function bundledCard(index: WorkspaceIndex, id: string): ImportedCard {
  const card = index.getCard(id)
  if (card === undefined) return {}
  const forest = workspaceFolders(index).getForest()
  const path = forest.pathTo(forest.placeOf(card.folderId)).map(({ name }) => name)
  return {
    ...(card.pinned ? { pinned: true } : {}),
    ...(card.archived ? { archived: true } : {}),
    ...(card.deletedAt === null ? {} : { deleted: true }),
    ...(card.tags.length > 0 ? { tags: card.tags } : {}),
    ...(path.length > 0 ? { folder: path } : {}),
  }
}

/** Reads what {@link bundledCard} gave; what is not as it wrote it is passed over. */
export function readBundledCard(value: unknown): ImportedCard {
  if (!isObject(value)) return {}
  const names = (key: string): readonly string[] => listField(value, key).filter((name) => typeof name === "string")
  return {
    ...(value["pinned"] === true ? { pinned: true } : {}),
    ...(value["archived"] === true ? { archived: true } : {}),
    ...(value["deleted"] === true ? { deleted: true } : {}),
    tags: names("tags"),
    folder: names("folder"),
  }
}
