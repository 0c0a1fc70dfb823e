const LIST_ITEM = /^ {0,3}(?:[-+*]|\d{1,9}[.)])(?:\s|$)/
const FENCE = /^ {0,3}(`{3,}|~{3,})/
const DEFINITION = /^ {0,3}\[[^\]]+\]:/m

/**
 * Cuts Markdown into pieces that render alike alone and together, so that a token at the end of a long answer renders the last piece only.
 *
 * A cut stands at a blank line outside of fenced code, before a line that goes on neither a list nor an indented block. A text with link or
 * footnote definitions, which act on all of it, is one piece. The pieces joined are the text.
 */
export function markdownBlocks(text: string): readonly string[] {
  if (DEFINITION.test(text)) return [text]
  const blocks: string[] = []
  let block = ""
  let fence: string | undefined
  let blank = false
  let list = false
  for (const line of text.split(/(?<=\n)/)) {
    const empty = line.trim() === ""
    if (fence === undefined && blank && !empty && startsBlock(line, list)) {
      blocks.push(block)
      block = ""
      list = false
    }
    fence = nextFence(fence, line)
    if (fence === undefined && !empty && LIST_ITEM.test(line)) list = true
    block += line
    blank = empty
  }
  if (block !== "") blocks.push(block)
  return blocks
}

/**
 * The last piece of a text that is still being written, with the marks closed that its writer has not closed yet: what stands before the caret
 * keeps its form while the rest arrives.
 */
export function closeMarks(block: string): string {
  let fence: string | undefined
  for (const line of block.split("\n")) fence = nextFence(fence, line)
  if (fence !== undefined) return block
  let text = block.replace(/\s+$/, "")
  if (countOf(text, /`/g) % 2 === 1) return text.endsWith("`") ? text.slice(0, -1) : `${text}\``
  text = text.replace(/!?\[([^\]\n]*)\]\([^)\n]*$/, "$1")
  const outside = text.replace(/`[^`]*`/g, "")
  for (const mark of ["**", "~~"]) {
    if ((outside.split(mark).length - 1) % 2 === 0) continue
    text = text.endsWith(mark) ? text.slice(0, -mark.length) : `${text.replace(/[*~]$/, "")}${mark}`
  }
  return text
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

function startsBlock(line: string, list: boolean): boolean {
  if (/^(?: {2,}|\t)/.test(line)) return false
  return !(list && LIST_ITEM.test(line))
}

/** The fence that is open after `line`: the one before it, unless the line closes it, or the one it opens. */
function nextFence(open: string | undefined, line: string): string | undefined {
  const mark = FENCE.exec(line)?.[1]
  if (open === undefined) {
    // A backtick fence has no backtick in its info string, else it is inline code.
    return mark !== undefined && !(mark.startsWith("`") && line.slice(line.indexOf(mark) + mark.length).includes("`")) ? mark : undefined
  }
  const closes = mark !== undefined && mark[0] === open[0] && mark.length >= open.length && line.trim() === mark
  return closes ? undefined : open
}
