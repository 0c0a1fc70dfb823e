import { useCallback } from "react"
import type { ConversationScope } from "../conversation/conversation-scope.ts"
import { useToast } from "../frame/toast.tsx"
import { useMedia } from "../frame/use-media.ts"
import { type Attaching, besideOf } from "./beside.ts"
import { chosenPlace } from "./chosen-place.ts"

/** Below this width the margin lies over the text; `frame.css` uses the same. */
const COVERED = "(max-width: 1099px)"

/** What attaches something to the words of its message that are chosen; without any it waits for them, and the bar at chosen words offers it. */
export function useAttach({ held, mayWrite }: ConversationScope): (attaching: Attaching) => void {
  const toast = useToast()
  const covered = useMedia(COVERED)
  return useCallback(
    (attaching) => {
      if (!mayWrite()) return
      const { conversation } = held
      const place = chosenPlace(document.getSelection(), conversation)
      if (place?.messageId === attaching.messageId && place.partId === attaching.partId) {
        besideOf(conversation).attached()
        return attaching.attach(place)
      }
      besideOf(conversation).attach(attaching, covered)
      toast({ text: "Choose the words in its message, then press Attach." })
    },
    [held, mayWrite, toast, covered],
  )
}
