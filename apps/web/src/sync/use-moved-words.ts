import { useEffect, useState } from "react"
import { relayName } from "./relay-lines.ts"
import { type RelayMove, useRelayMove } from "./relay-moves.ts"

/** How long the frame says that the device has moved; the details go on saying it. */
const SHOWN_MS = 8_000

/** What the frame says of a move to another relay, for a while after it. */
export function useMovedWords(): string | undefined {
  const move = useRelayMove()
  const [past, setPast] = useState<RelayMove>()
  useEffect(() => {
    if (move === undefined) return
    const timer = setTimeout(() => setPast(move), Math.max(0, move.at + SHOWN_MS - Date.now()))
    return () => clearTimeout(timer)
  }, [move])
  return move === undefined || move === past ? undefined : `Moved to ${relayName(move.to)}`
}
