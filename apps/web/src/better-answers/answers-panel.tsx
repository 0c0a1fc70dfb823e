import { correctionKey, type Correction, diffText, type Message, readAccepted } from "@polylogue/conversation"
import { type OpenOpinions, useAnswerOpinions, useCorrections, useMessage, useRegisters } from "@polylogue/react"
import { useState } from "react"
import type { ConversationScope } from "../conversation/conversation-scope.ts"
import { useNow } from "../frame/now.ts"
import { exactDate, isoDate, relativeDate } from "../frame/relative-time.ts"
import { DiffText } from "../prompt-review/diff-text.tsx"
import { AnswerField } from "./answer-field.tsx"
import { useAccept } from "./use-accept.ts"
import "../prompt-review/content-diff.css"
import "./better-answers.css"

interface AnswersPanelProps {
  readonly scope: ConversationScope
  readonly mayWrite: boolean
  readonly messageId: string
}

/** What people say a message should say instead: a suggestion of one's own, those of others, and the one that was accepted. */
export function AnswersPanel(props: AnswersPanelProps) {
  const { conversation, conversationId } = props.scope.held
  const message = useMessage(conversation, props.messageId)
  const state = useAnswerOpinions(conversationId)
  if (message === undefined || message.deletedAt !== null) return <p className="quiet">The message is not here any more.</p>
  if (state.state === "failed") return <p role="alert">What was suggested cannot be read on this device. Nothing of it was changed.</p>
  return state.state === "open" ? <Answers key={message.id} {...props} message={message} open={state} /> : null
}

function Answers({ scope, mayWrite, message, open }: AnswersPanelProps & { readonly message: Message; readonly open: OpenOpinions }) {
  const { opinions } = open
  const { documentId } = open.open.document
  const corrections = useCorrections(open, message.id).filter(({ withdrawn }) => !withdrawn)
  const key = correctionKey(documentId, message.id)
  const accepted = readAccepted(useRegisters(documentId).get(key))
  const accept = useAccept(key)
  const own = corrections.filter(({ annotator }) => annotator === opinions.annotator)
  const storeKey = `polylogue.better-answer.${scope.held.conversationId}.${message.id}`
  return (
    <div className="better-answers">
      {corrections.length === 0 && <p className="quiet">Write what the answer should say. The answer itself stays as it is.</p>}
      {corrections.length > 0 && (
        <ul>
          {corrections.map((correction) => (
            <li key={correction.id}>
              <Suggestion
                {...{ scope, mayWrite, correction }}
                original={message.text}
                own={correction.annotator === opinions.annotator}
                accepted={accepted?.correctionId !== correction.id ? undefined : accepted.digest === correction.digest ? "same" : "changed"}
                onAccept={() => accept(correction)}
                onRewrite={(text) => opinions.rewrite(correction.id, text)}
                onWithdraw={() => opinions.setWithdrawn(message.id, correction.id, true)}
              />
            </li>
          ))}
        </ul>
      )}
      {mayWrite && (
        <AnswerField
          key={own.length}
          storeKey={storeKey}
          original={message.text}
          initial={message.text}
          label={corrections.length === 0 ? "A better answer" : "Another answer"}
          action="Suggest"
          folded={corrections.length > 0}
          onSay={(text) => void opinions.suggest(message.id, text)}
        />
      )}
    </div>
  )
}

interface SuggestionProps {
  readonly scope: ConversationScope
  readonly mayWrite: boolean
  readonly correction: Correction
  readonly original: string
  readonly own: boolean
  /** Whether it is the accepted one, and says now what was accepted. */
  readonly accepted: "same" | "changed" | undefined
  readonly onAccept: () => Promise<void>
  readonly onRewrite: (text: string) => void
  readonly onWithdraw: () => void
}

function Suggestion({ scope, mayWrite, correction, original, own, accepted, onAccept, onRewrite, onWithdraw }: SuggestionProps) {
  const [editing, setEditing] = useState(false)
  const [asking, setAsking] = useState(false)
  const now = useNow()
  const { text, createdAt, annotator } = correction
  const name = own ? "You" : nameIn(scope, annotator)
  const press = async (): Promise<void> => {
    setAsking(true)
    await onAccept()
    setAsking(false)
  }
  return (
    <article className="better-answer" data-accepted={accepted} aria-label={`Answer suggested by ${name}`}>
      <p className="better-answer-head">
        <bdi>{name}</bdi>
        <time className="quiet" dateTime={isoDate(createdAt)} title={exactDate(createdAt)}>
          {relativeDate(createdAt, Math.max(now, createdAt))}
        </time>
        {accepted !== undefined && <span className="better-answer-accepted">Accepted</span>}
      </p>
      {accepted === "changed" && <p className="cited-note">It was changed after it was accepted.</p>}
      {editing ? (
        <AnswerField
          storeKey={`polylogue.better-answer.${correction.id}`}
          original={original}
          initial={text}
          label="Your answer"
          action="Keep"
          folded={false}
          onSay={(next) => {
            onRewrite(next)
            setEditing(false)
          }}
          onLeave={() => setEditing(false)}
        />
      ) : (
        <div className="content-diff">
          <DiffText parts={diffText(original, text)} current={-1} />
        </div>
      )}
      {mayWrite && !editing && (
        <div className="better-answer-foot">
          {accepted !== "same" && (
            <button type="button" className="button" disabled={asking} onClick={() => void press()}>
              {asking ? "Asking the relay" : "Accept"}
            </button>
          )}
          {own && (
            <>
              <button type="button" className="button button-quiet" onClick={() => setEditing(true)}>
                Edit
              </button>
              {accepted === undefined && (
                <button type="button" className="button button-quiet" onClick={onWithdraw}>
                  Take back
                </button>
              )}
            </>
          )}
        </div>
      )}
    </article>
  )
}

/** What somebody is called in this conversation, else the name by which they judge. */
function nameIn({ held: { conversation } }: ConversationScope, annotator: string): string {
  for (const id of conversation.getTree().nodes.keys()) {
    const message = conversation.getMessage(id)
    if (message?.authorId === annotator && message.authorName !== null && message.authorName !== "") return message.authorName
  }
  return annotator
}
