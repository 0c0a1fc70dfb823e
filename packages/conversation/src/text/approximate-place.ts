import search from "approx-string-match"
import type * as Y from "yjs"
import { CONTEXT_LENGTH, endsIn, KEPT_SHARE, keptShare, type TextAnchor, type TextQuote, type TextRange } from "./text-anchor.ts"

/** Longest piece that is looked for approximately, in UTF-16 units; of a longer quote this much of its beginning and of its end. */
const MAX_SOUGHT_LENGTH = 192
/** Shortest: of fewer characters nearly everything is like something. */
const MIN_SOUGHT_LENGTH = 6
/** How many times as long as the quote, or as short, what became of it may be. */
const LONGEST_GROWTH = 2
/** Of the quoted characters, how many may be others, or missing, or more. */
const MAX_ERROR_SHARE = 0.3
/** How far from where the words stood they are looked for, in UTF-16 units. */
const MAX_DISTANCE = 64 * 1024
/** How much is searched at a time; past {@link MAX_MATCHES} in one piece the words are everywhere, and nothing is suggested. */
const PIECE_LENGTH = 1024
const MAX_MATCHES = 128
/** How like the quote the best place has to be, 0 to 1, and how much more so than the next best. The words by themselves are not enough. */
const MIN_LIKENESS = 0.7
const MIN_MARGIN = 0.15
/** Of the likeness of a place, what the words themselves say; the rest is what stands around them. */
const WORDS_WEIGHT = 0.6
/** So alike any two pieces of one language are; what is more than that counts. */
const CHANCE_LIKENESS = 0.4

/**
 * Where the words of an orphan may be now, changed as they are: for a person to look at and to decide, and never taken by itself. What stands between the anchor's own
 * two ends, if half of it is left; else the one place whose words and surroundings are clearly more like the quote than those of any other within 64 Ki
 * characters of where it stood. Undefined when there is no such place.
 *
 * Takes some milliseconds: ask for it when an orphan is shown, not at each keystroke.
 * @param text - the living text, or the words of one that is not.
 */
export function suggestPlace(text: Y.Text | string, anchor: TextAnchor): TextRange | undefined {
  const words = typeof text === "string" ? text : text.toJSON()
  const ends = typeof text === "string" ? undefined : endsIn(text, anchor, false)
  const { exact } = anchor.quote
  // What was put between the words may be a whole book.
  if (ends !== undefined && ends.from < ends.to && ends.to - ends.from <= LONGEST_GROWTH * exact.length + CONTEXT_LENGTH) {
    if (keptShare(exact, words.slice(ends.from, ends.to)) >= KEPT_SHARE) return ends
  }
  const near = ends?.from ?? anchor.position.from
  return exact.length > MAX_SOUGHT_LENGTH ? longestAlike(words, anchor.quote, near) : mostAlike(words, anchor.quote, near)
}

/** A long quote, from where it seems to begin to where it seems to end. */
function longestAlike(words: string, { exact, prefix, suffix }: TextQuote, near: number): TextRange | undefined {
  const head = exact.slice(0, MAX_SOUGHT_LENGTH)
  const tail = exact.slice(-MAX_SOUGHT_LENGTH)
  const from = mostAlike(words, { exact: head, prefix, suffix: exact.slice(head.length, head.length + CONTEXT_LENGTH) }, near)?.from
  if (from === undefined) return undefined
  const before = exact.slice(Math.max(0, exact.length - tail.length - CONTEXT_LENGTH), -tail.length)
  const to = mostAlike(words, { exact: tail, prefix: before, suffix }, from + exact.length)?.to
  if (to === undefined || to - from > LONGEST_GROWTH * exact.length || LONGEST_GROWTH * (to - from) < exact.length) return undefined
  return { from, to }
}

function mostAlike(words: string, quote: TextQuote, near: number): TextRange | undefined {
  const { exact } = quote
  if (exact.length < MIN_SOUGHT_LENGTH) return undefined
  const maxErrors = Math.floor(exact.length * MAX_ERROR_SHARE)
  const middle = Math.min(Math.max(0, near), words.length)
  const found = matchesIn(words, exact, maxErrors, Math.max(0, middle - MAX_DISTANCE), middle + MAX_DISTANCE)
  const places = found?.map((match) => ({ from: match.start, to: match.end, likeness: likenessOf(words, match, quote) }))
  const [best, next] = places?.toSorted((left, right) => right.likeness - left.likeness) ?? []
  if (best === undefined || best.likeness < MIN_LIKENESS || best.likeness - (next?.likeness ?? 0) < MIN_MARGIN) return undefined
  return { from: best.from, to: best.to }
}

interface Match {
  readonly start: number
  readonly end: number
  readonly errors: number
}

/** The places in a stretch of `words` that are like `pattern`, those apart from one another; undefined when there are too many to tell. */
function matchesIn(words: string, pattern: string, maxErrors: number, from: number, to: number): readonly Match[] | undefined {
  const places: Match[] = []
  const step = Math.max(PIECE_LENGTH, 2 * pattern.length)
  for (let at = from; at < Math.min(to, words.length); at += step) {
    const piece = words.slice(at, Math.min(to, at + step + pattern.length + maxErrors))
    const best = apart(search(piece, pattern, maxErrors))
    if (best === undefined) return undefined
    for (const match of best) add(places, match, at)
    // The search tells the best ones only; the next best are beside them.
    const edges = [0, ...best.flatMap(({ start, end }) => [start, end]), piece.length]
    for (let edge = 0; best.length > 0 && edge < edges.length; edge += 2) {
      const others = apart(search(piece.slice(edges[edge], edges[edge + 1]), pattern, maxErrors))
      if (others === undefined) return undefined
      for (const match of others) add(places, match, at + (edges[edge] ?? 0))
    }
  }
  return places
}

/** Of matches that overlap the first of the best; undefined when there are too many to tell. */
function apart(matches: readonly Match[]): readonly Match[] | undefined {
  if (matches.length > MAX_MATCHES) return undefined
  const places: Match[] = []
  for (const match of matches) add(places, match, 0)
  return places
}

/** Of places that overlap the better one stays, and of equal ones the first. */
function add(places: Match[], { start, end, errors }: Match, offset: number): void {
  const match = { start: start + offset, end: end + offset, errors }
  const same = places.findIndex((known) => known.start < match.end && match.start < known.end)
  const known = places[same]
  if (known === undefined) places.push(match)
  else if (match.errors < known.errors) places[same] = match
}

function likenessOf(words: string, { start, end, errors }: Match, { exact, prefix, suffix }: TextQuote): number {
  const around = prefix.length + suffix.length
  const own = 1 - errors / exact.length
  if (around === 0) return own
  const before = words.slice(Math.max(0, start - prefix.length), start)
  const after = words.slice(end, end + suffix.length)
  const kept = prefix.length * alike(prefix, before) + suffix.length * alike(suffix, after)
  return WORDS_WEIGHT * own + (1 - WORDS_WEIGHT) * (kept / around)
}

/** How much more alike two short texts are than any two, 0 to 1. */
function alike(left: string, right: string): number {
  const [best] = search(right, left, left.length)
  const likeness = best === undefined ? 0 : 1 - best.errors / left.length
  return Math.max(0, likeness - CHANCE_LIKENESS) / (1 - CHANCE_LIKENESS)
}
