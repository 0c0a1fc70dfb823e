import { type RoundCard, roundKindOf } from "@polylogue/conversation"
import { type OpenJudging, useJudging } from "@polylogue/react"
import type { CardListKind } from "../card-list/card-list-kind.ts"
import { judgingHref } from "./judging-route.ts"
import { RoundProgress } from "./round-progress.tsx"
import { roundName } from "./round-words.ts"
import "./round-item.css"

/** The list of rounds. */
export const ROUND_LIST: CardListKind<RoundCard> = {
  part: "judging",
  group: "Judging",
  title: "Rounds",
  what: "round",
  empty: "No rounds yet.",
  nameOf: ({ name }) => roundName(name),
  ownName: ({ name }) => name,
  nameLabel: "Name",
  href: judgingHref,
  Line: RoundLine,
}

/** Whether it is blind, and how far one has come oneself and the others with it. */
function RoundLine({ card }: { readonly card: RoundCard }) {
  const judging = useJudging(card.id)
  if (judging.state !== "ready") return <span className="round-kind-word">{roundKindOf(card.id)}</span>
  const { kind, progress, finished, standing } = judging
  const done = standing.filter(({ state }) => state !== "judging").length
  return (
    <>
      <span className="round-kind-word">{kind}</span>
      <span className="round-line-progress">
        <RoundProgress label="You" done={progress.judged} of={progress.total} />
      </span>
      <span className="round-line-words">{lineWords(judging, finished, done)}</span>
    </>
  )
}

/** How far a round is, in a few words. */
function lineWords({ kind, progress, standing }: OpenJudging, finished: boolean, done: number): string {
  if (kind === "blind" && finished) return done === standing.length ? "all done" : `${done} of ${standing.length} done`
  if (progress.total > 0 && progress.judged === progress.total) return "judged"
  return `${progress.judged.toLocaleString("en")} of ${progress.total.toLocaleString("en")}`
}
