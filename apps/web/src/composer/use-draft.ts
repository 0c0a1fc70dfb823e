import type { OpenConversation } from "@polylogue/react"
import { useCallback, useEffect, useState } from "react"
import { watchStored } from "../device/stored-value.ts"
import { draftKey, draftResumed, draftSent, draftStored, readDraft, writeDraft } from "./draft.ts"

interface DraftHandle {
  readonly text: string
  readonly setText: (text: string) => void
  /** To be called in the same turn in which message `messageId` was written into the document. */
  readonly sent: (messageId: string, text: string) => void
}

/** The draft of an open conversation, on this device and in all its tabs. */
export function useDraft(held: OpenConversation): DraftHandle {
  const { conversationId, open } = held
  const [text, setState] = useState(() => resume(held))
  useEffect(
    () =>
      watchStored(draftKey(conversationId), () => {
        setState(readDraft(conversationId).text)
      }),
    [conversationId],
  )
  const setText = useCallback((next: string) => writeDraft(conversationId, { ...readDraft(conversationId), text: next }), [conversationId])
  const sent = useCallback(
    (messageId: string, sentText: string) => {
      writeDraft(conversationId, draftSent(readDraft(conversationId), { messageId, text: sentText }))
      const stored = (): void => writeDraft(conversationId, draftStored(readDraft(conversationId), messageId))
      // A rejection leaves the text beside the draft: it comes back when the conversation is opened the next time.
      open.document.whenDurable("local").then(stored, () => {})
    },
    [conversationId, open],
  )
  return { text, setText, sent }
}

function resume({ conversationId, conversation }: OpenConversation): string {
  const draft = readDraft(conversationId)
  const resumed = draftResumed(draft, (id) => conversation.getTree().nodes.has(id))
  if (resumed !== draft) writeDraft(conversationId, resumed)
  return resumed.text
}
