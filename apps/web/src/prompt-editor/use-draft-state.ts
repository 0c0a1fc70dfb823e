import type { PromptContent, PromptSlot, PromptVariable } from "@polylogue/conversation"
import { type OpenPrompt, usePromptContent } from "@polylogue/react"
import { useCallback, useDeferredValue, useSyncExternalStore } from "react"
import { type DraftScope, useDraftScope } from "./draft-scope.ts"
import { cursorsIn, type Other } from "./remote-cursors.ts"

type Draft = Pick<DraftScope, "prompt" | "draftId">

/**
 * What `read` gives of a draft, again after each change of it. What it gives must be the same until that changes. All parts at once would have the names looked for
 * in all texts at every key.
 */
function useOfDraft<Value>({ prompt, draftId }: Draft, read: () => Value): Value {
  const subscribe = useCallback((listener: () => void) => prompt.subscribeDraft(draftId, listener), [prompt, draftId])
  return useSyncExternalStore(subscribe, read)
}

/** The slots of a draft, removed ones among them. */
export function useSlots(draft: Draft): readonly PromptSlot[] {
  return useOfDraft(draft, () => draft.prompt.getSlots(draft.draftId))
}

export function useVariables(draft: Draft): Readonly<Record<string, PromptVariable>> {
  return useOfDraft(draft, () => draft.prompt.getVariables(draft.draftId))
}

export function useConfig(draft: Draft): Readonly<Record<string, unknown>> {
  return useOfDraft(draft, () => draft.prompt.getConfig(draft.draftId))
}

/** All that a draft says. It lags behind what is being typed where rendering it would hold that up. */
export function useContent(draft: OpenPrompt & Draft): PromptContent {
  return useDeferredValue(usePromptContent(draft, draft.draftId))
}

/** Who of the others has their cursor in a slot. */
export function useOthersIn(slotId: string): readonly Other[] {
  const { prompt, open, draftId, others } = useDraftScope()
  const { awareness } = open.document
  const subscribe = useCallback(
    (listener: () => void) => {
      awareness.on("change", listener)
      return () => awareness.off("change", listener)
    },
    [awareness],
  )
  const here = useSyncExternalStore(subscribe, () =>
    cursorsIn(prompt.slotText(draftId, slotId), awareness, others)
      .map(({ other }) => other.clientId)
      .join(),
  )
  return here === "" ? [] : others.filter(({ clientId }) => here.split(",").includes(`${clientId}`))
}
