import type { ConversationCard, Folder } from "@polylogue/conversation"
import { type OpenWorkspace, usePolylogue, useReadMarkers } from "@polylogue/react"
import { useMemo } from "react"
import { type ToastMessage, useToast } from "../frame/toast.tsx"
import { cardActions, tagActions } from "./card-actions.ts"
import { folderActions } from "./folder-actions.ts"
import { type Beginning, useBeginning } from "./use-beginning.ts"

type Cards = readonly ConversationCard[]

/**
 * What can be done with the conversations of the list and their folders; each with one way back. Who may only read is told so instead, for it
 * would stay on this device for ever.
 */
export interface ListActions extends CardActions, TagActions, FolderActions, Omit<Beginning, "may"> {
  readonly markRead: (cards: Cards, read: boolean) => void
}

/** What can be done with cards. Several are changed in one transaction, with one toast and one way back. */
export interface CardActions {
  readonly remove: (cards: Cards) => void
  readonly restore: (card: ConversationCard) => void
  readonly rename: (id: string, title: string) => void
  readonly move: (cards: Cards, folderId: string | null) => void
  readonly pin: (cards: Cards, pinned: boolean) => void
  readonly archive: (cards: Cards, archived: boolean) => void
}

export interface TagActions {
  readonly tag: (cards: Cards, tag: string, on: boolean) => void
  readonly renameTag: (from: string, to: string) => void
  readonly deleteTag: (tag: string) => void
}

export interface FolderActions {
  /** Makes a folder and returns its id; `undefined` when that may not be. */
  readonly createFolder: (name: string, parentId?: string | null) => string | undefined
  readonly renameFolder: (folder: Folder, name: string) => void
  readonly moveFolder: (folder: Folder, parentId: string | null, beforeId?: string | null) => void
  readonly deleteFolder: (folder: Folder) => void
  readonly restoreFolder: (folder: Folder) => void
}

/** What changes the index: the index, whether it may be changed (it says why not), and what tells of it. */
export interface Changing {
  readonly index: OpenWorkspace["index"]
  readonly mayChange: () => boolean
  readonly toast: (message: ToastMessage) => void
}

/** The actions of the list; of `workspace` while it is open. */
export function useListActions(workspace: OpenWorkspace | undefined, conversationId: string | undefined): ListActions {
  const polylogue = usePolylogue()
  const markers = useReadMarkers()
  const toast = useToast()
  const { may, mayBegin, create } = useBeginning(workspace)
  return useMemo(() => {
    const changing = workspace === undefined ? undefined : { index: workspace.index, toast, mayChange: () => may("change the list") }
    return {
      mayBegin,
      create,
      ...cardActions(changing, polylogue, conversationId),
      ...tagActions(changing),
      ...folderActions(changing),
      // Who may only read may still say what they have read: that stands in a document of their own.
      markRead: (cards, read) => {
        for (const { id, lastActivity } of cards) {
          if (read) markers?.setRead(id, { clock: lastActivity, id: null })
          else markers?.setUnread(id)
        }
      },
    }
  }, [polylogue, workspace, markers, conversationId, toast, may, mayBegin, create])
}
