import { MAIN_DRAFT } from "@polylogue/conversation"
import type { OpenPrompt } from "@polylogue/react"
import { useCallback, useSyncExternalStore } from "react"

/** Whether anything of a prompt is on this device: whoever makes one puts a message in it at once. Writing into one that only has not arrived would look like writing over it. */
export function useHasArrived({ prompt }: OpenPrompt): boolean {
  const subscribe = useCallback((listener: () => void) => prompt.subscribeDraft(MAIN_DRAFT, listener), [prompt])
  return useSyncExternalStore(subscribe, () => prompt.getSlots(MAIN_DRAFT).length > 0)
}
