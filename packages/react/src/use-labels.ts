import type { PublishIntent } from "@polylogue/conversation"
import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react"
import { LabelBook, type PublishedLabel, type PublishedLabels } from "./label-book.ts"
import { type Polylogue, usePolylogue } from "./polylogue.ts"
import { usePublishIntents } from "./use-publishing.ts"

/** A label of a prompt, and what its viewer wants to have published under it. */
export interface PromptLabel extends PublishedLabel {
  /** What this person wants to have published under it and is not settled: waiting, refused, or lost to what the label holds. */
  readonly pending?: PublishIntent
}

/** The labels of a prompt. The same object until one of them changes. */
export interface PromptLabels extends Omit<PublishedLabels, "labels"> {
  readonly labels: readonly PromptLabel[]
  /** What is to be published under labels that nobody is known to have set, or under none. */
  readonly unset: readonly PublishIntent[]
}

/**
 * The labels and numbers of a prompt as they were last heard, also offline, and kept fresh while a component shows them and the device is online. Each says
 * when the authority said so.
 */
export function useLabels(promptId: string): PromptLabels {
  const book = bookOf(usePolylogue())
  const subscribe = useCallback((listener: () => void) => book.subscribe(promptId, listener), [book, promptId])
  const published = useSyncExternalStore(subscribe, () => book.get(promptId))
  const intents = usePublishIntents(promptId)
  return useMemo(() => {
    const open = intents.filter(({ state }) => state !== "done" && state !== "withdrawn")
    const pendingOf = (name: string): PublishIntent | undefined => open.find(({ label }) => label === name)
    const labels = published.labels.map((label) => {
      const pending = pendingOf(label.label)
      return pending === undefined ? label : { ...label, pending }
    })
    const unset = open.filter(({ label }) => !published.labels.some((known) => known.label === label))
    return { ...published, labels, unset }
  }, [published, intents])
}

/** What a label of a prompt holds, for a row of a list: nothing is asked for it alone, see {@link useWatchLabels}. */
export function useLabel(promptId: string, name: string): PublishedLabel | undefined {
  const book = bookOf(usePolylogue())
  const subscribe = useCallback((listener: () => void) => book.listen(promptId, listener), [book, promptId])
  return useSyncExternalStore(subscribe, () => book.get(promptId).labels.find(({ label }) => label === name))
}

/** Keeps the labels of all prompts of the workspace fresh while a component shows them, with one question to the relay. */
export function useWatchLabels(): void {
  const book = bookOf(usePolylogue())
  useEffect(() => book.watchAll(), [book])
}

/** Whether a version of a prompt has a label, as far as this device has heard at this moment. */
export function hasPublishedLabels(polylogue: Polylogue, promptId: string): boolean {
  return bookOf(polylogue)
    .get(promptId)
    .labels.some(({ versionId }) => versionId !== null)
}

const books = new WeakMap<Polylogue, LabelBook>()

function bookOf(polylogue: Polylogue): LabelBook {
  const book = books.get(polylogue) ?? new LabelBook(polylogue.replica.registers, polylogue.workspace)
  books.set(polylogue, book)
  return book
}
