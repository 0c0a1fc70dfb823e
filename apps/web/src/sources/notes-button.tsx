import type { OpenSource } from "@polylogue/react"
import { Icon } from "../frame/icon.tsx"
import { counted } from "../frame/relative-time.ts"
import { isLost, useNoteBoard } from "../noting/note-board.ts"
import { noteBoardOf } from "./note-work.ts"
import "../prompt-comments/comment-marks.css"

/** How many notes of a source are open, and how many of them have lost their words; shows them in the margin. */
export function NotesButton({ held, onPress }: { readonly held: OpenSource; readonly onPress: () => void }) {
  const open = useNoteBoard(noteBoardOf(held)).notes.filter(({ resolvedBy }) => resolvedBy === null)
  const lost = open.filter(isLost).length
  const label = open.length === 0 ? "Notes" : `Notes: ${counted(open.length, "open note")}${lost === 0 ? "" : `, ${lost} lost`}`
  return (
    <button type="button" className="comments-button" aria-label={label} title={label} onClick={onPress}>
      <Icon name="comment" />
      {open.length > 0 && open.length.toLocaleString("en")}
      {lost > 0 && <span className="notes-button-lost">{lost.toLocaleString("en")} lost</span>}
    </button>
  )
}
