import type { ConversationCard } from "@polylogue/conversation"
import { useConversationList, type WorkspaceState } from "@polylogue/react"
import { useContext, useMemo, useState } from "react"
import { CommandContext } from "./palette/commands.ts"
import { Palette } from "./palette/palette.tsx"
import { commandSource, conversationSource } from "./palette/palette-source.ts"
import { usePageSearch } from "./search/page-search.ts"
import { messageSource } from "./search/palette-messages.ts"

interface AppPaletteProps {
  readonly cards: readonly ConversationCard[]
  readonly workspace: WorkspaceState
  readonly conversationId: string | undefined
  /** Opens the search in messages with a text. */
  readonly onSearch: (text: string) => void
  readonly onClose: () => void
}

/** The palette with everything there is a source for. */
export function AppPalette({ cards, workspace, conversationId, onSearch, onClose }: AppPaletteProps) {
  const registry = useContext(CommandContext)
  // The commands as they were before the palette took the focus, which belongs to what they are about.
  const [commands] = useState(() => registry.all())
  const deleted = useConversationList(workspace, "deleted")
  const client = usePageSearch()
  const sources = useMemo(
    () => [conversationSource(cards, conversationId), commandSource(commands), messageSource(client, cards, deleted, onSearch)],
    [cards, conversationId, commands, client, deleted, onSearch],
  )
  return <Palette sources={sources} onClose={onClose} />
}
