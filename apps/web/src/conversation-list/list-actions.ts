import type { ConversationCard } from "@polylogue/conversation"
import { type OpenWorkspace, usePolylogue, useUserHome } from "@polylogue/react"
import { useMemo } from "react"
import { retitle } from "../conversation/retitle.ts"
import { navigate } from "../frame/route.ts"
import { useToast } from "../frame/toast.tsx"
import { cardTitle } from "./card-text.ts"
import { freshConversation } from "./fresh-conversation.ts"

/** What can be done with the conversations of the list. Who may only read is told so instead, for it would stay on this device for ever. */
export interface ListActions {
  /** Whether conversations may be made here; says why when not. */
  readonly mayBegin: () => boolean
  readonly create: () => void
  readonly remove: (card: ConversationCard) => void
  readonly restore: (card: ConversationCard) => void
  readonly rename: (id: string, title: string) => void
}

/** The actions of the list; of `workspace` while it is open. */
export function useListActions(workspace: OpenWorkspace | undefined, conversationId: string | undefined): ListActions {
  const polylogue = usePolylogue()
  const home = useUserHome()
  const toast = useToast()
  return useMemo(() => {
    const may = (what: string): boolean => {
      // Until a relay has said, everything may be done: it waits on this device.
      if (workspace?.open.document.status.mayWrite !== false) return true
      toast({ text: `You may read these conversations, not ${what}.` })
      return false
    }
    const mayBegin = (): boolean => may("begin new ones")
    const mayChange = (): boolean => may("change the list")
    const restore = (card: ConversationCard): void => {
      if (!mayChange()) return
      workspace?.index.restore(card.id)
      navigate(card.id)
    }
    return {
      mayBegin,
      create: () => {
        if (workspace === undefined || !mayBegin()) return
        navigate(freshConversation(workspace.index, (id) => home !== undefined && home.getDraft(id) !== ""))
      },
      remove: (card) => {
        if (!mayChange()) return
        const shown = card.id === conversationId
        const undo = (): void => (shown ? restore(card) : workspace?.index.restore(card.id))
        workspace?.index.delete(card.id)
        if (shown) navigate(undefined, { replace: true })
        toast({ text: `“${cardTitle(card)}” deleted.`, action: { label: "Undo", run: undo } })
      },
      restore,
      rename: (id, title) => {
        if (!mayChange()) return
        workspace?.index.rename(id, title)
        retitle(polylogue, id, title).catch(() => toast({ text: "The title is in the list, but not in the conversation itself." }))
      },
    }
  }, [polylogue, workspace, home, conversationId, toast])
}
