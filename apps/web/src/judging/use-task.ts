import { claimTask, TASK_LEASE_MS, type TaskOutcome } from "@polylogue/conversation"
import { useReplicaStatus } from "@polylogue/react"
import { useEffect, useState } from "react"
import { useNow } from "../frame/now.ts"
import { duration } from "../frame/relative-time.ts"
import type { RoundTasks } from "./round-tasks.ts"

/** A question that one is at is kept for as long again after so many ms. */
const RENEWED_MS = TASK_LEASE_MS / 3

/**
 * Keeps a question for whoever is at it, as long as it is on screen, and for good once it is judged; says how long it is theirs. Without a relay nothing can be
 * kept, which keeps nobody from judging. "" where there is nothing to say.
 */
export function useTask(tasks: RoundTasks | undefined, itemId: string | undefined, done: boolean): string {
  const { connection, relayTimeOffsetMs } = useReplicaStatus()
  const now = useNow()
  const [outcome, setOutcome] = useState<{ readonly itemId: string; readonly state: TaskOutcome["state"] }>()
  const online = connection === "online"
  const desk = tasks?.desk
  // The desk is another object whenever something is heard of the registers: asking again then would go on for ever.
  const [key, places] = [desk?.roundDocument, desk?.places]
  useEffect(() => {
    if (desk === undefined || itemId === undefined || !online) return
    let gone = false
    const ask = async (): Promise<void> => {
      const { state } = await claimTask(desk, itemId, { finished: done })
      if (!gone) setOutcome({ itemId, state })
    }
    const claim = (): void => void ask().catch(() => undefined)
    claim()
    const timer = setInterval(claim, RENEWED_MS)
    return () => {
      gone = true
      clearInterval(timer)
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- reason: see above; what the desk stands on is named.
  }, [key, places, itemId, done, online])
  if (tasks === undefined || itemId === undefined) return ""
  const own = tasks.holdersOf(itemId).find(({ annotator }) => annotator === tasks.desk.annotator)
  if (own?.finished === true) return "yours"
  if (own?.until != null) return `yours for ${duration(Math.max(0, own.until - relayTimeOffsetMs - now))}`
  if (!online) return "not kept for you: no relay is in reach"
  return outcome?.itemId === itemId && outcome.state === "taken" ? "others have it; you can judge it all the same" : ""
}
