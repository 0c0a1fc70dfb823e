import { useEffect } from "react"
import { type NoteBoard, rangeOfNote, type ShownNote, useNoteBoard } from "../noting/note-board.ts"
import { paint } from "../search/text-ranges.ts"
import type { TextPlaces } from "./text-places.ts"
import "../noting/note-marks.css"

/** Paints what notes are about in the text, and what is being written about; leads to them when the margin asks, and opens them by a click. */
export function useNoteMarks(board: NoteBoard, places: { readonly current: TextPlaces } | undefined, onShow: () => void): void {
  const { notes, chosenId } = useNoteBoard(board)
  useEffect(() => {
    const rangesOf = (which: (shown: ShownNote) => boolean): readonly StaticRange[] =>
      notes.filter(which).flatMap((shown) => {
        const at = rangeOfNote(shown)
        const range = at === undefined ? undefined : places?.current.rangeOf(at)
        return range === undefined ? [] : [range]
      })
    const open = ({ resolvedBy, id }: ShownNote): boolean => resolvedBy === null && id !== chosenId
    paint(
      "noted",
      rangesOf((shown) => open(shown) && shown.note.kind === "note"),
    )
    paint(
      "highlighted",
      rangesOf((shown) => open(shown) && shown.note.kind === "highlight"),
    )
    paint(
      "noted-here",
      rangesOf(({ id }) => id === chosenId),
    )
  }, [notes, chosenId, places])
  useEffect(
    () => () => {
      for (const name of ["noted", "highlighted", "noted-here"] as const) paint(name, [])
    },
    [],
  )
  useEffect(() => {
    if (places === undefined) return
    return board.onLead((range, note) => {
      places.current.scrollTo(range)
      // What has a mark of its own stands out by that; anything else is shown for what it may be.
      if (note !== undefined && rangeOfNote(note) !== undefined) return
      const shown = places.current.rangeOf(range)
      paint("shown", shown === undefined ? [] : [shown])
    })
  }, [board, places])
  useEffect(() => {
    if (places === undefined) return
    const click = (event: MouseEvent): void => {
      if (!(event.target instanceof Element) || event.target.closest(".source-text") === null) return
      if (document.getSelection()?.isCollapsed === false) return
      const at = places.current.offsetAtPoint(event.clientX, event.clientY)
      const note = at === undefined ? undefined : noteAt(board.state.notes, at)
      if (note === undefined) return
      board.ask(note.id, false)
      onShow()
    }
    document.addEventListener("click", click)
    return () => document.removeEventListener("click", click)
  }, [board, places, onShow])
}

/** The innermost open note at a character. */
function noteAt(notes: readonly ShownNote[], at: number): ShownNote | undefined {
  const length = (shown: ShownNote): number => {
    const range = rangeOfNote(shown)
    return range === undefined ? Infinity : range.to - range.from
  }
  return notes
    .filter((shown) => {
      const range = rangeOfNote(shown)
      return range !== undefined && shown.resolvedBy === null && range.from <= at && at <= range.to
    })
    .toSorted((left, right) => length(left) - length(right))[0]
}

/** The note after or before the one that is chosen, around the ends, as they stand in the text. */
export function nextNote(held: Pick<NoteBoard, "state">, step: 1 | -1): ShownNote | undefined {
  const { notes, chosenId } = held.state
  const open = notes.filter(({ resolvedBy }) => resolvedBy === null)
  const at = open.findIndex(({ id }) => id === chosenId)
  if (at === -1) return step === 1 ? open[0] : open.at(-1)
  return open[(at + step + open.length) % open.length]
}
