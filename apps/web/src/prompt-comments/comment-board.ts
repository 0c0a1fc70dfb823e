import {
  anchorText,
  type Prompt,
  type PromptThread,
  type ResolvedAnchor,
  resolveAnchor,
  type TextAnchor,
  type TextRange,
} from "@polylogue/conversation"
import type { OpenPrompt } from "@polylogue/react"
import { useCallback, useSyncExternalStore } from "react"
import { readStored, writeStored } from "../device/stored-value.ts"
import { placeKey, readPlace, textKey } from "./kept-comments.ts"

/** A comment that somebody writes on this device, before it is one. */
export interface BegunComment {
  readonly slotId: string
  /** The words that it is about; null for the whole slot. */
  readonly anchor: TextAnchor | null
  /** Where they are now. */
  readonly place: ResolvedAnchor | null
}

/** What the panel is asked to show: a thread, or the comment that is being written. */
export interface AskedComment {
  /** Undefined for the comment that is being written. */
  readonly threadId: string | undefined
  /** Whether it gets the focus; not while somebody goes on writing in the text. */
  readonly focus: boolean
}

export interface BoardState {
  /** All threads of the draft that say anything, resolved ones included, and where what they are about is. */
  readonly threads: readonly PromptThread[]
  readonly chosenId: string | undefined
  readonly begun: BegunComment | undefined
  readonly asked: AskedComment | undefined
}

/** Places are looked up anew so many ms after a change, for all keys pressed within them at once; in between the marks follow the text by themselves. */
const REFRESH_MS = 120

/** What the text of a draft and the margin beside it share about comments: the threads, which one is chosen, and what is being written. */
export class CommentBoard {
  readonly #prompt: Prompt
  readonly #draftId: string
  readonly #documentId: string
  readonly #listeners = new Set<() => void>()
  readonly #guides = new Set<(slotId: string, range: TextRange | undefined) => void>()
  #state: BoardState
  #timer: ReturnType<typeof setTimeout> | undefined
  #stop: (() => void) | undefined

  constructor({ prompt, open }: OpenPrompt, draftId: string) {
    this.#prompt = prompt
    this.#draftId = draftId
    this.#documentId = open.document.documentId
    this.#state = { threads: [], chosenId: undefined, begun: undefined, asked: undefined }
    this.#read()
  }

  /** The same object until something of it changes. */
  get state(): BoardState {
    return this.#state
  }

