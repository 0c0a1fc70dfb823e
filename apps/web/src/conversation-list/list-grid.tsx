import type { FolderForest } from "@polylogue/conversation"
import type { OtherPresence } from "@polylogue/react"
import { type KeyboardEvent, type ReactNode, type RefObject, useMemo, useRef } from "react"
import { Virtualizer, type VirtualizerHandle } from "virtua"
import { ConversationItem } from "./conversation-item.tsx"
import { DeletedItem } from "./deleted-item.tsx"
import { FolderItem, NoteItem, PinnedItem, ViewItem } from "./folder-item.tsx"
import { listCommand, type ListCommand } from "./list-keys.ts"
import type { ListRow, ListView } from "./list-rows.ts"
import type { DropMark, RowHandlers } from "./row-handlers.ts"
import type { RowFocus } from "./use-row-focus.ts"
import { useListDrag } from "./use-list-drag.ts"
import type { Selection } from "./use-selection.ts"

interface ListGridProps {
  readonly rows: readonly ListRow[]
  readonly view: ListView
  readonly forest: FolderForest
  readonly chosenId: string | undefined
  readonly renaming: string | undefined
  readonly present: ReadonlyMap<string, readonly OtherPresence[]>
  readonly selection: Selection
  readonly focus: RowFocus
  readonly handlers: RowHandlers
  readonly scroller: RefObject<HTMLDivElement | null>
  /** Shows a folder in the tree, where the list shows what was sought instead. */
  readonly onOpenFolder: ((id: string) => void) | undefined
  readonly onKey: (command: ListCommand) => void
  /** What stands below the rows. */
  readonly children: ReactNode
}

/** The rows on screen and a little around them, of however many there are; by keyboard, mouse and touch. */
export function ListGrid(props: ListGridProps) {
  const { rows, forest, chosenId, selection, focus, handlers, scroller, onKey } = props
  const virtualizer = useRef<VirtualizerHandle>(null)
  const { drop, listeners } = useListDrag({
    rows,
    forest,
    actions: handlers.actions,
    meant: handlers.meant,
    unfold: (key) => handlers.fold(key, false),
  })
  const active = useMemo(() => activeKey(rows, focus.key, chosenId), [rows, focus.key, chosenId])
  // The row that Tab leads to has to be in the page, and what has the focus must not go from it.
  const keepMounted = useMemo(
    () => rows.flatMap(({ key }, at) => (key === active || key === props.renaming ? [at] : [])),
    [rows, active, props.renaming],
  )
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement
    if (props.renaming !== undefined || target.closest('[role="menu"], dialog') !== null) return
    const key = target.closest("[data-row]")?.getAttribute("data-row")
    const rightToLeft = getComputedStyle(event.currentTarget).direction === "rtl"
    const towards = rightToLeft ? LEFT_INWARDS : RIGHT_INWARDS
    const at = rows.findIndex((row) => row.key === key)
    const from = at === -1 ? rows.findIndex((row) => row.key === active) - 1 : at
    const command = listCommand(event, rows, from < 0 ? -1 : from, target.matches("input, textarea, select"), towards)
    if (command === undefined) return
    if (command.kind !== "go") {
      if (command.kind !== "end-selection" || selection.active) event.preventDefault()
      onKey(command)
      return
    }
    event.preventDefault()
    const row = rows[command.to]
    if (row === undefined) return
    const before = rows[at]
    if (command.extend && row.kind === "conversation")
      selection.extend(row.card.id, before?.kind === "conversation" ? before.card.id : undefined)
    virtualizer.current?.scrollToIndex(command.to, { align: "nearest" })
    // The row may only come into being with the scroll.
    if (!focus.focus(row.key)) requestAnimationFrame(() => focus.focus(row.key))
  }
  const grid = (
    <div
      role="treegrid"
      className="list-grid"
      aria-label="Conversations"
      aria-multiselectable={selection.active}
      data-drop={drop?.key === null || undefined}
    >
      <Virtualizer ref={virtualizer} scrollRef={scroller} data={rows} itemSize={62} bufferSize={400} keepMounted={keepMounted}>
        {(row) => (
          <Row key={row.key} {...props} row={row} active={row.key === active} drop={row.key === drop?.key ? drop.mark : undefined} />
        )}
      </Virtualizer>
    </div>
  )
  return (
    // reason: arrows and drags mean something wherever in the list they begin; the rows themselves are what has the focus.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={scroller} className="list-scroller" onKeyDown={onKeyDown} onFocus={focus.onFocus} onBlur={focus.onBlur} {...listeners}>
      {rows.length > 0 && grid}
      {props.children}
    </div>
  )
}

const RIGHT_INWARDS = { inwards: "ArrowRight", outwards: "ArrowLeft" }
const LEFT_INWARDS = { inwards: "ArrowLeft", outwards: "ArrowRight" }
const NOBODY: readonly OtherPresence[] = []

interface RowProps extends ListGridProps {
  readonly row: ListRow
  readonly active: boolean
  readonly drop: DropMark | undefined
}

function Row({ row, active, drop, view, chosenId, renaming, present, selection, handlers, onOpenFolder }: RowProps) {
  if (view === "deleted" && (row.kind === "conversation" || row.kind === "folder")) {
    return <DeletedItem row={row} active={active} handlers={handlers} />
  }
  switch (row.kind) {
    case "conversation":
      return (
        <ConversationItem
          row={row}
          chosen={row.card.id === chosenId}
          active={active}
          present={present.get(row.card.id) ?? NOBODY}
          renaming={row.key === renaming}
          selected={selection.active ? selection.ids.has(row.card.id) : undefined}
          drop={drop}
          handlers={handlers}
        />
      )
    case "folder":
      return <FolderItem row={row} active={active} renaming={row.key === renaming} drop={drop} onOpen={onOpenFolder} handlers={handlers} />
    case "pinned":
      return <PinnedItem row={row} active={active} handlers={handlers} />
    case "view":
      return <ViewItem row={row} active={active} handlers={handlers} />
    case "note":
      return <NoteItem row={row} />
  }
}

/** The row that Tab leads to: the one that had the focus last, else the conversation on screen, else the first. */
function activeKey(rows: readonly ListRow[], focused: string | undefined, chosenId: string | undefined): string | undefined {
  const here = (key: string | undefined): boolean => key !== undefined && rows.some((row) => row.key === key)
  if (here(focused)) return focused
  return here(chosenId) ? chosenId : rows.find(({ kind }) => kind !== "note")?.key
}
