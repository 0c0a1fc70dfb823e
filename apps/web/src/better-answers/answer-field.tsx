import { diffText, MAX_CORRECTION_LENGTH } from "@polylogue/conversation"
import { useDeferredValue, useId, useState } from "react"
import { readStored, writeStored } from "../device/stored-value.ts"
import { counted } from "../frame/relative-time.ts"
import { DiffText } from "../prompt-review/diff-text.tsx"

interface AnswerFieldProps {
  /** Where what is written is kept on this device until it is said. */
  readonly storeKey: string
  /** What the message says, from which it is told apart. */
  readonly original: string
  /** What one begins to write from. */
  readonly initial: string
  readonly label: string
  readonly action: string
  /** Whether it is opened by a press, unless something was begun. */
  readonly folded: boolean
  readonly onSay: (text: string) => void
  readonly onLeave?: () => void
}

/** A field to write an answer in, with what it changes below. What stands in it is kept on this device from key to key. */
export function AnswerField({ storeKey, original, initial, label, action, folded, onSay, onLeave }: AnswerFieldProps) {
  const [text, setText] = useState(() => readStored(storeKey) ?? initial)
  const [open, setOpen] = useState(!folded || text !== initial)
  const shown = useDeferredValue(text)
  const id = useId()
  if (!open) {
    return (
      <button type="button" className="button" onClick={() => setOpen(true)}>
        {label}
      </button>
    )
  }
  const change = (next: string): void => {
    setText(next)
    writeStored(storeKey, next === initial ? null : next)
  }
  const leave = (): void => {
    change(initial)
    setOpen(!folded)
    onLeave?.()
  }
  const excess = text.length - MAX_CORRECTION_LENGTH
  const ready = text.trim() !== "" && text !== initial && excess <= 0
  return (
    <form
      className="answer-field"
      onSubmit={(event) => {
        event.preventDefault()
        if (!ready) return
        onSay(text)
        writeStored(storeKey, null)
      }}
    >
      <textarea
        className="field grows"
        dir="auto"
        rows={6}
        aria-label={label}
        aria-invalid={excess > 0}
        aria-describedby={excess > 0 ? id : undefined}
        value={text}
        onChange={({ target }) => change(target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && !event.nativeEvent.isComposing) {
            event.preventDefault()
            event.currentTarget.form?.requestSubmit()
          }
        }}
      />
      {excess > 0 && (
        <p id={id} className="cited-note">
          Too long by {counted(excess, "character")}.
        </p>
      )}
      {shown !== original && (
        <details open className="content-diff answer-changes">
          <summary>What changes</summary>
          <DiffText parts={diffText(original, shown)} current={-1} />
        </details>
      )}
      <span className="better-answer-foot">
        <button type="submit" className="button button-primary" disabled={!ready}>
          {action}
        </button>
        {(text !== initial || onLeave !== undefined) && (
          <button type="button" className="button button-quiet" onClick={leave}>
            {text === initial ? "Cancel" : "Discard"}
          </button>
        )}
      </span>
    </form>
  )
}
