import type { Message } from "@polylogue/conversation"
import { Suspense, useCallback, useRef, useState } from "react"
import { Icon } from "../frame/icon.tsx"
import { useConversationScope } from "./conversation-scope.ts"
import { lazyPart } from "../frame/lazy-part.tsx"
import { type Opinion, opinionOf, type Rating, shownOpinions } from "./opinion.ts"
import "./feedback.css"

const FeedbackReason = lazyPart(() => import("./feedback-reason.tsx"))

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
            if (!scope.mayWrite()) return
            const taken = own?.rating === rating
            set(taken ? undefined : { rating })
            setAsking(taken ? undefined : rating)
          }}
        >
          <Icon name={icon} />
        </button>
      ))}
      {asking !== undefined && (
        <Suspense>
          <FeedbackReason
            key={asking}
            anchor={group}
            rating={asking}
            onClose={close}
            onSave={(reason, text) => set({ rating: asking, reason, text })}
          />
        </Suspense>
      )}
    </span>
  )
}

/** What people think of an answer, in words; nothing where nothing is to be said. */
export function FeedbackSummary({ message, ownId }: { readonly message: Message; readonly ownId: string }) {
  const shown = shownOpinions(message.feedback, ownId)
  if (shown.length === 0) return null
  const said = shown.flatMap(({ reason, text }) => [reason, text].filter((words) => words !== undefined))
  return (
    <span className="feedback-summary" dir="auto">
      {RATINGS.map(({ rating, icon, words }) => {
        const count = shown.filter((opinion) => opinion.rating === rating).length
        if (count === 0) return null
        return (
          <span key={rating}>
            <Icon name={icon} size={14} /> {words}
            {count > 1 && `, ${count} people`}
          </span>
        )
      })}
      {said.length > 0 && <span className="feedback-said">{said.join(" · ")}</span>}
    </span>
  )
}
