import { type OpenConversation, useReplicaStatus, useWaitingMessages } from "@polylogue/react"
import { createContext, type ReactNode, useContext, useState } from "react"
import { useNow } from "../frame/now.ts"
import { FIRST_LINK, nextLink } from "./link.ts"
import { type StatusSentence, statusSentence } from "./status-sentence.ts"

const LinkContext = createContext(FIRST_LINK)

/** Follows the connection from the moment the app started, for all that tell of it. */
export function LinkProvider({ children }: { readonly children: ReactNode }) {
  const { connection, since, cutOff } = useReplicaStatus()
  const [link, setLink] = useState(FIRST_LINK)
  const [seen, setSeen] = useState<string>()
  // What somebody wanted is no loss of the connection: switched back, it is a start.
  const heard = cutOff ? "cut off" : connection
  let current = link
  if (seen !== heard) {
    current = cutOff ? FIRST_LINK : nextLink(link, connection, since)
    setSeen(heard)
    setLink(current)
  }
  return <LinkContext value={current}>{children}</LinkContext>
}

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
