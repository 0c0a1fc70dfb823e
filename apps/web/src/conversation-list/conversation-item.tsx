import type { ConversationCard } from "@polylogue/conversation"
import type { OtherPresence } from "@polylogue/react"
import { memo, useMemo } from "react"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { useNow } from "../frame/now.ts"
import { exactDate, isDated, relativeDate } from "../frame/relative-time.ts"
import { hrefOf } from "../frame/route.ts"
import { Avatar } from "../identity/avatar.tsx"
import { cardTitle, plainWords } from "./card-text.ts"
import { TitleField } from "./title-field.tsx"

interface ConversationItemProps {
  readonly card: ConversationCard
  readonly chosen: boolean
  readonly present: readonly OtherPresence[]
  readonly renaming: boolean
  readonly onRenaming: (id: string | undefined) => void
  readonly onRename: (id: string, title: string) => void
  readonly onDelete: (card: ConversationCard) => void
}

/** One conversation in the list. */
export const ConversationItem = memo(function ConversationItem(props: ConversationItemProps) {
  const { card, chosen, present, renaming, onRenaming, onRename, onDelete } = props
  const now = useNow()
  const title = cardTitle(card)
  const items = useMemo<readonly MenuItem[]>(
    () => [
      { label: "Rename", icon: "edit", run: () => onRenaming(card.id) },
      { label: "Delete", icon: "trash", danger: true, run: () => onDelete(card) },
    ],
    [card, onRenaming, onDelete],
  )
  if (renaming) {
    return (
      <div className="conversation-item" data-conversation-id={card.id}>
        <TitleField
          title={card.title}
          onDone={(next) => {
            onRenaming(undefined)
            if (next !== undefined) onRename(card.id, next)
          }}
        />
      </div>
    )
  }
  return (
    <div
      className={chosen ? "conversation-item conversation-item-chosen" : "conversation-item"}
      data-testid="conversation-item"
      data-conversation-id={card.id}
    >
      <a
        className="conversation-link"
        href={hrefOf(card.id)}
        aria-current={chosen ? "page" : undefined}
        onDoubleClick={() => onRenaming(card.id)}
        onKeyDown={(event) => {
          if (event.key === "F2") onRenaming(card.id)
          if (event.key === "Delete") onDelete(card)
        }}
      >
        <span className="conversation-title" dir="auto">
          {title}
        </span>
        {isDated(card.lastActivity) && (
          <time className="conversation-date" dateTime={isoDate(card.lastActivity)} title={exactDate(card.lastActivity)}>
            {relativeDate(card.lastActivity, now)}
          </time>
        )}
        <span className="conversation-snippet" dir="auto">
          {plainWords(card.snippet)}
        </span>
      </a>
      {present.length > 0 && (
        <span className="conversation-present" title={`${present.map(({ name }) => name).join(", ")} here now`}>
          {present.slice(0, 2).map((other) => (
            <Avatar key={other.clientId} id={other.userId} name={other.name} colour={other.colour} size="small" />
          ))}
        </span>
      )}
      <span className="conversation-menu">
        <Menu label={`Actions for ${title}`} items={items} />
      </span>
    </div>
  )
})

/** A time for a `datetime` attribute; nothing for a clock that is no date. */
function isoDate(time: number): string | undefined {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
