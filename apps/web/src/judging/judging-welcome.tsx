import type { ReactNode } from "react"
import { Icon } from "../frame/icon.tsx"
import { KeyCaps } from "../palette/key-caps.tsx"
import "../conversation/welcome.css"

interface JudgingWelcomeProps {
  /** There are no rounds yet. */
  readonly empty: boolean
  readonly status: ReactNode
  /** Absent where rounds cannot be begun. */
  readonly onCreate: (() => void) | undefined
}

/** The text plane while no round is chosen: what a round is for, and how to begin. */
export function JudgingWelcome({ empty, status, onCreate }: JudgingWelcomeProps) {
  return (
    <>
      {status !== undefined && <header className="text-head text-head-end">{status}</header>}
      <div className="welcome">
        <div className="welcome-body">
          <h2>{title(empty, onCreate !== undefined)}</h2>
          {empty && (
            <p>
              In a round several people judge the same answers, and the passages that were found for them: each for themselves, with a few
              keys, also offline. Then you see where they agree, and decide where they do not. What comes of it measures how well your
              retrieval works.
            </p>
          )}
          {onCreate === undefined
            ? empty && (
                <p className="quiet">Nobody has begun a round yet. You may judge here; who may write in this workspace begins rounds.</p>
              )
            : begin(onCreate)}
          {empty && onCreate !== undefined && (
            <p className="quiet">
              A round asks about questions of your conversations at which passages are kept: choose “Look up in sources” at a message, then
              “Keep with this message”. Data sets come in with polylogue import.
            </p>
          )}
        </div>
      </div>
    </>
  )
}

function begin(onCreate: () => void): ReactNode {
  return (
    <p className="welcome-actions">
      <button type="button" className="button button-primary" onClick={onCreate}>
        <Icon name="plus" /> New round
      </button>
      <span className="quiet welcome-hint">
        <KeyCaps keys="n" /> begins one from anywhere here.
      </span>
    </p>
  )
}

function title(empty: boolean, mayCreate: boolean): string {
  if (empty) return "What people think of answers and passages"
  return mayCreate ? "Choose a round, or begin one" : "Choose a round"
}
