import type { LineEntry } from "@polylogue/conversation"
import type { OpenConversation } from "@polylogue/react"
import { Fragment, Suspense, useCallback, useMemo, useRef, useState } from "react"
import { Virtualizer, type VirtualizerHandle } from "virtua"
import { Icon } from "../frame/icon.tsx"
import { later } from "../frame/later.ts"
import { counted } from "../frame/relative-time.ts"
import { firstArrivals, nextArrivals, olderArrivals, seenArrivals } from "./arrivals.ts"
import { MessageRow, type RowHandlers } from "./message-row.tsx"
import { useAwayNews } from "./use-away-news.tsx"
import { useOlder } from "./use-older.tsx"
import { useReadingPosition } from "./use-reading-position.ts"
import { useShownMessage } from "../search/use-shown-message.ts"
import "./message-list.css"

// Keys mean something among the messages as soon as what knows them is there; where it never comes, the browser's own keys do.
let onMessageKey: typeof import("./message-keys.ts").onMessageKey | undefined
import("./message-keys.ts").then(
  (module) => (onMessageKey = module.onMessageKey),
  () => {},
)
const Announcer = later(import("./announcer.tsx").then((module) => module.Announcer))
const Branches = later(import("./branches.tsx").then((module) => module.Branches))

interface MessageListProps {
  readonly held: OpenConversation
  readonly line: readonly LineEntry[]
  readonly handlers: RowHandlers
  /** The message whose editor is open. */
  readonly editingId: string | undefined
}

/** The messages on screen and a little around them, of however many there are. */
export function MessageList({ held, line, handlers, editingId }: MessageListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useRef<VirtualizerHandle>(null)
  const { atEnd, onScroll, onResize, toEnd, toMessage } = useReadingPosition(held.conversationId, line, virtualizer)
  useShownMessage(held.conversationId, line, scroller, toMessage)
  const older = useOlder(held, line, virtualizer, onScroll)
  const news = useAwayNews({ held, line, ownId: handlers.ownId, atEnd, scroller, virtualizer })
  const [arrivals, setArrivals] = useState(() => firstArrivals(line))
  const [seenLine, setSeenLine] = useState(line)
  if (seenLine !== line) {
    setSeenLine(line)
    const isOwn = (id: string): boolean => held.conversation.getMessage(id)?.authorId === handlers.ownId
    setArrivals(nextArrivals(olderArrivals(arrivals, loadedOlder(held, seenLine, line)), line, isOwn))
  }
  if (atEnd && arrivals.unseen.length > 0) setArrivals(seenArrivals(arrivals))
  const [mapOpen, setMapOpen] = useState(false)
  const openMap = useCallback(() => setMapOpen(true), [])
  // Without this a row that has the focus would go from the page, and the focus with it; and so would an open editor.
  const [focused, setFocused] = useState<string>()
  const keepMounted = useMemo(() => {
    const kept = [focused, editingId].filter((id) => id !== undefined)
    return kept.length === 0 ? [] : line.flatMap(({ id }, index) => (kept.includes(id) ? [index] : []))
  }, [focused, editingId, line])

  return (
    <div className="message-plane">
      {/* reason: a plane that scrolls must be reachable by keyboard; the feed pattern has it so, and listens for the focus that moves within. */}
      {/* oxlint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={scroller}
        className="message-scroller"
        role="feed"
        aria-label="Messages"
        tabIndex={0}
        onFocus={(event) => setFocused(event.target.closest("[data-message-id]")?.getAttribute("data-message-id") ?? undefined)}
        onBlur={() => setFocused(undefined)}
        onKeyDown={(event) => onMessageKey?.(event, line, scroller.current, virtualizer.current)}
      >
        {/* oxlint-enable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions */}
        <Virtualizer
          ref={virtualizer}
          scrollRef={scroller}
          data={line}
          bufferSize={600}
          startMargin={START_MARGIN}
          keepMounted={keepMounted}
          shift={older.prepended}
          onScroll={older.onScroll}
          onResize={onResize}
        >
          {(entry, index) => (
            <Fragment key={entry.id}>
              {news.dividerBefore(entry.id)}
              <MessageRow
                held={held}
                entry={entry}
                place={index}
                count={line.length}
                editing={entry.id === editingId}
                arrivedLater={arrivals.late.has(entry.id)}
                nextId={line[index + 1]?.id}
                onMap={openMap}
                beside={entry.concurrent && isBeside(held, line, index)}
                handlers={handlers}
              />
            </Fragment>
          )}
        </Virtualizer>
      </div>
      {news.jump}
      {older.note}
      {!atEnd && (
        <button type="button" className="button to-end" onClick={toEnd}>
          <Icon name="down" size={14} />
          {arrivals.unseen.length > 0 ? counted(arrivals.unseen.length, "new message") : "To the end"}
        </button>
      )}
      <Suspense>
        <Branches held={held} line={line} open={mapOpen} onOpen={openMap} onClose={() => setMapOpen(false)} />
        <Announcer conversation={held.conversation} line={line} ownId={handlers.ownId} atEnd={atEnd} />
      </Suspense>
    </div>
  )
}

/** Space above the first message in px; `message-list.css` has the same. */
const START_MARGIN = 12

/** Whether an earlier turn of the line answers the same message. */
function isBeside({ conversation }: OpenConversation, line: readonly LineEntry[], index: number): boolean {
  const id = line[index]?.id
  if (id === undefined) return false
  const { nodes, roots, turnsAfter } = conversation.getTree()
  const parentId = nodes.get(id)?.parentId ?? null
  const turns = parentId === null || !nodes.has(parentId) ? roots : turnsAfter(parentId)
  return turns.findIndex((turn) => turn.members.includes(id)) > 0
}

/** What of a line was loaded from segments older than those in the line before, and so is no news; but for what came into those since one was here. */
function loadedOlder({ conversation, segments }: OpenConversation, before: readonly LineEntry[], after: readonly LineEntry[]) {
  const segmentOf = ({ id }: LineEntry): number => conversation.segmentsOf(id)[0] ?? 0
  const [first] = before
  if (first === undefined || after[0] === first) return []
  const oldest = segmentOf(first)
  const { late } = segments.state
  return after.filter((entry) => segmentOf(entry) < oldest && !late.has(entry.id))
}
