import { nextFence } from "./markdown-blocks.ts"

/** How the piece that is still being written is shown. */
export interface ClosedText {
  /** Markdown in which everything that was begun is closed. */
  readonly text: string
  /** The formula at its end that its writer has not closed yet: half a formula is no formula, so it stands as it is written. */
  readonly openMaths: string | undefined
}

/**
 * The last piece of a text that is still being written, with the marks closed that its writer has not closed yet, and those held back that do not
 * tell yet what they will be. What stands before the caret keeps its form while the rest arrives: a word is not bold in one moment and between
 * stars in the next, a row of dashes does not make a heading of the line above on its way to a list.
 */
export function closeMarks(block: string): ClosedText {
  const lines = block.split("\n")
  let fence: string | undefined
  let fencedBefore: string | undefined
  for (const line of lines) {
    fencedBefore = fence
    fence = nextFence(fence, line)
  }
  if (fence !== undefined) return { text: closeFence(lines, fence, fencedBefore), openMaths: undefined }
  if (lines.length > 0 && fencedBefore === undefined && UNDECIDED.test(lines.at(-1) ?? "")) lines.pop()
  const text = lines.join("\n").trimEnd()
  const start = leafStart(text)
  const leaf = closeInline(text.slice(start))
  return { text: closeTable(text.slice(0, start) + leaf.text), openMaths: leaf.openMaths }
}

