import { Icon } from "../frame/icon.tsx"

interface LabelChipsProps {
  /** What has them: "Passage 2". */
  readonly label: string
  readonly labels: readonly string[]
  readonly chosen: readonly string[]
  readonly disabled?: boolean
  readonly onLabels: (labels: readonly string[]) => void
}

/** The labels of a round, each to be put on or taken off. One that the round does not know any more stays until somebody takes it off. */
export function LabelChips({ label, labels, chosen, disabled = false, onLabels }: LabelChipsProps) {
  const all = [...labels, ...chosen.filter((name) => !labels.includes(name))]
  if (all.length === 0) return null
  return (
    <div className="judging-labels" role="group" aria-label={`Labels of ${label}`}>
      {all.map((name) => {
        const pressed = chosen.includes(name)
        return (
          <button
            key={name}
            type="button"
            className="tag-chip"
            dir="auto"
            aria-pressed={pressed}
            disabled={disabled}
            onClick={() => onLabels(toggled(chosen, name))}
          >
            {pressed && <Icon name="check" size={12} />}
            {name}
          </button>
        )
      })}
    </div>
  )
}

/** `names` with `name` taken out, or added at the end. */
export function toggled(names: readonly string[], name: string): readonly string[] {
  return names.includes(name) ? names.filter((other) => other !== name) : [...names, name]
}
