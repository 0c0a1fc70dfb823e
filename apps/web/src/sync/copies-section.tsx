import { type OpenConversation, useConversationStatus, useIsReplicated } from "@polylogue/react"
import { useCallback, useSyncExternalStore } from "react"
import { copiesFact } from "./copies-words.ts"
import { DetailSection, Fact } from "./detail-section.tsx"

/** On how many relays the conversation on screen is. Says nothing where nothing is known of it. */
export function CopiesSection({ held }: { readonly held: OpenConversation }) {
  const { otherRelays, synced, unsavedUpdates, waitingRows } = useConversationStatus(held)
  const replicated = useIsReplicated(held)
  const onOne = useMessagesOnOne(held, otherRelays > 0 && !replicated)
  const fact = copiesFact({ otherRelays, replicated, onOne, waits: unsavedUpdates + waitingRows > 0, synced })
  if (fact === undefined) return null
  const [term, value] = fact
  return (
    <DetailSection title="Copies of this conversation">
      <Fact term={term}>{value}</Fact>
    </DetailSection>
  )
}

/** How many messages one relay has, and no other one as far as was told; counted only when `asked`. */
function useMessagesOnOne({ conversation, segments }: OpenConversation, asked: boolean): number {
  const subscribe = useCallback((listener: () => void) => segments.subscribeStatus(listener), [segments])
  return useSyncExternalStore(subscribe, () => {
    if (!asked) return 0
    return [...conversation.getTree().nodes.keys()].filter((id) => segments.safetyOf(id) === "stored").length
  })
}
