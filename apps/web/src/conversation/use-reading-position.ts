import type { LineEntry } from "@polylogue/conversation"
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react"
import type { VirtualizerHandle } from "virtua"

/** Nearer to the end than this, in px, one is reading along. */
const END_DISTANCE = 64

/** Where one is reading: the first message on screen and how far its top is above the edge; or the end. */
interface Position {
  readonly id: string | undefined
  readonly offset: number
  readonly atEnd: boolean
}

const positions = new Map<string, Position>()

/** Whether somebody reads in a conversation at a place before its end. */
export function isReadingBack(conversationId: string): boolean {
  return positions.get(conversationId)?.atEnd === false
}

interface ReadingPosition {
  readonly atEnd: boolean
  readonly onScroll: (offset: number) => void
  readonly onResize: () => void
  readonly toEnd: () => void
  /** Goes to a message of the line. Nothing that comes in moves it from there. */
  readonly toMessage: (id: string) => void
}

/**
 * Keeps what one reads where it is. At the end one stays at the end as text grows; anywhere else a message that comes in above moves nothing on
 * screen. A conversation opened again is where it was left.
 */
export function useReadingPosition(
  conversationId: string,
  line: readonly LineEntry[],
  virtualizer: RefObject<VirtualizerHandle | null>,
): ReadingPosition {
  const [atEnd, setAtEnd] = useState(() => positions.get(conversationId)?.atEnd ?? true)
  const position = useRef<Position>(positions.get(conversationId) ?? { id: undefined, offset: 0, atEnd: true })
  const entries = useRef(line)
  const toEnd = useCallback(() => {
    position.current = { ...position.current, atEnd: true }
    setAtEnd(true)
    const last = entries.current.length - 1
    if (last >= 0) virtualizer.current?.scrollToIndex(last, { align: "end" })
  }, [virtualizer])

  const toMessage = useCallback(
    (id: string) => {
      const index = entries.current.findIndex((entry) => entry.id === id)
      if (index === -1) return
      position.current = { id, offset: 0, atEnd: false }
      positions.set(conversationId, position.current)
      setAtEnd(false)
      virtualizer.current?.scrollToIndex(index, { align: "center" })
    },
    [conversationId, virtualizer],
  )

  const onScroll = useCallback(
    (offset: number) => {
      const handle = virtualizer.current
      if (handle === null) return
      const end = handle.scrollSize - handle.viewportSize - offset < END_DISTANCE
      const index = handle.findItemIndex(offset)
      position.current = { id: entries.current[index]?.id, offset: offset - handle.getItemOffset(index), atEnd: end }
      positions.set(conversationId, position.current)
      setAtEnd(end)
    },
    [conversationId, virtualizer],
  )

  const onResize = useCallback(() => {
    if (position.current.atEnd) toEnd()
  }, [toEnd])

  useLayoutEffect(() => {
    entries.current = line
    const { id, offset, atEnd: end } = position.current
    if (end) {
      toEnd()
      return
    }
    const handle = virtualizer.current
    const index = line.findIndex((entry) => entry.id === id)
    if (handle !== null && index !== -1) handle.scrollTo(handle.getItemOffset(index) + offset)
  }, [line, toEnd, virtualizer])

  // Heights are known one frame after the first render only.
  useEffect(() => {
    if (!position.current.atEnd) return
    // Somebody may have gone to a message meanwhile.
    const frame = requestAnimationFrame(() => {
      if (position.current.atEnd) toEnd()
    })
    return () => cancelAnimationFrame(frame)
  }, [toEnd])

  return { atEnd, onScroll, onResize, toEnd, toMessage }
}
