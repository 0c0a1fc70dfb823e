import { type RoundCard, roundCards } from "@polylogue/conversation"
import { type OpenWorkspace, usePolylogue } from "@polylogue/react"
import { useMemo } from "react"
import { shelfActions, type ShelfActions } from "../card-list/shelf-actions.ts"
import { useToast } from "../frame/toast.tsx"
import { navigateToRound } from "./judging-route.ts"
import { mayChangeRounds, namedRounds } from "./round-words.ts"
import { withRound } from "./with-round.ts"

/** What can be done with the rounds of a workspace. */
export interface RoundWork extends ShelfActions<RoundCard> {
  /** Renames a round on the list and in its own document. */
  readonly rename: (id: string, name: string) => void
}

/** What can be done in `workspace` while it is open; `shownId` is the round on screen. */
export function useRoundWork(workspace: OpenWorkspace | undefined, shownId: string | undefined): RoundWork {
  const polylogue = usePolylogue()
  const toast = useToast()
  return useMemo(() => {
    // What may not be changed is not offered; a relay may have said so since.
    const mayChange = (): boolean => mayChangeRounds(workspace)
    return {
      rename: (id, name) => {
        if (workspace === undefined || !mayChange()) return
        const cards = roundCards(workspace.index)
        if (cards.getCard(id) !== undefined) cards.rename(id, name)
        withRound(polylogue, id, (round) => round.change({ name })).catch(() =>
          toast({ text: "The name is in the list, but not in the round itself." }),
        )
      },
      ...shelfActions<RoundCard>(
        workspace === undefined
          ? undefined
          : {
              index: workspace.index,
              shelf: roundCards(workspace.index),
              mayChange,
              toast,
              what: "round",
              named: namedRounds,
              goTo: (id, options) => navigateToRound(id, options),
            },
        shownId,
      ),
    }
  }, [polylogue, workspace, shownId, toast])
}
