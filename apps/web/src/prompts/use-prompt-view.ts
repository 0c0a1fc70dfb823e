import type { Prompt, PromptDraft, PromptMeta, PromptVersion } from "@polylogue/conversation"
import { useCallback, useSyncExternalStore } from "react"

/** What `read` gives of a prompt, again after each change of it. What it gives must be the same until that changes. */
function useOfPrompt<Value>(prompt: Prompt, read: () => Value): Value {
  const subscribe = useCallback((listener: () => void) => prompt.subscribe(listener), [prompt])
  return useSyncExternalStore(subscribe, read)
}

/** The drafts of a prompt, the main one first, closed ones among them. */
export function usePromptDrafts(prompt: Prompt): readonly PromptDraft[] {
  return useOfPrompt(prompt, () => prompt.getDrafts())
}

/** The versions of a prompt that are here, newest first. */
export function usePromptVersions(prompt: Prompt): readonly PromptVersion[] {
  return useOfPrompt(prompt, () => prompt.getVersions())
}

/** What is said about a prompt as a whole, its name in its own document among it. */
export function usePromptMeta(prompt: Prompt): PromptMeta {
  return useOfPrompt(prompt, () => prompt.getMeta())
}
