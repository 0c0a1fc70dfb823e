import type { ConversationCard } from "@polylogue/conversation"
import type { MenuItem } from "../frame/menu.tsx"
import type { RowHandlers } from "./row-handlers.ts"

/** What can be done with a conversation from the list: with all that is selected, where it is among that. */
export function cardMenu(card: ConversationCard, unread: boolean, handlers: RowHandlers): readonly MenuItem[] {
  const { actions } = handlers
  return [
    { label: "Rename", icon: "edit", run: () => handlers.rename(card.id) },
    ...placeMenu(card, unread, handlers),
    { label: "Export", icon: "export", run: () => handlers.chooseExport(handlers.meant(card)) },
    { label: "Select", icon: "check", run: () => handlers.select(card.id) },
    { label: "Delete", icon: "trash", danger: true, run: () => actions.remove(handlers.meant(card)) },
  ]
}

/** What of that says where a conversation stands. */
export function placeMenu(card: ConversationCard, unread: boolean, handlers: RowHandlers): readonly MenuItem[] {
  const { actions } = handlers
  const meant = (): readonly ConversationCard[] => handlers.meant(card)
  return [
    { label: card.pinned ? "Unpin" : "Pin", icon: "pin", run: () => actions.pin(meant(), !card.pinned) },
    { label: "Move to…", icon: "folder", run: () => handlers.chooseFolder({ cards: meant() }) },
    { label: "Tags…", icon: "tag", run: () => handlers.chooseTags(meant()) },
    { label: unread ? "Mark as read" : "Mark as unread", icon: "unread", run: () => actions.markRead(meant(), unread) },
    { label: card.archived ? "Take out of the archive" : "Archive", icon: "archive", run: () => actions.archive(meant(), !card.archived) },
  ]
}
