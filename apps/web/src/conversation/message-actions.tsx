import type { Message } from "@polylogue/conversation"
import { Icon } from "../frame/icon.tsx"
import { Menu } from "../frame/menu.tsx"
import { useMedia } from "../frame/use-media.ts"
import { CopyButton } from "../frame/copy-button.tsx"
import { FeedbackButtons } from "./feedback.tsx"
import { useMessageExtras } from "./message-extras.ts"
import { OFFERED_REACTIONS, ReactionPicker } from "./reactions.tsx"

interface MessageActionsProps {
  readonly message: Message
  readonly ownId: string
  readonly editable: boolean
  readonly onEdit: () => void
  readonly onReact: (emoji: string) => void
  readonly onDelete: () => void
  readonly onErase: () => void
}

/** What one can do with a message: quiet until the pointer or the focus is on it; a menu where there is no pointer that hovers. */
export function MessageActions(props: MessageActionsProps) {
  const { message, ownId, editable, onEdit, onReact, onDelete, onErase } = props
  const touch = useMedia("(hover: none)")
  const extras = useMessageExtras(message)
  if (touch) return <ActionMenu {...props} />
  return (
    <span className="message-actions" role="group" aria-label="Actions">
      {isAnswer(message) && <FeedbackButtons message={message} ownId={ownId} />}
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
      <Menu label="More actions" items={[...extras, { label: "Erase for good", icon: "erase", danger: true, run: onErase }]} />
    </span>
  )
}

/** Whether people may say what they think of it: an answer of a model, not a turn of a person. */
function isAnswer({ role, streaming }: Message): boolean {
  return role === "assistant" && !streaming
}

function ActionMenu({ message, ownId, editable, onEdit, onReact, onDelete, onErase }: MessageActionsProps) {
  const extras = useMessageExtras(message)
  const copy = (): void => {
    // A browser that refuses leaves the text on screen, where it can be selected.
    navigator.clipboard.writeText(message.text).catch(() => {})
  }
  return (
    <span className="message-actions">
      {isAnswer(message) && <FeedbackButtons message={message} ownId={ownId} />}
      <Menu
        label="Message actions"
        items={[
          { label: "Copy message", icon: "copy", run: copy },
          ...(editable ? [{ label: "Edit message", icon: "edit", run: onEdit } as const] : []),
          ...OFFERED_REACTIONS.slice(0, 3).map((emoji) => ({ label: `React ${emoji}`, icon: "smile", run: () => onReact(emoji) }) as const),
          ...extras,
          { label: "Delete message", icon: "trash", danger: true, run: onDelete },
          { label: "Erase for good", icon: "erase", danger: true, run: onErase },
        ]}
      />
    </span>
  )
}
