import type { ConversationCard } from "@polylogue/conversation"
import { type OtherPresence, useConversationWaits, useReplicaStatus, useUnread } from "@polylogue/react"
import { memo } from "react"
import { CardTags } from "./card-tags.tsx"
import { Icon } from "../frame/icon.tsx"
import { Menu } from "../frame/menu.tsx"
import { useNow } from "../frame/now.ts"
import { exactDate, isDated, isoDate, relativeDate } from "../frame/relative-time.ts"
import { hrefOf } from "../frame/route.ts"
import { Avatar } from "../identity/avatar.tsx"
import { SafetyMark } from "../sync/safety-mark.tsx"
import { cardMenu } from "./card-menu.ts"
import { cardTitle, plainWords } from "./card-text.ts"
import { GridRow } from "./grid-row.tsx"
import type { ConversationRow } from "./list-rows.ts"
import type { DropMark, RowHandlers } from "./row-handlers.ts"
import { TitleField } from "./title-field.tsx"

interface ConversationItemProps {
  readonly row: ConversationRow
  readonly chosen: boolean
  readonly active: boolean
  readonly present: readonly OtherPresence[]
  readonly renaming: boolean
  /** Whether it is selected; `undefined` while nobody selects. */
  readonly selected: boolean | undefined
  readonly drop: DropMark | undefined
  readonly handlers: RowHandlers
}

/** One conversation in the list. */
export const ConversationItem = memo(function ConversationItem(props: ConversationItemProps) {
  const { row, chosen, active, present, renaming, selected, drop, handlers } = props
  const { card } = row
  const unread = useUnread(card)
  const title = cardTitle(card)
  if (renaming) {
    return (
      <GridRow row={row} className="conversation-item" active={active}>
        <TitleField
          title={card.title}
          onDone={(next) => {
            handlers.rename(undefined)
            if (next !== undefined) handlers.actions.rename(card.id, next)
          }}
        />
      </GridRow>
    )
  }
  return (
    <GridRow
      row={row}
      className={`conversation-item${chosen ? " conversation-item-chosen" : ""}`}
      testId="conversation-item"
      selected={selected}
      draggable
      drop={drop}
      active={active}
      end={<Menu label={`Actions for ${title}`} items={cardMenu(card, unread, handlers)} />}
    >
      <a
        className="conversation-link row-link"
        href={hrefOf(card.id)}
        tabIndex={active ? 0 : -1}
        aria-current={chosen ? "page" : undefined}
        onClick={(event) => {
          if (handlers.press(event, card.id)) event.preventDefault()
        }}
        onDoubleClick={() => {
          if (selected === undefined) handlers.rename(card.id)
        }}
      >
        {selected !== undefined && (
          <span className="conversation-tick" aria-hidden="true">
            {selected && <Icon name="check" size={12} />}
          </span>
        )}
        <span className="conversation-title" dir="auto">
          {unread && (
            <span className="unread-dot" role="img" aria-label="Unread:">
              {" "}
            </span>
          )}
          <span className={unread ? "conversation-unread" : undefined}>{title}</span>
        </span>
        <CardDate card={card} pin={card.pinned && row.level === 1} />
        <CardLine card={card} hint={row.hint} />
      </a>
      {present.length > 0 && (
        <span className="conversation-present" title={`${present.map(({ name }) => name).join(", ")} here now`}>
          {present.slice(0, 2).map((other) => (
            <Avatar key={other.clientId} id={other.userId} name={other.name} colour={other.colour} size="small" />
          ))}
        </span>
      )}
    </GridRow>
  )
})

/** When something was last written, and a ring while some of it is on this device only. */
function CardDate({ card, pin }: { readonly card: ConversationCard; readonly pin: boolean }) {
  const now = useNow()
  const waits = useConversationWaits(card.id)
  const { keeps } = useReplicaStatus()
  return (
    <span className="conversation-end">
      {waits && <SafetyMark safety="local" keeps={keeps} />}
      {pin && (
        <span className="conversation-pin" role="img" aria-label="Pinned" title="Pinned">
          <Icon name="pin" size={12} />
        </span>
      )}
      {isDated(card.lastActivity) && (
        <time className="conversation-date" dateTime={isoDate(card.lastActivity)} title={exactDate(card.lastActivity)}>
          {relativeDate(card.lastActivity, now)}
        </time>
      )}
    </span>
  )
}

/** The second line: where it stands if the list does not show it, how the latest message begins, its tags. */
function CardLine({ card, hint }: { readonly card: ConversationCard; readonly hint: string }) {
  return (
    <span className="conversation-line">
      {hint !== "" && (
        <span className="conversation-hint" dir="auto">
          {hint}
        </span>
      )}
      <span className="conversation-snippet" dir="auto">
        {plainWords(card.snippet)}
      </span>
      <CardTags tags={card.tags} />
    </span>
  )
}
