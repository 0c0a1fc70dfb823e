import type { PromptCard } from "@polylogue/conversation"
import { useNow } from "../frame/now.ts"
import { exactDate, isDated, relativeDate } from "../frame/relative-time.ts"
import { promptHref } from "./prompt-route.ts"
import { RowBox } from "../conversation-list/row-box.tsx"
import type { PromptCardRow } from "./prompt-rows.ts"
import { promptName } from "./prompt-words.ts"

interface DeletedPromptItemProps {
  readonly row: PromptCardRow
  readonly place: number
  readonly active: boolean
  readonly onRestore: (card: PromptCard) => void
}

/** A prompt that was deleted: it can be read, and comes back with one press. */
export function DeletedPromptItem({ row, place, active, onRestore }: DeletedPromptItemProps) {
  const now = useNow()
  const { card } = row
  const name = promptName(card.name)
  const restore = (
    <button type="button" className="button button-quiet" aria-label={`Restore ${name}`} onClick={() => onRestore(card)}>
      Restore
    </button>
  )
  return (
    <RowBox rowKey={row.key} aria-rowindex={place} className="deleted-item" testId="deleted-prompt" end={restore}>
      <a className="deleted-link row-link" href={promptHref(card.id)} tabIndex={active ? 0 : -1}>
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
