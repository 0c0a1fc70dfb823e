import { anchorText, type NoteTarget, type TextRange } from "@polylogue/conversation"
import { type OpenNotes, type OpenSource, useNotes } from "@polylogue/react"
import { createElement, type ReactNode, useCallback, useEffect, useMemo, useRef } from "react"
import { useToast } from "../frame/toast.tsx"
import { NoteBoard } from "../noting/note-board.ts"
import { useNoteAttempt } from "../noting/use-note-actions.ts"
import { type LivingTexts, usePlacedNotes } from "../noting/use-placed-notes.ts"

/** What notes on the text of a source are about. */
const SOURCE: NoteTarget = Object.freeze({ kind: "source" })

const boards = new WeakMap<OpenSource["source"], NoteBoard>()

/** The board of a source: one, for the text and the margin. */
export function noteBoardOf({ source, open }: OpenSource): NoteBoard {
  const known = boards.get(source) ?? new NoteBoard(`polylogue.source-note.${open.document.documentId}`)
  boards.set(source, known)
  return known
}

/** The notes of a source, once they are open. */
export function useSourceNotes(held: OpenSource): OpenNotes | undefined {
  const state = useNotes({ sourceId: held.sourceId })
  return state.state === "open" ? state : undefined
}

/** Keeps the board of a source at what its notes and its text are, as long as the component is there. Shows nothing. */
export function FollowNotes({ held }: { readonly held: OpenSource }): ReactNode {
  const open = useSourceNotes(held)
  return open === undefined ? null : createElement(Following, { held, open })
}

function Following({ held, open }: { readonly held: OpenSource; readonly open: OpenNotes }): null {
  const texts = useMemo(
    (): LivingTexts => ({
      textOf: ({ kind }) => (kind === "source" ? held.source.text : undefined),
      rankOf: () => 0,
      subscribe: (_threads, listener) => held.source.subscribeText(listener),
    }),
    [held],
  )
  usePlacedNotes(noteBoardOf(held), open, texts)
  return null
}

/** What can be done with words of a source that somebody has chosen. */
export interface WordActions {
  readonly highlight: (range: TextRange) => void
  /** Begins a note on words, or with null on the whole text. */
  readonly note: (range: TextRange | null) => void
  /** Attaches a note that has lost its words to others. */
  readonly attach: (noteId: string, range: TextRange) => void
  /** Takes a highlight away. */
  readonly unmark: (noteId: string) => void
}

/** Marks and notes words of a source; `onShow` shows the notes in the margin. */
export function useWordActions(held: OpenSource, open: OpenNotes | undefined, onShow: () => void): WordActions {
  const toast = useToast()
  const attempt = useNoteAttempt()
  const latest = useRef(onShow)
  useEffect(() => {
    latest.current = onShow
  })
  const board = noteBoardOf(held)
  const { text } = held.source
  const highlight = useCallback(
    (range: TextRange) => {
      if (open === undefined) return
      const { notes } = open
      let id = ""
      const done = attempt(() => {
        id = notes.add({ target: SOURCE, anchor: anchorText(text, range), kind: "highlight" })
      })
      if (done) toast({ text: "Highlighted.", action: { label: "Undo", run: () => notes.remove(id) } })
    },
    [open, text, attempt, toast],
  )
  const note = useCallback(
    (range: TextRange | null) => {
      attempt(() => {
        const isBegun = board.begin({ target: SOURCE, anchor: range === null ? null : anchorText(text, range) })
        if (!isBegun) toast({ text: "Finish the note that you began first." })
        latest.current()
      })
    },
    [board, text, attempt, toast],
  )
  const attach = useCallback(
    (noteId: string, range: TextRange) => {
      attempt(() => open?.notes.reattach(noteId, anchorText(text, range)))
      board.ask(noteId, true)
    },
    [open, board, text, attempt],
  )
  const unmark = useCallback(
    (noteId: string) => {
      const known = board.state.notes.find(({ id }) => id === noteId)
      if (open === undefined || known === undefined) return
      const { notes } = open
      const { anchor, tags } = known.note
      notes.remove(noteId)
      const undo = (): void => void notes.add({ target: SOURCE, anchor, kind: "highlight", tags })
      toast({ text: "Highlight taken away.", action: { label: "Undo", run: undo } })
    },
    [open, board, toast],
  )
  return { highlight, note, attach, unmark }
}
