import type { NoteThread } from "@polylogue/conversation"
import { type OpenNotes, useNoteThreads } from "@polylogue/react"
import { useEffect } from "react"
import type { NoteBoard, NotedTexts } from "./note-board.ts"

/** Places are looked up anew so many ms after a change of a text, for all changes within them at once. */
const FOLLOW_MS = 120
/** A text rests when it was not changed for so many ms: what takes longer is done then. */
const REST_MS = 1_000

/** Texts that are noted on, and what tells that one of them has changed. */
export interface LivingTexts extends NotedTexts {
  /** Calls `listener` after each change of a text that one of `threads` is about. Returns the unsubscription. */
  readonly subscribe: (threads: readonly NoteThread[], listener: () => void) => () => void
}

/** Keeps a board at what its notes and their texts are, as long as the component is there. */
export function usePlacedNotes(board: NoteBoard, open: OpenNotes, texts: LivingTexts): void {
  const threads = useNoteThreads(open)
  useEffect(() => {
    board.place(threads, texts, true)
    let following: ReturnType<typeof setTimeout> | undefined
    let resting: ReturnType<typeof setTimeout> | undefined
    const stop = texts.subscribe(threads, () => {
      following ??= setTimeout(() => {
        following = undefined
        board.place(threads, texts, false)
      }, FOLLOW_MS)
      clearTimeout(resting)
      resting = setTimeout(() => board.place(threads, texts, true), REST_MS)
    })
    return () => {
      clearTimeout(following)
      clearTimeout(resting)
      stop()
    }
  }, [board, threads, texts])
}
