import type { LineEntry, Message } from "@polylogue/conversation"
import { type OpenConversation, useMessage, usePolylogue } from "@polylogue/react"
import { memo, Suspense } from "react"
import { PASSAGES } from "../answers/offers.ts"
import { useErase } from "../erasing/erase-context.tsx"
import { Icon } from "../frame/icon.tsx"
import { later } from "../frame/later.ts"
import { useNow } from "../frame/now.ts"
import { exactDate, isoDate, relativeDate } from "../frame/relative-time.ts"
import { Avatar } from "../identity/avatar.tsx"
import { useIdentity } from "../identity/identity.ts"
import { useColour } from "../identity/people.ts"
import { SafetyMark } from "../sync/safety-mark.tsx"
import { authorOf, roleName } from "./message-author.ts"
import { MessageParts } from "./message-text.tsx"
import { useSafety } from "./use-safety.ts"
import "./message-row.css"

// The words come first; what one can do with them is asked for at the same moment and comes beside them.
const tools = import("./row-tools.tsx")
const MessageActions = later(tools.then((module) => module.MessageActions))
const MessageEditor = later(tools.then((module) => module.MessageEditor))
const RowFoot = later(tools.then((module) => module.RowFoot))

/** What a row may ask of the plane around it. The object is the same as long as the conversation is. */
export interface RowHandlers {
  readonly ownId: string
  /** Opens or, with `undefined`, closes the editor of a message. */
  readonly startEdit: (id: string | undefined) => void
  readonly choose: (entry: LineEntry, id: string) => void
  /** Writes a new version and returns its id. */
  readonly edit: (entry: LineEntry, text: string) => string
  readonly react: (id: string, emoji: string, on: boolean) => void
  readonly remove: (id: string) => void
  readonly restore: (id: string) => void
}

interface MessageRowProps {
  readonly held: OpenConversation
  readonly entry: LineEntry
  readonly place: number
  readonly count: number
  readonly editing: boolean
  readonly arrivedLater: boolean
  /** The turn before it answers the same message: both were written at the same time. */
  readonly beside: boolean
  /** The message after it in the line. */
  readonly nextId: string | undefined
  readonly handlers: RowHandlers
  /** Opens the outline of all branches. */
  readonly onMap: () => void
}

