import { useReplicaStatus } from "@polylogue/react"
import { createContext, type ReactNode, useState } from "react"
import { FIRST_LINK, nextLink } from "./link.ts"

/** How the connection went since the app started. */
export const LinkContext = createContext(FIRST_LINK)

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
