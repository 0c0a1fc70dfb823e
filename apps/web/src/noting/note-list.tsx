import { type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from "react"
import { type ThreadActions, ThreadCard } from "../prompt-comments/thread-card.tsx"
import { useShownThreads } from "../prompt-comments/use-shown-threads.ts"
import { isLost, type NoteBoard, type ShownNote, useNoteBoard } from "./note-board.ts"
import { lostWords, noteWords } from "./note-words.ts"
import "../prompt-comments/comments-panel.css"
import "./note-list.css"

interface NoteListProps {
  readonly board: NoteBoard
  readonly actions: ThreadActions<ShownNote>
  readonly mayWrite: boolean
  /** Id of who is here. */
  readonly ownId: string
  /** What a note is in, or about as a whole: "this source". */
  readonly slotOf: (note: ShownNote) => string
  /** What a reader sees of quoted words, where that is not what is written. */
  readonly shown?: (quote: string) => string
  /** What stands in a card before what was said: ways to mend it, or to take it away. */
  readonly toolsOf: (note: ShownNote) => ReactNode
  /** The note that is being written, if one is. */
  readonly begun: ReactNode
  /** What stands there while there is no note. */
  readonly none: ReactNode
}

/** The notes of a text beside it, as they stand in it; apart from them those that have lost their words, and folded away those that are settled. */
export function NoteList({ board, actions, mayWrite, ownId, slotOf, shown, toolsOf, begun, none }: NoteListProps) {
  const { notes, chosenId } = useNoteBoard(board)
  const [focused, setFocused] = useState(false)
  const list = useRef<HTMLDivElement>(null)
  const { listed, folded } = useShownThreads(useQuoting(notes, shown), focused)
  useAsked(board, list)
  useEffect(() => () => board.choose(undefined), [board])
  const card = (note: ShownNote) => (
    <ThreadCard
      key={note.id}
      thread={note}
      slot={slotOf(note)}
      note={noteWords(note)}
      chosen={note.id === chosenId}
      {...{ mayWrite, ownId, actions }}
    >
      <p className="note-tools">{toolsOf(note)}</p>
    </ThreadCard>
  )
  const lost = listed.filter(isLost)
  const found = listed.filter((note) => !isLost(note))
  return (
    <div
      ref={list}
      className="comments-panel"
      tabIndex={-1}
      onFocus={() => setFocused(true)}
      onBlur={({ currentTarget, relatedTarget }) => setFocused(currentTarget.contains(relatedTarget))}
    >
      {begun}
      {listed.length === 0 && begun === undefined && none}
      {found.length > 0 && <ul className="threads">{found.map(card)}</ul>}
      {lost.length > 0 && (
        <section className="notes-lost" aria-labelledby="notes-lost">
          <h3 id="notes-lost">{lostWords(lost.length)}</h3>
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

/** Notes with their quotes as a reader sees them. */
function useQuoting(notes: readonly ShownNote[], shown: NoteListProps["shown"]): readonly ShownNote[] {
  return useMemo(
    () => (shown === undefined ? notes : notes.map((note) => (note.quote === null ? note : { ...note, quote: shown(note.quote) }))),
    [notes, shown],
  )
}

/** Shows what somebody asked for from the text; with the focus only where they asked for it. */
function useAsked(board: NoteBoard, list: RefObject<HTMLElement | null>): void {
  const { asked } = useNoteBoard(board)
  useEffect(() => {
    if (asked === undefined) return
    const { noteId, focus } = asked
    const card = list.current?.querySelector<HTMLElement>(
      noteId === undefined ? ".comment-new" : `[data-thread-card="${CSS.escape(noteId)}"]`,
    )
    // What was said a moment ago comes with the next rendering.
    if (card == null) return
    board.answered()
    const fold = card.closest("details")
    if (fold !== null) fold.open = true
    card.scrollIntoView({ block: "nearest" })
    if (focus) (card.querySelector<HTMLElement>(noteId === undefined ? "textarea" : "button.thread-about") ?? card).focus()
  })
}
