import { createContext, type ReactNode, useCallback, useSyncExternalStore } from "react"
import { useConversationScope } from "../conversation/conversation-scope.ts"
import type { TextMark } from "./text-marks.ts"

/** What stands in a text besides its words. */
export interface MarkedText {
  readonly marks: readonly TextMark[]
  /** What is shown for a mark. */
  readonly face: (id: string) => ReactNode
}

/** The texts of a conversation that have marks, by message and part. Who shows a text shows its marks; who knows of marks sets them here. */
export class MarkedTexts {
  readonly #texts = new Map<string, MarkedText>()
  readonly #listeners = new Set<() => void>()

  /** The same object until other marks are set. */
  get(messageId: string, partId: string): MarkedText | undefined {
    return this.#texts.get(keyOf(messageId, partId))
  }

  set(messageId: string, partId: string, text: MarkedText | undefined): void {
    const key = keyOf(messageId, partId)
    if (this.#texts.get(key) === text) return
    if (text === undefined) this.#texts.delete(key)
    else this.#texts.set(key, text)
    for (const listener of this.#listeners) listener()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

function keyOf(messageId: string, partId: string): string {
  return `${messageId}/${partId}`
}

const ofConversations = new WeakMap<object, MarkedTexts>()

/** The marked texts of a conversation, by the object that reads it: one, for all that show and set marks. */
export function markedTextsOf(conversation: object): MarkedTexts {
  const texts = ofConversations.get(conversation) ?? new MarkedTexts()
  ofConversations.set(conversation, texts)
  return texts
}

/** What a part of a message has for marks, again after each change; undefined where it has none, or is shown by itself. */
export function useMarkedText(messageId: string | undefined, partId: string | undefined): MarkedText | undefined {
  const conversation = useConversationScope()?.held.conversation
  const subscribe = useCallback(
    (listener: () => void) => (conversation === undefined ? () => {} : markedTextsOf(conversation).subscribe(listener)),
    [conversation],
  )
  return useSyncExternalStore(subscribe, () =>
    conversation === undefined || messageId === undefined || partId === undefined
      ? undefined
      : markedTextsOf(conversation).get(messageId, partId),
  )
}

/** Shows the marks of the text around; nothing where nobody knows of any. */
export const MarkFaceContext = createContext<((id: string) => ReactNode) | undefined>(undefined)
