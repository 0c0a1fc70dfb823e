import { type Ask, type AskPhase, generationIdOf, type Message } from "@polylogue/conversation"
import { type OpenConversation, useAnswering, useAsks, useAskState, useReplicaStatus } from "@polylogue/react"
import { useMemo } from "react"
import { useConversationScope } from "../conversation/conversation-scope.ts"
import { Icon } from "../frame/icon.tsx"
import { AnswerActions, AnswerFailure } from "./answer-actions.tsx"
import { answerStateWords } from "./answer-state-words.ts"
import { useOffers } from "./use-who-answers.ts"
import "./message-asks.css"

/** Of what was asked about one message, that is shown below it: the latest. */
const MAX_SHOWN = 8

const ENDED: ReadonlySet<AskPhase> = new Set(["done", "stopped", "failed"])

interface MessageAsksProps {
  readonly held: OpenConversation
  readonly message: Message
}

/** Below a message: the answers to it that are awaited. Below an answer: how it stands, and what one can do about it. */
export function MessageAsks({ held, message }: MessageAsksProps) {
  if (message.deletedAt !== null || message.erased) return null
  return (
    <>
      {message.role === "assistant" && message.parentId !== null && <OwnAsk held={held} message={message} parentId={message.parentId} />}
      <AwaitedAnswers held={held} message={message} />
    </>
  )
}

/** How the answer that stands in `message` came about, and how it goes on. */
function OwnAsk({ held, message, parentId }: MessageAsksProps & { readonly parentId: string }) {
  const asks = useAsks(held, parentId)
  const made = asks.find((ask) => ask.kind === "answer" && generationIdOf(ask) === message.generationId)
  const latest = asks.findLast((ask) => ask.kind === "continue" && ask.replyId === message.id && !ask.imported) ?? made
  return latest === undefined ? null : <AnswerState held={held} message={message} ask={latest} />
}

function AnswerState({ held, message, ask }: MessageAsksProps & { readonly ask: Ask }) {
  const { phase, replyId } = useAskState(held, ask)
  const words = useStateWords(held, ask, message)
  // Another reply to the same ask is shown in the place of this one.
  const isOurs = replyId === message.id
  const parts = useMemo(() => message.parts.filter(({ fields }) => fields["slot"] === ask.slot), [message, ask])
  return (
    <div className="message-ask" data-phase={isOurs ? phase : "superseded"}>
      {isOurs && words !== undefined && !ask.imported && <StateLine words={words} isWriting={phase === "writing"} held={held} ask={ask} />}
      {isOurs && phase === "failed" && <AnswerFailure parts={parts} />}
      {(!isOurs || ENDED.has(phase)) && <AnswerActions held={held} message={message} ask={ask} phase={isOurs ? phase : "done"} />}
    </div>
  )
}

function AwaitedAnswers({ held, message }: MessageAsksProps) {
  const asks = useAsks(held, message.id).filter(({ kind, imported }) => kind === "answer" && !imported)
  if (asks.length === 0) return null
  const last = asks.at(-1)
  return asks.slice(-MAX_SHOWN).map((ask) => <AwaitedAnswer key={ask.slot} held={held} ask={ask} isLast={ask === last} />)
}

/** An answer of which nothing is here yet. */
function AwaitedAnswer({ held, ask, isLast }: { readonly held: OpenConversation; readonly ask: Ask; readonly isLast: boolean }) {
  const { phase, replyId } = useAskState(held, ask)
  const words = useStateWords(held, ask, undefined)
  const { ask: askAgain } = useAnswering(held)
  const scope = useConversationScope()
  if (replyId !== null) return null
  if (words !== undefined) {
    return (
      <div className="message-ask" data-phase={phase}>
        <StateLine words={words} isWriting={phase === "writing"} held={held} ask={ask} />
      </div>
    )
  }
  // An answer that others asked for as well is not missed.
  if (phase !== "stopped" || !isLast || held.conversation.getTree().turnsAfter(ask.messageId).length > 0) return null
  const { messageId, model, prompt, values, options } = ask
  const again = (): void => {
    if (scope?.mayWrite() !== false)
      askAgain({ messageId, values, options, ...(model === null ? {} : { model }), ...(prompt === null ? {} : { prompt }) })
  }
  return (
    <div className="message-ask" data-phase={phase}>
      <p className="message-ask-line">
        <span>Stopped before it was answered.</span>
        <button type="button" className="button button-quiet" onClick={again}>
          Ask again
        </button>
      </p>
    </div>
  )
}

interface StateLineProps {
  readonly words: string
  readonly isWriting: boolean
  readonly held: OpenConversation
  readonly ask: Ask
}

/** How an answer stands, and what stops it. */
function StateLine({ words, isWriting, held, ask }: StateLineProps) {
  const { stop } = useAnswering(held)
  const scope = useConversationScope()
  return (
    <p className="message-ask-line">
      {/* Models have corners. */}
      <span className="message-ask-mark" data-writing={isWriting || undefined} aria-hidden="true" />
      <span role="status" dir="auto">
        {words}
      </span>
      {ask.stopped === null && (
        <button
          type="button"
          className="button button-quiet"
          aria-label="Stop this answer"
          onClick={() => {
            if (scope?.mayWrite() !== false) stop(ask)
          }}
        >
          <Icon name="stop" size={14} />
          Stop
        </button>
      )}
    </p>
  )
}

function useStateWords(held: OpenConversation, ask: Ask, reply: Message | undefined): string | undefined {
  const { phase } = useAskState(held, ask)
  const { connection } = useReplicaStatus()
  const { offers, running } = useOffers()
  const { authorName: author = null, streaming: isOpen = false } = reply ?? {}
  return answerStateWords({ phase, ask, author, isOpen, place: { online: connection === "online", running, offers } })
}
