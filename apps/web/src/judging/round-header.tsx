import type { RoundCard } from "@polylogue/conversation"
import { type OpenRound, useRoundSettings } from "@polylogue/react"
import type { ReactNode } from "react"
import { CardHeader, type HeaderWords } from "../card-list/card-header.tsx"
import type { MenuItem } from "../frame/menu.tsx"
import { judgingHref, type JudgingRoute } from "./judging-route.ts"
import { roundName } from "./round-words.ts"
import "./round-header.css"

interface RoundHeaderProps {
  readonly roundId: string
  readonly view: JudgingRoute["view"]
  readonly held: OpenRound | undefined
  readonly card: RoundCard | undefined
  readonly status: ReactNode
  readonly items: readonly MenuItem[]
  /** Absent where it may not be renamed. */
  readonly onRename: ((name: string) => void) | undefined
}

const WORDS: HeaderWords = { thing: "round", things: "rounds", field: "Name", list: judgingHref() }

/** The head of a round: its name, who else is here, how safe everything is, and the way between judging and comparing. */
export function RoundHeader({ roundId, view, held, card, status, items, onRename }: RoundHeaderProps) {
  const title = card?.name ?? held?.round.getSettings().name ?? ""
  return (
    <>
      <CardHeader words={WORDS} open={held?.open} {...{ title, status, items, onRename }}>
        {held === undefined ? roundName(card?.name) : <Name held={held} card={card} />}
      </CardHeader>
      <nav className="round-tabs" aria-label="In this round">
        <a href={judgingHref(roundId)} aria-current={view === "judge" ? "page" : undefined}>
          Judge
        </a>
        <a href={judgingHref(roundId, { view: "agreement" })} aria-current={view === "agreement" ? "page" : undefined}>
          Agreement
        </a>
      </nav>
    </>
  )
}

/** The name on the list, else that in the round itself: who was let into the round alone has no list. */
function Name({ held, card }: { readonly held: OpenRound; readonly card: RoundCard | undefined }) {
  const { name } = useRoundSettings(held)
  return roundName(card === undefined || card.name === "" ? name : card.name)
}
