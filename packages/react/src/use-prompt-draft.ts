import type {
  PromptContent,
  PromptDraft,
  PromptMeta,
  PromptSlot,
  PromptThread,
  PromptVariable,
  PromptVersion,
} from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import type { OpenPrompt } from "./use-prompt.ts"

/** How a draft is made up. What its slots say is not in it: who types renders the slot's editor and nothing else. */
export interface PromptDraftParts {
  /** In their order, removed ones included. The same array until that changes; so are the others. */
  readonly slots: readonly PromptSlot[]
  readonly variables: Readonly<Record<string, PromptVariable>>
  readonly config: Readonly<Record<string, unknown>>
  /** The names of the variables that the texts use. */
  readonly used: readonly string[]
}

/** The parts of a draft; the same object, and no rendering, until slots, variables, configuration or the names that the texts use change. */
export function usePromptDraft({ prompt }: OpenPrompt, draftId: string): PromptDraftParts {
  const read = useMemo(() => draftReader(prompt, draftId), [prompt, draftId])
  return useSyncExternalStore(useDraftSubscription(prompt, draftId), read)
}

/** All that a draft says at this moment, for a preview or a comparison; renders again at each edit of it. */
export function usePromptContent({ prompt }: OpenPrompt, draftId: string): PromptContent {
  return useSyncExternalStore(useDraftSubscription(prompt, draftId), () => prompt.getContent(draftId))
}

/** The threads about places of a draft, oldest first; the same array until a comment comes, or a place moves, which typing before it does. */
export function usePromptThreads({ prompt }: OpenPrompt, draftId: string): readonly PromptThread[] {
  return useSyncExternalStore(useDraftSubscription(prompt, draftId), () => prompt.getThreads(draftId))
}

/** Name, kind and description of a prompt; the same object until one of them changes. */
export function usePromptMeta({ prompt }: OpenPrompt): PromptMeta {
  return useSyncExternalStore(usePromptSubscription(prompt), () => prompt.getMeta())
}

/** The drafts of a prompt, `main` first; the same array until one is made, named, closed or put on other versions. */
export function usePromptDrafts({ prompt }: OpenPrompt): readonly PromptDraft[] {
  return useSyncExternalStore(usePromptSubscription(prompt), () => prompt.getDrafts())
}

/** The versions of a prompt, newest first; the same array until one comes. */
export function usePromptVersions({ prompt }: OpenPrompt): readonly PromptVersion[] {
  return useSyncExternalStore(usePromptSubscription(prompt), () => prompt.getVersions())
}

/** Reads the parts of a draft, as one object that is the same until one of them is another. */
function draftReader(prompt: OpenPrompt["prompt"], draftId: string): () => PromptDraftParts {
  let last: PromptDraftParts | undefined
  return () => {
    const slots = prompt.getSlots(draftId)
    const variables = prompt.getVariables(draftId)
    const config = prompt.getConfig(draftId)
    const used = prompt.usedVariables(draftId)
    const isSame = last?.slots === slots && last.variables === variables && last.config === config && last.used === used
    if (last === undefined || !isSame) last = { slots, variables, config, used }
    return last
  }
}

function useDraftSubscription(prompt: OpenPrompt["prompt"], draftId: string): (listener: () => void) => () => void {
  return useCallback((listener: () => void) => prompt.subscribeDraft(draftId, listener), [prompt, draftId])
}

function usePromptSubscription(prompt: OpenPrompt["prompt"]): (listener: () => void) => () => void {
  return useCallback((listener: () => void) => prompt.subscribe(listener), [prompt])
}
