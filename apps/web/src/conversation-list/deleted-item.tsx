import type { ConversationCard, Folder } from "@polylogue/conversation"
import { memo } from "react"
import { Icon } from "../frame/icon.tsx"
import { useNow } from "../frame/now.ts"
import { exactDate, isDated, relativeDate } from "../frame/relative-time.ts"
import { cardTitle } from "./card-text.ts"
import { GridRow } from "./grid-row.tsx"
import type { ConversationRow, FolderRow } from "./list-rows.ts"
import type { RowHandlers } from "./row-handlers.ts"

interface DeletedItemProps {
  readonly row: ConversationRow | FolderRow
  readonly active: boolean
  readonly handlers: RowHandlers
}

/** Something that was deleted: it is still there and comes back with one press, unless its words were erased for good. */
export const DeletedItem = memo(function DeletedItem({ row, active, handlers }: DeletedItemProps) {
  const deleted = row.kind === "folder" ? deletedFolder(row.folder) : deletedCard(row.card)
  const now = useNow()
  const restore = (): void => {
    if (row.kind === "folder") handlers.actions.restoreFolder(row.folder)
    else handlers.actions.restore(row.card)
  }
  return (
    <GridRow
      row={row}
      className="deleted-item"
      testId="deleted-item"
      active={active}
      end={
        deleted.restorable ? (
          <button type="button" className="button button-quiet" aria-label={`Restore ${deleted.title}`} onClick={restore}>
            Restore
          </button>
        ) : undefined
      }
    >
      {/* reason: rows are gone through by keyboard wherever they lead to nothing but their own end. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <span className="deleted-link row-link" tabIndex={active ? 0 : -1}>
        {row.kind === "folder" && <Icon name="folder" size={14} />}
        <span className="deleted-title" dir="auto">
          {deleted.title}
        </span>
        {deleted.at !== null && isDated(deleted.at) && (
          <time className="conversation-date" title={exactDate(deleted.at)}>
            {relativeDate(deleted.at, now)}
          </time>
        )}
      </span>
    </GridRow>
  )
})

interface Deleted {
  readonly title: string
  readonly at: number | null
  readonly restorable: boolean
}

function deletedFolder({ name, deletedAt }: Folder): Deleted {
  return { title: name, at: deletedAt, restorable: true }
}

function deletedCard(card: ConversationCard): Deleted {
  return { title: card.erased ? "Erased for good" : cardTitle(card), at: card.deletedAt, restorable: !card.erased }
}
