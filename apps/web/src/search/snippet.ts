import type { Mark } from "./text-match.ts"

/** A piece of a text around what was found in it. */
export interface Snippet {
  /** On one line: white space is one space. Begins and ends with "…" where something is left out. */
  readonly text: string
  /** What was found, in UTF-16 units of `text`; in order, without overlaps. */
  readonly marks: readonly Mark[]
}

/** Most of a snippet, in UTF-16 units, unless a single mark is longer. */
export const SNIPPET_LENGTH = 180
/** As much of it stands before the first mark. */
const BEFORE = 48

const MARKDOWN = /\*\*|`+|(?<=^|\n)[ \t]*(?:#{1,6}|>)(?=[ \t])/gu

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

/**
 * The piece of `text` with the most of `marks` in it, cut between words where it can be and never within a character as people see them: an emoji of
 * several people, a letter with its accents.
 * @param prose - signs of Markdown (emphasis, headings, code) are left out.
 */
export function snippetOf(text: string, marks: readonly Mark[], prose = false, length = SNIPPET_LENGTH): Snippet {
  const plain = (piece: string): string => (prose ? piece.replace(MARKDOWN, "") : piece)
  const window = windowOf(text, bestMarks(marks, length), length)
  const shown = marks.filter(({ start, end }) => start >= window.start && end <= window.end)
  let out = window.start > 0 ? "…" : ""
  const placed: Mark[] = []
  let at = window.start
  for (const mark of shown) {
    out = append(out, plain(text.slice(at, mark.start)))
    const start = out.length
    out = append(out, plain(text.slice(mark.start, mark.end)))
    placed.push({ start, end: out.length })
    at = mark.end
  }
  out = append(out, plain(text.slice(at, window.end)))
  if (window.end < text.length) out = `${out.trimEnd()}…`
  return { text: out, marks: placed.map(({ start, end }) => ({ start: Math.min(start, out.length), end: Math.min(end, out.length) })) }
}

/** White space as one space, none at the beginning. */
function append(out: string, piece: string): string {
  const flat = piece.replace(/\s+/gu, " ")
  return out + (out === "" || /\s$/u.test(out) || out === "…" ? flat.trimStart() : flat)
}

/** The marks that fit together, most of them, the earliest of equals. */
function bestMarks(marks: readonly Mark[], length: number): Mark {
  let best: { readonly mark: Mark; readonly count: number } | undefined
  for (const [index, first] of marks.entries()) {
    let count = 0
    let end = first.end
    for (const mark of marks.slice(index, index + MAX_TOGETHER)) {
      if (mark.end - first.start > length - BEFORE) break
      count++
      end = mark.end
    }
    if (best === undefined || count > best.count) best = { mark: { start: first.start, end }, count }
  }
  return best?.mark ?? { start: 0, end: 0 }
}

const MAX_TOGETHER = 32

function windowOf(text: string, found: Mark, length: number): Mark {
  if (text.length <= length) return { start: 0, end: text.length }
  const start = Math.max(0, Math.min(found.start - BEFORE, text.length - length))
  const end = Math.min(text.length, Math.max(found.end, start + length))
  return { start: start === 0 ? 0 : cutBefore(text, start, found.start), end: end === text.length ? end : cutAfter(text, end, found.end) }
}

/** A place at or behind `wanted`, at most `latest`, where the text may be cut: behind a space, else between two characters. */
function cutBefore(text: string, wanted: number, latest: number): number {
  const space = text.slice(wanted, Math.min(latest, wanted + WORD_REACH)).search(/\s/u)
  if (space !== -1) return wanted + space + 1
  return boundary(text, wanted, latest, "after")
}

function cutAfter(text: string, wanted: number, earliest: number): number {
  const from = Math.max(earliest, wanted - WORD_REACH)
  const spaces = [...text.slice(from, wanted).matchAll(/\s/gu)]
  const space = spaces.at(-1)?.index
  if (space !== undefined) return from + space
  return boundary(text, wanted, earliest, "before")
}

/** So far one looks for a space, in UTF-16 units. */
const WORD_REACH = 24
/** Around a cut, so much of the text is cut into characters: longer ones do not exist in practice. */
const REACH = 64

function boundary(text: string, wanted: number, limit: number, side: "before" | "after"): number {
  const from = lineBegin(text, Math.max(0, wanted - REACH))
  let last = from
  for (const { index, segment } of graphemes.segment(text.slice(from, Math.min(text.length, wanted + REACH)))) {
    const start = from + index
    const end = start + segment.length
    if (start >= wanted && side === "after") return Math.min(start, limit)
    if (end > wanted && side === "before") return Math.max(start, limit)
    last = end
  }
  return side === "after" ? Math.min(last, limit) : Math.max(last, limit)
}

/** A place at or before `at` that is no inside of a surrogate pair. */
function lineBegin(text: string, at: number): number {
  return at > 0 && /[\uDC00-\uDFFF]/u.test(text.charAt(at)) ? at - 1 : at
}
