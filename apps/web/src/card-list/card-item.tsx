import { memo } from "react"
import { CardTags } from "../conversation-list/card-tags.tsx"
import { RowBox } from "../conversation-list/row-box.tsx"
import { TitleField } from "../conversation-list/title-field.tsx"
import { Icon } from "../frame/icon.tsx"
import { Menu, type MenuItem } from "../frame/menu.tsx"
import { useNow } from "../frame/now.ts"
import { exactDate, isDated, isoDate, relativeDate } from "../frame/relative-time.ts"
import type { CardListKind } from "./card-list-kind.ts"
import type { CardRow, ListedCard } from "./card-rows.ts"

/** What rows of the list may do. */
export interface CardRowHandlers<Card extends ListedCard> {
  readonly rename: (id: string | undefined) => void
  readonly setName: (id: string, name: string) => void
  /** A press on a row: whether it selected something, rather than following the link. */
  readonly press: (event: { readonly shiftKey: boolean; readonly metaKey: boolean; readonly ctrlKey: boolean }, id: string) => boolean
  readonly menuOf: (card: Card) => readonly MenuItem[]
}

interface CardItemProps<Card extends ListedCard> {
  readonly kind: CardListKind<Card>
  readonly row: CardRow<Card>
  readonly place: number
  readonly chosen: boolean
  readonly active: boolean
  readonly renaming: boolean
  /** Whether it is selected; `undefined` while nobody selects. */
  readonly selected: boolean | undefined
  readonly handlers: CardRowHandlers<Card>
}

function Item<Card extends ListedCard>({ kind, row, place, chosen, active, renaming, selected, handlers }: CardItemProps<Card>) {
  const { card } = row
  const name = kind.nameOf(card)
  if (renaming) {
    return (
      <RowBox rowKey={row.key} aria-rowindex={place} className="conversation-item">
        <TitleField
          title={kind.ownName(card)}
          label={kind.nameLabel}
          onDone={(next) => {
            handlers.rename(undefined)
            if (next !== undefined) handlers.setName(card.id, next)
          }}
        />
      </RowBox>
    )
  }
  const items = handlers.menuOf(card)
  return (
    <RowBox
      rowKey={row.key}
      aria-rowindex={place}
      className={`conversation-item${chosen ? " conversation-item-chosen" : ""}`}
      testId={`${kind.what}-item`}
      selected={selected}
      end={items.length > 0 ? <Menu label={`Actions for ${name}`} items={items} /> : undefined}
    >
      <a
        className="conversation-link row-link"
        href={kind.href(card.id)}
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
        <End kind={kind} card={card} />
        <Line kind={kind} card={card} hint={row.hint} />
      </a>
    </RowBox>
  )
}

/** One card in the list. */
export const CardItem = memo(Item) as typeof Item

/** When something was last written, and what else is to be seen at once. */
function End<Card extends ListedCard>({ kind, card }: { readonly kind: CardListKind<Card>; readonly card: Card }) {
  const now = useNow()
  return (
    <span className="conversation-end">
      {kind.End !== undefined && <kind.End card={card} />}
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

interface LineProps<Card extends ListedCard> {
  readonly kind: CardListKind<Card>
  readonly card: Card
  readonly hint: string
}

/** The second line: what is special, how it begins, its tags. */
function Line<Card extends ListedCard>({ kind, card, hint }: LineProps<Card>) {
  return (
    <span className="conversation-line">
      {hint !== "" && <span className="conversation-hint">{hint}</span>}
      {kind.Line !== undefined && <kind.Line card={card} />}
      <span className="conversation-snippet" dir="auto">
        {card.snippet}
      </span>
      <CardTags tags={card.tags} />
    </span>
  )
}
