import "./grade-buttons.css"

/** A grade that can be given, with what it is called. */
export interface Grade {
  readonly grade: number
  readonly name: string
}

interface GradeButtonsProps {
  /** What is graded: "Passage 2". */
  readonly label: string
  readonly scale: readonly Grade[]
  /** The one given; `undefined` for none. */
  readonly value: number | undefined
  readonly disabled?: boolean
  /** `null` takes the grade back. */
  readonly onGrade: (grade: number | null) => void
}

/** The grades as buttons: a press gives one, another press on the same takes it back. */
export function GradeButtons({ label, scale, value, disabled = false, onGrade }: GradeButtonsProps) {
  return (
    <div className="grades" role="group" aria-label={`Grade of ${label}`}>
      {scale.map(({ grade, name }) => (
        <button
          key={grade}
          type="button"
          className="grade"
          aria-pressed={grade === value}
          disabled={disabled}
          onClick={() => onGrade(grade === value ? null : grade)}
        >
          <span className="grade-number">{grade}</span>{" "}
          <span className="grade-name" dir="auto">
            {name}
          </span>
        </button>
      ))}
    </div>
  )
}
