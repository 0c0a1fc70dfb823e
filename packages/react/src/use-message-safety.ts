import type { Safety } from "@polylogue/replica"
import { useCallback, useSyncExternalStore } from "react"
import type { OpenConversation } from "./use-conversation.ts"

const NOTHING = (): void => {}

/**
 * Where the words of message `id` are: in this tab's memory, on this device, on a relay, or on other relays too (on how many the status of the conversation
 * says). The least safe word decides, and nothing is claimed that was not acknowledged.
 */
export function useMessageSafety({ segments }: OpenConversation, id: string): Safety {
  const subscribe = useCallback((listener: () => void) => segments.subscribeStatus(listener), [segments])
  return useSyncExternalStore(subscribe, () => segments.safetyOf(id))
}

/** Whether all that is open of a conversation is on other relays, too; false for none open, and where no relay has spoken of others. */
export function useIsReplicated(held: OpenConversation | undefined): boolean {
  const segments = held?.segments
  const subscribe = useCallback((listener: () => void) => segments?.subscribeStatus(listener) ?? NOTHING, [segments])
  return useSyncExternalStore(subscribe, () => segments?.replicated ?? false)
}

/** How many messages of an open conversation hold words that no relay has acknowledged; 0 for none open. */
export function useWaitingMessages(held: OpenConversation | undefined): number {
  const segments = held?.segments
  const subscribe = useCallback((listener: () => void) => segments?.subscribeStatus(listener) ?? NOTHING, [segments])
  return useSyncExternalStore(subscribe, () => segments?.waitingMessages ?? 0)
}
