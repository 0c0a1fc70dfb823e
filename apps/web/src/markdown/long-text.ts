/** UTF-16 units above which a text is shown plain: rendering Markdown takes time, and the tab waits for it. */
const MAX_MARKDOWN_LENGTH = 100_000
/** Lines without a blank one between above which it is: inline Markdown takes more than linear time for one paragraph. */
const MAX_MARKDOWN_LINES = 2_000
/** UTF-16 units of a long text that are shown at first. */
const BEGINNING_LENGTH = 4_000
const PIECE_LENGTH = 20_000

/** UTF-16 units of one block above which it is shown plain: a block is rendered in one go. */
const MAX_BLOCK_LENGTH = 8_000
/** Lines of one block above which it is. */
const MAX_BLOCK_LINES = 300
/** Quotes, lists or brackets within one another above which a block is shown plain: nobody reads them, and browsers lay them out recursively. */
const MAX_NESTING = 24

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

/** Whether one block of a text renders fast enough to be rendered: code may be long, anything else is short and not deep. */
export function mayBeMarkdown(block: string): boolean {
  if (/^ {0,3}(?:```|~~~)/.test(block)) return true
  if (block.length > MAX_BLOCK_LENGTH || block.split("\n").length > MAX_BLOCK_LINES) return false
  return !DEEP.test(block)
}

const DEEP = new RegExp(
  `^[ \\t]*(?:(?:>|[-+*]|\\d{1,9}[.)])[ \\t]*){${MAX_NESTING},}|^[ \\t]{${MAX_NESTING * 4},}(?:>|[-+*]|\\d{1,9}[.)])|(?:[[({<]|!\\[|[*_~]){${MAX_NESTING * 2},}`,
  "m",
)

/** How a long text begins; never half a character. */
export function beginningOf(text: string): string {
  return text.slice(0, BEGINNING_LENGTH).replace(/[\ud800-\udbff]$/, "")
}

/**
 * A long text in pieces of which a browser lays out those on screen only. Joined they are the text. They end at line ends, and where a line goes
 * on and on, in it: between words if it has any, never in a character.
 */
export function plainPieces(text: string): string[] {
  const pieces: string[] = []
  for (let start = 0; start < text.length;) {
    let end = text.indexOf("\n", start + PIECE_LENGTH) + 1
    if (end === 0 || end - start > 2 * PIECE_LENGTH) end = endInLine(text, start)
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}

function endInLine(text: string, start: number): number {
  const limit = start + 2 * PIECE_LENGTH
  if (limit >= text.length) return text.length
  const before = text.slice(start, limit)
  const line = before.lastIndexOf("\n") + 1
  if (line > 0) return start + line
  const word = before.lastIndexOf(" ") + 1
  if (word > PIECE_LENGTH) return start + word
  return /[\ud800-\udbff]$/.test(before) ? limit - 1 : limit
}
