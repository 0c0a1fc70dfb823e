import { type Disagreement, goldKey, type Judgement, readGold, type RoundSettings } from "@polylogue/conversation"
import { type OpenRound, useDocumentStatus, useRegisters, useReplicaStatus } from "@polylogue/react"
import { useRef, useState } from "react"
import { counted } from "../frame/relative-time.ts"
import { DisagreementItem } from "./disagreement-item.tsx"
import { disagreementKey } from "./judge-steps.ts"
import { focusItem } from "./judged-item.tsx"
import { RoundProgress } from "./round-progress.tsx"
import { useDecisions } from "./use-decisions.ts"
import { useJudgeKeys } from "./use-judge-keys.ts"

interface DisagreementListProps {
  readonly held: OpenRound
  readonly judgements: readonly Judgement[]
  readonly settings: RoundSettings
  readonly disagreements: readonly Disagreement[]
  readonly nameOf: (annotator: string) => string
}

/** So many are shown at first, and so many more each time one asks. */
const SHOWN = 20

/** Where grades differ, the furthest apart first, each to be decided once and for all: at the relay, by whoever is first. */
export function DisagreementList({ held, judgements, settings, disagreements, nameOf }: DisagreementListProps) {
  const [count, setCount] = useState(SHOWN)
  const [active, setActive] = useState<string>()
  const roundDocument = held.open.document.documentId
  const heard = useRegisters(roundDocument)
  const { connection } = useReplicaStatus()
  const { mayWrite } = useDocumentStatus(held.open)
  const decisions = useDecisions(roundDocument)
  const last = useRef<string[]>([])
  const shown = disagreements.slice(0, count)
  const keys = shown.map(disagreementKey)
  const at = active !== undefined && keys.includes(active) ? active : keys[0]
  const goldOf = (one: Disagreement): ReturnType<typeof readGold> => readGold(heard.get(goldKey(roundDocument, one.itemId, one.chunkId)))
  const decided = disagreements.filter((one) => goldOf(one) !== undefined).length
  const mayDecide = connection === "online" && mayWrite !== false
  const decide = (key: string | undefined, grade: number | null): void => {
    const one = shown.find((candidate) => disagreementKey(candidate) === key)
    if (one === undefined || !mayDecide) return
    last.current.push(disagreementKey(one))
    void decisions.decide(one, grade, goldOf(one)?.revision ?? heard.get(goldKey(roundDocument, one.itemId, one.chunkId))?.revision ?? null)
  }
  const step = (by: number): void => {
    const to = keys[Math.min(Math.max(keys.indexOf(at ?? "") + by, 0), keys.length - 1)]
    if (to !== undefined) focusItem(to)
  }
  useJudgeKeys({
    scale: settings.scale,
    mayJudge: mayDecide && shown.length > 0,
    onGrade: (grade) => {
      decide(at, grade)
      step(1)
    },
    onStep: step,
    onUndo: () => {
      const key = last.current.pop()
      if (key === undefined) return
      decide(key, null)
      focusItem(key)
    },
  })
  return (
    <section className="agreement-part" aria-labelledby="agreement-differ">
      <h3 id="agreement-differ">Where they differ</h3>
      {disagreements.length === 0 ? (
        <p>Nowhere: all who graded the same thing gave it the same grade.</p>
      ) : (
        <>
          <p role="status">
            {decided.toLocaleString("en")} of {counted(disagreements.length, "difference")} decided.
          </p>
          <RoundProgress label="Decided" done={decided} of={disagreements.length} />
          {connection !== "online" && (
            <p className="judge-note">
              No relay is in reach. A decision stands at the relay, once for all, so it can be made when one is. What was decided before is
              shown as it was last heard.
            </p>
          )}
          {connection === "online" && mayWrite === false && <p className="judge-note">You may read what was decided here, not decide.</p>}
          <ol className="disagreements judged-list">
            {shown.map((one) => {
              const key = disagreementKey(one)
              return (
                <DisagreementItem
                  key={key}
                  itemKey={key}
                  {...{ held, settings, nameOf, mayDecide }}
                  disagreement={one}
                  judgements={judgements.filter(({ itemId, chunkId }) => itemId === one.itemId && chunkId === one.chunkId)}
                  gold={goldOf(one)}
                  news={decisions.newsOf(key)}
                  active={key === at}
                  onFocus={() => setActive(key)}
                  onDecide={(grade) => decide(key, grade)}
                />
              )
            })}
          </ol>
          {disagreements.length > count && (
            <button type="button" className="button" onClick={() => setCount(count + SHOWN)}>
              Show more: {(disagreements.length - count).toLocaleString("en")} left
            </button>
          )}
        </>
      )}
    </section>
  )
}
