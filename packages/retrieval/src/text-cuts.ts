/*
 * Where a text may be cut into passages, by how clearly it ends there. Read line by line, once, without patterns that could look twice at a long run:
 * what is cut was written by strangers.
 */

/** How clearly a text ends at a place, rising. */
export const CUT_LEVELS = {
  /** Between two headings, or within a sentence that goes on in the next line: better than between any two words. */
  line: 1,
  sentence: 2,
  /** Before an item of a list, a row of a table, a line of code. */
  item: 3,
  paragraph: 4,
  /** Before a heading. */
  section: 5,
} as const

/** A place at which a text may be cut: the first character of what follows. */
export interface TextCut {
  readonly at: number
  readonly level: (typeof CUT_LEVELS)[keyof typeof CUT_LEVELS]
}

/** A line, without the end of it. */
interface Line {
  readonly start: number
  readonly end: number
  readonly kind: "blank" | "heading" | "title" | "code" | "item" | "plain"
}

/** All such places of a text but those between words, ascending. Markdown is understood; a short line by itself is taken for a title. */
export function textCuts(text: string): readonly TextCut[] {
  const cuts: TextCut[] = []
  let before: Line | undefined
  let afterBlank = true
  for (const line of linesOf(text)) {
    if (line.kind === "blank") {
      afterBlank = true
      continue
    }
    const at = inkFrom(text, line.start, line.end)
    const level = before === undefined ? undefined : levelBetween(text, before, line, afterBlank)
    if (level !== undefined) cuts.push({ at, level })
    if (line.kind === "plain" || line.kind === "item") addSentences(cuts, text, at, line.end)
    before = line
    afterBlank = false
  }
  return cuts
}

/** `undefined` between a heading and what stands under it, where no text ends. */
function levelBetween(text: string, before: Line, line: Line, afterBlank: boolean): TextCut["level"] | undefined {
  if (before.kind === "heading") return line.kind === "heading" ? CUT_LEVELS.line : undefined
  if (before.kind === "title" && line.kind !== "title" && line.kind !== "heading") return undefined
  if (line.kind === "heading") return CUT_LEVELS.section
  if (line.kind === "code" && before.kind === "code") return CUT_LEVELS.item
  if (afterBlank) return CUT_LEVELS.paragraph
  if (line.kind === "item" || line.kind === "code" || before.kind === "code") return CUT_LEVELS.item
  return endsSentence(text, before) ? CUT_LEVELS.sentence : CUT_LEVELS.line
}

const FENCE = /^ {0,3}(```|~~~)/
const HEADING = /^ {0,3}#{1,6}[ \t]/
const UNDERLINE = /^ {0,3}(?:={3,}|-{3,})[ \t]*$/
const ITEM = /^[ \t]*(?:[-*+•‣◦–][ \t]|\d{1,9}[.)][ \t]|\||>)/
const LETTER = /\p{L}/u

/** Longest line by itself that is taken for a title, in UTF-16 units. */
const MAX_TITLE_LENGTH = 100
/** So much of a line is looked at to see what it is. */
const HEAD_LENGTH = 200

function* linesOf(text: string): Iterable<Line> {
  let fence: string | undefined
  let blankBefore = true
  for (let start = 0; start < text.length;) {
    const end = endOfLine(text, start)
    const head = text.slice(start, Math.min(end, start + HEAD_LENGTH))
    const mark = FENCE.exec(head)?.[1]
    const inFence = fence !== undefined
    if (mark !== undefined && (fence === undefined || fence === mark)) fence = inFence ? undefined : mark
    const blank = inkFrom(text, start, end) === end
    const kind = blank ? "blank" : inFence || mark !== undefined ? "code" : kindOf(text, start, end, head, blankBefore)
    yield { start, end, kind }
    blankBefore = blank
    start = end + 1
    if (kind !== "heading" || HEADING.test(head) || start >= text.length) continue
    // The line under an underlined heading is a part of it.
    start = endOfLine(text, start) + 1
  }
}

function kindOf(text: string, start: number, end: number, head: string, blankBefore: boolean): Line["kind"] {
  if (HEADING.test(head)) return "heading"
  const next = text.slice(end + 1, Math.min(endOfLine(text, end + 1), end + 1 + HEAD_LENGTH))
  if (ITEM.test(head)) return "item"
  if (end - start <= MAX_TITLE_LENGTH && LETTER.test(head)) {
    if (UNDERLINE.test(next) && (next.trimStart().startsWith("=") || blankBefore)) return "heading"
    if (blankBefore && next.trim() === "" && end < text.length && !endsSentence(text, { start, end, kind: "plain" })) return "title"
  }
  return "plain"
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from)
  return end === -1 ? text.length : end
}

/** Ends of sentences in scripts with spaces, which are ends only where a space follows; and in scripts where none needs to. */
const ENDS = new Set(".!?…؟۔։።")
const BARE_ENDS = new Set("。！？｡．।॥။។៕⁇⁈⁉")
const CLOSERS = new Set(`"'”’»›)]}」』】）］｝〉》〕〗＂＇*_`)
/** Their full stop ends no sentence. */
const ABBREVIATIONS = new Set(
  "mr mrs ms dr prof st vs etc cf fig figs no nos vol pp al eq sec ch ed eds inc ltd bzw usw vgl ca nr".split(" "),
)

function addSentences(cuts: TextCut[], text: string, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    const character = text[at]!
    const bare = BARE_ENDS.has(character)
    if (!bare && !ENDS.has(character)) continue
    let after = at + 1
    let ends = bare
    while (after < end && (ENDS.has(text[after]!) || BARE_ENDS.has(text[after]!) || CLOSERS.has(text[after]!))) {
      if (BARE_ENDS.has(text[after]!)) ends = true
      after++
    }
    const next = inkFrom(text, after, end)
    if (next < end && (ends || (next > after && startsSentence(text, next) && !(character === "." && abbreviates(text, start, at))))) {
      cuts.push({ at: next, level: CUT_LEVELS.sentence })
    }
    at = Math.max(at, next - 1)
  }
}

/** What begins with a small letter goes on. */
function startsSentence(text: string, at: number): boolean {
  const character = String.fromCodePoint(text.codePointAt(at)!)
  return character === character.toUpperCase() || character !== character.toLowerCase()
}

function abbreviates(text: string, start: number, stop: number): boolean {
  let from = stop
  while (from > start && stop - from <= 8 && isWordCharacter(text.charCodeAt(from - 1))) from--
  const word = text.slice(from, stop)
  return (word.length === 1 && word !== "I" && !/\d/.test(word)) || ABBREVIATIONS.has(word.toLowerCase())
}

function isWordCharacter(code: number): boolean {
  return code > 0x7f || (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a)
}

function endsSentence(text: string, { start, end }: Line): boolean {
  let at = end
  while (at > start && (isSpace(text.charCodeAt(at - 1)) || CLOSERS.has(text[at - 1]!))) at--
  return at > start && (ENDS.has(text[at - 1]!) || BARE_ENDS.has(text[at - 1]!) || text[at - 1] === ":")
}

/** The first place from `from` on that is not blank, or `end`. */
function inkFrom(text: string, from: number, end: number): number {
  let at = from
  while (at < end && isSpace(text.charCodeAt(at))) at++
  return at
}

function isSpace(code: number): boolean {
  return code <= 0x20 || code === 0xa0 || code === 0x3000 || (code >= 0x2000 && code <= 0x200a) || code === 0x2028 || code === 0x2029
}
