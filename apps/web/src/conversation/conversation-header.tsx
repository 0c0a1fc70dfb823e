import type { ConversationCard } from "@polylogue/conversation"
import { type OpenConversation, usePresence, useTitle } from "@polylogue/react"
import { type ReactNode, useState } from "react"
import { UNTITLED } from "../conversation-list/card-text.ts"
import { TitleField } from "../conversation-list/title-field.tsx"
import { Icon } from "../frame/icon.tsx"
import { Menu } from "../frame/menu.tsx"
import { hrefOf } from "../frame/route.ts"
import { usePhone } from "../frame/use-media.ts"
import { Avatar } from "../identity/avatar.tsx"
import type { ExportFormat } from "../export/export-conversation.ts"

const MAX_AVATARS = 4

interface ConversationHeaderProps {
  readonly held: OpenConversation | undefined
  readonly card: ConversationCard | undefined
  readonly status: ReactNode
  readonly onRename: (title: string) => void
  readonly onDelete: () => void
  readonly onExport: (format: ExportFormat) => void
}

/** The head of the text: title, who else is here, how safe everything is, what one can do with the conversation. */
export function ConversationHeader(props: ConversationHeaderProps) {
  const { held, card, status, onRename, onDelete, onExport } = props
  const [renaming, setRenaming] = useState(false)
  const phone = usePhone()
  return (
    <header className="text-head">
      {phone && (
        <a className="icon-button" href={hrefOf(undefined)} aria-label="All conversations" title="All conversations">
          <Icon name="back" />
        </a>
      )}
      {renaming ? (
        <TitleField
          title={card?.title ?? ""}
          onDone={(title) => {
            setRenaming(false)
            if (title !== undefined) onRename(title)
          }}
        />
      ) : (
        <h2 className="text-title" dir="auto">
          <button type="button" className="text-title-button" title="Rename" onClick={() => setRenaming(true)}>
            {held === undefined ? (card?.title ?? "") : <Title held={held} card={card} />}
          </button>
        </h2>
      )}
      {held !== undefined && <Present held={held} />}
      {status}
      <Menu
        label="Conversation actions"
        items={[
          { label: "Rename", icon: "edit", run: () => setRenaming(true) },
          { label: "Export as Markdown", icon: "export", run: () => onExport("markdown") },
          { label: "Export as JSON", icon: "export", run: () => onExport("polylogue") },
          { label: "Delete", icon: "trash", danger: true, run: onDelete },
        ]}
      />
    </header>
  )
}

function Title({ held, card }: { readonly held: OpenConversation; readonly card: ConversationCard | undefined }) {
  const own = useTitle(held.conversation)
  const title = card === undefined || card.title === "" ? own : card.title
  return title === "" ? UNTITLED : title
}

function Present({ held }: { readonly held: OpenConversation }) {
  const others = usePresence(held.open)
  const people = others.filter((other, place) => others.findIndex(({ userId }) => userId === other.userId) === place)
  if (people.length === 0) return null
  const names = people.map(({ name }) => name).join(", ")
  return (
    <span className="present" role="img" aria-label={`Here now: ${names}`} title={`Here now: ${names}`}>
      {people.slice(0, MAX_AVATARS).map((other) => (
        <Avatar key={other.clientId} id={other.userId} name={other.name} colour={other.colour} size="small" />
      ))}
      {people.length > MAX_AVATARS && <span className="quiet">+{people.length - MAX_AVATARS}</span>}
    </span>
  )
}
