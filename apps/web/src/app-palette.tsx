import type { ConversationCard } from "@polylogue/conversation"
import { useConversationList, usePromptList, type WorkspaceState } from "@polylogue/react"
import { useContext, useEffect, useMemo, useState } from "react"
import { type Command, CommandContext } from "./palette/commands.ts"
import { Palette } from "./palette/palette.tsx"
import { commandSource, conversationSource } from "./palette/palette-source.ts"
import { promptSource } from "./prompts/prompt-source.ts"
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
  // The commands as they were before the palette took the focus, which belongs to what they are about; what is loaded only now joins them.
  const [commands, setCommands] = useState(() => registry.all())
  useEffect(() => registry.watch(() => setCommands((before) => withMore(before, registry.all()))), [registry])
  const deleted = useConversationList(workspace, "deleted")
  const prompts = usePromptList(workspace)
  const client = usePageSearch()
  const sources = useMemo(
    () => [
      conversationSource(cards, conversationId),
      promptSource(prompts),
      commandSource(commands),
      messageSource(client, cards, deleted, onSearch),
    ],
    [cards, conversationId, prompts, commands, client, deleted, onSearch],
  )
  return <Palette sources={sources} onClose={onClose} />
}

function withMore(before: readonly Command[], now: readonly Command[]): readonly Command[] {
  const known = new Set(before.map(({ id }) => id))
  const more = now.filter(({ id }) => !known.has(id))
  return more.length === 0 ? before : [...before, ...more]
}
