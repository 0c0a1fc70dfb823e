import { fold } from "../conversation-list/card-text.ts"

/** Where in a text something was found: the first UTF-16 unit, and the one behind the last. */
export type Range = readonly [start: number, end: number]

/** An item that answers a query. */
export interface Match<Item> {
  readonly item: Item
  /** How well, compared with other items and the same query; 0 for an empty query, which every item answers. */
  readonly score: number
}

/** Letters of one word that stand apart are only taken for the word when all of them are as near as this, per letter. */
const MAX_SPREAD = 3

/**
 * How well `text` answers `query`; 0 when it does not. Each word of the query must stand in the text. The beginning of a word counts more than what
 * stands within, that more than letters that stand apart in order ("nwc" for "New conversation"), and what stands early more than what stands late.
 */
export function matchScore(text: string, query: string): number {
  return scoreOf(fold(text), wordsOf(query))
}

/** The items that answer `query`, best first; equal ones keep their order. All of them, in order, for an empty query. `folded` gives an item's text as `fold` has it. */
export function bestMatches<Item>(
  items: readonly Item[],
  query: string,
  folded: (item: Item) => string,
  limit: number,
): readonly Match<Item>[] {
  const words = wordsOf(query)
  if (words.length === 0) return items.slice(0, limit).map((item) => ({ item, score: 0 }))
  return items
    .map((item) => ({ item, score: scoreOf(folded(item), words) }))
    .filter(({ score }) => score > 0)
    .toSorted((left, right) => right.score - left.score)
    .slice(0, limit)
}

/** The parts of `text` that answer `query`, in order and apart from each other, whole characters only. */
export function matchRanges(text: string, query: string): readonly Range[] {
  const { folded, origins } = foldedWithOrigins(text)
  const hit = new Set<number>()
  for (const word of wordsOf(query)) {
    const place = placeOf(folded, word)
    for (const at of place?.at ?? []) hit.add(origins[at] ?? 0)
  }
  const ranges: [number, number][] = []
  for (const start of [...hit].toSorted((left, right) => left - right)) {
    const end = start + (charAt(text, start)?.length ?? 1)
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === start) last[1] = end
    else ranges.push([start, end])
  }
  return ranges
}

interface Place {
  /** Indices of the letters that were found. */
  readonly at: readonly number[]
  readonly score: number
}

function wordsOf(query: string): readonly string[] {
  return fold(query)
    .split(/\s+/u)
    .filter((word) => word !== "")
}

function scoreOf(folded: string, words: readonly string[]): number {
  let score = 1
  for (const word of words) {
    const place = placeOf(folded, word)
    if (place === undefined) return 0
    score += place.score
  }
  return score
}

/** Where `word` stands best in a folded text. */
function placeOf(folded: string, word: string): Place | undefined {
  const first = folded.indexOf(word)
  let at = first
  while (at !== -1 && !startsWord(folded, at)) at = folded.indexOf(word, at + 1)
  if (at !== -1) return { at: run(at, word.length), score: 3 + 1 / (1 + at) }
  if (first !== -1) return { at: run(first, word.length), score: 2 + 1 / (1 + first) }
  return spreadPlace(folded, word)
}

/** The letters of `word` in order but apart: those at the beginnings of words where that works, else the narrowest stretch that holds them. */
function spreadPlace(folded: string, word: string): Place | undefined {
  if (word.length < 2) return undefined
  let best: readonly number[] | undefined
  for (let start = folded.indexOf(word[0] ?? ""); start !== -1; start = folded.indexOf(word[0] ?? "", start + 1)) {
    if (!startsWord(folded, start)) continue
    const at = followOn(folded, word, start)
    if (at !== undefined && (best === undefined || spread(at) < spread(best))) best = at
  }
  if (best === undefined) return undefined
  const initials = best.every((place) => startsWord(folded, place))
  if (!initials && spread(best) > word.length * MAX_SPREAD) return undefined
  return { at: best, score: word.length / spread(best) + (initials ? 0.5 : 0) }
}

/** The letters of `word` from `start` on: each at the next beginning of a word or else wherever it stands next. */
function followOn(folded: string, word: string, start: number): readonly number[] | undefined {
  const at = [start]
  for (let letter = 1; letter < word.length; letter++) {
    const wanted = word[letter] ?? ""
    const from = (at.at(-1) ?? start) + 1
    const next = folded.indexOf(wanted, from)
    if (next === -1) return undefined
    let initial = next
    while (initial !== -1 && !startsWord(folded, initial)) initial = folded.indexOf(wanted, initial + 1)
    const rest = word.slice(letter + 1)
    // A later beginning is only taken when what follows can still be found behind it.
    at.push(next !== from && initial !== -1 && holdsInOrder(folded, rest, initial + 1) ? initial : next)
  }
  return at
}

function holdsInOrder(folded: string, letters: string, from: number): boolean {
  let at = from - 1
  for (const letter of letters) {
    at = folded.indexOf(letter, at + 1)
    if (at === -1) return false
  }
  return true
}

function spread(at: readonly number[]): number {
  return (at.at(-1) ?? 0) - (at[0] ?? 0) + 1
}

function run(from: number, length: number): readonly number[] {
  return Array.from({ length }, (_, index) => from + index)
}

function startsWord(folded: string, at: number): boolean {
  return at === 0 || !/[\p{Letter}\p{Number}]/u.test(folded[at - 1] ?? "")
}

/** The folded text with, for each of its UTF-16 units, where its character stands in `text`. */
function foldedWithOrigins(text: string): { readonly folded: string; readonly origins: readonly number[] } {
  let folded = ""
  const origins: number[] = []
  let at = 0
  for (const character of text) {
    const plain = fold(character)
    for (let unit = 0; unit < plain.length; unit++) origins.push(at)
    folded += plain
    at += character.length
  }
  return { folded, origins }
}

function charAt(text: string, at: number): string | undefined {
  const point = text.codePointAt(at)
  return point === undefined ? undefined : String.fromCodePoint(point)
}
