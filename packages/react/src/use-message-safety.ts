import type { Safety } from "@polylogue/replica"
import { useCallback, useSyncExternalStore } from "react"
import type { OpenDocument } from "./document-pool.ts"
import { messageExtent } from "./message-extent.ts"

/**
 * Where the words of message `id` are: in this tab's memory, on this device, or on a relay. The least safe word decides, and nothing
 * is claimed that was not acknowledged.
 */
export function useMessageSafety(open: OpenDocument, id: string): Safety {
  const { document } = open
  const subscribe = useCallback((listener: () => void) => document.subscribe(listener), [document])
  return useSyncExternalStore(subscribe, () => messageSafety(open, id))
}

/** What {@link useMessageSafety} answers, now. */
export function messageSafety({ document, ydoc }: OpenDocument, id: string): Safety {
  const { unsavedUpdates, waitingRows } = document.status
  if (unsavedUpdates === 0 && waitingRows === 0) return "stored"
  let safety: Safety = "stored"
  for (const { client, clock } of messageExtent(ydoc, id)) {
    const one = document.safetyOf(client, clock)
    if (one === "memory") return one
    if (one === "local") safety = one
  }
  return safety
}
