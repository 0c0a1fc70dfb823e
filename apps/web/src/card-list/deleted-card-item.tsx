import { useNow } from "../frame/now.ts"
import { exactDate, isDated, relativeDate } from "../frame/relative-time.ts"
import { RowBox } from "../conversation-list/row-box.tsx"
import type { CardListKind } from "./card-list-kind.ts"
import type { CardRow, ListedCard } from "./card-rows.ts"

interface DeletedCardItemProps<Card extends ListedCard> {
  readonly kind: CardListKind<Card>
  readonly row: CardRow<Card>
  readonly place: number
  readonly active: boolean
  /** Absent where nothing may be brought back. */
  readonly onRestore: ((card: Card) => void) | undefined
}

/** Something that was deleted: it can be read, and comes back with one press, unless its words were erased for good. */
export function DeletedCardItem<Card extends ListedCard>({ kind, row, place, active, onRestore }: DeletedCardItemProps<Card>) {
  const now = useNow()
  const { card } = row
  const name = card.erased ? "Erased for good" : kind.nameOf(card)
  const restore = onRestore !== undefined && !card.erased && (
    <button type="button" className="button button-quiet" aria-label={`Restore ${name}`} onClick={() => onRestore(card)}>
      Restore
    </button>
  )
  return (
    <RowBox
      rowKey={row.key}
      aria-rowindex={place}
      className="deleted-item"
      testId={`deleted-${kind.what}`}
      end={restore === false ? undefined : restore}
    >
      <a className="deleted-link row-link" href={kind.href(card.id)} tabIndex={active ? 0 : -1}>
        <span className="deleted-title" dir="auto">
          {name}
        </span>
        {card.deletedAt !== null && isDated(card.deletedAt) && (
          <time className="conversation-date" title={exactDate(card.deletedAt)}>
            {relativeDate(card.deletedAt, now)}
          </time>
        )}
      </a>
    </RowBox>
  )
}
