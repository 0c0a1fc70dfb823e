import { type Message, pathTo } from "@polylogue/conversation"
import { type OpenConversation, useConversation, useMessage } from "@polylogue/react"
import { type ReactNode, useCallback, useEffect, useState, useSyncExternalStore } from "react"
import { authorOf } from "../conversation/message-author.ts"
import { MessageParts } from "../conversation/message-text.tsx"
import { messageHref } from "../frame/route.ts"
import { Skeleton } from "../frame/skeleton.tsx"
import "../conversation/message-row.css"
import "./item-context.css"

/** So many messages before a question are shown; the conversation itself has the rest. */
const SHOWN_BEFORE = 12

interface ItemContextProps {
  readonly conversationId: string
  readonly messageId: string
}

/** What was said before a question, folded until somebody wants to know. Nothing is opened for it before. */
export function ItemContext({ conversationId, messageId }: ItemContextProps) {
  const [open, setOpen] = useState(false)
  return (
    <details className="item-context" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The conversation around it</summary>
      {open && (
        <InConversation conversationId={conversationId} messageId={messageId}>
          {(held) => <Before held={held} messageId={messageId} />}
        </InConversation>
      )}
    </details>
  )
}

/** A message to be judged, as its conversation shows it. */
export function ItemMessage({ conversationId, messageId }: ItemContextProps) {
  return (
    <InConversation conversationId={conversationId} messageId={messageId}>
      {(held) => <Shown held={held} messageId={messageId} />}
    </InConversation>
  )
}

interface InConversationProps extends ItemContextProps {
  readonly children: (held: OpenConversation) => ReactNode
}

/** What needs a conversation with one of its messages: opening, open, or why it cannot be shown. */
function InConversation({ conversationId, messageId, children }: InConversationProps) {
  const state = useConversation(conversationId)
  const held = state.state === "open" ? state : undefined
  const found = useLoaded(held, messageId)
  if (state.state === "failed") return <p className="quiet">The conversation cannot be read from this device. You can judge without it.</p>
  if (held === undefined || found === "looking") return <Skeleton rows={3} label="Opening the conversation" />
  if (found === "missing") {
    return <p className="quiet">This part of the conversation is not on this device yet. It comes when a relay that has it is in reach.</p>
  }
  return children(held)
}

/** Brings the part of a long conversation that has a message. */
function useLoaded(held: OpenConversation | undefined, messageId: string): "looking" | "here" | "missing" {
  const [missing, setMissing] = useState<string>()
  const here = useHere(held, messageId)
  useEffect(() => {
    if (held === undefined || here) return
    let gone = false
    const look = async (): Promise<void> => {
      const found = await held.segments.reveal(messageId).catch(() => false)
      if (!gone && !found) setMissing(messageId)
    }
    void look()
    return () => {
      gone = true
    }
  }, [held, here, messageId])
  return here ? "here" : missing === messageId ? "missing" : "looking"
}

/** Whether a message is here; renders again when it comes. */
function useHere(held: OpenConversation | undefined, messageId: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => held?.conversation.subscribeMessage(messageId, listener) ?? NOTHING,
    [held, messageId],
  )
  return useSyncExternalStore(subscribe, () => held?.conversation.getMessage(messageId) !== undefined)
}

const NOTHING = (): void => {}

function Before({ held, messageId }: { readonly held: OpenConversation; readonly messageId: string }) {
  const { conversation, conversationId } = held
  // The path is read of the tree that the line is made of: it changes with the line.
  const subscribe = useCallback((listener: () => void) => conversation.subscribeLine(listener), [conversation])
  useSyncExternalStore(subscribe, () => conversation.getTree())
  const path = pathTo(conversation.getTree(), messageId).slice(0, -1)
  const shown = path.slice(-SHOWN_BEFORE)
  return (
    <>
      {path.length === 0 && <p className="quiet">Nothing was said before it.</p>}
      <ol className="item-before">
        {shown.map((id) => (
          <BeforeMessage key={id} held={held} messageId={id} />
        ))}
      </ol>
      <p>
        <a href={messageHref(conversationId, messageId)}>Show it in the conversation</a>
      </p>
    </>
  )
}

function BeforeMessage({ held, messageId }: { readonly held: OpenConversation; readonly messageId: string }) {
  const message = useMessage(held.conversation, messageId)
  if (message === undefined) return null
  return (
    <li>
      <p className="item-author" dir="auto">
        {authorOf(message)}
      </p>
      <Words message={message} />
    </li>
  )
}

function Shown({ held, messageId }: { readonly held: OpenConversation; readonly messageId: string }) {
  const message = useMessage(held.conversation, messageId)
  return message === undefined ? null : <Words message={message} />
}

function Words({ message }: { readonly message: Message }) {
  if (message.erased || message.deletedAt !== null) return <p className="quiet">This message was taken away.</p>
  return (
    <div className="message-body">
      <MessageParts message={message} />
    </div>
  )
}
