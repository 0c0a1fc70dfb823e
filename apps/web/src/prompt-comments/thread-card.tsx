import type { PromptThread } from "@polylogue/conversation"
import { memo, type ReactNode, useState } from "react"
import { readStored } from "../device/stored-value.ts"
import { CommentField } from "./comment-field.tsx"
import { CommentItem } from "./comment-item.tsx"
import { authorName } from "./comment-words.ts"

/** What a card reads of a thread, whatever it is about: a prompt, a source, an answer. */
export interface CardThread extends Pick<PromptThread, "id" | "quote" | "resolvedBy" | "comments"> {
  readonly place: { readonly state: string } | null
}

/** What can be done with a thread. What answers with a boolean says whether it was done. */
export interface ThreadActions<Thread extends CardThread> {
  /** Leads to what it is about. */
  readonly show: (thread: Thread) => void
  /** Makes it the chosen one. */
  readonly choose: (threadId: string) => void
  readonly reply: (threadId: string, text: string) => boolean
  readonly edit: (threadId: string, commentId: string, text: string) => boolean
  readonly remove: (threadId: string, commentId: string) => void
  readonly resolve: (threadId: string) => void
  readonly reopen: (threadId: string) => void
  /** Where what is written is kept. */
  readonly key: (id: string) => string
}

interface ThreadCardProps<Thread extends CardThread> {
  readonly thread: Thread
  /** What it is in, or about as a whole: "message 2 (User)". */
  readonly slot: string
  /** What is to be known of the words it is about. */
  readonly note: string | undefined
  readonly chosen: boolean
  readonly mayWrite: boolean
  /** Id of who is here. */
  readonly ownId: string
  readonly actions: ThreadActions<Thread>
  /** Stands between what it is about and what was said: ways to mend what is lost. */
  readonly children?: ReactNode
}

function Card<Thread extends CardThread>({ thread, slot, note, chosen, mayWrite, ownId, actions, children }: ThreadCardProps<Thread>) {
  const { id, quote, place, resolvedBy, comments } = thread
  const [replying, setReplying] = useState(() => readStored(actions.key(id)) !== null)
  const about = quote === null ? `About ${slot}` : <q dir="auto">{quote}</q>
  return (
    // reason: whatever in it has the focus, its words are the ones that stand out.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li
      className="thread"
      tabIndex={-1}
      data-thread-card={id}
      data-chosen={chosen || undefined}
      onFocus={() => chosen || actions.choose(id)}
    >
      <article aria-label={quote === null ? `Comments about ${slot}` : `Comments on “${shortened(quote)}” in ${slot}`}>
        {place?.state === "orphan" || place?.state === "ambiguous" ? (
          <p className="thread-about">{about}</p>
        ) : (
          <button type="button" className="thread-about" title="Show in the text" onClick={() => actions.show(thread)}>
            {about}
          </button>
        )}
        {note !== undefined && <p className="thread-note">{note}</p>}
        {children}
        {resolvedBy !== null && (
          <p className="thread-note">
            Resolved by <bdi>{authorName(resolvedBy)}</bdi>
          </p>
        )}
        <ul className="comments">
          {comments.map((comment) => (
            <CommentItem
              key={comment.id}
              comment={comment}
              own={mayWrite && comment.author.id === ownId}
              storeKey={actions.key(comment.id)}
              onEdit={(text) => actions.edit(id, comment.id, text)}
              onDelete={() => actions.remove(id, comment.id)}
            />
          ))}
        </ul>
        {mayWrite && <ThreadFoot {...{ thread, actions, replying }} onReplying={setReplying} />}
      </article>
    </li>
  )
}

/** A thread: what it is about, what was said, and answering. */
export const ThreadCard = memo(Card) as typeof Card

interface ThreadFootProps<Thread extends CardThread> {
  readonly thread: Thread
  readonly actions: ThreadActions<Thread>
  readonly replying: boolean
  readonly onReplying: (replying: boolean) => void
}

function ThreadFoot<Thread extends CardThread>({ thread, actions, replying, onReplying }: ThreadFootProps<Thread>) {
  const { id, resolvedBy } = thread
  // What was being written when the panel closed is there again, but takes no focus by itself.
  const [asked, setAsked] = useState(false)
  const [left, setLeft] = useState(false)
  const leave = (): void => {
    setLeft(true)
    onReplying(false)
  }
  if (replying) {
    return (
      <CommentField
        storeKey={actions.key(id)}
        label="Reply"
        action="Reply"
        focused={asked}
        onSay={(text) => {
          const isDone = actions.reply(id, text)
          if (isDone) leave()
          return isDone
        }}
        onLeave={leave}
      />
    )
  }
  const reply = (): void => {
    setAsked(true)
    onReplying(true)
  }
  return (
    <div className="thread-foot">
      {resolvedBy === null && (
        <button ref={left ? focusOn : undefined} type="button" className="button button-quiet" onClick={reply}>
          Reply
        </button>
      )}
      <button
        type="button"
        className="button button-quiet"
        onClick={() => (resolvedBy === null ? actions.resolve(id) : actions.reopen(id))}
      >
        {resolvedBy === null ? "Resolve" : "Reopen"}
      </button>
    </div>
  )
}

function focusOn(button: HTMLButtonElement | null): void {
  button?.focus()
}

const SHOWN_LENGTH = 60

function shortened(quote: string): string {
  const letters = Array.from(quote.replaceAll(/\s+/gu, " "))
  return letters.length <= SHOWN_LENGTH ? letters.join("") : `${letters.slice(0, SHOWN_LENGTH).join("")}…`
}
