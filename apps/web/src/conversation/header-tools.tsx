import type { OpenConversation } from "@polylogue/react"
import { useWriters } from "../answers/use-writers.ts"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { Present } from "../identity/present.tsx"
import { useCommands } from "../palette/commands.ts"
import { openFind } from "../search/conversation-find.tsx"
import { Pinned } from "./pinned.tsx"

/** Who else is in a conversation, and what is pinned in it. */
export function HeaderFacts({ held }: { readonly held: OpenConversation }) {
  return (
    <>
      <Present open={held.open} writers={useWriters(held)} />
      <Pinned held={held} />
    </>
  )
}

/** What one can do with a conversation, as a menu and as commands. */
export function HeaderMenu({ items }: { readonly items: readonly MenuItem[] }) {
  useCommands(
    items.map(({ label, icon = "more", run }) => ({ id: `conversation ${label}`, group: "This conversation", name: label, icon, run })),
  )
  return <Menu label="Conversation actions" items={[{ label: "Find in this conversation", icon: "search", run: openFind }, ...items]} />
}
