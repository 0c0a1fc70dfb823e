import { type KeyboardEvent, type RefObject, useMemo, useRef } from "react"
import { Virtualizer, type VirtualizerHandle } from "virtua"
import type { RowFocus } from "../conversation-list/use-row-focus.ts"
import type { Selection } from "../conversation-list/use-selection.ts"
import { Icon } from "../frame/icon.tsx"
import type { ListView } from "../conversation-list/list-rows.ts"
import { RowBox } from "../conversation-list/row-box.tsx"
import { counted } from "../frame/relative-time.ts"
import { CardItem, type CardRowHandlers } from "./card-item.tsx"
import { cardListCommand, type CardListCommand } from "./card-list-keys.ts"
import type { CardListKind } from "./card-list-kind.ts"
import type { CardListRow, ListedCard, ViewRow } from "./card-rows.ts"
import { DeletedCardItem } from "./deleted-card-item.tsx"

interface CardGridProps<Card extends ListedCard> {
  readonly kind: CardListKind<Card>
  readonly rows: readonly CardListRow<Card>[]
  readonly view: ListView
  readonly chosenId: string | undefined
  readonly renaming: string | undefined
  readonly selection: Selection
  readonly focus: RowFocus
  readonly handlers: CardRowHandlers<Card>
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly onView: (view: ListView) => void
  /** Absent where nothing may be brought back. */
  readonly onRestore: ((card: Card) => void) | undefined
  readonly onKey: (command: CardListCommand<Card>) => void
}

/** The rows on screen and a little around them, of however many there are; by keyboard, mouse and touch. */
export function CardGrid<Card extends ListedCard>(props: CardGridProps<Card>) {
  const { kind, rows, chosenId, renaming, selection, focus, scroller, onKey } = props
  const virtualizer = useRef<VirtualizerHandle>(null)
  const active = useMemo(() => activeKey(rows, focus.key, chosenId), [rows, focus.key, chosenId])
  // The row that Tab leads to has to be in the page, and what has the focus must not go from it.
  const keepMounted = useMemo(
    () => rows.flatMap(({ key }, at) => (key === active || key === renaming ? [at] : [])),
    [rows, active, renaming],
  )
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement
    if (renaming !== undefined || target.closest('[role="menu"], dialog') !== null) return
    const key = target.closest("[data-row]")?.getAttribute("data-row")
    const at = rows.findIndex((row) => row.key === key)
    const from = at === -1 ? rows.findIndex((row) => row.key === active) - 1 : at
    const command = cardListCommand(event, rows, Math.max(from, -1), target.matches("input, textarea, select"))
    if (command === undefined) return
    if (command.kind !== "end-selection" || selection.active) event.preventDefault()
    if (command.kind !== "go") return onKey(command)
    const row = rows[command.to]
    if (row === undefined) return
    if (command.extend && row.kind === "card") selection.extend(row.key, rows[at]?.kind === "card" ? rows[at].key : undefined)
    virtualizer.current?.scrollToIndex(command.to, { align: "nearest" })
    // The row may only come into being with the scroll.
    if (!focus.focus(row.key)) requestAnimationFrame(() => focus.focus(row.key))
  }
  return (
    // reason: arrows mean something wherever in the list they begin; the rows themselves are what has the focus.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={scroller} className="list-scroller" onKeyDown={onKeyDown} onFocus={focus.onFocus} onBlur={focus.onBlur}>
      {rows.length > 0 && (
        <div role="grid" className="list-grid" aria-label={kind.title} aria-rowcount={rows.length} aria-multiselectable={selection.active}>
          <Virtualizer ref={virtualizer} scrollRef={scroller} data={rows} itemSize={62} bufferSize={400} keepMounted={keepMounted}>
            {(row, at) => <Row key={row.key} {...props} row={row} place={at + 1} active={row.key === active} />}
          </Virtualizer>
        </div>
      )}
    </div>
  )
}

interface RowProps<Card extends ListedCard> extends CardGridProps<Card> {
  readonly row: CardListRow<Card>
  readonly place: number
  readonly active: boolean
}

function Row<Card extends ListedCard>(props: RowProps<Card>) {
  const { kind, row, place, active, view, chosenId, renaming, selection, handlers, onView, onRestore } = props
  if (row.kind === "view") return <ViewItem what={kind.what} row={row} place={place} active={active} onView={onView} />
  if (view === "deleted") return <DeletedCardItem {...{ kind, row, place, active, onRestore }} />
  return (
    <CardItem
      kind={kind}
      row={row}
      place={place}
      chosen={row.key === chosenId}
      active={active}
      renaming={row.key === renaming}
      selected={selection.active ? selection.ids.has(row.key) : undefined}
      handlers={handlers}
    />
  )
}

interface ViewItemProps {
  readonly what: string
  readonly row: ViewRow
  readonly place: number
  readonly active: boolean
  readonly onView: (view: ListView) => void
}

/** A way from the end of the list to what was put away. */
function ViewItem({ what, row, place, active, onView }: ViewItemProps) {
  return (
    <RowBox rowKey={row.key} aria-rowindex={place} className="folder-item view-item">
      <button type="button" className="folder-link row-link" tabIndex={active ? 0 : -1} onClick={() => onView(row.view)}>
        <Icon name={row.view === "archive" ? "archive" : "trash"} size={14} />
        <span className="folder-name">{row.view === "archive" ? "Archive" : "Deleted"}</span>
        <span className="folder-count" aria-label={counted(row.count, what)}>
          {row.count.toLocaleString("en")}
        </span>
      </button>
    </RowBox>
  )
}

/** The row that Tab leads to: the one that had the focus last, else the one on screen, else the first. */
function activeKey(
  rows: readonly { readonly key: string }[],
  focused: string | undefined,
  chosenId: string | undefined,
): string | undefined {
  const here = (key: string | undefined): boolean => key !== undefined && rows.some((row) => row.key === key)
  if (here(focused)) return focused
  return here(chosenId) ? chosenId : rows[0]?.key
}
