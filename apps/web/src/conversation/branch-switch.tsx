import type { Conversation, LineEntry } from "@polylogue/conversation"
import { Icon } from "../frame/icon.tsx"
import { exactDate } from "../frame/relative-time.ts"

interface BranchSwitchProps {
  readonly entry: LineEntry
  readonly conversation: Conversation
  readonly onChoose: (entry: LineEntry, id: string) => void
}

/** ‹ 2/3 ›: which alternative of a message is shown, and who wrote the ones beside it, and when. */
export function BranchSwitch({ entry, conversation, onChoose }: BranchSwitchProps) {
  const { alternatives, index } = entry
  if (alternatives.length < 2) return null
  const step = (by: -1 | 1) => {
    const id = alternatives[index + by]
    const message = id === undefined ? undefined : conversation.getMessage(id)
    const written = message?.createdAt == null ? "" : `, ${exactDate(message.createdAt)}`
    const direction = by === -1 ? "Previous version" : "Next version"
    const label = message === undefined ? direction : `${direction}: ${message.authorName ?? message.role}${written}`
    return (
      <button
        type="button"
        className="icon-button branch-step"
        aria-label={label}
        title={label}
        disabled={id === undefined}
        onClick={() => {
          if (id !== undefined) onChoose(entry, id)
        }}
      >
        <Icon name={by === -1 ? "previous" : "next"} size={14} />
      </button>
    )
  }
  return (
    <span className="branch-switch" role="group" aria-label={`Version ${index + 1} of ${alternatives.length}`}>
      {step(-1)}
      <span className="branch-place">
        {index + 1}/{alternatives.length}
      </span>
      {step(1)}
    </span>
  )
}
