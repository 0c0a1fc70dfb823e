import type { Message } from "@polylogue/conversation"
import { Icon } from "../frame/icon.tsx"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { useMedia } from "../frame/use-media.ts"
import { CopyButton } from "../frame/copy-button.tsx"
import { FeedbackButtons } from "./feedback.tsx"
import { useMessageExtras } from "./message-extras.ts"
import { OFFERED_REACTIONS, ReactionPicker } from "./reactions.tsx"

interface MessageActionsProps {
  readonly message: Message
  readonly ownId: string
  readonly own: boolean
  /** Writes another version beside it: of one's own message from its words, of another's from none. */
  readonly onEdit: () => void
  /** Writes another version of what answers it; undefined where nothing does. */
  readonly onGoOn: (() => void) | undefined
  readonly onReact: (emoji: string) => void
  readonly onDelete: () => void
  readonly onErase: () => void
}

/** What one can do with a message: quiet until the pointer or the focus is on it; a menu where there is no pointer that hovers. */
export function MessageActions(props: MessageActionsProps) {
  const { message, ownId, onEdit, onReact, onDelete, onErase } = props
  const touch = useMedia("(hover: none)")
  const extras = useMessageExtras(message)
  if (touch) return <ActionMenu {...props} />
  return (
    <span className="message-actions" role="group" aria-label="Actions">
      {isAnswer(message) && <FeedbackButtons message={message} ownId={ownId} />}
      <ReactionPicker onReact={onReact} />
      <CopyButton text={message.text} label="Copy message" />
      {!message.streaming && (
        <button type="button" className="icon-button" aria-label={editWords(props)} title={editWords(props)} onClick={onEdit}>
          <Icon name={props.own ? "edit" : "branch"} />
        </button>
      )}
      <button type="button" className="icon-button" aria-label="Delete message" title="Delete message" onClick={onDelete}>
        <Icon name="trash" />
      </button>
      <Menu
        label="More actions"
        items={[...extras, ...goOnItem(props), { label: "Erase for good", icon: "erase", danger: true, run: onErase }]}
      />
    </span>
  )
}

/** Whether people may say what they think of it: an answer of a model, not a turn of a person. */
function isAnswer({ role, streaming }: Message): boolean {
  return role === "assistant" && !streaming
}

function editWords({ message, own }: MessageActionsProps): string {
  if (own) return "Edit message"
  return message.role === "assistant" ? "Write another answer" : "Write another version"
}

function goOnItem({ onGoOn }: MessageActionsProps): readonly MenuItem[] {
  return onGoOn === undefined ? [] : [{ label: "Go on otherwise from here", icon: "branch", run: onGoOn }]
}

function ActionMenu(props: MessageActionsProps) {
  const { message, ownId, own, onEdit, onReact, onDelete, onErase } = props
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
          ...(message.streaming ? [] : [{ label: editWords(props), icon: own ? "edit" : "branch", run: onEdit } as const]),
          ...OFFERED_REACTIONS.slice(0, 3).map((emoji) => ({ label: `React ${emoji}`, icon: "smile", run: () => onReact(emoji) }) as const),
          ...extras,
          ...goOnItem(props),
          { label: "Delete message", icon: "trash", danger: true, run: onDelete },
          { label: "Erase for good", icon: "erase", danger: true, run: onErase },
        ]}
      />
    </span>
  )
}
