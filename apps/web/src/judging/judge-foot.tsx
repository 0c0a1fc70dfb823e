import { KeyCaps } from "../palette/key-caps.tsx"

interface JudgeFootProps {
  /** Whether nothing of the question is left to judge. */
  readonly done: boolean
  /** Absent at the first question. */
  readonly onBack: (() => void) | undefined
  /** Absent where there is no other question to go to. */
  readonly onNext: (() => void) | undefined
  /** What comes when nothing is left at all. */
  readonly ending: { readonly label: string; readonly run: () => void } | undefined
}

/** The way from question to question: large enough for a thumb. */
export function JudgeFoot({ done, onBack, onNext, ending }: JudgeFootProps) {
  return (
    <footer className="judge-foot">
      <button type="button" className="button" disabled={onBack === undefined} onClick={onBack}>
        Back
      </button>
      <span className="judge-hint">
        <KeyCaps keys="j" /> <KeyCaps keys="k" /> move, <KeyCaps keys="?" /> shows all keys
      </span>
      {ending === undefined ? (
        <button
          type="button"
          className={done ? "button button-primary judge-next" : "button judge-next"}
          disabled={onNext === undefined}
          onClick={onNext}
        >
          {done ? "Next question" : "Skip"}
        </button>
      ) : (
        <button type="button" className="button button-primary judge-next" onClick={ending.run}>
          {ending.label}
        </button>
      )}
    </footer>
  )
}
