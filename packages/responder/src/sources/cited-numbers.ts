import { MAX_QUOTE_LENGTH, type NewCitation, type TextRange } from "@polylogue/conversation"
import { foldedForm, pairOf, plainForm, tokensOf } from "@polylogue/retrieval/words"
import type { WrittenPart } from "../answer.ts"
import { codeRanges } from "./code-ranges.ts"
import { sentencesOf } from "./sentences.ts"
import type { FoundPassage } from "./source-shelf.ts"

/** Most citations that are made of one answer; what a model writes beyond them stays text. */
export const MAX_ANSWER_CITATIONS = 200

/** Numbers in brackets that are neither a link, nor a note, nor the address of one. */
const MARKER =
  /(?<!\\)(?:\[(?<plain>\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]|【(?<wide>\d{1,3}(?:\s*[,;、]\s*\d{1,3})*)】)(?!\()(?!(?<=^[ \t>]*\[\d{1,3}\]):)/gmu
/** A sentence of a source is what an answer rests on when it shares so many words with it, or this share of them. */
const MIN_SHARED_WORDS = 2
const MIN_SHARED_SHARE = 0.2
/** Signs with which a line of Markdown begins, of lists, quotes and headings. */
const LINE_START = /^(?:[-*+>#]+\s+|\d{1,9}[.)]\s+|\[[ xX]\]\s+)+/u

/**
 * The citations that a model wrote as numbers of its passages: `[1]`, `[1, 3]`, `[2][4]`. In the answer each holds on to the words before the number in their sentence, in the source to the
 * sentence of the passage that says most of that, else to the passage as a whole. Numbers that name no passage, and what stands in code, are text.
 * @param passages - `passages[n - 1]` is `[n]`; undefined where no passage has a number.
 */
export function citationsIn(
  parts: readonly WrittenPart[],
  passages: readonly (FoundPassage | undefined)[],
): readonly Omit<NewCitation, "messageId">[] {
  const citations: Omit<NewCitation, "messageId">[] = []
  for (const { pid, type, text } of parts) {
    if (type !== "text") continue
    for (const { answer, numbers } of citedPlaces(text, passages)) {
      const words = text.slice(answer.from, answer.to)
      for (const number of numbers) {
        if (citations.length >= MAX_ANSWER_CITATIONS) return citations
        citations.push({ partId: pid, answer, source: citedSource(passages[number - 1]!, words) })
      }
    }
  }
  return citations
}

interface CitedPlace {
  readonly answer: TextRange
  readonly numbers: ReadonlySet<number>
}

/** Where numbers stand, those side by side as one place, and the words before them. */
function citedPlaces(text: string, passages: readonly unknown[]): readonly CitedPlace[] {
  const code = codeRanges(text)
  const places: { from: number; to: number; numbers: Set<number> }[] = []
  for (const match of text.matchAll(MARKER)) {
    const [from, to] = [match.index, match.index + match[0].length]
    const list = match.groups?.["plain"] ?? match.groups?.["wide"] ?? ""
    const numbers = list.split(/[^\d]+/u).map(Number)
    if (!numbers.every((number) => passages[number - 1] !== undefined) || code.some((range) => from < range.to && to > range.from)) continue
    const last = places.at(-1)
    if (last !== undefined && text.slice(last.to, from).trim() === "") {
      for (const number of numbers) last.numbers.add(number)
      last.to = to
    } else places.push({ from, to, numbers: new Set(numbers) })
  }
  return places.map(({ from, to, numbers }, at) => ({ answer: wordsBefore(text, places[at - 1]?.to ?? 0, from) ?? { from, to }, numbers }))
}

/** The words of the sentence that ends at `end`, behind what was cited before. */
function wordsBefore(text: string, start: number, end: number): TextRange | undefined {
  const sentence = sentencesOf(text.slice(start, end)).at(-1)
  if (sentence === undefined) return undefined
  const cell = text.slice(start, end).lastIndexOf("|")
  let from = start + Math.max(sentence.from, cell + 1)
  const to = start + sentence.to
  from += LINE_START.exec(text.slice(from, to))?.[0].length ?? 0
  from += /^[\s.,;:!?、。]*/u.exec(text.slice(from, to))?.[0].length ?? 0
  from = Math.max(from, to - MAX_QUOTE_LENGTH)
  return from < to && /[\p{L}\p{N}]/u.test(text.slice(from, to)) ? { from, to } : undefined
}

function citedSource({ sourceId, chunkId, hash, page, start, text, words }: FoundPassage, answer: string): NewCitation["source"] {
  const passage = { sourceId, chunkId, hash, ...(page === undefined ? {} : { page }) }
  const sentence = bestSentence(text, answer)
  return sentence === undefined ? passage : { ...passage, range: { from: start + sentence.from, to: start + sentence.to }, text: words }
}

/** The sentence that says most of what the answer says, the first of equals; undefined when none says enough of it, or it is too long to be quoted. */
function bestSentence(passage: string, answer: string): TextRange | undefined {
  const said = wordSet(answer)
  let best: TextRange | undefined
  let bestScore = 0
  for (const sentence of sentencesOf(passage)) {
    const words = wordSet(passage.slice(sentence.from, sentence.to))
    let shared = 0
    for (const word of words) if (said.has(word)) shared++
    const score = (2 * shared) / (said.size + words.size)
    if (shared < Math.min(MIN_SHARED_WORDS, said.size) || shared / said.size < MIN_SHARED_SHARE || score <= bestScore) continue
    best = sentence
    bestScore = score
  }
  return best === undefined || best.to - best.from > MAX_QUOTE_LENGTH ? undefined : best
}

/** The words of a text in the form in which they are compared, without the short ones that say little; pairs of characters where words are not parted. */
function wordSet(text: string): ReadonlySet<string> {
  const tokens = tokensOf(text)
  const words = new Set<string>()
  for (const [at, token] of tokens.entries()) {
    if (token.kind === "unit") words.add(pairOf(token, tokens[at + 1]))
    else if (token.text.length > 3 || /\p{N}/u.test(token.text)) words.add(foldedForm(plainForm(token.text)))
  }
  return words
}
