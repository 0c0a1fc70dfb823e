import { isJudged, type Judgement } from "@polylogue/conversation"
import type { Desk } from "./desk.ts"
import type { Grade } from "./grade-buttons.tsx"
import { annotatorName } from "./round-words.ts"

interface OthersJudgedProps {
  readonly desk: Desk
  readonly itemId: string
  readonly chunkId: string | null
}

/** What others judged of the same, once one has judged it oneself; in a blind round nothing before all are done. */
export function OthersJudged({ desk, itemId, chunkId }: OthersJudgedProps) {
  const others = desk.others(itemId).filter((judgement) => judgement.chunkId === chunkId)
  const { annotators, scale } = desk.settings
  const nameOf = (id: string): string => annotatorName(annotators.find((annotator) => annotator.id === id) ?? { id, name: "" }, annotators)
  return <JudgedBy judgements={others} scale={scale} nameOf={nameOf} label="What others judged" />
}

interface JudgedByProps {
  readonly judgements: readonly Judgement[]
  readonly scale: readonly Grade[]
  readonly nameOf: (annotator: string) => string
  readonly label: string
}

/** What each of several people judged of one thing, and why. */
export function JudgedBy({ judgements, scale, nameOf, label }: JudgedByProps) {
  const said = judgements.filter((judgement) => isJudged(judgement) || judgement.note !== "")
  if (said.length === 0) return null
  return (
    <ul className="judge-others" aria-label={label}>
      {said.map(({ annotator, grade, labels, note }) => (
        <li key={annotator}>
          <bdi>{nameOf(annotator)}</bdi>: {grade === null ? "no grade" : grade} <bdi>{scale.find((one) => one.grade === grade)?.name}</bdi>
          {labels.length > 0 && <bdi>, {labels.join(", ")}</bdi>}
          {note !== "" && (
            <>
              . <bdi>{note}</bdi>
            </>
          )}
        </li>
      ))}
    </ul>
  )
}
