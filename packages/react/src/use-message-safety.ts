import type { Safety } from "@polylogue/replica"
import { useCallback, useSyncExternalStore } from "react"
import type { OpenConversation } from "./use-conversation.ts"

const NOTHING = (): void => {}

/**
 * Where the words of message `id` are: in this tab's memory, on this device, or on a relay. The least safe word decides, and nothing
 * is claimed that was not acknowledged.
 */
export function useMessageSafety({ segments }: OpenConversation, id: string): Safety {
  const subscribe = useCallback((listener: () => void) => segments.subscribeStatus(listener), [segments])
  return useSyncExternalStore(subscribe, () => segments.safetyOf(id))
}

/** How many messages of an open conversation hold words that no relay has acknowledged; 0 for none open. */
export function useWaitingMessages(held: OpenConversation | undefined): number {
  const segments = held?.segments
  const subscribe = useCallback((listener: () => void) => segments?.subscribeStatus(listener) ?? NOTHING, [segments])
  return useSyncExternalStore(subscribe, () => segments?.waitingMessages ?? 0)
}
