import { KeptArea } from "../frame/kept-area.tsx"

interface NoteFieldProps {
  readonly label: string
  readonly value: string
  readonly maxLength: number
  readonly disabled?: boolean
  /** Whether the focus goes into it as it appears. */
  readonly takesFocus: boolean
  readonly onNote: (text: string) => void
  /** Called with Escape or Mod+Enter: back to what is judged. */
  readonly onDone: () => void
}

/** Why something was judged so. Escape leaves it. */
export function NoteField({ label, value, maxLength, disabled = false, takesFocus, onNote, onDone }: NoteFieldProps) {
  return (
    <KeptArea
      className="field judging-note"
      rows={2}
      aria-label={label}
      placeholder="Why, for those who compare later"
      maxLength={maxLength}
      disabled={disabled}
      // reason: it comes because somebody asked to write in it.
      // oxlint-disable-next-line jsx-a11y/no-autofocus
      autoFocus={takesFocus}
      value={value}
      onKeep={onNote}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return
        if (event.key !== "Escape" && !(event.key === "Enter" && (event.metaKey || event.ctrlKey))) return
        event.preventDefault()
        onDone()
      }}
    />
  )
}
