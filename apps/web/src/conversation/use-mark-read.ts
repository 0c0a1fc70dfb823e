import type { LineEntry } from "@polylogue/conversation"
import { type OpenConversation, useReadMarkers } from "@polylogue/react"
import { useEffect, useRef } from "react"

/** Whoever looks at the end for so long has read it. */
const LOOKED_MS = 1_000
/** Between two markers there is at least so much time, however fast messages come; the last one is written when one leaves. */
const BETWEEN_MS = 4_000

/**
 * Notes in the private document how far one has read: up to the newest message, while its end is on screen in a window that is looked at. At most one
 * entry every few seconds, and one when leaving.
 */
export function useMarkRead({ conversation, conversationId }: OpenConversation, line: readonly LineEntry[], atEnd: boolean): void {
  const markers = useReadMarkers()
  const written = useRef(0)
  const pending = useRef<() => void>(undefined)
  useEffect(() => {
    if (!atEnd || markers === undefined || line.length === 0) return
    const newest = newestOf(conversation.getTree().nodes.values())
    let timer: ReturnType<typeof setTimeout> | undefined
    const write = (): void => {
      if (pending.current === undefined || document.visibilityState !== "visible") return
      pending.current = undefined
      written.current = performance.now()
      markers.setRead(conversationId, newest)
    }
    const wait = (): void => {
      clearTimeout(timer)
      timer = setTimeout(write, Math.max(LOOKED_MS, written.current + BETWEEN_MS - performance.now()))
    }
    pending.current = write
    wait()
    document.addEventListener("visibilitychange", wait)
    return () => {
      clearTimeout(timer)
      document.removeEventListener("visibilitychange", wait)
    }
  }, [conversation, conversationId, markers, line, atEnd])
  useEffect(() => () => pending.current?.(), [])
}

/** The message with the greatest clock, on whatever branch: the list goes by that too. */
function newestOf(nodes: Iterable<{ readonly id: string; readonly clock: number }>): {
  readonly clock: number
  readonly id: string | null
} {
  let newest: { readonly clock: number; readonly id: string | null } = { clock: 0, id: null }
  for (const { id, clock } of nodes) if (clock > newest.clock) newest = { clock, id }
  return newest
}
