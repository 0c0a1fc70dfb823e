import type { Ask, AskPhase, Message, MessagePart } from "@polylogue/conversation"
import { type OpenConversation, useAnswering } from "@polylogue/react"
import { useId, useState } from "react"
import { useConversationScope } from "../conversation/conversation-scope.ts"
import { Icon } from "../frame/icon.tsx"
import { Menu } from "../frame/menu.tsx"
import { useNow } from "../frame/now.ts"
import { duration } from "../frame/relative-time.ts"
import { useToast } from "../frame/toast.tsx"
import { answerFacts, isCutShort } from "./answer-facts.ts"
import { failureAdvice, failureOf } from "./answer-state-words.ts"
import { offerName } from "./offers.ts"
import { useOffers } from "./use-who-answers.ts"

interface AnswerActionsProps {
  readonly held: OpenConversation
  readonly message: Message
  /** What the answer, or the last of it, was asked for with. */
  readonly ask: Ask
  readonly phase: AskPhase
}

/** What one can do about an answer that is not being written: have it written again, by another model as well, or go on; and what it was made from. */
export function AnswerActions({ held, message, ask, phase }: AnswerActionsProps) {
  const { regenerate, goOn } = useAnswering(held)
  const scope = useConversationScope()
  const toast = useToast()
  const { offers } = useOffers()
  const [open, setOpen] = useState(false)
  const detailsId = useId()
  const facts = answerFacts(message.parts, (model) => {
    const offer = offers.find(({ id }) => id === model)
    return offer === undefined ? model : offerName(offer)
  })
  const run = (write: () => void): void => {
    if (scope?.mayWrite() === false) return
    try {
      write()
    } catch {
      toast({ text: "This message was asked about too often. Write a new one." })
    }
  }
  const others = offers.filter(({ id }) => id !== ask.model)
  const hasText = message.text.trim() !== ""
  const canGoOn = hasText && !message.imported && (phase === "stopped" || phase === "failed" || isCutShort(message.parts))
  return (
    <>
      <div className="message-ask-actions" data-calls={phase === "failed" || phase === "stopped" || undefined}>
        <button type="button" className="button button-quiet" onClick={() => run(() => regenerate(message.id, { ask }))}>
          {phase === "failed" ? "Try again" : "Regenerate"}
        </button>
        {others.length > 0 && (
          <Menu
            label="Regenerate with another model"
            face={<Icon name="expand" size={14} />}
            items={others.map((offer) => ({
              key: offer.id,
              label: `With ${offerName(offer)}`,
              run: () => run(() => regenerate(message.id, { ask, model: offer.id })),
            }))}
          />
        )}
        {canGoOn && (
          <button type="button" className="button button-quiet" onClick={() => run(() => goOn(message.id, { ask }))}>
            Continue
          </button>
        )}
        {/* Who wrote it stands above it already. */}
        {facts.length > 1 && (
          <button
            type="button"
            className="button button-quiet"
            aria-expanded={open}
            aria-controls={detailsId}
            onClick={() => setOpen(!open)}
          >
            About this answer
          </button>
        )}
      </div>
      {open && (
        <dl id={detailsId} className="message-ask-facts">
          {facts.map(({ name, value, href }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{href === undefined ? value : <a href={href}>{value}</a>}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  )
}

/** What to do about an answer that failed; why it did stands where it ended. */
export function AnswerFailure({ parts }: { readonly parts: readonly MessagePart[] }) {
  const now = useNow()
  const failure = failureOf(parts)
  if (failure === undefined) return null
  const left = (failure.retryAt ?? 0) - now
  const advice = failureAdvice(failure, left > 0 ? duration(left) : undefined)
  return advice === undefined ? null : <p className="message-ask-advice">{advice}</p>
}