  /** Calls `listener` after each change. The draft is followed as long as anybody listens. Returns the unsubscription. */
  subscribe(listener: () => void): () => void {
    if (this.#listeners.size === 0) {
      this.#read()
      this.#stop = this.#prompt.subscribeDraft(this.#draftId, () => {
        this.#timer ??= setTimeout(() => this.refresh(), REFRESH_MS)
      })
    }
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      this.#stop?.()
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }

  /** Reads the draft now: what one has done oneself is seen at once. */
  refresh(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#read()) this.#tell()
  }

  choose(threadId: string | undefined): void {
    this.#change({ chosenId: threadId })
  }

  /** Chooses a thread and asks the panel to show it. */
  ask(threadId: string, focus: boolean): void {
    this.#change({ chosenId: threadId, asked: { threadId, focus } })
  }

  /** The panel has shown what it was asked for. */
  answered(): void {
    this.#change({ asked: undefined })
  }

  /**
   * Begins a comment on a range of a slot, or with null on the slot. One with words in it that was begun before stays, and is asked for instead: false then.
   * @throws ConversationError `too-large` for a range longer than a comment can quote.
   */
  begin(slotId: string, range: TextRange | null): boolean {
    const unfinished = this.#state.begun !== undefined && (readStored(this.key()) ?? "").trim() !== ""
    if (!unfinished) {
      const anchor = range === null ? null : this.#anchor(slotId, range)
      writeStored(placeKey(this.#documentId, this.#draftId), JSON.stringify({ slotId, anchor }))
      this.#read()
    }
    this.#change({ chosenId: undefined, asked: { threadId: undefined, focus: true } })
    return !unfinished
  }

  /** Lets go of the comment that was begun, and of its words. */
  discard(): void {
    writeStored(placeKey(this.#documentId, this.#draftId), null)
    writeStored(this.key(), null)
    this.refresh()
  }

  /**
   * Makes the begun comment a thread, about the whole slot where its words are gone meanwhile, and chooses it.
   * @throws as `Prompt.comment`; it is still begun then.
   */
  say(text: string): void {
    this.#read()
    const { begun } = this.#state
    if (begun === undefined) return
    const { slotId, place } = begun
    const threadId = this.#prompt.comment(this.#draftId, slotId, place === null || place.state === "orphan" ? null : place, text)
    this.discard()
    this.ask(threadId, true)
  }

  /** Leads to a place in a slot's text, or to the slot, without giving it the focus. */
  lead(slotId: string, range: TextRange | undefined): void {
    for (const guide of this.#guides) guide(slotId, range)
  }

  /** Hears where somebody is to be led. Returns the unsubscription. */
  onLead(guide: (slotId: string, range: TextRange | undefined) => void): () => void {
    this.#guides.add(guide)
    return () => this.#guides.delete(guide)
  }

  /** Where what is being written is kept on this device: an answer to a thread, another text for a comment, without either the new comment. */
  key(id = "new"): string {
    return textKey(this.#documentId, this.#draftId, id)
  }

  #anchor(slotId: string, { from, to }: TextRange): TextAnchor | null {
    const text = this.#prompt.slotText(this.#draftId, slotId)
    const end = Math.min(to, text.toJSON().length)
    return from < end ? anchorText(text, { from, to: end }) : null
  }

  /** Whether anything has changed. */
  #read(): boolean {
    const { threads: known, begun: before } = this.#state
    const all = this.#prompt.getThreads(this.#draftId)
    const saying = all.filter(({ comments }) => comments.some(({ deleted }) => !deleted))
    const threads = saying.length === known.length && saying.every((thread, at) => thread === known[at]) ? known : saying
    const kept = readPlace(placeKey(this.#documentId, this.#draftId))
    const begun = kept === undefined ? undefined : { ...kept, place: this.#placeOf(kept.slotId, kept.anchor) }
    const isSame = JSON.stringify(begun) === JSON.stringify(before)
    if (threads === known && isSame) return false
    this.#state = { ...this.#state, threads, begun: isSame ? before : begun }
    return true
  }

  #placeOf(slotId: string, anchor: TextAnchor | null): ResolvedAnchor | null {
    return anchor === null ? null : resolveAnchor(this.#prompt.slotText(this.#draftId, slotId), anchor)
  }

  #change(change: Partial<BoardState>): void {
    this.#read()
    this.#state = { ...this.#state, ...change }
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}

const boards = new WeakMap<Prompt, Map<string, CommentBoard>>()

/** The board of a draft: one, for the text and the margin. */
export function boardOf(held: OpenPrompt, draftId: string): CommentBoard {
  const ofPrompt = boards.get(held.prompt) ?? new Map<string, CommentBoard>()
  boards.set(held.prompt, ofPrompt)
  const board = ofPrompt.get(draftId) ?? new CommentBoard(held, draftId)
  ofPrompt.set(draftId, board)
  return board
}

/** What stands on a board, again after each change. */
export function useBoard(board: CommentBoard): BoardState {
  const subscribe = useCallback((listener: () => void) => board.subscribe(listener), [board])
  return useSyncExternalStore(subscribe, () => board.state)
}

/** The threads that nobody has called settled. */
export function openThreads(threads: readonly PromptThread[]): readonly PromptThread[] {
  return threads.filter(({ resolvedBy }) => resolvedBy === null)
}
