import type { ConversationCard } from "@polylogue/conversation"
import { useContext, useMemo, useState } from "react"
import { CommandContext } from "./palette/commands.ts"
import { Palette } from "./palette/palette.tsx"
import { commandSource, conversationSource } from "./palette/palette-source.ts"

interface AppPaletteProps {
  readonly cards: readonly ConversationCard[]
  readonly conversationId: string | undefined
  readonly onClose: () => void
}

/** The palette with everything there is a source for. */
export function AppPalette({ cards, conversationId, onClose }: AppPaletteProps) {
  const registry = useContext(CommandContext)
  // The commands as they were before the palette took the focus, which belongs to what they are about.
  const [commands] = useState(() => registry.all())
  const sources = useMemo(() => [conversationSource(cards, conversationId), commandSource(commands)], [cards, conversationId, commands])
  return <Palette sources={sources} onClose={onClose} />
}
