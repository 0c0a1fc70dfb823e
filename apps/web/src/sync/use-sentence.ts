import { type OpenConversation, useReplicaStatus, useWaitingMessages } from "@polylogue/react"
import { useContext } from "react"
import { useNow } from "../frame/now.ts"
import { LinkContext } from "./link-context.tsx"
import { type StatusSentence, statusSentence } from "./status-sentence.ts"

/** The frame's sentence on safety and how many messages of the open conversation wait; renders again when one, or the minute, changes. */
export function useSentence(held: OpenConversation | undefined): { readonly sentence: StatusSentence; readonly waitingMessages: number } {
  const status = useReplicaStatus()
  const link = useContext(LinkContext)
  const now = useNow()
  const waitingMessages = useWaitingMessages(held)
  return {
    sentence: statusSentence({ link, status, waitingMessages, now: Math.max(now, "since" in link ? link.since : 0) }),
    waitingMessages,
  }
}
