import { workspaceFolders } from "@polylogue/conversation"
import { quoted } from "./card-text.ts"
import type { Changing, FolderActions } from "./list-actions.ts"

/** The actions on folders. Without an index they do nothing. */
export function folderActions(changing: Changing | undefined): FolderActions {
  const folders = changing && workspaceFolders(changing.index)
  const may = (): boolean => changing?.mayChange() === true
  const said = (text: string, undo: () => void): void => changing?.toast({ text, action: { label: "Undo", run: undo } })
  return {
    createFolder: (name, parentId = null) => (may() ? folders?.create(name, parentId) : undefined),
    renameFolder: ({ id }, name) => {
      if (may()) folders?.rename(id, name)
    },
    moveFolder: (folder, parentId, beforeId = null) => {
      if (folders === undefined || !may()) return
      const beside = folders.getForest().childrenOf(folder.parentId)
      const next = beside[beside.findIndex(({ id }) => id === folder.id) + 1]?.id ?? null
      folders.move(folder.id, parentId, beforeId)
      // Where it stands among its neighbours one sees, and takes back by moving it again.
      if (parentId === folder.parentId) return
      const name = parentId === null ? undefined : folders.getForest().folders.get(parentId)?.name
      const text =
        name === undefined
          ? `Folder ${quoted(folder.name)} is in no other one now.`
          : `Folder ${quoted(folder.name)} moved to ${quoted(name)}.`
      said(text, () => folders.move(folder.id, folder.parentId, next))
    },
    deleteFolder: (folder) => {
      if (!may()) return
      folders?.delete(folder.id)
      said(`Folder ${quoted(folder.name)} deleted. What was in it is still here.`, () => folders?.restore(folder.id))
    },
    restoreFolder: ({ id }) => {
      if (may()) folders?.restore(id)
    },
  }
}
