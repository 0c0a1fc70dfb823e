import { type AnnotatorStanding, type OpenJudging, useReplicaStatus } from "@polylogue/react"
import { counted, exactDate } from "../frame/relative-time.ts"
import { judgingHref } from "./judging-route.ts"
import { annotatorName, listed } from "./round-words.ts"
import "./waiting-view.css"

interface WaitingViewProps {
  readonly judging: OpenJudging
  /** Shows what one judged. */
  readonly onLook: () => void
}

/** What one sees after one is done: for whom one waits, and the way back as long as there is one. */
export function WaitingView({ judging, onLook }: WaitingViewProps) {
  const { done, final, changedSinceDone, refused, standing, closedAt, setFinished, held } = judging
  const { connection } = useReplicaStatus()
  const open = isRevealed(judging)
  return (
    <div className="judge-scroller">
      <div className="judge-column">
        <h3 className="waiting-title">{open ? "Everybody is done" : done ? "You are done" : "You want to be done"}</h3>
        {!done && refused === null && (
          <p role="status">
            {connection === "online"
              ? "The relay is being told."
              : "No relay is in reach. It will be told as soon as one is; until then others see you as still judging."}
          </p>
        )}
        {refused !== null && (
          <p className="judge-note" role="alert">
            {refusedWords(refused)}
          </p>
        )}
        {done && !open && <p role="status">{waitingWords(standing)}</p>}
        {changedSinceDone && (
          <p className="judge-note">
            You changed something after you were done. What counts is what you had judged then; your changes are kept on your devices only.
          </p>
        )}
        <Standing standing={standing} own={judging.annotator} closedAt={closedAt} />
        <p className="waiting-actions">
          {open && (
            <a className="button button-primary" href={judgingHref(held.roundId, { view: "agreement" })}>
              See how all agree
            </a>
          )}
          <button type="button" className="button" onClick={onLook}>
            Look at what you judged
          </button>
          {!final && !open && (
            <button type="button" className="button" onClick={() => setFinished(false)}>
              Go on judging
            </button>
          )}
        </p>
      </div>
    </div>
  )
}

interface StandingProps {
  readonly standing: readonly AnnotatorStanding[]
  /** Who looks at it. */
  readonly own: string
  readonly closedAt: number | null
}

/** Who is done and who is still at work; nothing of what anybody judged. */
export function Standing({ standing, own, closedAt }: StandingProps) {
  const all = standing.map(({ annotator }) => annotator)
  return (
    <>
      <ul className="standing" aria-label="Who is how far">
        {standing.map(({ annotator, state, count }) => (
          <li key={annotator.id} data-state={state}>
            <span>
              <bdi>{annotatorName(annotator, all)}</bdi>
              {annotator.id === own && " (you)"}
            </span>
            <span className="quiet">
              {STATES[state]}
              {count !== null && state !== "judging" && `, ${counted(count, "judgement")}`}
            </span>
          </li>
        ))}
      </ul>
      {closedAt !== null && (
        <p className="quiet" title={exactDate(closedAt)}>
          The round was ended before all were done.
        </p>
      )}
    </>
  )
}

/** Whether all that this blind round asks for is shown: everybody is done and has revealed, or it was ended. */
export function isRevealed({ kind, standing, closedAt }: Pick<OpenJudging, "kind" | "standing" | "closedAt">): boolean {
  if (kind === "open" || closedAt !== null) return true
  return standing.every(({ state }) => state !== "judging" && state !== "done")
}

const STATES: Readonly<Record<AnnotatorStanding["state"], string>> = {
  judging: "still judging",
  done: "done",
  revealed: "done and shown",
  changed: "shown, but changed after they were done",
  late: "done after the round was ended",
}

/** For whom one waits, in a sentence. */
export function waitingWords(standing: readonly AnnotatorStanding[]): string {
  const all = standing.map(({ annotator }) => annotator)
  const names = (wanted: AnnotatorStanding["state"]): readonly string[] =>
    standing.filter(({ state }) => state === wanted).map(({ annotator }) => annotatorName(annotator, all))
  const judging = names("judging")
  if (judging.length > 0) {
    return `${listed(judging)} ${judging.length === 1 ? "is" : "are"} still judging. Nobody sees what anybody judged before all are done.`
  }
  const done = names("done")
  return `Everybody is done. What ${listed(done)} judged comes as soon as a device of theirs reaches the relay.`
}

function refusedWords(code: string): string {
  if (code === "too-large") return "What you judged is too long to be sealed: make your notes shorter. Nothing was lost."
  if (code === "forbidden") return "The relay does not let you say that you are done in this round. Ask whoever began it. Nothing was lost."
  return `The relay refused to take that you are done (${code}). What you judged is kept.`
}
