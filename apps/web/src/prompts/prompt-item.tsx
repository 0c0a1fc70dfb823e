import type { PromptCard } from "@polylogue/conversation"
import { useReplicaStatus, useWaitingIntents } from "@polylogue/react"
import { memo } from "react"
import { Icon } from "../frame/icon.tsx"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { useNow } from "../frame/now.ts"
import { exactDate, isDated, isoDate, relativeDate } from "../frame/relative-time.ts"
import { SafetyMark } from "../sync/safety-mark.tsx"
import { TitleField } from "../conversation-list/title-field.tsx"
import { promptHref } from "./prompt-route.ts"
import { PromptProduction } from "./prompt-production.tsx"
import { RowBox } from "../conversation-list/row-box.tsx"
import type { PromptCardRow } from "./prompt-rows.ts"
import { promptName } from "./prompt-words.ts"
import { usePromptWaits } from "./use-prompt-waits.ts"
import "./prompt-item.css"

/** What rows of the list may do. */
export interface PromptRowHandlers {
  readonly rename: (id: string | undefined) => void
  readonly setName: (id: string, name: string) => void
  /** A press on a row: whether it selected something, rather than following the link. */
  readonly press: (event: { readonly shiftKey: boolean; readonly metaKey: boolean; readonly ctrlKey: boolean }, id: string) => boolean
  readonly menuOf: (card: PromptCard) => readonly MenuItem[]
}

interface PromptItemProps {
  readonly row: PromptCardRow
  readonly place: number
  readonly chosen: boolean
  readonly active: boolean
  readonly renaming: boolean
  /** Whether it is selected; `undefined` while nobody selects. */
  readonly selected: boolean | undefined
  readonly handlers: PromptRowHandlers
}

/** One prompt in the list. */
export const PromptItem = memo(function PromptItem(props: PromptItemProps) {
  const { row, place, chosen, active, renaming, selected, handlers } = props
  const { card } = row
  const name = promptName(card.name)
  if (renaming) {
    return (
      <RowBox rowKey={row.key} aria-rowindex={place} className="conversation-item">
        <TitleField
          title={card.name}
          label="Name"
          onDone={(next) => {
            handlers.rename(undefined)
            if (next !== undefined) handlers.setName(card.id, next)
          }}
        />
      </RowBox>
    )
  }
  return (
    <RowBox
      rowKey={row.key}
      aria-rowindex={place}
      className={`conversation-item${chosen ? " conversation-item-chosen" : ""}`}
      testId="prompt-item"
      selected={selected}
      end={<Menu label={`Actions for ${name}`} items={handlers.menuOf(card)} />}
    >
      <a
        className="conversation-link row-link"
        href={promptHref(card.id)}
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
          {name}
        </span>
        <PromptEnd card={card} />
        <PromptLine card={card} hint={row.hint} />
      </a>
    </RowBox>
  )
})

/** When something was last written, and a ring while some of it is on this device only. */
function PromptEnd({ card }: { readonly card: PromptCard }) {
  const now = useNow()
  const waits = usePromptWaits(card.id)
  const { keeps } = useReplicaStatus()
  return (
    <span className="conversation-end">
      {waits && <SafetyMark safety="local" keeps={keeps} />}
      {card.pinned && (
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

const MAX_TAGS = 2

/** The second line: what is published or waits to be, how the prompt begins, its tags. */
function PromptLine({ card, hint }: { readonly card: PromptCard; readonly hint: string }) {
  const waits = useWaitingIntents().some(({ promptId }) => promptId === card.id)
  return (
    <span className="conversation-line">
      {hint !== "" && <span className="conversation-hint">{hint}</span>}
      <PromptProduction promptId={card.id} />
      {waits && <span className="prompt-waits">to be published</span>}
      <span className="conversation-snippet" dir="auto">
        {card.snippet}
      </span>
      {card.tags.length > 0 && (
        <span className="conversation-tags">
          {card.tags.slice(0, MAX_TAGS).map((tag) => (
            <span key={tag} className="tag" dir="auto">
              {tag}
            </span>
          ))}
          {card.tags.length > MAX_TAGS && (
            <span className="tag" title={card.tags.join(", ")}>
              +{card.tags.length - MAX_TAGS}
            </span>
          )}
        </span>
      )}
    </span>
  )
}
