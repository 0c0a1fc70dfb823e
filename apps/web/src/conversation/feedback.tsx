import type { Message } from "@polylogue/conversation"
import { type FormEvent, type RefObject, useCallback, useRef, useState } from "react"
import { Floating } from "../frame/floating.tsx"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { useConversationScope } from "./conversation-scope.ts"
import { type Opinion, opinionOf, type Rating, REASONS, readOpinion } from "./opinion.ts"
import "./feedback.css"

const RATINGS = [
  { rating: "up", icon: "good", words: "Good answer" },
  { rating: "down", icon: "bad", words: "Poor answer" },
] as const

/** Two buttons on an answer: what this person thinks of it. A press gives it or takes it back, and asks, without insisting, why. */
export function FeedbackButtons({ message, ownId }: { readonly message: Message; readonly ownId: string }) {
  const scope = useConversationScope()
  const own = opinionOf(message.feedback, ownId)
  const [asking, setAsking] = useState<Rating>()
  const group = useRef<HTMLSpanElement>(null)
  const close = useCallback(() => setAsking(undefined), [])
  if (scope === undefined) return null
  const set = (opinion: Opinion | undefined): void => scope.held.conversation.setFeedback(message.id, opinion ?? null)
  return (
    <span ref={group} className="feedback">
      {RATINGS.map(({ rating, icon, words }) => (
        <button
          key={rating}
          type="button"
          className="icon-button"
          aria-label={words}
          title={own?.rating === rating ? `${words}: take back` : words}
          aria-pressed={own?.rating === rating}
          aria-expanded={asking === rating}
          onClick={() => {
            const taken = own?.rating === rating
            set(taken ? undefined : { rating })
            setAsking(taken ? undefined : rating)
          }}
        >
          <Icon name={icon} />
        </button>
      ))}
      {asking !== undefined && (
        <Why key={asking} anchor={group} rating={asking} onClose={close} onSave={(reason, text) => set({ rating: asking, reason, text })} />
      )}
    </span>
  )
}

interface WhyProps {
  readonly anchor: RefObject<HTMLElement | null>
  readonly rating: Rating
  readonly onClose: () => void
  readonly onSave: (reason: string | undefined, text: string | undefined) => void
}

function Why({ anchor, rating, onClose, onSave }: WhyProps) {
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

/** What everybody thought of an answer, in words; nothing while nobody said anything. */
export function FeedbackSummary({ message }: { readonly message: Message }) {
  const given = message.feedback.map(({ value }) => readOpinion(value)).filter((opinion) => opinion !== undefined)
  if (given.length === 0) return null
  const count = (rating: Rating): number => given.filter((opinion) => opinion.rating === rating).length
  const said = given.flatMap(({ reason, text }) => [reason, text].filter((words) => words !== undefined))
  return (
    <span className="feedback-summary" dir="auto">
      {count("up") > 0 && (
        <span>
          <Icon name="good" size={14} /> {counted(count("up"), "good answer", "times good")}
        </span>
      )}
      {count("down") > 0 && (
        <span>
          <Icon name="bad" size={14} /> {counted(count("down"), "poor answer", "times poor")}
        </span>
      )}
      {said.length > 0 && <span className="feedback-said">{said.join(" · ")}</span>}
    </span>
  )
}
