import type { ConversationCard } from "@polylogue/conversation"
import { type Command, useCommands } from "../palette/commands.ts"
import { placeMenu } from "./card-menu.ts"
import type { RowHandlers } from "./row-handlers.ts"

interface ListCommandsOptions {
  /** Whether there is a list to do something with. */
  readonly open: boolean
  /** The conversation on screen. */
  readonly shown: ConversationCard | undefined
  readonly handlers: RowHandlers
  readonly select: () => void
}

/** What the list offers in the palette: for the conversation on screen and for all of them. */
export function useListCommands({ open, shown, handlers, select }: ListCommandsOptions): void {
  useCommands(open ? [...commandsOfShown(shown, handlers), ...commandsOfAll(handlers, select)] : [])
}

function commandsOfShown(shown: ConversationCard | undefined, handlers: RowHandlers): readonly Command[] {
  if (shown === undefined) return []
  return placeMenu(shown, false, handlers).map(({ label, icon = "more", run }) => ({
    id: `conversation ${label}`,
    name: label,
    icon,
    group: "This conversation",
    run,
  }))
}

function commandsOfAll({ newFolder, show }: RowHandlers, select: () => void): readonly Command[] {
  const group = "Conversations"
  return [
    { id: "new-folder", name: "New folder", icon: "folder", group, run: () => newFolder(null) },
    { id: "select", name: "Select conversations", icon: "check", group, words: "several bulk", run: select },
    { id: "archive", name: "Show the archive", icon: "archive", group, run: () => show("archive") },
    { id: "deleted", name: "Show what was deleted", icon: "trash", group, words: "restore bin", run: () => show("deleted") },
  ]
}
