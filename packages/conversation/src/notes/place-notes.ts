import type * as Y from "yjs"
import { resolveInWords, resolveStrict, type StrictPlace } from "../text/strict-anchor.ts"
import type { NoteThread } from "./note-records.ts"

/** A note with where it is. */
export interface PlacedNote {
  readonly note: NoteThread
  /** Null for a note about the whole text, or one whose text is not here. */
  readonly place: StrictPlace | null
}

/**
 * Where notes are now, in their order. Each text is read once, however many notes are about it.
 * @param textOf - the text that a note is about: a living one, or words; the same object for notes about the same one. Undefined while it is not here.
 */
export function placeNotes(notes: readonly NoteThread[], textOf: (note: NoteThread) => Y.Text | string | undefined): readonly PlacedNote[] {
  const read = new Map<Y.Text, string>()
  return notes.map((note) => {
    const text = note.anchor === null ? undefined : textOf(note)
    if (note.anchor === null || text === undefined) return { note, place: null }
    if (typeof text === "string") return { note, place: resolveInWords(text, note.anchor) }
    const words = read.get(text) ?? text.toJSON()
    read.set(text, words)
    return { note, place: resolveStrict(text, note.anchor, words) }
  })
}

/** Those that a person has to attach anew: orphans, and those of which several places can be meant. */
export function orphansOf(placed: readonly PlacedNote[]): readonly PlacedNote[] {
  return placed.filter(({ place }) => place?.state === "orphan" || place?.state === "ambiguous")
}
