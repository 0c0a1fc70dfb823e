import type { TextRange } from "@polylogue/conversation"
import { isLost, type ShownNote } from "./note-board.ts"

interface LostToolsProps {
  readonly note: ShownNote
  readonly mayWrite: boolean
  /** How words are attached that somebody chooses: "Attach to the chosen words". */
  readonly choose: string
  readonly onLook: (note: ShownNote) => void
  readonly onAttach: (note: ShownNote, range: TextRange) => void
  readonly onChoose: (note: ShownNote) => void
  readonly onKeep: (noteId: string) => void
}

/** What a person can do about a note that has lost its words; nothing for one that has not. */
export function LostTools({ note, mayWrite, choose, onLook, onAttach, onChoose, onKeep }: LostToolsProps) {
  const { suggestion } = note
  if (!isLost(note)) return null
  return (
    <>
      {suggestion !== undefined && (
        <button type="button" className="button" onClick={() => onLook(note)}>
          Look
        </button>
      )}
      {mayWrite && suggestion !== undefined && (
        <button type="button" className="button" onClick={() => onAttach(note, suggestion)}>
          Attach there
        </button>
      )}
      {mayWrite && (
        // The choice would be gone before the press is over.
        <button type="button" className="button" onMouseDown={(event) => event.preventDefault()} onClick={() => onChoose(note)}>
          {choose}
        </button>
      )}
      {mayWrite && note.resolvedBy === null && (
        <button type="button" className="button button-quiet" onClick={() => onKeep(note.id)}>
          Keep as it is
        </button>
      )}
    </>
  )
}
