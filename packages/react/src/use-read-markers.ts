import { type ConversationCard, ReadMarkers, userHomeDocumentId } from "@polylogue/conversation"
import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react"
import { usePolylogue } from "./polylogue.ts"
import { useDocument } from "./use-document.ts"

const NOTHING = (): void => {}

/** How far whoever writes here has read, from their private document, kept open as long as a component uses it; `undefined` while it opens, or if it cannot. */
export function useReadMarkers(): ReadMarkers | undefined {
  const { author, now, pool, replica, user, writer } = usePolylogue()
  const document = useDocument(userHomeDocumentId(user ?? author.id))
  return useMemo(() => {
    if (document.state !== "open") return undefined
    const relayNow = (): number => now() + replica.status.relayTimeOffsetMs
    return pool.view(document, ReadMarkers, ({ ydoc }) => new ReadMarkers(ydoc, { writer, now, relayNow }))
  }, [document, now, pool, replica, writer])
}

/** Whether a conversation is to be shown as unread; renders again only when that changes. */
export function useUnread(card: ConversationCard): boolean {
  const { author } = usePolylogue()
  const markers = useReadMarkers()
  const { id, lastActivity, lastAuthorId } = card
  const subscribe = useCallback((listener: () => void) => markers?.subscribe(id, listener) ?? NOTHING, [markers, id])
  return useSyncExternalStore(
    subscribe,
    () => markers?.isUnread(id, { clock: lastActivity, byOneself: lastAuthorId === author.id }) ?? false,
  )
}

/**
 * Counts what is there as read for somebody who comes for the first time, once their private document has arrived from a relay that awaits no other one:
 * until then it may be that they have read on another device.
 */
export function useBeginReading(): void {
  const { author, now, user } = usePolylogue()
  const markers = useReadMarkers()
  const document = useDocument(userHomeDocumentId(user ?? author.id))
  const open = document.state === "open" ? document.document : undefined
  useEffect(() => {
    if (open === undefined || markers === undefined) return
    const begin = (): void => {
      const { synced, relayAwaits } = open.status
      if (synced && !relayAwaits && !markers.begun) markers.setAllRead(now())
    }
    begin()
    return open.subscribe(begin)
  }, [open, markers, now])
}
