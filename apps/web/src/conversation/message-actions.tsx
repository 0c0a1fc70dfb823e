import type { Message } from "@polylogue/conversation"
import { Icon } from "../frame/icon.tsx"
import { CopyButton } from "./copy-button.tsx"
import { ReactionPicker } from "./reactions.tsx"

interface MessageActionsProps {
  readonly message: Message
  readonly editable: boolean
  readonly onEdit: () => void
  readonly onReact: (emoji: string) => void
  readonly onDelete: () => void
}

/** What one can do with a message. Quiet until the pointer or the focus is on it. */
export function MessageActions({ message, editable, onEdit, onReact, onDelete }: MessageActionsProps) {
  return (
    <span className="message-actions" role="group" aria-label="Actions">
      <ReactionPicker onReact={onReact} />
      <CopyButton text={message.text} label="Copy message" />
      {editable && (
        <button type="button" className="icon-button" aria-label="Edit message" title="Write a new version" onClick={onEdit}>
          <Icon name="edit" />
        </button>
      )}
      <button type="button" className="icon-button" aria-label="Delete message" title="Delete message" onClick={onDelete}>
        <Icon name="trash" />
      </button>
    </span>
  )
}
