import type { TextRange } from "@polylogue/conversation"
import { useCallback, useSyncExternalStore } from "react"

/** Words of a message, and where they stand in a part of it. */
export interface MessageWords {
  readonly messageId: string
  readonly partId: string
  readonly range: TextRange
  readonly words: string
}

/** What the margin of a conversation shows. */
export type BesidePanel =
  | { readonly kind: "citation"; readonly messageId: string; readonly citationId: string }
  | { readonly kind: "look-up"; readonly messageId: string | undefined; readonly words: string }
  | { readonly kind: "retrieval"; readonly messageId: string; readonly retrievalId: string }
  | { readonly kind: "notes" }
  | { readonly kind: "answers"; readonly messageId: string }

/** Something that has lost its words, for which somebody is about to choose others. */
export interface Attaching {
  /** The text in which the words have to be. */
  readonly messageId: string
  readonly partId: string
  readonly attach: (words: MessageWords) => void
}

interface BesideState {
  /** Undefined while the margin is closed. */
  readonly panel: BesidePanel | undefined
  /** The words that get a citation when somebody cites a passage. */
  readonly citing: MessageWords | undefined
  /** What is attached to the words that are chosen next. */
  readonly attaching: Attaching | undefined
}

const CLOSED: BesideState = Object.freeze({ panel: undefined, citing: undefined, attaching: undefined })

/** What stands beside a conversation, for all that ask it to show something else. */
export class Beside {
  readonly #listeners = new Set<() => void>()
  #state = CLOSED

  /** The same object until something of it changes. */
  get state(): BesideState {
    return this.#state
  }

  show(panel: BesidePanel): void {
    this.#change({ ...this.#state, panel })
  }

  /** Words are to be cited: a look-up that is open keeps what it has found, another begins with these words. */
  cite(citing: MessageWords): void {
    const { panel } = this.#state
    const { messageId, words } = citing
    this.#change({
      ...this.#state,
      citing,
      panel: panel?.kind === "look-up" ? { ...panel, messageId } : { kind: "look-up", messageId, words },
    })
  }

  /** Nothing is to be cited any more. */
  letGo(): void {
    if (this.#state.citing !== undefined) this.#change({ ...this.#state, citing: undefined })
  }

  /** Waits for words to be chosen, out of the way of them where the margin covers the text. */
  attach(attaching: Attaching, covered: boolean): void {
    this.#change({ ...this.#state, attaching, ...(covered ? { panel: undefined } : {}) })
  }

  /** Nothing waits for words any more. */
  attached(): void {
    if (this.#state.attaching !== undefined) this.#change({ ...this.#state, attaching: undefined })
  }

  close(): void {
    this.#change(CLOSED)
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #change(state: BesideState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

const ofConversations = new WeakMap<object, Beside>()

/** What stands beside a conversation, by the object that reads it. */
export function besideOf(conversation: object): Beside {
  const beside = ofConversations.get(conversation) ?? new Beside()
  ofConversations.set(conversation, beside)
  return beside
}

/** What stands beside a conversation, again after each change. */
export function useBeside(conversation: object): BesideState {
  const beside = besideOf(conversation)
  return useSyncExternalStore(
    useCallback((listener: () => void) => beside.subscribe(listener), [beside]),
    () => beside.state,
  )
}