/** One message of the line. It renders again when this message, its place or its safety changes, and at nothing else. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { held, entry, place, count, editing, arrivedLater, beside, nextId, handlers, onMap } = props
  const message = useMessage(held.conversation, entry.id)
  const safety = useSafety(held, entry.id, message)
  const { replica } = usePolylogue()
  const colour = useColour(message?.authorId ?? "", useIdentity())
  const erase = useErase()
  if (message === undefined) return null
  const eraseIt = (): void => erase({ kind: "message", conversationId: held.conversationId, messageId: entry.id, excerpt: message.text })
  const last = place === count - 1
  return (
    <article
      className={`message message-${message.role === "user" ? "user" : "other"}`}
      data-testid="message"
      data-message-id={entry.id}
      data-safety={safety}
      data-role={message.role}
      data-last={last || undefined}
      aria-setsize={count}
      aria-posinset={place + 1}
      aria-label={labelOf(message)}
      // The arrow keys go from message to message.
      tabIndex={-1}
    >
      {beside && <p className="message-beside">written at the same time</p>}
      {entry.detached && message.parentId !== null && <p className="message-beside">what it answers has not arrived</p>}
      <Avatar id={message.authorId} name={authorOf(message)} colour={colour} kind={message.authorKind} />
      <div className="message-body">
        <header className="message-head">
          <MessageByline message={message} />
          {message.pinned && (
            <span className="message-pinned" role="img" aria-label="Pinned" title="Pinned">
              <Icon name="pin" size={14} />
            </span>
          )}
          {arrivedLater && <span className="message-late">arrived later</span>}
          <span className="message-mark">
            {message.deletedAt === null && !editing && !isEmptied(message) && (
              <Suspense>
                <MessageActions
                  message={message}
                  ownId={handlers.ownId}
                  own={message.authorId === handlers.ownId}
                  onEdit={() => handlers.startEdit(entry.id)}
                  onGoOn={followsIn(held, entry.id, nextId) ? () => handlers.startEdit(nextId) : undefined}
                  onReact={(emoji) => handlers.react(entry.id, emoji, true)}
                  onDelete={() => handlers.remove(entry.id)}
                  onErase={eraseIt}
                />
              </Suspense>
            )}
            <SafetyMark safety={safety} keeps={replica.status.keeps} />
          </span>
        </header>
        {editing ? (
          <Suspense fallback={<MessageContent message={message} onRestore={() => handlers.restore(entry.id)} onErase={eraseIt} />}>
            <MessageEditor
              held={held}
              messageId={entry.id}
              text={message.authorId === handlers.ownId ? message.text : ""}
              answer={message.role === "assistant"}
              onDone={(text) => {
                handlers.startEdit(undefined)
                return text === undefined ? undefined : handlers.edit(entry, text)
              }}
            />
          </Suspense>
        ) : (
          <MessageContent message={message} onRestore={() => handlers.restore(entry.id)} onErase={eraseIt} />
        )}
        <Suspense>
          <RowFoot
            held={held}
            entry={entry}
            message={message}
            ownId={handlers.ownId}
            onChoose={handlers.choose}
            onReact={handlers.react}
            onMap={onMap}
          />
        </Suspense>
      </div>
    </article>
  )
})

function labelOf(message: Message): string {
  const author = authorOf(message)
  const role = roleName(message.role)
  return message.role === "user" || role === author ? author : `${author}, ${role}`
}

/** Whether the next message of the line answers this one: then one can go on otherwise, in a version beside it. */
function followsIn({ conversation }: OpenConversation, id: string, nextId: string | undefined): nextId is string {
  return nextId !== undefined && conversation.getTree().nodes.get(nextId)?.parentId === id
}

/** Whether the model is said beside the author: not where it is the author's name, and passages are quoted by no model. */
function isModelTold({ model }: Message, author: string): boolean {
  return model !== null && model !== author && model !== PASSAGES
}

function MessageByline({ message }: { readonly message: Message }) {
  const now = useNow()
  const author = authorOf(message)
  // A person may answer in the place of a model, and is none.
  const role = message.role === "assistant" && message.authorKind === "person" ? "Answer" : roleName(message.role)
  const { createdAt } = message
  return (
    <>
      <span className="message-author" dir="auto">
        {author}
      </span>
      {message.role !== "user" && role !== author && <span className="message-role">{role}</span>}
      {isModelTold(message, author) && <span className="message-role">{message.model}</span>}
      {message.alternativeOf !== null && message.role === "user" && <span className="message-edited">edited</span>}
      {createdAt !== null && (
        <time className="message-date" dateTime={isoDate(createdAt)} title={exactDate(createdAt)}>
          {relativeDate(createdAt, now)}
        </time>
      )}
    </>
  )
}

interface MessageContentProps {
  readonly message: Message
  readonly onRestore: () => void
  readonly onErase: () => void
}

function MessageContent({ message, onRestore, onErase }: MessageContentProps) {
  if (isEmptied(message)) return <p className="message-deleted">This message was erased for good.</p>
  if (message.deletedAt !== null) {
    return (
      <p className="message-deleted">
        This message was deleted.
        <button type="button" className="button button-quiet" onClick={onRestore}>
          Restore
        </button>
        <button type="button" className="button button-quiet" onClick={onErase}>
          Erase for good
        </button>
      </p>
    )
  }
  const parts = <MessageParts message={message} />
  if (!message.hidden) return parts
  return (
    <details className="part-fold">
      <summary>Not shown in the conversation it came from</summary>
      {parts}
    </details>
  )
}

/** Whether a message was erased and nothing was written into it at the same time. */
function isEmptied(message: Message): boolean {
  return message.erased && message.text === ""
}
