import { type RetrievalRecord, retrievalsOf, subscribeRetrievals } from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import type { OpenConversation } from "./use-conversation.ts"

const NONE: readonly RetrievalRecord[] = Object.freeze([])

/** What was found for a message, in whichever of the segments that are here, oldest first; renders again only when that changes. */
export function useRetrievals(held: OpenConversation, messageId: string): readonly RetrievalRecord[] {
  const subscribe = useCallback((listener: () => void) => subscribeAll(held, messageId, listener), [held, messageId])
  const read = useMemo(() => joinedReader(held, messageId), [held, messageId])
  return useSyncExternalStore(subscribe, read)
}

function subscribeAll({ conversation, segments }: OpenConversation, messageId: string, listener: () => void): () => void {
  const stops: (() => void)[] = []
  const follow = (): void => {
    for (const stop of stops.splice(0)) stop()
    for (const ydoc of conversation.documents.values()) stops.push(subscribeRetrievals(ydoc, messageId, listener))
  }
  follow()
  const stopSegments = segments.subscribe(() => {
    follow()
    listener()
  })
  return () => {
    stopSegments()
    for (const stop of stops.splice(0)) stop()
  }
}

/** Reads what all segments have; the same array until that of a segment changes. */
function joinedReader({ conversation }: OpenConversation, messageId: string): () => readonly RetrievalRecord[] {
  let parts: readonly (readonly RetrievalRecord[])[] = []
  let joined = NONE
  return () => {
    const now = [...conversation.documents.values()].map((ydoc) => retrievalsOf(ydoc, messageId)).filter(({ length }) => length > 0)
    if (now.length === parts.length && now.every((part, at) => part === parts[at])) return joined
    parts = now
    // A message that stands in two segments has its retrievals in one of them, or by an import in both.
    joined = now.length < 2 ? (now[0] ?? NONE) : [...new Map(now.flat().map((record) => [record.id, record])).values()]
    return joined
  }
}
