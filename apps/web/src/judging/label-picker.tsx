import { Picker } from "../conversation-list/picker.tsx"
import { fold } from "../conversation-list/card-text.ts"
import { toggled } from "./label-chips.tsx"

interface LabelPickerProps {
  readonly labels: readonly string[]
  readonly chosen: readonly string[]
  readonly onLabels: (labels: readonly string[]) => void
  readonly onClose: () => void
}

/** Labels by keys: a few letters find one, Enter puts it on or takes it off. */
export function LabelPicker({ labels, chosen, onLabels, onClose }: LabelPickerProps) {
  const all = [...labels, ...chosen.filter((name) => !labels.includes(name))]
  return (
    <Picker
      label="Labels"
      placeholder="Find a label"
      maxLength={60}
      several
      onClose={onClose}
      optionsFor={(query) =>
        all
          .filter((name) => fold(name).includes(fold(query.trim())))
          .map((name) => ({
            key: name,
            text: name,
            icon: "tag",
            checked: chosen.includes(name),
            run: () => onLabels(toggled(chosen, name)),
          }))
      }
    />
  )
}
