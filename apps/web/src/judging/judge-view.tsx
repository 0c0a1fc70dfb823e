import { isJudged, type JudgementChange, type RoundItem } from "@polylogue/conversation"
import { type KeyboardEvent, type ReactNode, Suspense, useEffect, useRef, useState } from "react"
import { lazyPart } from "../frame/lazy-part.tsx"
import type { Desk } from "./desk.ts"
import { ItemContext, ItemMessage } from "./item-context.tsx"
import { JudgeFoot } from "./judge-foot.tsx"
import { isItemDone, nextOpen, shownTargets, targetKey } from "./judge-steps.ts"
import { focusItem, JudgedItem } from "./judged-item.tsx"
import { focusNote, JudgementWords } from "./judgement-words.tsx"
import { navigateToRound } from "./judging-route.ts"
import { OthersJudged } from "./others-judged.tsx"
import { PassageSource, PassageText } from "./passage-words.tsx"
import { useJudgeKeys } from "./use-judge-keys.ts"
import "./judge-view.css"

const LabelPicker = lazyPart(() => import("./label-picker.tsx").then((module) => ({ default: module.LabelPicker })))

interface JudgeViewProps {
  readonly desk: Desk
  /** The question that the address names. */
  readonly itemId: string | undefined
  /** What stands above the question: how far one is, where it is safe, whose it is. */
  readonly facts: ReactNode
  /** What is to be said above the foot. */
  readonly notes: ReactNode
  /** What one does when nothing is left: says so, or looks at the agreement. */
  readonly ending: { readonly label: string; readonly run: () => void } | undefined
}

/** One question at a time with what is to be judged of it, by keys or by touch. What one judges is kept at once. */
export function JudgeView({ desk, itemId, facts, notes, ending }: JudgeViewProps) {
  const { items } = desk
  const at = useShownItem(desk, itemId)
  const item = items[at]
  const go = (to: RoundItem | undefined): void => {
    if (to !== undefined) navigateToRound(desk.roundId, { itemId: to.id, replace: true })
  }
  if (item === undefined) return null
  const done = isItemDone(item, desk.mine(item.id))
  const next = done ? nextOpen(items, at, (other) => isItemDone(other, desk.mine(other.id))) : items[at + 1]
  return (
    <>
      <ItemSheet
        key={item.id}
        {...{ desk, item, facts }}
        place={{ at: at + 1, of: items.length }}
        onNext={() => (next === undefined && done ? ending?.run() : go(next))}
        onBack={() => go(items[at - 1])}
        onItem={(id) => go(items.find((other) => other.id === id))}
      />
      {notes}
      <JudgeFoot
        done={done}
        onBack={at > 0 ? () => go(items[at - 1]) : undefined}
        onNext={next === undefined ? undefined : () => go(next)}
        ending={done && next === undefined ? ending : undefined}
      />
    </>
  )
}

/** The place of the question on screen: the one in the address, else the first that is not done, which is put there: it stays while one judges it. */
function useShownItem(desk: Desk, itemId: string | undefined): number {
  const { items, roundId } = desk
  const named = items.findIndex(({ id }) => id === itemId)
  const first = items.find((item) => !isItemDone(item, desk.mine(item.id))) ?? items[0]
  const given = named === -1 ? first?.id : undefined
  useEffect(() => {
    if (given !== undefined) navigateToRound(roundId, { itemId: given, replace: true })
  }, [roundId, given])
  return named === -1 ? items.findIndex(({ id }) => id === given) : named
}

interface ItemSheetProps {
  readonly desk: Desk
  readonly item: RoundItem
  readonly place: { readonly at: number; readonly of: number }
  readonly facts: ReactNode
  readonly onNext: () => void
  readonly onBack: () => void
  readonly onItem: (id: string) => void
}

