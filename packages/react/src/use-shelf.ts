import type { CardShelf, ShelfCard, WorkspaceIndex } from "@polylogue/conversation"
import { useCallback, useSyncExternalStore } from "react"
import type { WorkspaceState } from "./use-workspace.ts"

/** Finds a shelf in an index: the same one every time. */
export type ShelfOf<Card extends ShelfCard> = (index: WorkspaceIndex) => CardShelf<Card>

const NO_CARDS: readonly never[] = Object.freeze([])
const NOTHING = (): void => {}

/** The cards of a shelf, pinned ones first, then the latest; deleted ones with `deleted`. The same array until a card changes. */
export function useShelfList<Card extends ShelfCard>(
  workspace: WorkspaceState,
  shelfOf: ShelfOf<Card>,
  which: "alive" | "deleted",
): readonly Card[] {
  const shelf = workspace.state === "open" ? shelfOf(workspace.index) : undefined
  const subscribe = useCallback((listener: () => void) => shelf?.subscribe(listener) ?? NOTHING, [shelf])
  return useSyncExternalStore(subscribe, () => {
    if (shelf === undefined) return NO_CARDS
    return which === "alive" ? shelf.getCards() : shelf.getDeletedCards()
  })
}

/** One card of a shelf; renders again only when this card changes. */
export function useShelfCard<Card extends ShelfCard>(
  workspace: WorkspaceState,
  shelfOf: ShelfOf<Card>,
  id: string | undefined,
): Card | undefined {
  const shelf = workspace.state === "open" ? shelfOf(workspace.index) : undefined
  const subscribe = useCallback(
    (listener: () => void) => (shelf === undefined || id === undefined ? NOTHING : shelf.subscribeCard(id, listener)),
    [shelf, id],
  )
  return useSyncExternalStore(subscribe, () => (id === undefined ? undefined : shelf?.getCard(id)))
}
