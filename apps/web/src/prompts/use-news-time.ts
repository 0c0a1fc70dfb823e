import { useReplicaStatus } from "@polylogue/react"
import { useNow } from "../frame/now.ts"
import type { NewsTime } from "./publish-words.ts"

/** What tells how old the news of labels is; renders again with the connection and, every 15 s, the clock. */
export function useNewsTime(): NewsTime {
  const status = useReplicaStatus()
  const now = useNow()
  return { status, now: Math.max(now, status.since) }
}
