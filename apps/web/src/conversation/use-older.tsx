import type { LineEntry } from "@polylogue/conversation"
import { type OpenConversation, useSegments } from "@polylogue/react"
import { type ReactNode, type RefObject, useCallback, useEffect, useState } from "react"
import type { VirtualizerHandle } from "virtua"

/** Older messages are asked for when so many screens of them are left above: they are here before one comes to the top. */
const AHEAD_SCREENS = 3

/** What the list of a long conversation needs to grow at its beginning. */
export interface Older {
  /** All that is new in the line stands in front: the list keeps its place from its end. */
  readonly prepended: boolean
  /** To be called with the place of the viewport, in px. */
  readonly onScroll: (offset: number) => void
  /** What is said about older messages, if anything. */
  readonly note: ReactNode
}

/** Loads older messages as one scrolls towards them. */
export function useOlder(
  held: OpenConversation,
  line: readonly LineEntry[],
  virtualizer: RefObject<VirtualizerHandle | null>,
  onScroll: (offset: number) => void,
): Older {
  const { segments } = held
  const { hasOlder, loading, failed } = useSegments(held)
  const look = useCallback(
    (offset: number) => {
      const handle = virtualizer.current
      if (hasOlder && handle !== null && offset < AHEAD_SCREENS * handle.viewportSize) segments.loadOlder()
    },
    [hasOlder, segments, virtualizer],
  )
  // What is loaded may not fill the plane, and nothing scrolls then.
  useEffect(() => {
    if (!loading) look(virtualizer.current?.scrollOffset ?? 0)
  }, [loading, look, virtualizer])
  const scrolled = useCallback(
    (offset: number) => {
      onScroll(offset)
      look(offset)
    },
    [onScroll, look],
  )
  const lost = failed && hasOlder
  return {
    prepended: usePrepended(line),
    onScroll: scrolled,
    note: (loading || lost) && (
      <p className="older-messages" role="status">
        {lost ? "Older messages cannot be read from this device." : "Loading older messages"}
      </p>
    ),
  }
}

/** Whether the messages of `line` that are new stand before all that were in the one before. */
function usePrepended(line: readonly LineEntry[]): boolean {
  const [seen, setSeen] = useState({ line, prepended: false })
  const prepended = seen.line === line ? seen.prepended : isPrepended(seen.line, line)
  if (seen.line !== line) setSeen({ line, prepended })
  return prepended
}

/** Whether `after` is `before` with further messages in front, and nothing else. */
export function isPrepended(before: readonly LineEntry[], after: readonly LineEntry[]): boolean {
  const first = before[0]?.id
  if (first === undefined || after.length <= before.length || after[0]?.id === first) return false
  const last = before.at(-1)?.id
  return after.at(-1)?.id === last && after[after.length - before.length]?.id === first
}
