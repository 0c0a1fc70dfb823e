import type { OpenSource } from "@polylogue/react"
import { Icon } from "../frame/icon.tsx"
import { isLost, useNoteBoard } from "../noting/note-board.ts"
import { noteBoardOf } from "./note-work.ts"
import "../prompt-comments/comment-marks.css"

/** How many notes of a source are open, and how many of them have lost their words; shows them in the margin. */
export function NotesButton({ held, onPress }: { readonly held: OpenSource; readonly onPress: () => void }) {
  const open = useNoteBoard(noteBoardOf(held)).notes.filter(({ resolvedBy }) => resolvedBy === null)
  const lost = open.filter(isLost).length
  const counts = `${open.length.toLocaleString("en")}${lost === 0 ? "" : `, ${lost.toLocaleString("en")} lost`}`
  // Holds what stands on it, for whoever says aloud what to press.
  const label = open.length === 0 ? "Notes" : `Notes: ${counts}`
  return (
    <button type="button" className="comments-button" aria-label={label} title={label} onClick={onPress}>
      <Icon name="comment" />
      {open.length > 0 && <span className={lost > 0 ? "notes-button-lost" : undefined}>{counts}</span>}
    </button>
  )
}
