import { type FormEvent, type RefObject, useState } from "react"
import { Floating } from "../frame/floating.tsx"
import { type Rating, REASONS } from "./opinion.ts"

interface FeedbackReasonProps {
  readonly anchor: RefObject<HTMLElement | null>
  readonly rating: Rating
  readonly onClose: () => void
  readonly onSave: (reason: string | undefined, text: string | undefined) => void
}

/** Asks why an answer was good or poor; nobody has to say. */
export default function FeedbackReason({ anchor, rating, onClose, onSave }: FeedbackReasonProps) {
  const [reason, setReason] = useState<string>()
  const [text, setText] = useState("")
  const leave = (): void => {
    onClose()
    anchor.current?.querySelector("button")?.focus()
  }
  const save = (event: FormEvent): void => {
    event.preventDefault()
    onSave(reason, text.trim() === "" ? undefined : text.trim())
    leave()
  }
  return (
    <Floating
      anchor={anchor}
      onClose={onClose}
      className="feedback-why"
      role="group"
      aria-label="Why (optional)"
      onKeyDown={(event) => {
        if (event.key === "Escape") leave()
      }}
    >
      <form onSubmit={save}>
        <p className="quiet">{rating === "up" ? "Noted. What was good about it?" : "Noted. What was wrong with it?"}</p>
        <div className="feedback-reasons">
          {REASONS[rating].map((name) => (
            <button
              key={name}
              type="button"
              className="reaction"
              aria-pressed={reason === name}
              onClick={() => setReason(reason === name ? undefined : name)}
            >
              {name}
            </button>
          ))}
        </div>
        <textarea
          className="field"
          dir="auto"
          rows={2}
          aria-label="In your words (optional)"
          placeholder="In your words (optional)"
          maxLength={2_000}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <div className="feedback-foot">
          <button type="button" className="button button-quiet" onClick={leave}>
            Skip
          </button>
          <button type="submit" className="button button-primary" disabled={reason === undefined && text.trim() === ""}>
            Add
          </button>
        </div>
      </form>
    </Floating>
  )
}
