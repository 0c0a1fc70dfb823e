import type { OpenNotes } from "@polylogue/react"
import { useCallback, useMemo } from "react"
import { useToast } from "../frame/toast.tsx"
import type { ThreadActions } from "../prompt-comments/thread-card.tsx"
import type { NoteBoard, ShownNote } from "./note-board.ts"

/** Runs an operation on notes and says whether it was done; where there are too many, or one is too long, says so instead. */
export function useNoteAttempt(): (operation: () => void) => boolean {
  const toast = useToast()
  return useCallback(
    (operation) => {
      try {
        operation()
        return true
      } catch (error) {
        if ((error as { readonly code?: unknown } | null)?.code !== "too-large") throw error
        toast({ text: "That is too much: choose fewer words, or settle other notes first. Nothing was changed." })
        return false
      }
    },
    [toast],
  )
}

/** What can be done with the notes of a board. */
export function useNoteActions(board: NoteBoard, { notes }: OpenNotes, show: (note: ShownNote) => void): ThreadActions<ShownNote> {
  const attempt = useNoteAttempt()
  return useMemo(
    (): ThreadActions<ShownNote> => ({
      show: (note) => {
        board.choose(note.id)
        show(note)
      },
      choose: (id) => board.choose(id),
      reply: (id, text) => attempt(() => notes.reply(id, text)),
      edit: (id, commentId, text) => attempt(() => notes.edit(id, commentId, text)),
      remove: (id, commentId) => void attempt(() => notes.delete(id, commentId)),
      resolve: (id) => void attempt(() => notes.resolve(id)),
      reopen: (id) => void attempt(() => notes.reopen(id)),
      key: (id) => board.key(id),
    }),
    [board, notes, show, attempt],
  )
}
