import {
  anchorIn,
  type NoteThread,
  orphansOf,
  type PlacedNote,
  placeNotes,
  type StrictPlace,
  type TextAnchor,
} from "@polylogue/conversation"
import { useCallback, useSyncExternalStore } from "react"
import type * as Y from "yjs"
import type { MessageWords } from "../citations/beside.ts"
import { readStored, writeStored } from "../device/stored-value.ts"

/** A note that somebody writes on this device, before it is one. */
export interface BegunNote {
  readonly messageId: string
  readonly partId: string
  readonly anchor: TextAnchor
}

interface DeskState {
  /** All notes that say or mark anything, oldest first, and where their words are. */
  readonly placed: readonly PlacedNote[]
  readonly chosenId: string | undefined
  readonly begun: BegunNote | undefined
  /** What the margin is asked to show: a note by its id, or `new`; with the focus, unless somebody reads on in the text. */
  readonly asked: { readonly id: string; readonly focus: boolean } | undefined
}

const EMPTY: DeskState = Object.freeze({ placed: [], chosenId: undefined, begun: undefined, asked: undefined })

/** What the messages of a conversation and the margin beside them share about notes: where they are, which is chosen, what is being written. */
export class NoteDesk {
  readonly #conversationId: string
  readonly #listeners = new Set<() => void>()
  #state: DeskState

  constructor(conversationId: string) {
    this.#conversationId = conversationId
    this.#state = { ...EMPTY, begun: readBegun(this.key("place")) }
  }

  /** The same object until something of it changes. */
  get state(): DeskState {
    return this.#state
  }

  /** Takes the notes as they are now. @param textOf - what a part of a message says; undefined where it is not here. */
  place(threads: readonly NoteThread[], textOf: (messageId: string, partId: string) => Y.Text | string | undefined): void {
    const saying = threads.filter(({ kind, comments }) => kind === "highlight" || comments.some(({ deleted }) => !deleted))
    const placed = placeNotes(saying, ({ target }) => (target.kind === "message" ? textOf(target.messageId, target.partId) : undefined))
    const known = new Map(this.#state.placed.map((each) => [each.note.id, each]))
    const next = placed.map((each) => {
      const before = known.get(each.note.id)
      return before?.note === each.note && JSON.stringify(before.place) === JSON.stringify(each.place) ? before : each
    })
    if (next.length === this.#state.placed.length && next.every((each, at) => each === this.#state.placed[at])) return
    this.#change({ placed: next })
  }

  /** Begins a note on words of a message. One with words in it that was begun before stays, and is asked for instead: false then. */
  begin({ messageId, partId, range }: MessageWords, text: Y.Text | string): boolean {
    const unfinished = this.#state.begun !== undefined && (readStored(this.key("new")) ?? "").trim() !== ""
    if (!unfinished) {
      const begun = { messageId, partId, anchor: anchorIn(text, range) }
      writeStored(this.key("place"), JSON.stringify(begun))
      this.#change({ begun })
    }
    this.#change({ chosenId: undefined, asked: { id: "new", focus: true } })
    return !unfinished
  }

  /** Lets go of the note that was begun, and of its words. */
  discard(): void {
    writeStored(this.key("place"), null)
    writeStored(this.key("new"), null)
    this.#change({ begun: undefined })
  }

  choose(id: string | undefined): void {
    if (id !== this.#state.chosenId) this.#change({ chosenId: id })
  }

  /** Chooses a note and asks the margin to show it. */
  ask(id: string, focus: boolean): void {
    this.#change({ chosenId: id, asked: { id, focus } })
  }

  /** The margin has shown what it was asked for. */
  answered(): void {
    if (this.#state.asked !== undefined) this.#change({ asked: undefined })
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Where what is being written is kept on this device. */
  key(id: string): string {
    return `polylogue.message-note.${this.#conversationId}.${id}`
  }

  #change(change: Partial<DeskState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

/** Where the words of a note are, if they are. */
export function placeOfNote(place: StrictPlace | null): { readonly from: number; readonly to: number } | undefined {
  return place !== null && "from" in place ? place : undefined
}

/** Whether a person has to attach the note anew: its words are gone, or cannot be told from others. */
export function isLost(placed: PlacedNote): boolean {
  return orphansOf([placed]).length > 0
}

const desks = new WeakMap<object, NoteDesk>()

/** The desk of a conversation, by the object that reads it. */
export function deskOf(held: { readonly conversation: object; readonly conversationId: string }): NoteDesk {
  const desk = desks.get(held.conversation) ?? new NoteDesk(held.conversationId)
  desks.set(held.conversation, desk)
  return desk
}

/** What lies on a desk, again after each change. */
export function useDesk(desk: NoteDesk): DeskState {
  return useSyncExternalStore(
    useCallback((listener: () => void) => desk.subscribe(listener), [desk]),
    () => desk.state,
  )
}

function readBegun(key: string): BegunNote | undefined {
  const stored = readStored(key)
  if (stored === null) return undefined
  try {
    const { messageId, partId, anchor } = JSON.parse(stored) as Partial<BegunNote>
    const exact: unknown = anchor?.quote.exact
    return typeof messageId === "string" && typeof partId === "string" && typeof exact === "string" && anchor !== undefined
      ? { messageId, partId, anchor }
      : undefined
  } catch {
    // Damaged: it names no words.
    return undefined
  }
}
