import type { Safety } from "@polylogue/replica"
import { useCallback, useSyncExternalStore } from "react"
import type { OpenDocument } from "./document-pool.ts"
import { usePolylogue } from "./polylogue.ts"
import type { OpenConversation } from "./use-conversation.ts"
import { WaitingMessages } from "./waiting-messages.ts"

/**
 * Where the words of message `id` are: in this tab's memory, on this device, or on a relay. The least safe word decides, and nothing
 * is claimed that was not acknowledged.
 */
export function useMessageSafety(open: OpenDocument, id: string): Safety {
  const { pool } = usePolylogue()
  const { document } = open
  const subscribe = useCallback((listener: () => void) => document.subscribe(listener), [document])
  return useSyncExternalStore(subscribe, () => pool.view(open, WaitingMessages, makeWaiting).safetyOf(id))
}

/** How many messages of an open conversation hold words that no relay has acknowledged; 0 for none open. */
export function useWaitingMessages(held: OpenConversation | undefined): number {
  const { pool } = usePolylogue()
  const open = held?.open
  const subscribe = useCallback((listener: () => void) => open?.document.subscribe(listener) ?? NOTHING, [open])
  return useSyncExternalStore(subscribe, () => (open === undefined ? 0 : pool.view(open, WaitingMessages, makeWaiting).count))
}

const NOTHING = (): void => {}

function makeWaiting(open: OpenDocument): WaitingMessages {
  return new WaitingMessages(open)
}
