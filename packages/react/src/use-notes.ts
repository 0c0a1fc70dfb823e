import { Notes, notesDocumentId, type NoteThread } from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import type { OpenDocument } from "./document-pool.ts"
import { type Polylogue, usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"
import { writingOptions } from "./writing-options.ts"

/** The notes of a source or of a conversation, on screen. */
export interface OpenNotes {
  readonly state: "open"
  readonly notes: Notes
  readonly open: OpenDocument
}

/** Where notes stand on their way to the screen. */
export type NotesState = { readonly state: "opening" } | { readonly state: "failed"; readonly error: unknown } | OpenNotes

const OPENING: NotesState = Object.freeze({ state: "opening" })

/**
 * Opens the notes of a source or of a conversation as long as a component shows them. A new object after a reset of their document. `undefined` opens nothing and
 * stays `opening`. What names the target is compared by its id, not as an object.
 */
export function useNotes(of: { readonly sourceId: string } | { readonly conversationId: string } | undefined): NotesState {
  const polylogue = usePolylogue()
  const document = useDocument(of === undefined ? undefined : notesDocumentId(polylogue.workspace, of))
  const isWanted = of !== undefined
  return useMemo(() => {
    if (!isWanted) return OPENING
    return document.state === "open" ? openNotes(polylogue, document) : document
  }, [polylogue, document, isWanted])
}

/** All notes, oldest first, resolved ones included; the same array until one changes. Where they are now tells `placeNotes`. */
export function useNoteThreads({ notes }: OpenNotes): readonly NoteThread[] {
  const subscribe = useCallback((listener: () => void) => notes.subscribe(listener), [notes])
  return useSyncExternalStore(subscribe, () => notes.getThreads())
}

interface HeldNotes {
  readonly held: OpenNotes
  destroy(): void
}

function openNotes(polylogue: Polylogue, open: OpenDocument): OpenNotes {
  const make = (): HeldNotes => {
    const notes = new Notes(open.ydoc, writingOptions(polylogue))
    return { held: { state: "open", notes, open }, destroy: () => notes.destroy() }
  }
  return polylogue.pool.view(open, Notes, make).held
}
