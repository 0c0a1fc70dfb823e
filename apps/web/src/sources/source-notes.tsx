import type { TextRange } from "@polylogue/conversation"
import type { OpenSource } from "@polylogue/react"
import { useCallback, useEffect } from "react"
import { useToast } from "../frame/toast.tsx"
import { rangeOfNote, useNoteBoard } from "../noting/note-board.ts"
import { useCommands } from "../palette/commands.ts"
import { chosenRange } from "./chosen-range.ts"
import { nextNote, useNoteMarks } from "./source-marks.ts"
import { noteBoardOf, useSourceNotes, useWordActions } from "./note-work.ts"
import { placeShown, type SourcePlace, sourceHref } from "./source-route.ts"
import { SourceWordsBar, type WordTool } from "./source-words-bar.tsx"
import type { TextPlaces } from "./text-places.ts"

interface SourceNotesProps {
  readonly held: OpenSource
  readonly places: { readonly current: TextPlaces } | undefined
  readonly title: string
  readonly mayWrite: boolean
  /** The place that the address names. */
  readonly at: SourcePlace | undefined
  readonly onNotes: (quietly: boolean) => void
}

/** What notes are about in the text that is read, and what can be done with chosen words there. */
export function SourceNotes({ held, places, title, mayWrite, at, onNotes }: SourceNotesProps) {
  const open = useSourceNotes(held)
  const board = noteBoardOf(held)
  const { notes } = useNoteBoard(board)
  const show = useCallback(() => onNotes(true), [onNotes])
  const words = useWordActions(held, open, show)
  const copy = useCopyCited(held, title, places)
  const toast = useToast()
  useNoteMarks(board, places, show)
  const noteId = at !== undefined && "noteId" in at ? at.noteId : undefined
  useEffect(() => {
    const named = notes.find(({ id }) => id === noteId)
    if (noteId === undefined || named === undefined || places === undefined) return
    const range = rangeOfNote(named)
    board.ask(noteId, false)
    if (range !== undefined) board.lead(range, named)
    show()
    placeShown(held.sourceId)
  }, [noteId, notes, places, board, held, show])
  const tools: readonly WordTool[] = [
    ...(mayWrite
      ? ([
          { label: "Highlight", icon: "edit", keys: "h", run: words.highlight },
          { label: "Note", icon: "comment", keys: "a", run: words.note },
        ] satisfies WordTool[])
      : []),
    { label: "Copy with citation", icon: "copy", keys: "q", run: copy },
  ]
  const withChosen = (run: (range: TextRange) => void) => (): void => {
    const range = chosenRange()
    if (range === undefined) return toast({ text: "Choose words in the text first." })
    run(range)
    document.getSelection()?.removeAllRanges()
  }
  const go = (step: 1 | -1) => (): void => {
    const note = nextNote(board, step)
    if (note === undefined) return
    const range = rangeOfNote(note)
    board.ask(note.id, true)
    if (range !== undefined) board.lead(range, note)
    show()
  }
  useCommands([
    ...tools.map(({ label, icon, keys, run }) => ({
      id: `words ${label}`,
      group: "This source" as const,
      name: `${label}: chosen words`,
      icon,
      keys,
      run: withChosen(run),
    })),
    ...(notes.length === 0
      ? []
      : ([
          { id: "next-note", group: "This source", name: "Next note", icon: "down", keys: "n", run: go(1) },
          { id: "previous-note", group: "This source", name: "Previous note", icon: "up", keys: "p", run: go(-1) },
        ] as const)),
    ...(mayWrite
      ? ([
          { id: "note-on-source", group: "This source", name: "Note on the whole source", icon: "comment", run: () => words.note(null) },
        ] as const)
      : []),
  ])
  return <SourceWordsBar tools={tools} />
}

/** Copies words with where they stand: the title, the page and a link to the place. */
function useCopyCited(held: OpenSource, title: string, places: { readonly current: TextPlaces } | undefined): (range: TextRange) => void {
  const toast = useToast()
  return (range) => {
    const page = held.source.pageAt(range.from)
    const link = new URL(sourceHref(held.sourceId, range), location.href).href
    const words = places?.current.words(range) ?? ""
    const cited = `“${words}” (${title}${page === undefined ? "" : `, page ${page}`}, ${link})`
    navigator.clipboard.writeText(cited).then(
      () => toast({ text: "Copied with its citation." }),
      () => toast({ text: "The browser refused to copy." }),
    )
  }
}
