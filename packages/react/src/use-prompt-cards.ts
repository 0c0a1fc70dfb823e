import { type PromptCard, type PromptCards, promptCards } from "@polylogue/conversation"
import { useCallback, useSyncExternalStore } from "react"
import type { WorkspaceState } from "./use-workspace.ts"

const NO_CARDS: readonly PromptCard[] = Object.freeze([])
const NOTHING = (): void => {}

/** The cards of the workspace's prompts, pinned ones first, then the latest; deleted ones with `deleted`. The same array until a card changes. */
export function usePromptList(workspace: WorkspaceState, which: "alive" | "deleted" = "alive"): readonly PromptCard[] {
  const cards = useCards(workspace)
  const subscribe = useCallback((listener: () => void) => cards?.subscribe(listener) ?? NOTHING, [cards])
  return useSyncExternalStore(subscribe, () => {
    if (cards === undefined) return NO_CARDS
    return which === "alive" ? cards.getCards() : cards.getDeletedCards()
  })
}

/** The card of one prompt; renders again only when this card changes. */
export function usePromptCard(workspace: WorkspaceState, id: string | undefined): PromptCard | undefined {
  const cards = useCards(workspace)
  const subscribe = useCallback(
    (listener: () => void) => (cards === undefined || id === undefined ? NOTHING : cards.subscribeCard(id, listener)),
    [cards, id],
  )
  return useSyncExternalStore(subscribe, () => (id === undefined ? undefined : cards?.getCard(id)))
}

function useCards(workspace: WorkspaceState): PromptCards | undefined {
  return workspace.state === "open" ? promptCards(workspace.index) : undefined
}
