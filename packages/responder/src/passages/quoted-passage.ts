import type { TextRange } from "@polylogue/conversation"
import { wordsFound } from "@polylogue/retrieval"
import { sentencesOf } from "../sources/sentences.ts"

/** Longest excerpt of a passage, in UTF-16 units; a sentence that is longer itself is cut. */
export const MAX_EXCERPT_LENGTH = 600

/** The sentences of a passage that answer best: those that follow one another within {@link MAX_EXCERPT_LENGTH} and hold the most words that were sought, the earliest of equals. */
export function excerptOf(text: string, terms: readonly string[]): TextRange {
  const sentences = sentencesOf(text)
  const marks = wordsFound(text, terms)
  let best: TextRange | undefined
  let bestCount = -1
  for (const [first, { from }] of sentences.entries()) {
    let to = sentences[first]!.to
    for (let next = first + 1; next < sentences.length && sentences[next]!.to - from <= MAX_EXCERPT_LENGTH; next++) to = sentences[next]!.to
    const count = new Set(
      marks.filter((mark) => mark.start >= from && mark.end <= to).map(({ start, end }) => text.slice(start, end).toLowerCase()),
    ).size
    if (count <= bestCount) continue
    best = { from, to }
    bestCount = count
  }
  if (best === undefined) return { from: 0, to: Math.min(text.length, MAX_EXCERPT_LENGTH) }
  return best.to - best.from <= MAX_EXCERPT_LENGTH ? best : aroundFirstMark(text, best, marks[0]?.start ?? best.from)
}

/** A part of one long sentence: from a little before the first word that was sought, between words where it has any. */
function aroundFirstMark(text: string, { from, to }: TextRange, mark: number): TextRange {
  const wanted = Math.min(Math.max(from, mark - MAX_EXCERPT_LENGTH / 4), to - MAX_EXCERPT_LENGTH)
  const blank = text.indexOf(" ", wanted)
  const start = wanted === from || blank === -1 || blank > wanted + MAX_EXCERPT_LENGTH / 4 ? wanted : blank + 1
  const end = Math.min(to, start + MAX_EXCERPT_LENGTH)
  const last = end === to ? -1 : text.lastIndexOf(" ", end)
  return whole(text, { from: start, to: last > start + MAX_EXCERPT_LENGTH / 2 ? last : end })
}

/** No half of a surrogate pair at either end. */
function whole(text: string, { from, to }: TextRange): TextRange {
  const low = /^[\uDC00-\uDFFF]/u
  return { from: low.test(text.slice(from, from + 1)) ? from + 1 : from, to: low.test(text.slice(to, to + 1)) ? to - 1 : to }
}

/** What a source says, as words in Markdown on one line: nothing in it is a link, a picture, a heading or a command of any kind. */
export function asPlainWords(text: string): string {
  return text
    .replaceAll(/\s+/gu, " ")
    .trim()
    .replaceAll(/[\\`*_{}[\]<>#!|~$&^]/gu, String.raw`\$&`)
    .replace(/^(\d+)([.)])/u, String.raw`$1\$2`)
    .replace(/^[-+=]/u, String.raw`\$&`)
}

/** What a source says, as a quote in Markdown: its paragraphs stay apart, each as `asPlainWords` has it, without the sign of a heading, which is no word. */
export function asQuote(text: string): string {
  const paragraphs = text.split(/\n\s*\n/u).map((paragraph) => asPlainWords(paragraph.trim().replace(/^#{1,6}[ \t]+(?=\S)/u, "")))
  return `> ${paragraphs.filter((words) => words !== "").join("\n>\n> ")}`
}
