import type { OpenNotes } from "@polylogue/react"
import { CommentField } from "../prompt-comments/comment-field.tsx"
import type { BegunNote, NoteBoard } from "./note-board.ts"
import { useNoteAttempt } from "./use-note-actions.ts"

interface NewNoteProps {
  readonly board: NoteBoard
  readonly begun: BegunNote
  readonly open: OpenNotes
  /** What it is about where no words are chosen: "this source". */
  readonly slot: string
  /** What a reader sees of quoted words, where that is not what is written. */
  readonly shown?: (quote: string) => string
}

/** A note before it is one: what it is about, and the field. */
export function NewNote({ board, begun, open, slot, shown = (quote) => quote }: NewNoteProps) {
  const attempt = useNoteAttempt()
  const { anchor, target } = begun
  const say = (text: string): boolean =>
    attempt(() => {
      const id = open.notes.add({ target, anchor, text, kind: "note" })
      board.discard()
      board.ask(id, true)
    })
  return (
    <section className="thread comment-new" aria-label="New note" data-chosen>
      <p className="thread-about">{anchor === null ? `About ${slot}` : <q dir="auto">{shown(anchor.quote.exact)}</q>}</p>
      <CommentField
        storeKey={board.key("new")}
        label="New note"
        action="Note"
        focused={false}
        onSay={say}
        onLeave={(how) => how === "discarded" && board.discard()}
      />
    </section>
  )
}
