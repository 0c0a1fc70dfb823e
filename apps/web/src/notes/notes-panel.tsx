import { anchorIn, type NoteThread, type PlacedNote } from "@polylogue/conversation"
import { type OpenNotes, useNotes, usePolylogue } from "@polylogue/react"
import { type RefObject, useEffect, useMemo, useRef, useState } from "react"
import { textOfPart } from "../citations/chosen-place.ts"
import { showWords } from "../citations/show-words.ts"
import { useAttach } from "../citations/use-attach.ts"
import type { ConversationScope } from "../conversation/conversation-scope.ts"
import { authorOf } from "../conversation/message-author.ts"
import { useToast } from "../frame/toast.tsx"
import { shownWords } from "../markdown/source-runs.ts"
import { CommentField } from "../prompt-comments/comment-field.tsx"
import { type CardThread, type ThreadActions, ThreadCard } from "../prompt-comments/thread-card.tsx"
import { useShownThreads } from "../prompt-comments/use-shown-threads.ts"
import { isLost, type NoteDesk, deskOf, placeOfNote, useDesk } from "./note-desk.ts"
import "../prompt-comments/comments-panel.css"
import "./notes.css"

interface NotesPanelProps {
  readonly scope: ConversationScope
  readonly mayWrite: boolean
}

/** What people noted at the messages of a conversation: open notes in the order of the conversation, those that lost their words, settled ones folded away. */
export function NotesPanel({ scope, mayWrite }: NotesPanelProps) {
  const state = useNotes({ conversationId: scope.held.conversationId })
  if (state.state === "failed") return <p role="alert">The notes cannot be read on this device. Nothing of them was changed.</p>
  return state.state === "open" ? <OpenPanel {...{ scope, mayWrite }} open={state} /> : null
}

/** A note as its card reads it. */
interface NoteCard extends CardThread {
  readonly placed: PlacedNote
}

function OpenPanel({ scope, mayWrite, open }: NotesPanelProps & { readonly open: OpenNotes }) {
  const { held } = scope
  const desk = deskOf(held)
  const { placed, chosenId, begun } = useDesk(desk)
  const [focused, setFocused] = useState(false)
  const list = useRef<HTMLDivElement>(null)
  const ownId = usePolylogue().author.id
  const actions = useNoteActions(scope, open, desk)
  const cards = useMemo(() => inLineOrder(scope, placed).map(cardOf), [scope, placed])
  const { listed, folded } = useShownThreads(cards, focused)
  useAsked(desk, list)
  useEffect(() => () => desk.choose(undefined), [desk])
  const card = (thread: NoteCard) => (
    <ThreadCard
      key={thread.id}
      thread={thread}
      slot={slotOf(scope, thread.placed.note)}
      note={placeWords(thread.placed)}
      chosen={thread.id === chosenId}
      mayWrite={mayWrite}
      ownId={ownId}
      actions={actions}
    >
      {mayWrite && isLost(thread.placed) && <Mending {...{ scope, open }} note={thread.placed.note} />}
    </ThreadCard>
  )
  const found = listed.filter(({ placed: each }) => !isLost(each))
  const lost = listed.filter(({ placed: each }) => isLost(each))
  return (
    <div
      ref={list}
      className="comments-panel"
      tabIndex={-1}
      onFocus={() => setFocused(true)}
      onBlur={({ currentTarget, relatedTarget }) => setFocused(currentTarget.contains(relatedTarget))}
    >
      {mayWrite && begun !== undefined && <NewNote {...{ open, desk }} />}
      {listed.length === 0 && begun === undefined && (
        <div className="comments-none">
          <p>No open notes.</p>
          {mayWrite && <p className="quiet">Choose words in a message and press Note.</p>}
        </div>
      )}
      <ul className="threads">{found.map(card)}</ul>
      {lost.length > 0 && (
        <section className="notes-lost" aria-labelledby="notes-lost">
          <h3 id="notes-lost">
            {lost.length === 1 ? "1 note has lost its words" : `${lost.length.toLocaleString("en")} notes have lost their words`}
          </h3>
          <ul className="threads">{lost.map(card)}</ul>
        </section>
      )}
      {folded.length > 0 && (
        <details className="threads-folded">
          <summary>{folded.length.toLocaleString("en")} resolved</summary>
          <ul className="threads">{folded.map(card)}</ul>
        </details>
      )}
    </div>
  )
}

/** A note before it is one: what it is about, and the field. */
function NewNote({ open, desk }: { readonly open: OpenNotes; readonly desk: NoteDesk }) {
  const { begun } = useDesk(desk)
  const attempt = useAttempt()
  if (begun === undefined) return null
  const { messageId, partId, anchor } = begun
  const say = (text: string): boolean => {
    let id: string | undefined
    attempt(() => {
      id = open.notes.add({ target: { kind: "message", messageId, partId }, anchor, text, kind: "note" })
    })
    if (id === undefined) return false
    desk.discard()
    desk.ask(id, true)
    return true
  }
  return (
    <section className="thread comment-new" aria-label="New note" data-chosen>
      <p className="thread-about">
        <q dir="auto">{shownWords(anchor.quote.exact)}</q>
      </p>
      <CommentField
        storeKey={desk.key("new")}
        label="New note"
        action="Note"
        focused={false}
        onSay={say}
        onLeave={(how) => how === "discarded" && desk.discard()}
      />
    </section>
  )
}

