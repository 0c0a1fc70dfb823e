import type { CSSProperties, ReactNode } from "react"
import type { ListRow } from "./list-rows.ts"
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
    <div
      role="row"
      tabIndex={-1}
      className={`list-row ${className}`}
      style={style}
      data-testid={testId}
      data-row={row.key}
      data-conversation-id={row.kind === "conversation" ? row.card.id : undefined}
      data-active={active || undefined}
      data-selected={selected || undefined}
      data-drop={drop}
      aria-level={row.level}
      aria-posinset={row.place}
      aria-setsize={row.of}
      aria-expanded={expanded}
      aria-selected={selected}
      draggable={draggable}
      onContextMenu={(event) => {
        const menu = event.currentTarget.querySelector<HTMLElement>('.row-menu [aria-haspopup="menu"]')
        if (menu === null) return
        event.preventDefault()
        menu.click()
      }}
    >
      <div role="gridcell" className="row-main">
        {children}
      </div>
      {end !== undefined && (
        <div role="gridcell" className="row-menu">
          {end}
        </div>
      )}
    </div>
  )
}
