import { MAX_SCALE } from "@polylogue/conversation"
import { Icon } from "../frame/icon.tsx"
import type { Grade } from "./grade-buttons.tsx"

interface ScaleFieldProps {
  readonly scale: readonly Grade[]
  readonly onScale: (scale: readonly Grade[]) => void
}

/** The grades that can be given, and what each is called. They are given by their numbers on the keyboard. */
export function ScaleField({ scale, onScale }: ScaleFieldProps) {
  const last = scale.at(-1)
  return (
    <fieldset className="round-field">
      <legend>Grades</legend>
      <ol className="scale-rows">
        {scale.map(({ grade, name }) => (
          <li key={grade}>
            <span className="scale-number">{grade}</span>
            <input
              className="field"
              dir="auto"
              aria-label={`Name of grade ${grade}`}
              maxLength={MAX_GRADE_NAME}
              value={name}
              onChange={({ target }) => onScale(scale.map((one) => (one.grade === grade ? { grade, name: target.value } : one)))}
            />
          </li>
        ))}
      </ol>
      <p className="round-buttons">
        <button
          type="button"
          className="button button-quiet"
          disabled={last === undefined || scale.length >= MAX_SCALE}
          onClick={() => onScale([...scale, { grade: (last?.grade ?? -1) + 1, name: "" }])}
        >
          <Icon name="plus" /> Add a grade
        </button>
        <button type="button" className="button button-quiet" disabled={scale.length <= 2} onClick={() => onScale(scale.slice(0, -1))}>
          Take away the last
        </button>
      </p>
    </fieldset>
  )
}

const MAX_GRADE_NAME = 60
