import type { ConversationCard } from "@polylogue/conversation"
import { useNow } from "../frame/now.ts"
import { counted, relativeDate } from "../frame/relative-time.ts"
import { cardTitle } from "./card-text.ts"

interface DeletedListProps {
  readonly cards: readonly ConversationCard[]
  readonly onRestore: (card: ConversationCard) => void
}

/** Deleted conversations, folded away at the end of the list: their text is still there. */
export function DeletedList({ cards, onRestore }: DeletedListProps) {
  const now = useNow()
  return (
    <details className="deleted-list">
      <summary>{counted(cards.length, "deleted conversation")}</summary>
      <ul>
        {cards.map((card) => (
          <li key={card.id} className="deleted-item">
            <span className="deleted-title" dir="auto">
              {cardTitle(card)}
            </span>
            <span className="quiet">{relativeDate(card.deletedAt ?? card.lastActivity, now)}</span>
            <button type="button" className="button button-quiet" aria-label={`Restore ${cardTitle(card)}`} onClick={() => onRestore(card)}>
              Restore
            </button>
          </li>
        ))}
      </ul>
    </details>
  )
}
