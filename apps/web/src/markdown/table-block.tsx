import { type ReactNode, useRef } from "react"
import { useToast } from "../frame/toast.tsx"
import { Menu } from "../frame/menu.tsx"
import { type TableCells, tableCsv, tableMarkdown } from "./table-text.ts"

/** A table that scrolls by itself, its head staying in sight, and can be taken along. */
export function TableBlock({ children }: { readonly children?: ReactNode }) {
  const table = useRef<HTMLTableElement>(null)
  const toast = useToast()
  const copy = (write: (cells: TableCells) => string): void => {
    const cells = [...(table.current?.rows ?? [])].map((row) => [...row.cells].map((cell) => (cell.textContent ?? "").trim()))
    navigator.clipboard.writeText(write(cells)).then(
      () => toast({ text: "Table copied." }),
      () => toast({ text: "The browser refused to copy." }),
    )
  }
  return (
    <div className="markdown-table-frame">
      {/* reason: a wide table scrolls by itself, and what scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="markdown-table" tabIndex={0} role="region" aria-label="Table">
        <table ref={table}>{children}</table>
      </div>
      <span className="markdown-table-menu">
        <Menu
          label="Copy the table"
          items={[
            { label: "Copy as CSV", icon: "copy", run: () => copy(tableCsv) },
            { label: "Copy as Markdown", icon: "copy", run: () => copy(tableMarkdown) },
          ]}
        />
      </span>
    </div>
  )
}
