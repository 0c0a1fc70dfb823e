import { type NewRetrieval, recordRetrieval, type RetrievalRecord, retrievalsOf, subscribeRetrievals } from "@polylogue/conversation"
import { useCallback, useMemo, useSyncExternalStore } from "react"
import { joinedLists } from "./joined-lists.ts"
import { usePolylogue } from "./polylogue.ts"
import { type OpenConversation, useSegments } from "./use-conversation.ts"
import { writingOptions } from "./writing-options.ts"

/** What was found for a message, oldest first, in whichever of the segments that are here it stands; renders again only when that changes. */
export function useRetrievals(held: OpenConversation, messageId: string): readonly RetrievalRecord[] {
  const { open } = useSegments(held)
  const read = useMemo(
    () => joinedLists(() => [...open.values()].map(({ ydoc }) => retrievalsOf(ydoc, messageId)).filter(({ length }) => length > 0)),
    [open, messageId],
  )
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = [...open.values()].map(({ ydoc }) => subscribeRetrievals(ydoc, messageId, listener))
      return () => stops.forEach((stop) => stop())
    },
    [open, messageId],
  )
  return useSyncExternalStore(subscribe, read)
}

/** Notes what was found for a message of an open conversation, as `recordRetrieval`, where the message stands; the same function as long as it is open. */
export function useRecordRetrieval({ conversation }: OpenConversation): (retrieval: NewRetrieval) => string {
  const polylogue = usePolylogue()
  return useCallback(
    (retrieval) => {
      const [segment = 0] = conversation.segmentsOf(retrieval.messageId)
      const ydoc = conversation.documents.get(segment)
      if (ydoc === undefined) throw new TypeError("a conversation that is open has the segments in which its messages stand")
      return recordRetrieval(ydoc, writingOptions(polylogue), retrieval)
    },
    [polylogue, conversation],
  )
}