/** A question with everything that is to be judged of it. Keys are for the passage that has the focus, or had it last. */
function ItemSheet({ desk, item, place, facts, onNext, onBack, onItem }: ItemSheetProps) {
  const targets = shownTargets(item)
  const mine = desk.mine(item.id)
  const [active, setActive] = useState(() => firstOpen(targets, mine))
  const [labelling, setLabelling] = useState(false)
  const scroller = useRef<HTMLDivElement>(null)
  const key = targetKey(active)
  // The first thing to judge has the focus as soon as it is there: keys are for it. Nothing scrolls: one reads from the question on.
  useEffect(() => document.querySelector<HTMLElement>(`.judged-item[data-active]`)?.focus({ preventScroll: true }), [])
  const step = (by: number): void => {
    const to = targets[Math.min(Math.max(targets.indexOf(active) + by, 0), targets.length - 1)]
    if (to !== undefined) focusItem(targetKey(to))
  }
  const grade = (chunkId: string | null, value: number | null): void => {
    desk.judge({ itemId: item.id, chunkId }, { grade: value })
    if (value === null) return
    const following = targets.slice(targets.indexOf(chunkId) + 1)[0]
    if (following !== undefined) focusItem(targetKey(following))
    else document.querySelector<HTMLElement>(".judge-next")?.focus()
  }
  useJudgeKeys({
    scale: desk.settings.scale,
    mayJudge: desk.mayJudge,
    onGrade: (value) => grade(active, value),
    onStep: step,
    onUndo: () => {
      const undone = desk.undo()
      if (undone === undefined) return
      if (undone.itemId === item.id) focusItem(targetKey(undone.chunkId))
      else onItem(undone.itemId)
    },
    judging: [
      { id: "judge label", group: "This round", name: "Labels", icon: "tag", keys: "l", run: () => setLabelling(true) },
      { id: "judge note", group: "This round", name: "Note", icon: "comment", keys: "n", run: () => focusNote(key) },
    ],
    moving: [
      { id: "judge on", group: "This round", name: "Next question", icon: "next", keys: "Enter", run: onNext },
      { id: "judge back", group: "This round", name: "Question before it", icon: "back", keys: "b", run: onBack },
    ],
  })
  return (
    <div className="judge-scroller" ref={scroller}>
      <div className="judge-column">
        {facts}
        <section className="judge-question" aria-label={`Question ${place.at} of ${place.of}`}>
          <p className="quiet">
            Question {place.at.toLocaleString("en")} of {place.of.toLocaleString("en")}
          </p>
          <h3 dir="auto">{item.query}</h3>
          <ItemContext conversationId={item.conversationId} messageId={item.messageId} />
        </section>
        {/* reason: arrows go from passage to passage as the keys j and k do; what has the focus are the passages. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <ol className="judged-list" aria-label="What is to be judged" onKeyDown={arrowKeys(step)}>
          {targets.map((chunkId) => (
            <Target
              key={targetKey(chunkId)}
              {...{ desk, item, chunkId }}
              active={chunkId === active}
              onFocus={() => setActive(chunkId)}
              onGrade={(value) => grade(chunkId, value)}
            />
          ))}
        </ol>
      </div>
      <Suspense>
        {labelling && (
          <LabelPicker
            labels={desk.settings.labels}
            chosen={mine.get(key)?.labels ?? []}
            onLabels={(labels) => desk.judge({ itemId: item.id, chunkId: active }, { labels })}
            onClose={() => setLabelling(false)}
          />
        )}
      </Suspense>
    </div>
  )
}

/** The arrows on a passage that has the focus itself; on a button or in a note they mean what they do there. */
function arrowKeys(step: (by: number) => void): (event: KeyboardEvent) => void {
  return (event) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0
    if (by === 0 || !(event.target as HTMLElement).matches(".judged-item")) return
    event.preventDefault()
    step(by)
  }
}

interface TargetProps {
  readonly desk: Desk
  readonly item: RoundItem
  readonly chunkId: string | null
  readonly active: boolean
  readonly onFocus: () => void
  readonly onGrade: (grade: number | null) => void
}

function Target({ desk, item, chunkId, active, onFocus, onGrade }: TargetProps) {
  const judged = desk.mine(item.id).get(targetKey(chunkId))
  const chunks = item.chunks.toSorted((left, right) => left.rank - right.rank)
  const chunk = chunks.find((candidate) => candidate.chunkId === chunkId)
  const name = chunk === undefined ? "The answer" : `Passage ${chunks.indexOf(chunk) + 1}`
  const key = targetKey(chunkId)
  const judge = (change: JudgementChange): void => desk.judge({ itemId: item.id, chunkId }, change)
  const common = {
    itemKey: key,
    name,
    active,
    scale: desk.settings.scale,
    grade: judged?.grade ?? null,
    doneWord: "Graded",
    mayJudge: desk.mayJudge,
    onFocus,
    onGrade,
    foot: (
      <>
        <JudgementWords itemKey={key} name={name} labels={desk.settings.labels} judged={judged} mayJudge={desk.mayJudge} onJudge={judge} />
        {judged !== undefined && isJudged(judged) && <OthersJudged desk={desk} itemId={item.id} chunkId={chunkId} />}
      </>
    ),
  }
  return (
    <JudgedItem {...common} about={chunk !== undefined && <PassageSource chunk={chunk} />}>
      {chunk !== undefined && <PassageText chunk={chunk} />}
      {chunk === undefined && item.answer !== undefined && (
        <ItemMessage conversationId={item.conversationId} messageId={item.answer.messageId} />
      )}
    </JudgedItem>
  )
}

/** Where one begins: at the first thing that is not judged, else at the first. */
function firstOpen(targets: readonly (string | null)[], mine: ReturnType<Desk["mine"]>): string | null {
  const open = targets.find((chunkId) => {
    const judged = mine.get(targetKey(chunkId))
    return judged === undefined || !isJudged(judged)
  })
  return open === undefined ? (targets[0] ?? null) : open
}
