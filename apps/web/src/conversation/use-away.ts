import type { LineEntry } from "@polylogue/conversation"
import { type OpenConversation, useConversationStatus, useReadMarkers } from "@polylogue/react"
import { useEffect, useRef, useState } from "react"
import { type Away, awaySince } from "./away.ts"

interface Opened {
  /** How far its reader had read, by the clock of messages; `Infinity` where that is not known. */
  readonly since: number
  readonly line: readonly LineEntry[]
  readonly away: Away | undefined
  /** What was missing has arrived: what comes now comes while one reads. */
  readonly settled: boolean
}

/**
 * What came while one was away, from where one had read to when the conversation was opened, or the window looked at again. It stays the same until one
 * leaves. `undefined` when nothing came.
 */
export function useAway(held: OpenConversation, line: readonly LineEntry[], ownId: string): Away | undefined {
  const { conversation, conversationId } = held
  const markers = useReadMarkers()
  const { synced } = useConversationStatus(held)
  const [opened, setOpened] = useState<Opened>()
  let now = opened
  if (now === undefined && markers !== undefined) {
    const since = markers.get(conversationId)?.clock ?? Infinity
    now = { since, line, away: awaySince(conversation, line, since, ownId), settled: synced }
  } else if (now !== undefined && !now.settled && (now.line !== line || synced)) {
    now = { ...now, line, away: awaySince(conversation, line, now.since, ownId), settled: synced }
  }
  if (now !== opened) setOpened(now)

  const lineNow = useRef(line)
  useEffect(() => {
    lineNow.current = line
  }, [line])
  useEffect(() => {
    const lookAgain = (): void => {
      const since = markers?.get(conversationId)?.clock
      if (document.visibilityState !== "visible" || since === undefined) return
      const away = awaySince(conversation, lineNow.current, since, ownId)
      if (away !== undefined) setOpened({ since, line: lineNow.current, away, settled: true })
    }
    document.addEventListener("visibilitychange", lookAgain)
    return () => document.removeEventListener("visibilitychange", lookAgain)
  }, [conversation, conversationId, markers, ownId])
  return now?.away
}
