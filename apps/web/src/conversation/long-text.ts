/** UTF-16 units above which a text is shown plain: rendering Markdown takes time, and the tab waits for it. */
const MAX_MARKDOWN_LENGTH = 100_000
/** Lines without a blank one between above which it is: inline Markdown takes more than linear time for one paragraph. */
const MAX_MARKDOWN_LINES = 2_000
/** UTF-16 units of a long text that are shown at first. */
const BEGINNING_LENGTH = 4_000
const PIECE_LENGTH = 20_000

/** Whether Markdown would take so long to render `text` that it is shown plain. */
export function isLongText(text: string): boolean {
  if (text.length > MAX_MARKDOWN_LENGTH) return true
  let lines = 0
  for (const line of text.split("\n")) {
    lines = line.trim() === "" ? 0 : lines + 1
    if (lines > MAX_MARKDOWN_LINES) return true
  }
  return false
}

/** How a long text begins; never half a character. */
export function beginningOf(text: string): string {
  return text.slice(0, BEGINNING_LENGTH).replace(/[\ud800-\udbff]$/, "")
}

/** A long text in pieces of which a browser lays out those on screen only. They end at line ends, and joined with them are the text. */
export function plainPieces(text: string): string[] {
  const pieces: string[] = []
  for (let start = 0; start <= text.length;) {
    const end = text.indexOf("\n", start + PIECE_LENGTH)
    pieces.push(text.slice(start, end === -1 ? text.length : end))
    if (end === -1) break
    start = end + 1
  }
  return pieces
}
