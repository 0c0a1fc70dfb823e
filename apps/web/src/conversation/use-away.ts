import type { LineEntry } from "@polylogue/conversation"
import { type OpenConversation, useConversationStatus, useReadMarkers, useSegments } from "@polylogue/react"
import { useEffect, useRef, useState } from "react"
import { type Away, awaySince } from "./away.ts"

interface Opened {
  /** How far its reader had read, by the clock of messages; `Infinity` where that is not known. */
  readonly since: number
  readonly line: readonly LineEntry[]
  readonly away: Away | undefined
  /** What was missing has arrived: what comes now comes while one reads. */
  readonly settled: boolean
  /** How many messages that came into older segments are in it. */
  readonly late: number
}

/**
 * What came while one was away, from where one had read to when the conversation was opened, or the window looked at again. It stays the same until one
 * leaves. `undefined` when nothing came.
 */
export function useAway(held: OpenConversation, line: readonly LineEntry[], ownId: string): Away | undefined {
  const { conversation, conversationId } = held
  const markers = useReadMarkers()
  const { synced } = useConversationStatus(held)
  const { late } = useSegments(held)
  const [opened, setOpened] = useState<Opened>()
  let now = opened
  if (now === undefined && markers !== undefined) {
    const since = markers.get(conversationId)?.clock ?? Infinity
    now = { since, line, away: awaySince(conversation, line, since, ownId, late), settled: synced, late: countIn(line, late) }
  } else if (now !== undefined && late.size > 0 && now.line !== line && countIn(line, late) > now.late) {
    // The first ones of it may be far above: the divider stands there from now on.
    const away = awaySince(conversation, line, now.away === undefined ? Infinity : now.since, ownId, late)
    now = { ...now, line, away, late: countIn(line, late) }
  } else if (now !== undefined && !now.settled && (now.line !== line || synced)) {
    now = { ...now, line, away: awaySince(conversation, line, now.since, ownId, late), settled: synced, late: countIn(line, late) }
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
      if (away !== undefined) setOpened({ since, line: lineNow.current, away, settled: true, late: Infinity })
    }
    document.addEventListener("visibilitychange", lookAgain)
    return () => document.removeEventListener("visibilitychange", lookAgain)
  }, [conversation, conversationId, markers, ownId])
  return now?.away
}

function countIn(line: readonly LineEntry[], ids: ReadonlySet<string>): number {
  return ids.size === 0 ? 0 : line.reduce((count, { id }) => (ids.has(id) ? count + 1 : count), 0)
}