/** Attaches a note whose words are gone to others that a person has chosen. */
function Mending({ scope, open, note }: { readonly scope: ConversationScope; readonly open: OpenNotes; readonly note: NoteThread }) {
  const attach = useAttach(scope)
  const { target } = note
  if (target.kind !== "message") return null
  const reattach = (): void =>
    attach({
      ...target,
      attach: ({ messageId, partId, range }) => {
        const text = textOfPart(scope.held.conversation, messageId, partId)
        if (text !== undefined) open.notes.reattach(note.id, anchorIn(text, range))
      },
    })
  return (
    <p className="note-mending">
      {/* The choice would be gone before the press is over. */}
      <button type="button" className="button" onMouseDown={(event) => event.preventDefault()} onClick={reattach}>
        Attach to other words
      </button>
    </p>
  )
}

function useNoteActions(scope: ConversationScope, { notes }: OpenNotes, desk: NoteDesk): ThreadActions<NoteCard> {
  const attempt = useAttempt()
  return useMemo((): ThreadActions<NoteCard> => {
    const { conversation } = scope.held
    const done = (operation: () => void): boolean => {
      let isDone = false
      attempt(() => {
        operation()
        isDone = true
      })
      return isDone
    }
    return {
      show: ({ id, placed: { note, place } }) => {
        desk.choose(id)
        const range = placeOfNote(place)
        if (note.target.kind !== "message") return
        const { messageId, partId } = note.target
        if (range === undefined || document.querySelector(`[data-message-id="${CSS.escape(messageId)}"]`) === null)
          scope.showMessage(messageId)
        // Its own mark stands there; this one brings it into sight.
        else showWords(conversation, { messageId, partId, range })()
      },
      choose: (id) => desk.choose(id),
      reply: (id, text) => done(() => notes.reply(id, text)),
      edit: (id, commentId, text) => done(() => notes.edit(id, commentId, text)),
      remove: (id, commentId) => void done(() => notes.delete(id, commentId)),
      resolve: (id) => void done(() => notes.resolve(id)),
      reopen: (id) => void done(() => notes.reopen(id)),
      key: (id) => desk.key(id),
    }
  }, [scope, notes, desk, attempt])
}

/** Runs an operation on notes; where there are too many, or one is too long, says so instead. */
function useAttempt(): (operation: () => void) => void {
  const toast = useToast()
  return useMemo(
    () => (operation) => {
      try {
        operation()
      } catch (error) {
        if ((error as { readonly code?: unknown } | null)?.code !== "too-large") throw error
        toast({ text: "There is no room for more notes here. Nothing was changed." })
      }
    },
    [toast],
  )
}

/** Shows what somebody asked for from the text; with the focus only where they asked for it. */
function useAsked(desk: NoteDesk, list: RefObject<HTMLElement | null>): void {
  const { asked } = useDesk(desk)
  useEffect(() => {
    if (asked === undefined) return
    const { id, focus } = asked
    const card = list.current?.querySelector<HTMLElement>(id === "new" ? ".comment-new" : `[data-thread-card="${CSS.escape(id)}"]`)
    // What was said a moment ago comes with the next rendering.
    if (card == null) return
    desk.answered()
    const fold = card.closest("details")
    if (fold !== null) fold.open = true
    card.scrollIntoView({ block: "nearest" })
    if (focus) (card.querySelector<HTMLElement>(id === "new" ? "textarea" : "button.thread-about") ?? card).focus()
  })
}

function cardOf(placed: PlacedNote): NoteCard {
  const { note, place } = placed
  return {
    id: note.id,
    quote: note.anchor === null ? null : shownWords(note.anchor.quote.exact),
    resolvedBy: note.resolvedBy,
    comments: note.comments,
    place,
    placed,
  }
}

/** Notes as the messages stand in the conversation, and within one as their words do. */
function inLineOrder({ held: { conversation } }: ConversationScope, placed: readonly PlacedNote[]): readonly PlacedNote[] {
  const clocks = new Map<string, number>()
  const rank = ({ note: { target }, place }: PlacedNote): readonly [number, number] => {
    if (target.kind !== "message") return [Infinity, 0]
    const clock = clocks.get(target.messageId) ?? conversation.getMessage(target.messageId)?.clock ?? Infinity
    clocks.set(target.messageId, clock)
    return [clock, placeOfNote(place)?.from ?? -1]
  }
  return placed.toSorted((left, right) => {
    const [[clock, from], [otherClock, otherFrom]] = [rank(left), rank(right)]
    return clock === otherClock ? from - otherFrom : clock < otherClock ? -1 : 1
  })
}

function slotOf({ held: { conversation } }: ConversationScope, { target }: NoteThread): string {
  const message = target.kind === "message" ? conversation.getMessage(target.messageId) : undefined
  return message === undefined ? "a message that is not here" : `the message of ${authorOf(message)}`
}

function placeWords({ place }: PlacedNote): string | undefined {
  if (place?.state === "orphan") return "The words are gone. This is what they were."
  if (place?.state === "ambiguous") return `It cannot be told which of ${place.candidates.length} places is meant.`
  return place?.state === "moved" ? "The words stand elsewhere in the message than they did." : undefined
}
