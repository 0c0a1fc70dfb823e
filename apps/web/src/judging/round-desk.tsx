import { blindDocumentId, type RoundItem } from "@polylogue/conversation"
import { type OpenJudging, useDocument, usePolylogue } from "@polylogue/react"
import { useState } from "react"
import { DocumentSafety } from "../sync/document-safety.tsx"
import { type Desk, useDesk } from "./desk.ts"
import { isItemDone } from "./judge-steps.ts"
import { JudgeView } from "./judge-view.tsx"
import { navigateToRound } from "./judging-route.ts"
import { NOT_ENFORCED } from "./kind-field.tsx"
import { RoundProgress } from "./round-progress.tsx"
import { annotatorHere } from "./round-words.ts"
import { useTask } from "./use-task.ts"
import { WaitingView } from "./waiting-view.tsx"

interface RoundDeskProps {
  readonly judging: OpenJudging
  readonly itemId: string | undefined
  readonly onDone: () => void
  readonly onGuideline: () => void
}

/** Where one judges: question by question, and once one is done what one waits for. */
export function RoundDesk({ judging, itemId, onDone, onGuideline }: RoundDeskProps) {
  const desk = useDesk(judging)
  const [looking, setLooking] = useState(false)
  if (desk.items.length === 0) {
    return (
      <div className="empty-conversation">
        <p>
          {judging.progress.items === 0
            ? "There is nothing to judge in this round."
            : "Others have all that is left. Nothing waits for you."}
        </p>
      </div>
    )
  }
  if (judging.kind === "blind" && judging.finished && !looking) return <WaitingView judging={judging} onLook={() => setLooking(true)} />
  const ending =
    judging.kind === "open"
      ? { label: "See how all agree", run: () => navigateToRound(desk.roundId, { view: "agreement" }) }
      : judging.finished
        ? { label: "Back", run: () => setLooking(false) }
        : { label: "I am done", run: onDone }
  return (
    <JudgeView
      desk={desk}
      itemId={itemId}
      facts={<Facts desk={desk} judging={judging} item={desk.items.find(({ id }) => id === itemId)} onGuideline={onGuideline} />}
      notes={<Obstacle desk={desk} judging={judging} onBack={() => setLooking(false)} />}
      ending={ending}
    />
  )
}

interface FactsProps {
  readonly desk: Desk
  readonly judging: OpenJudging
  readonly item: RoundItem | undefined
  readonly onGuideline: () => void
}

/** How far one is, where it is safe, and whose the question is. */
function Facts({ desk, judging, item, onGuideline }: FactsProps) {
  const { judged, total } = desk.progress
  const task = useTask(desk.tasks, desk.mayJudge ? item?.id : undefined, item !== undefined && isItemDone(item, desk.mine(item.id)))
  // Who only looks has nothing of their own to be counted or kept.
  const looks = judged === 0 && (desk.obstacle === "outside" || desk.obstacle === "reading")
  return (
    <div>
      <div className="judge-facts">
        <span role="status">
          {looks
            ? `${total.toLocaleString("en")} to judge`
            : `${judged.toLocaleString("en")} of ${total.toLocaleString("en")} judged${total > judged ? ` · ${(total - judged).toLocaleString("en")} left for you` : ""}`}
        </span>
        {!looks && <JudgedSafety judging={judging} />}
        {task !== "" && <span>{task}</span>}
        <button type="button" className="button button-quiet judge-guideline" onClick={onGuideline}>
          What to go by
        </button>
      </div>
      {!looks && <RoundProgress label="You" done={judged} of={total} />}
    </div>
  )
}

/** Where one's judgements are safe: those of a blind round stand in a document of one's own. */
function JudgedSafety({ judging }: { readonly judging: OpenJudging }) {
  const { workspace } = usePolylogue()
  const { kind, held, annotator } = judging
  const document = useDocument(kind === "blind" ? blindDocumentId(workspace, held.roundId, annotator) : held.open.document.documentId)
  return document.state === "open" && <DocumentSafety open={document} />
}

interface ObstacleProps {
  readonly desk: Desk
  readonly judging: OpenJudging
  readonly onBack: () => void
}

/** Why one cannot judge here at the moment, with the way to it; in a blind round without a relay that knows people, what that means. */
function Obstacle({ desk, judging, onBack }: ObstacleProps) {
  const polylogue = usePolylogue()
  const { obstacle, annotator } = desk
  const { round } = judging.held
  if (obstacle === undefined) {
    if (judging.kind !== "blind" || judging.enforced) return null
    return (
      <div className="judge-notes">
        <p className="judge-note">{NOT_ENFORCED}</p>
      </div>
    )
  }
  return (
    <div className="judge-notes">
      <p className="judge-note" role="status">
        {obstacle === "reading" && <span>You may read this round, not judge in it.</span>}
        {obstacle === "outside" && (
          <>
            <span>You are not among those who judge here. You can look.</span>
            <button type="button" className="button" onClick={() => round.setAnnotator(annotator, annotatorHere(polylogue).name)}>
              Judge too
            </button>
          </>
        )}
        {obstacle === "finished" && (
          <>
            <span>You said that you are done. This is what you judged.</span>
            <button type="button" className="button" onClick={onBack}>
              Back
            </button>
          </>
        )}
      </p>
    </div>
  )
}
