import type { ConversationOptions } from "@polylogue/conversation"
import { type OpenConversation, usePolylogue } from "@polylogue/react"
import { useMemo } from "react"
import type * as Y from "yjs"
import { writingOptions } from "../device/writing-options.ts"

/** What writes beside the messages of a conversation needs: who writes, and the document in which a message stands. */
export interface SegmentWriting {
  readonly options: ConversationOptions
  readonly documentOf: (messageId: string) => Y.Doc
}

export function useSegmentWriting({ conversation, open }: OpenConversation): SegmentWriting {
  const polylogue = usePolylogue()
  return useMemo(
    () => ({
      options: writingOptions(polylogue),
      documentOf: (messageId) => conversation.documents.get(conversation.segmentsOf(messageId)[0] ?? 0) ?? open.ydoc,
    }),
    [polylogue, conversation, open],
  )
}
