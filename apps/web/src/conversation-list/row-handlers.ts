import type { ConversationCard, Folder } from "@polylogue/conversation"
import type { MouseEvent } from "react"
import type { ListActions } from "./list-actions.ts"
import type { ListView } from "./list-rows.ts"

/** What rows may ask of the list around them. The object is the same as long as the workspace is, so that no row renders for it. */
export interface RowHandlers {
  readonly actions: ListActions
  /** Opens or, with `undefined`, closes the field for the name of a row. */
  readonly rename: (key: string | undefined) => void
  readonly fold: (key: string, collapsed: boolean) => void
  readonly show: (view: ListView) => void
  /** Begins selecting with a conversation. */
  readonly select: (id: string) => void
  /** A press on a conversation: whether it went into the selection and opens nothing. */
  readonly press: (event: MouseEvent, id: string) => boolean
  /** What an action on a conversation is about: all that is selected where that is among it. */
  readonly meant: (card: ConversationCard) => readonly ConversationCard[]
  readonly chooseFolder: (what: { readonly cards: readonly ConversationCard[] } | { readonly folder: Folder }) => void
  readonly chooseTags: (cards: readonly ConversationCard[]) => void
  readonly chooseExport: (cards: readonly ConversationCard[]) => void
  /** Makes a folder and opens the field for its name. */
  readonly newFolder: (parentId: string | null) => void
}

/** Where something that is dragged would go, seen from a row. */
export type DropMark = "into" | "before"
