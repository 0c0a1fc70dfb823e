import type { HTMLAttributes, ReactNode } from "react"

interface RowBoxProps extends HTMLAttributes<HTMLDivElement> {
  readonly rowKey: string
  readonly testId?: string | undefined
  /** Whether it is selected, where rows are. */
  readonly selected?: boolean | undefined
  /** What stands at its end: its menu. */
  readonly end?: ReactNode
}

/** A row of a list; the other button of a mouse opens its menu. */
export function RowBox({ rowKey, className, testId, selected, end, children, ...rest }: RowBoxProps) {
  return (
    <div
      {...rest}
      role="row"
      tabIndex={-1}
      className={`list-row ${className}`}
      data-testid={testId}
      data-row={rowKey}
      data-selected={selected || undefined}
      aria-selected={selected}
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
