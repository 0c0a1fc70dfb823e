import { type OpenConversation, useConversationStatus, useMessage, useSegments } from "@polylogue/react"
import { type KeyboardEvent, useEffect, useRef } from "react"
import { cutText } from "../conversation-list/card-text.ts"
import { moveByArrows } from "../frame/arrow-keys.ts"
import { Icon } from "../frame/icon.tsx"
import { navigateToMessage } from "../frame/route.ts"
import { authorOf } from "./message-author.ts"
import { messageSummary } from "./message-summary.ts"

const MAX_SUMMARY_LENGTH = 200

interface PinnedListProps {
  readonly held: OpenConversation
  readonly ids: readonly string[]
  readonly onLeave: () => void
}

/** The pinned messages, with who wrote them and the way to each. */
export default function PinnedList({ held, ids, onLeave }: PinnedListProps) {
  const { hasOlder } = useSegments(held)
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => list.current?.querySelector("button")?.focus(), [])
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.key === "Escape") {
      event.stopPropagation()
      onLeave()
    }
    moveByArrows(event, ".pinned-open", "li")
  }
  return (
    <>
      {/* reason: arrows go from one entry to the next, as in a menu; each entry is a button. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <ul ref={list} className="pinned-list" onKeyDown={onKeyDown}>
        {ids.map((id) => (
          <PinnedItem key={id} held={held} id={id} onLeave={onLeave} />
        ))}
      </ul>
      {hasOlder && <p className="pinned-note">Older messages are not loaded yet; what is pinned there shows once they are.</p>}
    </>
  )
}

function PinnedItem({ held, id, onLeave }: { readonly held: OpenConversation; readonly id: string; readonly onLeave: () => void }) {
  const message = useMessage(held.conversation, id)
  const { mayWrite } = useConversationStatus(held)
  if (message === undefined) return null
  const words = cutText(messageSummary(message), MAX_SUMMARY_LENGTH)
  return (
    <li>
      <button
        type="button"
        className="menu-item pinned-open"
        aria-label={`${authorOf(message)}: ${words}`}
        onClick={() => {
          onLeave()
          navigateToMessage(held.conversationId, id)
        }}
      >
        <span className="pinned-words">
          <span className="pinned-author" dir="auto">
            {authorOf(message)}
          </span>
          <span className="pinned-text" dir="auto">
            {words}
          </span>
        </span>
      </button>
      {mayWrite !== false && (
        <button
          type="button"
          className="icon-button"
          aria-label="Unpin"
          title="Unpin"
          onClick={() => {
            if (held.conversation.getPinned().length === 1) onLeave()
            held.conversation.setPinned(id, false)
          }}
        >
          <Icon name="close" size={14} />
        </button>
      )}
    </li>
  )
}
