import type { LineEntry, Message } from "@polylogue/conversation"
import type { OpenConversation } from "@polylogue/react"
import { Suspense } from "react"
import { lazyPart } from "../frame/lazy-part.tsx"
import { BranchSwitch } from "./branch-switch.tsx"
import { FeedbackSummary } from "./feedback.tsx"
import { shownOpinions } from "./opinion.ts"
import { PromptSource } from "./prompt-source.tsx"
import { Reactions } from "./reactions.tsx"

export { MessageActions } from "./message-actions.tsx"
export { MessageEditor } from "./message-editor.tsx"

const MessageCitations = lazyPart(() =>
  import("../citations/message-citations.tsx").then((module) => ({ default: module.MessageCitations })),
)

const MessageAnswers = lazyPart(() =>
  import("../better-answers/message-answers.tsx").then((module) => ({ default: module.MessageAnswers })),
)

const MessageAsks = lazyPart(() => import("../answers/message-asks.tsx").then((module) => ({ default: module.MessageAsks })))

const MessageNotes = lazyPart(() => import("../notes/message-notes.tsx").then((module) => ({ default: module.MessageNotes })))

interface RowFootProps {
  readonly held: OpenConversation
  readonly entry: LineEntry
  readonly message: Message
  readonly ownId: string
  readonly onChoose: (entry: LineEntry, id: string) => void
  readonly onReact: (id: string, emoji: string, on: boolean) => void
  readonly onMap: () => void
}

/** What stands below a message: what it rests on, its versions, what people think of it, and which answers are awaited. Nothing where there is nothing. */
export function RowFoot(props: RowFootProps) {
  return (
    <>
      <Suspense>
        <MessageCitations held={props.held} message={props.message} />
        <MessageNotes held={props.held} message={props.message} />
        {props.message.role === "assistant" && <MessageAnswers held={props.held} message={props.message} />}
      </Suspense>
      <Foot {...props} />
      <Suspense>
        <MessageAsks held={props.held} message={props.message} />
      </Suspense>
    </>
  )
}

function Foot({ held, entry, message, ownId, onChoose, onReact, onMap }: RowFootProps) {
  const { prompt, reactions, feedback } = message
  const isEmpty = prompt === undefined && entry.alternatives.length < 2 && reactions.length === 0
  if (isEmpty && shownOpinions(feedback, ownId).length === 0) return null
  return (
    <footer className="message-foot">
      <BranchSwitch entry={entry} conversation={held.conversation} onChoose={onChoose} onMap={onMap} />
      <Reactions message={message} ownId={ownId} onReact={onReact} />
      <FeedbackSummary message={message} ownId={ownId} />
      <PromptSource message={message} />
    </footer>
  )
}
