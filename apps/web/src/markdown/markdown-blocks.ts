const LIST_ITEM = /^ {0,3}(?:[-+*]|\d{1,9}[.)])(?:\s|$)/
const FENCE = /^ {0,3}(`{3,}|~{3,})/
const NOTE = /^ {0,3}\[\^[^\]\n]+\]:/m
const HEADING = /^ {0,3}#{1,6}\s/
/** UTF-16 units of a list above which it goes on in a piece of its own: people write lists without end. */
const MAX_LIST_PIECE = 3_000

/**
 * Cuts Markdown into pieces that render alike alone and together, so that a token at the end of a long answer renders the last piece only.
 *
 * A cut stands at a blank line outside of fenced code, before a line that goes on neither a list nor an indented block; before a heading; and in
 * long lists between two items. What folds away (`<details>`) is one piece if it ends. A text with notes, which are numbered through all of it,
 * is one piece. The pieces joined are the text, and more text at the end changes no piece but the last.
 */
export function markdownBlocks(text: string): readonly string[] {
  if (hasNotes(text)) return [text]
  const blocks: string[] = []
  let block = ""
  let fence: string | undefined
  let blank = false
  let list = false
  let fold = false
  const lines = text.split(/(?<=\n)/)
  const lastFoldEnd = lines.findLastIndex((line) => FOLD_END.test(line))
  for (const [index, line] of lines.entries()) {
    const empty = line.trim() === ""
    if (fence === undefined && !fold && !empty && block !== "" && startsBlock(line, { blank, list, length: block.length })) {
      blocks.push(block)
      block = ""
      list = false
    }
    fence = nextFence(fence, line)
    if (fence === undefined && !fold) fold = block === "" && index <= lastFoldEnd && FOLD.test(line)
    if (fence === undefined && FOLD_END.test(line)) fold = false
    if (fence === undefined && !empty && LIST_ITEM.test(line)) list = true
    block += line
    blank = empty
  }
  if (block !== "") blocks.push(block)
  return blocks
}

/** Whether a text has footnotes. */
export function hasNotes(text: string): boolean {
  return NOTE.test(text)
}

/** Definitions of links in one text that have an effect. */
const MAX_DEFINITIONS = 200

/** The definitions of links in a text, which act on all of it: their labels, in lower case, and their lines. */
export function linkDefinitions(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [line, label = ""] of text.matchAll(/^ {0,3}\[([^\]^\n][^\]\n]*)\]:[ \t]*\S+.*$/gm)) {
    const key = label.toLowerCase()
    // Of two the first one counts.
    if (found.size < MAX_DEFINITIONS && !found.has(key)) found.set(key, line.trim())
  }
  return found
}

/** A piece with the definitions that it refers to: alone it renders as in its text. */
export function withDefinitions(block: string, definitions: ReadonlyMap<string, string>): string {
  if (definitions.size === 0 || !block.includes("[")) return block
  const used = new Set<string>()
  for (const [, label = ""] of block.matchAll(/\[([^[\]\n]+)\]/g)) {
    const line = definitions.get(label.toLowerCase())
    if (line !== undefined) used.add(line)
  }
  return used.size === 0 ? block : `${block}\n\n${[...used].join("\n")}`
}

/** Whether a fence is open at the end of `block`. */
export function isOpenFence(block: string): boolean {
  let fence: string | undefined
  for (const line of block.split("\n")) fence = nextFence(fence, line)
  return fence !== undefined
}

const FOLD = /^ {0,3}<details(?:\s+open)?\s*>/i
const FOLD_END = /<\/details>\s*$/i
const FOLDED = /^ {0,3}<details(?:\s+open)?\s*>\s*(?:<summary>([^<]*(?:<(?!\/summary>)[^<]*)*)<\/summary>)?(.*)<\/details>\s*$/is

/**
 * What a block of `<details>` folds away and the words that stand for it; undefined for any other block. It is the one piece of HTML that has a
 * meaning, since it loads nothing and runs nothing.
 */
export function foldedBlock(block: string): { readonly summary: string; readonly text: string } | undefined {
  if (!FOLD.test(block)) return undefined
  const match = FOLDED.exec(block)
  return match === null ? undefined : { summary: (match[1] ?? "").replace(/<[^>]*>/g, "").trim(), text: (match[2] ?? "").trim() }
}

interface Before {
  readonly blank: boolean
  readonly list: boolean
  readonly length: number
}

function startsBlock(line: string, { blank, list, length }: Before): boolean {
  if (HEADING.test(line)) return true
  if (list && length > MAX_LIST_PIECE && /^(?:[-+*]|\d{1,9}[.)])\s/.test(line)) return true
  if (!blank || /^(?: {2,}|\t)/.test(line)) return false
  return !(list && LIST_ITEM.test(line))
}

/** The fence that is open after `line`: the one before it, unless the line closes it, or the one it opens. */
export function nextFence(open: string | undefined, line: string): string | undefined {
  const mark = FENCE.exec(line)?.[1]
  if (open === undefined) {
    // A backtick fence has no backtick in its info string, else it is inline code.
    return mark !== undefined && !(mark.startsWith("`") && line.slice(line.indexOf(mark) + mark.length).includes("`")) ? mark : undefined
  }
  const closes = mark !== undefined && mark[0] === open[0] && mark.length >= open.length && line.trim() === mark
  return closes ? undefined : open
}
