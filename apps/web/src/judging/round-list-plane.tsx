import { useRoundList, type WorkspaceState } from "@polylogue/react"
import type { ReactNode } from "react"
import { CardListPlane } from "../card-list/card-list-plane.tsx"
import { ROUND_LIST } from "./round-list-kind.tsx"
import { namedRounds } from "./round-words.ts"
import type { RoundWork } from "./use-round-work.ts"

interface RoundListPlaneProps {
  readonly workspace: WorkspaceState
  readonly chosenId: string | undefined
  readonly work: RoundWork
  /** Whether the list may be changed; who may only judge is offered nothing that would be refused later. */
  readonly mayChange: boolean
  readonly onCreate: () => void
  /** What stands in the head beside the name: the status, when one plane is shown at a time. */
  readonly status: ReactNode
  /** What is to be said over the list, while there is no text plane to say it over. */
  readonly notices: ReactNode
  /** What stands at the foot: who writes here. */
  readonly foot: ReactNode
}

/** The plane with all rounds: find, open, and for who may: begin, rename, tag, archive, delete, restore. */
export function RoundListPlane({ workspace, work, mayChange, onCreate, ...rest }: RoundListPlaneProps) {
  const cards = useRoundList(workspace)
  const deleted = useRoundList(workspace, "deleted")
  return (
    <CardListPlane
      kind={ROUND_LIST}
      {...{ workspace, cards, deleted, work }}
      {...rest}
      readOnly={!mayChange}
      named={namedRounds}
      create={{ label: "New round", words: "create judge annotate evaluation", run: onCreate }}
      items={{ first: [{ label: "New round", icon: "plus", run: onCreate }], last: [] }}
      actions={[]}
      commands={[]}
    />
  )
}
