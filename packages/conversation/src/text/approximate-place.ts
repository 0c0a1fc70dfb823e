import search from "approx-string-match"
import type * as Y from "yjs"
import { endsIn, KEPT_SHARE, keptShare, type TextAnchor, type TextQuote, type TextRange } from "./text-anchor.ts"

/** Longest quote that is looked for approximately, in UTF-16 units. */
const MAX_SOUGHT_LENGTH = 1024
/** Shortest: of fewer characters nearly everything is like something. */
const MIN_SOUGHT_LENGTH = 6
/** Of the quoted characters, how many may be others, or missing, or more. */
const MAX_ERROR_SHARE = 0.3
const MAX_ERRORS = 64
/** How far from where the words stood they are looked for, in UTF-16 units. */
const MAX_DISTANCE = 64 * 1024
/** How much is searched at a time; past {@link MAX_MATCHES} in one piece the words are everywhere, and nothing is suggested. */
const PIECE_LENGTH = 4096
const MAX_MATCHES = 256
/** How like the quote the best place has to be, 0 to 1, and how much more so than the next best. */
const MIN_LIKENESS = 0.6
const MIN_MARGIN = 0.15
/** Of the likeness of a place, what the words themselves say; the rest is what stands around them. */
const WORDS_WEIGHT = 0.6

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
  if (ends !== undefined && ends.from < ends.to && ends.to - ends.from <= 2 * MAX_SOUGHT_LENGTH + 2 * exact.length) {
    if (keptShare(exact, words.slice(ends.from, ends.to)) >= KEPT_SHARE) return ends
  }
  return mostAlike(words, anchor.quote, ends?.from ?? anchor.position.from)
}

function mostAlike(words: string, quote: TextQuote, near: number): TextRange | undefined {
  const { exact } = quote
  if (exact.length < MIN_SOUGHT_LENGTH || exact.length > MAX_SOUGHT_LENGTH) return undefined
  const maxErrors = Math.min(MAX_ERRORS, Math.floor(exact.length * MAX_ERROR_SHARE))
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
    const matches = search(piece, pattern, maxErrors)
    if (matches.length > MAX_MATCHES) return undefined
    for (const { start, end, errors } of matches) add(places, { start: at + start, end: at + end, errors })
  }
  return places
}

/** Of places that overlap the better one stays, and of equal ones the first. */
function add(places: Match[], match: Match): void {
  const last = places.at(-1)
  if (last === undefined || last.end <= match.start) places.push(match)
  else if (match.errors < last.errors) places[places.length - 1] = match
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

/** How alike two short texts are, 0 to 1. */
function alike(left: string, right: string): number {
  if (left === "") return 1
  const [best] = search(right, left, left.length)
  return best === undefined ? 0 : 1 - best.errors / left.length
}
