/*
 * Text of a page of which only places of words are known. A PDF says where glyphs stand, not what a line, a word or a paragraph is; the library joins glyphs to
 * words and says where a line ends.
 *
 * A line goes on in the next one when that one's first word had no room in it, and the next one stands just below in letters of the same size, without an indent
 * and without the mark of an item. A hyphen at such an end goes when the file writes the word without it elsewhere, or nowhere with it.
 */

/** What the library tells of some glyphs. */
export interface PageItem {
  readonly str: string
  /** Its place: the last two are x and y from the lower left corner, the fourth is about the height of the letters. */
  readonly transform: readonly number[]
  readonly width: number
  readonly height: number
  readonly hasEOL: boolean
}

/** A line of a page, in the units of the page. */
export interface PageLine {
  readonly text: string
  readonly left: number
  readonly right: number
  readonly y: number
  /** Of its letters. */
  readonly height: number
}

/** The lines of a page in the order in which the file writes them, without blank ones. */
export function pageLines(items: readonly PageItem[]): readonly PageLine[] {
  const lines: PageLine[] = []
  let words: PageItem[] = []
  for (const item of items) {
    words.push(item)
    if (!item.hasEOL) continue
    addLine(lines, words)
    words = []
  }
  addLine(lines, words)
  return lines
}

// oxlint-disable-next-line no-control-regex -- reason: fonts map glyphs to control characters, and a NUL to nothing
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

function addLine(lines: PageLine[], words: readonly PageItem[]): void {
  const text = words
    .map(({ str }) => str)
    .join("")
    .replace(CONTROLS, "\uFFFD")
    .replaceAll(/[\s\u00A0]+/g, " ")
    .trim()
  if (text === "") return
  const shown = words.filter(({ str }) => str.trim() !== "")
  const heights = shown.map(({ height, transform }) => height || Math.abs(transform[3] ?? 0))
  lines.push({
    text,
    left: Math.min(...shown.map(({ transform }) => transform[4] ?? 0)),
    right: Math.max(...shown.map(({ transform, width }) => (transform[4] ?? 0) + width)),
    y: shown[0]!.transform[5] ?? 0,
    height: Math.max(...heights),
  })
}

/** The text of each page. */
export function joinLines(pages: readonly (readonly PageLine[])[]): readonly string[] {
  const words = new Set<string>()
  for (const lines of pages) for (const { text } of lines) for (const [word] of text.matchAll(WORDS)) words.add(word.toLowerCase())
  return pages.map((lines) => {
    let text = ""
    for (const [index, line] of lines.entries()) {
      const before = lines[index - 1]
      text = before === undefined ? line.text : append(text, line.text, betweenLines(before, line, rightEdge(lines, index - 1)), words)
    }
    return text
  })
}

const WORDS = /[\p{L}\p{M}]+(?:[-‐][\p{L}\p{M}]+)*/gu

type Between = "paragraph" | "line" | "space"

function betweenLines(before: PageLine, line: PageLine, edge: number): Between {
  const down = before.y - line.y
  const size = Math.max(before.height, line.height, 1)
  if (down > size * 1.9 || down < -size || Math.abs(before.height - line.height) > size * 0.2) return "paragraph"
  const fits = before.right + firstWordWidth(line) < edge - size * 0.5
  if (fits || ITEM.test(line.text) || line.left > before.left + size * 4) return "line"
  return line.left > before.left + size * 0.8 && /[.!?:。！？]["'”’)]*$/.test(before.text) ? "line" : "space"
}

/** About how wide a blank and the first word of a line are; a script without blanks may end a line anywhere. */
function firstWordWidth({ text, left, right, height }: PageLine): number {
  const word = NO_SPACE_START.test(text) ? 1 : (text + " ").indexOf(" ") + 1
  return Math.max(((right - left) / text.length) * word, height)
}

const ITEM = /^(?:[•‣◦▪●○–—*·-]|\(?\d{1,3}[.)]|\(?[a-z]\))\s/u

/** How far lines about this one reach to the right: of the same column, those that begin where it does. */
function rightEdge(lines: readonly PageLine[], index: number): number {
  const { left, right, height } = lines[index]!
  let edge = right
  for (let near = Math.max(0, index - NEAR_LINES); near <= Math.min(lines.length - 1, index + NEAR_LINES); near++) {
    const line = lines[near]!
    if (Math.abs(line.left - left) < height * 4) edge = Math.max(edge, line.right)
  }
  return edge
}

const NEAR_LINES = 12

function append(text: string, next: string, between: Between, words: ReadonlySet<string>): string {
  if (between === "paragraph") return `${text}\n\n${next}`
  const divided = /([\p{L}\p{M}]+(?:[-‐][\p{L}\p{M}]+)*)([-‐\u00AD])$/u.exec(text.slice(-MAX_WORD_LENGTH))
  const rest = /^[\p{Ll}\p{Lo}\p{M}]+/u.exec(next)?.[0]
  if (divided !== null && rest !== undefined) {
    const [, first = "", hyphen] = divided
    const keeps = hyphen !== "\u00AD" && !words.has((first + rest).toLowerCase()) && words.has(`${first}-${rest}`.toLowerCase())
    return (keeps ? text : text.slice(0, -1)) + next
  }
  if (between === "line") return `${text}\n${next}`
  return NO_SPACE_END.test(text.slice(-2)) && NO_SPACE_START.test(next) ? text + next : `${text} ${next}`
}

const MAX_WORD_LENGTH = 80
const NO_SPACE_START = /^[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}]/u
const NO_SPACE_END = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}]$/u
