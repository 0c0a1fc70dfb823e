/** The rows of a table as the texts of their cells, the head first. */
export type TableCells = readonly (readonly string[])[]

/** A cell that a spreadsheet would take for a formula and run. Numbers may begin with a sign. */
const FORMULA = /^[=@\t\r]|^[-+](?![\d.,\s]*$)/

/**
 * The table as CSV (RFC 4180): lines end in CRLF, cells with commas, quotes or line breaks stand in quotes. A cell that a spreadsheet would run is
 * given an apostrophe, for tables are written by models and strangers.
 */
export function tableCsv(cells: TableCells): string {
  const cell = (text: string): string => {
    const safe = FORMULA.test(text) ? `'${text}` : text
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return cells.map((row) => `${row.map(cell).join(",")}\r\n`).join("")
}

/** The table as Markdown. */
export function tableMarkdown(cells: TableCells): string {
  const [head = [], ...rows] = cells
  const line = (row: readonly string[]): string =>
    `| ${row
      .map((text) =>
        text
          .replaceAll("\\", "\\\\")
          .replaceAll("|", "\\|")
          .replaceAll(/\s*\n\s*/g, " "),
      )
      .join(" | ")} |\n`
  return `${line(head)}|${" --- |".repeat(Math.max(1, head.length))}\n${rows.map(line).join("")}`
}
