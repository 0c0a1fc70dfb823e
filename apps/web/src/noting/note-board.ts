import {
  type NoteTarget,
  type NoteThread,
  orphansOf,
  placeNotes,
  type StrictPlace,
  type TextAnchor,
  type TextRange,
} from "@polylogue/conversation"
import { useCallback, useSyncExternalStore } from "react"
import type * as Y from "yjs"
import { readStored, writeStored } from "../device/stored-value.ts"
import type { CardThread } from "../prompt-comments/thread-card.tsx"
import { isAnchor } from "../prompt-comments/kept-comments.ts"
import { NoteGuesses } from "./note-guesses.ts"

/** A note as its card and its mark show it. The same object until something of it changes. */
export interface ShownNote extends CardThread {
  readonly note: NoteThread
  readonly place: StrictPlace | null
  /** Where the words of a lost one may be now, changed as they are: for a person to decide. */
  readonly suggestion: TextRange | undefined
}

/** A note that somebody writes on this device, before it is one. */
export interface BegunNote {
  readonly target: NoteTarget
  /** The words that it is about; null for the whole text. */
  readonly anchor: TextAnchor | null
}

export interface NoteBoardState {
  /** All notes that mark or say anything, settled ones included, as they stand in the text; those that have lost their words last. */
  readonly notes: readonly ShownNote[]
  readonly chosenId: string | undefined
  readonly begun: BegunNote | undefined
  /** What the margin is asked to show: a note, or the one that is being written; with the focus, unless somebody reads on in the text. */
  readonly asked: { readonly noteId: string | undefined; readonly focus: boolean } | undefined
}

/** The texts that notes of a board are about. */
export interface NotedTexts {
  /** Undefined for one that is not here. */
  readonly textOf: (target: NoteTarget) => Y.Text | string | undefined
  /** Where a text stands among them. */
  readonly rankOf: (target: NoteTarget) => number
}

/** What texts and the margin beside them share about notes: where they are, which one is chosen, what is being written. */
export class NoteBoard {
  readonly #keyPrefix: string
  readonly #guesses = new NoteGuesses()
  readonly #listeners = new Set<() => void>()
  readonly #guides = new Set<(range: TextRange, note: ShownNote | undefined) => void>()
  #state: NoteBoardState

  /** @param keyPrefix - begins the names under which what is written is kept on this device. */
  constructor(keyPrefix: string) {
    this.#keyPrefix = keyPrefix
    this.#state = { notes: [], chosenId: undefined, begun: readBegun(this.key("place")), asked: undefined }
  }

  /** The same object until something of it changes. */
  get state(): NoteBoardState {
    return this.#state
  }

  /** Calls `listener` after each change of `state`. Returns the unsubscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Takes notes and texts as they are now.
   * @param resting - whether nobody is writing in the texts: time to look for what was not found while somebody was.
   */
  place(threads: readonly NoteThread[], { textOf, rankOf }: NotedTexts, resting: boolean): void {
    const saying = threads.filter(({ kind, comments }) => kind === "highlight" || comments.some(({ deleted }) => !deleted))
    const known = new Map(this.#state.notes.map((shown) => [shown.id, shown]))
    const placed = placeNotes(saying, ({ target }) => textOf(target))
    const suggestions = this.#guesses.look(orphansOf(placed), ({ target }) => textOf(target), resting)
    const next = placed.map(({ note, place }): ShownNote => {
      const before = known.get(note.id)
      const suggestion = suggestions.get(note.id)
      if (before?.note === note && isSame([before.place, before.suggestion], [place, suggestion])) return before
      const { id, anchor, resolvedBy, comments } = note
      return { id, quote: anchor?.quote.exact ?? null, resolvedBy, comments, note, place, suggestion }
    })
    const ranks = new Map(next.map(({ id, note }) => [id, rankOf(note.target)]))
    const rank = ({ id }: ShownNote): number => ranks.get(id) ?? 0
    // Texts that are not here have no place among the others, and none among themselves: NaN, which says nothing.
    const notes = next.toSorted(
      (left, right) => Number(isLost(left)) - Number(isLost(right)) || rank(left) - rank(right) || beginOf(left) - beginOf(right),
    )
    if (notes.length === this.#state.notes.length && notes.every((shown, at) => shown === this.#state.notes[at])) return
    this.#change({ notes })
  }

  choose(chosenId: string | undefined): void {
    if (chosenId !== this.#state.chosenId) this.#change({ chosenId })
  }

  /** Chooses a note and asks the margin to show it. */
  ask(noteId: string, focus: boolean): void {
    this.#change({ chosenId: noteId, asked: { noteId, focus } })
  }

  /** The margin has shown what it was asked for. */
  answered(): void {
    if (this.#state.asked !== undefined) this.#change({ asked: undefined })
  }

  /** Begins a note. One with words in it that was begun before stays, and is asked for instead: false then. */
  begin(begun: BegunNote): boolean {
    const unfinished = this.#state.begun !== undefined && (readStored(this.key("new")) ?? "").trim() !== ""
    if (!unfinished) writeStored(this.key("place"), JSON.stringify(begun))
    this.#change({ ...(unfinished ? {} : { begun }), chosenId: undefined, asked: { noteId: undefined, focus: true } })
    return !unfinished
  }

  /** Lets go of the note that was begun, and of its words. */
  discard(): void {
    writeStored(this.key("place"), null)
    writeStored(this.key("new"), null)
    this.#change({ begun: undefined })
  }

  /** Leads to words of the text, those of a note or others, without giving them the focus. */
  lead(range: TextRange, note?: ShownNote): void {
    for (const guide of this.#guides) guide(range, note)
  }

  /** Hears where somebody is to be led. Returns the unsubscription. */
  onLead(guide: (range: TextRange, note: ShownNote | undefined) => void): () => void {
    this.#guides.add(guide)
    return () => this.#guides.delete(guide)
  }

  /** Where what is being written is kept on this device: an answer to a note, another text for a comment, a new note. */
  key(id: string): string {
    return `${this.#keyPrefix}.${id}`
  }

  #change(change: Partial<NoteBoardState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

/** Where the words of a note are, if that can be told. */
export function rangeOfNote({ place }: Pick<ShownNote, "place">): TextRange | undefined {
  return place !== null && "from" in place ? place : undefined
}

/** Whether a person has to attach the note anew: its words are gone, or it cannot be told which are meant. */
export function isLost({ note, place }: Pick<ShownNote, "note" | "place">): boolean {
  return orphansOf([{ note, place }]).length > 0
}

/** What stands on a board, again after each change. */
export function useNoteBoard(board: NoteBoard): NoteBoardState {
  const subscribe = useCallback((listener: () => void) => board.subscribe(listener), [board])
  return useSyncExternalStore(subscribe, () => board.state)
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right)
}

function beginOf(shown: ShownNote): number {
  return rangeOfNote(shown)?.from ?? -1
}

/** What was begun and is kept at `key`; undefined when it is nothing, or damaged. */
function readBegun(key: string): BegunNote | undefined {
  const stored = readStored(key)
  if (stored === null) return undefined
  try {
    const { target, anchor } = JSON.parse(stored) as { readonly target?: NoteTarget; readonly anchor?: unknown }
    const isTarget = target?.kind === "source" || (target?.kind === "message" && typeof target.messageId === "string")
    if (!isTarget) return undefined
    return anchor === null ? { target, anchor } : isAnchor(anchor) ? { target, anchor } : undefined
  } catch {
    return undefined
  }
}
