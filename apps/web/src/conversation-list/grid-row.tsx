import type { CSSProperties, ReactNode } from "react"
import type { ListRow } from "./list-rows.ts"
import { RowBox } from "./row-box.tsx"
import type { DropMark } from "./row-handlers.ts"

/** Deeper than this nothing is moved in any further: there would be no room for a title. */
const MAX_INDENT = 6

interface GridRowProps {
  readonly row: ListRow
  readonly className: string
  readonly testId?: string
  readonly expanded?: boolean
  /** Whether it is selected, where rows are. */
  readonly selected?: boolean | undefined
  readonly draggable?: boolean
  readonly drop?: DropMark | undefined
  /** The row that Tab leads to. */
  readonly active: boolean
  /** What stands at its end: its menu. */
  readonly end?: ReactNode
  readonly children: ReactNode
}

/** A row of the list as a row of a tree grid: people who hear the list are told where it stands and whether it is folded or selected. */
export function GridRow(props: GridRowProps) {
  const { row, className, testId, expanded, selected, draggable = false, drop, active, end, children } = props
  const style = { "--indent": Math.min(row.level, MAX_INDENT) - 1 } as CSSProperties
  return (
    <RowBox
      rowKey={row.key}
      className={className}
      testId={testId}
      selected={selected}
      end={end}
      style={style}
      data-conversation-id={row.kind === "conversation" ? row.card.id : undefined}
      data-active={active || undefined}
      data-drop={drop}
      aria-level={row.level}
      aria-posinset={row.place}
      aria-setsize={row.of}
      aria-expanded={expanded}
      draggable={draggable}
    >
      {children}
    </RowBox>
  )
}
