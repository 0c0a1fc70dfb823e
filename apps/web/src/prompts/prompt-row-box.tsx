import type { ReactNode } from "react"

interface PromptRowBoxProps {
  readonly rowKey: string
  readonly className: string
  readonly testId?: string
  /** From 1, for people who hear the list. */
  readonly place: number
  /** Whether it is selected, where rows are. */
  readonly selected?: boolean | undefined
  /** What stands at its end: its menu. */
  readonly end?: ReactNode
  readonly children: ReactNode
}

/** A row of the list of prompts; the other button of a mouse opens its menu. */
export function PromptRowBox({ rowKey, className, testId, place, selected, end, children }: PromptRowBoxProps) {
  return (
    <div
      role="row"
      tabIndex={-1}
      className={`list-row ${className}`}
      data-testid={testId}
      data-row={rowKey}
      data-selected={selected || undefined}
      aria-rowindex={place}
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
