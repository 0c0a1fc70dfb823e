import { type OpenNotes, type OpenSource, usePolylogue } from "@polylogue/react"
import { useCallback } from "react"
import { useToast } from "../frame/toast.tsx"
import { usePhone } from "../frame/use-media.ts"
import { LostTools } from "../noting/lost-tools.tsx"
import { NewNote } from "../noting/new-note.tsx"
import { rangeOfNote, type ShownNote, useNoteBoard } from "../noting/note-board.ts"
import { NoteList } from "../noting/note-list.tsx"
import { useNoteActions } from "../noting/use-note-actions.ts"
import { KeyCaps } from "../palette/key-caps.tsx"
import { chosenRange } from "./chosen-range.ts"
import { noteBoardOf, useSourceNotes, useWordActions } from "./note-work.ts"

interface SourceNotesPanelProps {
  readonly held: OpenSource
  readonly mayWrite: boolean
  readonly onClose: () => void
}

/** What people marked and say about a source, beside its text. */
export function SourceNotesPanel(props: SourceNotesPanelProps) {
  const open = useSourceNotes(props.held)
  return open === undefined ? null : <Notes {...props} open={open} />
}

function Notes({ held, mayWrite, open, onClose }: SourceNotesPanelProps & { readonly open: OpenNotes }) {
  const board = noteBoardOf(held)
  const { begun } = useNoteBoard(board)
  const ownId = usePolylogue().author.id
  const phone = usePhone()
  const words = useWordActions(held, open, () => undefined)
  const toast = useToast()
  const lead = useCallback(
    (note: ShownNote) => {
      const range = rangeOfNote(note) ?? note.suggestion ?? (note.place?.state === "ambiguous" ? note.place.candidates[0] : undefined)
      if (range === undefined) return
      if (!phone) return board.lead(range, note)
      onClose()
      // Behind the panel, which takes the choice along when it closes.
      setTimeout(() => board.lead(range, note))
    },
    [board, phone, onClose],
  )
  const actions = useNoteActions(board, open, lead)
  const attachChosen = (note: ShownNote): void => {
    const range = chosenRange()
    if (range === undefined) toast({ text: "Choose the words in the text first, then press this." })
    else words.attach(note.id, range)
  }
  const toolsOf = (note: ShownNote) => {
    const own = note.note.kind === "highlight" && note.note.author.id === ownId && note.comments.length === 0
    return (
      <>
        <LostTools
          {...{ note, mayWrite }}
          choose="Attach to the chosen words"
          onLook={lead}
          onAttach={({ id }, range) => words.attach(id, range)}
          onChoose={attachChosen}
          onKeep={actions.resolve}
        />
        {own && mayWrite && (
          <button type="button" className="button button-quiet" onClick={() => words.unmark(note.id)}>
            Take the highlight away
          </button>
        )}
      </>
    )
  }
  return (
    <NoteList
      {...{ board, actions, mayWrite, ownId, toolsOf }}
      slotOf={() => "this source"}
      begun={mayWrite && begun !== undefined ? <NewNote {...{ board, begun, open }} slot="this source" /> : undefined}
      none={
        <div className="comments-none">
          <p>No notes.</p>
          {mayWrite && (
            <p className="quiet">
              Choose words in the text, then press Note or Highlight, or <KeyCaps keys="a" /> or <KeyCaps keys="h" />.
            </p>
          )}
        </div>
      }
    />
  )
}
