import { type OpenConversation, useSegments } from "@polylogue/react"
import { useEffect, useState } from "react"
import type { Choices } from "./use-choices.ts"

/**
 * Whether a conversation can be shown where it was left: it is known which branch one looked at, and the segment in which that one ends is here, or
 * cannot be had. Once true it stays so, whatever is looked at on another device meanwhile.
 */
export function useBegun(held: OpenConversation, { ready, tip }: Choices): boolean {
  const { segments, conversation } = held
  const { hasOlder, failed } = useSegments(held)
  const [begun, setBegun] = useState(false)
  const reached = tip === null || !hasOlder || failed || conversation.oldestSegment <= tip.segment
  useEffect(() => {
    if (!begun && ready && tip !== null) segments.loadTo(tip.segment)
  }, [begun, ready, tip, segments])
  if (!begun && ready && reached) setBegun(true)
  return begun || (ready && reached)
}
