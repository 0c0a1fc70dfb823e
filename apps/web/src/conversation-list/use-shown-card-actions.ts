import type { ConversationCard } from "@polylogue/conversation"
import { type OpenWorkspace, usePolylogue } from "@polylogue/react"
import { useMemo } from "react"
import { useToast } from "../frame/toast.tsx"
import type { CardActions } from "./list-actions.ts"
import type { Beginning } from "./use-beginning.ts"

/** What can be done with the conversation on screen as a card of the list: the list's own actions, loaded with the list or when first asked for. */
export interface ShownCardActions {
  readonly remove: (card: ConversationCard) => void
  readonly restore: (card: ConversationCard) => void
  readonly rename: (id: string, title: string) => void
}

/** The actions on the card of `conversationId`; of `workspace` while it is open. */
export function useShownCardActions(
  workspace: OpenWorkspace | undefined,
  conversationId: string | undefined,
  may: Beginning["may"],
): ShownCardActions {
  const polylogue = usePolylogue()
  const toast = useToast()
  return useMemo(() => {
    const act = (action: (actions: CardActions) => void): void => {
      if (workspace === undefined) return
      const changing = { index: workspace.index, toast, mayChange: () => may("change the list") }
      import("./card-actions.ts").then(
        ({ cardActions }) => action(cardActions(changing, polylogue, conversationId)),
        () => toast({ text: "This part of the app cannot be loaded at the moment. Nothing was changed." }),
      )
    }
    return {
      remove: (card) => act(({ remove }) => remove([card])),
      restore: (card) => act(({ restore }) => restore(card)),
      rename: (id, title) => act(({ rename }) => rename(id, title)),
    }
  }, [polylogue, workspace, conversationId, may, toast])
}
