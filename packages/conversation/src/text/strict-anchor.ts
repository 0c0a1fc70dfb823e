import type * as Y from "yjs"
import { CONTEXT_LENGTH, endsIn, type TextAnchor, type TextQuote, type TextRange } from "./text-anchor.ts"

/**
 * Where what quotes words leads, and never to other words: `exact`, between its two ends stands what it quotes; `moved`, the same words stand elsewhere, and
 * nothing else can be meant; `ambiguous`, each of several places can be meant; `orphan`, the words are gone or were changed. A place that is only like them is told
 * by `suggestPlace`, for a person to decide.
 */
export type StrictPlace =
  | (TextRange & { readonly state: "exact" | "moved" })
  | {
      readonly state: "ambiguous"
      /** The first {@link MAX_CANDIDATES} of them, in the order of the text. */
      readonly candidates: readonly TextRange[]
    }
  | { readonly state: "orphan" }

/** Most places that an ambiguous anchor lists. */
export const MAX_CANDIDATES = 16
/** UTF-16 units of what stands around a quote that must be the same for words elsewhere to be those meant. */
const MIN_CONTEXT_LENGTH = 16
/** What changes the character before it, so that words before it do not end there. */
const JOINING = /^[\p{M}\p{Emoji_Modifier}\u200d]/u
const ORPHAN: StrictPlace = Object.freeze({ state: "orphan" })

/**
 * Where `anchor` leads in `text` as it is now; the same on every device that has the same text, whatever was undone there.
 *
 * Words that somebody puts between the quoted ones are not quoted, nor is what else becomes of those: such an anchor is an orphan. Words at its edges do not belong
 * to it. Once the quoted characters are gone, the same words elsewhere are meant only if the same stands on both sides of them or, where the text says
 * the words only once, now as when they were anchored, on one.
 * @param words - what `text` says; whoever resolves many anchors in it reads it once.
 */
export function resolveStrict(text: Y.Text, anchor: TextAnchor, words: string = text.toJSON()): StrictPlace {
  const { quote, unique } = anchor
  // Of an undo no other device knows: followed here, one text would lead to one place here and to another there.
  const ends = endsIn(text, anchor, false)
  if (ends !== undefined && ends.to - ends.from === quote.exact.length && saysThere(words, ends.from, quote))
    return { state: "exact", ...ends }
  // When the first of two equal passages is deleted, the second one moves to where that stood.
  return placeIn(words, anchor, ends === undefined || unique !== "no")
}

/** As {@link resolveStrict}, in words that are not a living text: those of an imported message, or of a copy of the text. */
export function resolveInWords(words: string, anchor: TextAnchor): StrictPlace {
  return placeIn(words, anchor, true)
}

function placeIn(words: string, { quote, position, unique }: TextAnchor, trustsPosition: boolean): StrictPlace {
  const at = (from: number): TextRange => ({ from, to: from + quote.exact.length })
  // Another program's anchor may have less around it than there was; in one of ours, less means that the text ended there.
  const least = unique === undefined ? 0 : MIN_CONTEXT_LENGTH
  if (trustsPosition && saysThere(words, position.from, quote) && sidesAt(words, position.from, quote).both >= least)
    return { state: "exact", ...at(position.from) }
  const whole: number[] = []
  const sided: number[] = []
  let count = 0
  for (const from of placesOf(words, quote)) {
    count++
    const { both, one } = sidesAt(words, from, quote)
    if (both >= MIN_CONTEXT_LENGTH) whole.push(from)
    else if (one >= MIN_CONTEXT_LENGTH && sided.length <= MAX_CANDIDATES) sided.push(from)
    if (whole.length > MAX_CANDIDATES) break
  }
  const [found = sided[0]] = whole
  if (found === undefined) return ORPHAN
  const isMeant = whole.length > 0 ? whole.length === 1 && unique !== "no" : count === 1 && (unique === undefined || unique === "words")
  if (isMeant) return { state: "moved", ...at(found) }
  return { state: "ambiguous", candidates: Object.freeze((whole.length > 0 ? whole : sided).slice(0, MAX_CANDIDATES).map(at)) }
}

/** Whether the quoted words stand at `from`, and end there as characters do. */
function saysThere(words: string, from: number, { exact, suffix }: TextQuote): boolean {
  const end = from + exact.length
  if (exact === "" || from < 0 || !words.startsWith(exact, from)) return false
  return JOINING.test(suffix) || !JOINING.test(words.slice(end, end + 2))
}

/** Everywhere that the words stand, overlapping places included. */
function* placesOf(words: string, quote: TextQuote): IterableIterator<number> {
  if (quote.exact === "") return
  for (let from = words.indexOf(quote.exact); from !== -1; from = words.indexOf(quote.exact, from + 1)) {
    if (saysThere(words, from, quote)) yield from
  }
}

/**
 * How much of what stood around the words stands around those at `from`, in UTF-16 units: on `both` sides, -1 where one is other than it was, and on the better `one`. That the
 * text ends where it ended counts for half of what is needed: a text that is only "yes" is not every text that ends so. Of a long quote without context, as model APIs
 * give it, the words speak for themselves.
 */
function sidesAt(words: string, from: number, { exact, prefix, suffix }: TextQuote): { readonly both: number; readonly one: number } {
  const end = from + exact.length
  const before = words.startsWith(prefix, from - prefix.length) && from >= prefix.length
  const after = words.startsWith(suffix, end)
  const bare = prefix === "" && suffix === "" && exact.length >= CONTEXT_LENGTH
  const ends = (prefix.length === from ? MIN_CONTEXT_LENGTH / 2 : 0) + (suffix.length === words.length - end ? MIN_CONTEXT_LENGTH / 2 : 0)
  return {
    both: before && after ? prefix.length + suffix.length + ends : -1,
    one: bare ? exact.length : Math.max(before ? prefix.length : 0, after ? suffix.length : 0),
  }
}