/** A line that may become a list item, a heading, a rule, a fence, a table or a formula, and holds nothing else yet. */
const UNDECIDED = /^\s*(?:>\s*)*(?:[-*_=+#>|~`$:]*|\d{1,9}[.)]?|\\[[(]?|(?:[-*+]|\d{1,9}[.)])\s+\[[ xX]?\]?)\s*$/

function closeFence(lines: readonly string[], fence: string, fencedBefore: string | undefined): string {
  const last = lines.at(-1) ?? ""
  const before = lines.slice(0, -1).join("\n")
  // The name of a language that is half written is another language's, or none.
  if (fencedBefore === undefined) return `${before}${before === "" ? "" : "\n"}${last.slice(0, last.indexOf(fence) + fence.length)}\n`
  const mark = last.trim()
  return mark !== "" && fence.startsWith(mark) ? before : lines.join("\n")
}

/** Where the paragraph, item, heading or cell begins that the end of `text` is in. */
function leafStart(text: string): number {
  let start = text.lastIndexOf("\n") + 1
  for (;;) {
    const line = text.slice(start).split("\n", 1)[0] ?? ""
    if (/^\s*\|/.test(line)) return start + line.lastIndexOf("|") + 1
    if (start === 0 || LEAF.test(line)) return start
    const before = text.lastIndexOf("\n", start - 2) + 1
    const previous = text.slice(before, start - 1)
    if (previous.trim() === "" || /^\s*#{1,6}\s/.test(previous)) return start
    start = before
  }
}

const LEAF = /^\s*(?:[-*+]\s|\d{1,9}[.)]\s|#{1,6}\s|>)/

/** A table from its first line on: before the row of dashes a table's head would be a paragraph full of bars. */
function closeTable(text: string): string {
  const tail = text.slice(text.search(/(?:^|\n[ \t]*\n)(?:(?!\n[ \t]*\n)[\s\S])*$/)).replace(/^\s*\n/, "")
  const [head = "", dashes, more] = tail.split("\n")
  if (!/^ {0,3}\|.*[^\s|]/.test(head) || more !== undefined || (dashes !== undefined && !/^[\s|:-]*$/.test(dashes))) return text
  const whole = /[^\\]\|\s*$/.test(head) ? head : `${head} |`
  const columns = whole.trim().replaceAll("\\|", "").split("|").length - 2
  return `${text.slice(0, text.length - tail.length)}${whole}\n|${" - |".repeat(Math.max(1, columns))}`
}

interface Emphasis {
  readonly mark: string
  length: number
}

/** Paragraph text in which emphasis, code, links and formulas are closed. */
function closeInline(leaf: string): ClosedText {
  const open: Emphasis[] = []
  const brackets: number[] = []
  let text = leaf
  let openMaths: string | undefined
  let at = 0
  scan: while (at < text.length) {
    const rest = text.slice(at)
    const maths = /^(?:\\[[(]|\$\$)/.exec(rest)?.[0]
    const code = /^`+/.exec(rest)?.[0]
    const run = /^(?:\*+|_+|~~)/.exec(rest)?.[0]
    if (maths !== undefined) {
      const close = CLOSING[maths] ?? maths
      const end = text.indexOf(close, at + 2)
      if (end === -1) {
        const value = text.slice(at + 2).replace(/[\\$]$/, "")
        openMaths = value.trim() === "" ? undefined : value
        text = openMaths === undefined ? text.slice(0, at) : `${text.slice(0, at)}${maths}${value}${close}`
        break
      }
      at = end + close.length
    } else if (code !== undefined) {
      const end = endOfCode(text, at, code)
      if (end === -1) {
        const value = text.slice(at + code.length).replace(/`+$/, "")
        text = text.slice(0, at) + (value === "" ? "" : code + value + code)
        break
      }
      at = end
    } else if (run !== undefined) {
      at += run.length
      if (at === text.length && !closes(open, run, text.at(-run.length - 1))) {
        text = text.slice(0, -run.length)
        break
      }
      toggle(open, run, text.at(at - run.length - 1) ?? " ", text[at] ?? " ", at - run.length === 0)
    } else if (rest.startsWith("\\")) {
      if (rest.length === 1) text = text.slice(0, -1)
      at += 2
    } else if (rest.startsWith("[")) {
      brackets.push(at++)
    } else if (rest.startsWith("]")) {
      const begin = brackets.pop()
      at++
      if (begin === undefined) continue
      const destination = /^\((?:[^()\n]|\([^()\n]*\))*\)/.exec(text.slice(at))?.[0]
      if (destination !== undefined) at += destination.length
      else if (at === text.length || /^\((?:[^()\n]|\([^()\n]*\)?)*$/.test(text.slice(at))) {
        text = without(text.slice(0, at - 1), begin)
        break scan
      }
    } else at++
  }
  const begin = brackets.at(-1)
  if (begin !== undefined && !text.slice(begin).includes("\n") && openMaths === undefined) text = without(text, begin)
  text = text.replace(/<((?:https?:|mailto:)[^\s>]*)$/, "$1").trimEnd()
  return { text: text + closing(open), openMaths }
}

const CLOSING: Readonly<Record<string, string>> = { "\\(": "\\)", "\\[": "\\]" }

function endOfCode(text: string, at: number, mark: string): number {
  for (const found of text.slice(at + mark.length).matchAll(/`+/g)) {
    if (found[0].length === mark.length) return at + mark.length + found.index + mark.length
  }
  return -1
}

/** `text` without the bracket at `begin` and the sign of an image before it. */
function without(text: string, begin: number): string {
  return text.slice(0, text[begin - 1] === "!" ? begin - 1 : begin) + text.slice(begin + 1)
}

function closes(open: readonly Emphasis[], run: string, before: string | undefined): boolean {
  return before !== undefined && !/\s/.test(before) && open.some(({ mark }) => mark === run[0])
}

/** Takes a run of stars, underscores or tildes for what it is: it closes what is open, or opens. */
function toggle(open: Emphasis[], run: string, before: string, after: string, first: boolean): void {
  const mark = run[0] ?? ""
  let length = run.length
  const inWord = mark === "_" && /[\p{L}\p{N}]/u.test(before) && /[\p{L}\p{N}]/u.test(after)
  if (inWord) return
  if (!/\s/.test(before) && !first) {
    while (length > 0) {
      const last = open.findLastIndex((entry) => entry.mark === mark)
      const entry = open[last]
      if (entry === undefined) break
      const closed = Math.min(entry.length, length)
      entry.length -= closed
      length -= closed
      // What was opened in between and not closed was no emphasis.
      open.length = entry.length === 0 ? last : last + 1
    }
  }
  if (length > 0 && !/\s/.test(after)) open.push({ mark, length })
}

function closing(open: readonly Emphasis[]): string {
  return open
    .toReversed()
    .map(({ mark, length }) => mark.repeat(length))
    .join("")
}
