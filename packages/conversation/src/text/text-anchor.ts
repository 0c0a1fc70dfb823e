import * as Y from "yjs"
import { ConversationError } from "../conversation-error.ts"
import { decodeBase64, encodeBase64 } from "../formats/base64.ts"
import { diffText } from "./text-diff.ts"
import { isWithinPair } from "./utf16-offsets.ts"
import { fieldsOf, textOf } from "../stored-value.ts"

/**
 * What a remark is about, as plain JSON: the words themselves with what stood around them, where they stood, and the two characters at their ends by their Yjs
 * ids, which follow the text whatever is written before them. After the model of the W3C's TextQuoteSelector and TextPositionSelector.
 */
export interface TextAnchor {
  /** Relative positions of Yjs in base64: the first character, and the last. */
  readonly start: string
  readonly end: string
  readonly quote: TextQuote
  /** In UTF-16 units; `to` is one past the end. */
  readonly position: TextRange
  /**
   * By what the place was the only one when it was anchored: by its `words`, or only with what stands around them (`context`); `no`: not even so. Missing when
   * nobody looked, as in an anchor of another program. Where the anchored words were deleted, others like them are not taken for them.
   */
  readonly unique?: Uniqueness
}

export type Uniqueness = "words" | "context" | "no"

export interface TextQuote {
  readonly exact: string
  /** At most 32 characters before and after. */
  readonly prefix: string
  readonly suffix: string
}

export interface TextRange {
  readonly from: number
  readonly to: number
}

/**
 * Where an anchor leads: `exact` to the words that it quotes, `changed` to what became of them, `moved` to the same words elsewhere. `orphan`: they are gone, or it
 * cannot be told where they are; what merely looks like them is not taken for them.
 */
export type ResolvedAnchor = (TextRange & { readonly state: "exact" | "changed" | "moved" }) | { readonly state: "orphan" }

/** Longest text that an anchor quotes, in UTF-16 units. */
export const MAX_QUOTE_LENGTH = 8192
export const CONTEXT_LENGTH = 32
/** Of the words quoted, what must be left for the rest to count as what became of them. */
export const KEPT_SHARE = 0.5
const ORPHAN: ResolvedAnchor = Object.freeze({ state: "orphan" })

/**
 * Anchors `range` of `text`, widened to whole characters. Writes nothing.
 * @throws RangeError unless the range is within the text and not empty. ConversationError `too-large` for more than {@link MAX_QUOTE_LENGTH}.
 */
export function anchorText(text: Y.Text, range: TextRange): TextAnchor {
  const anchor = anchorWords(text.toJSON(), range)
  const { from, to } = anchor.position
  return { ...anchor, start: encodePosition(text, from, 0), end: encodePosition(text, to, -1) }
}

/**
 * Anchors `range` of words that are not a living text, as those of an imported message: as {@link anchorText}, but without the Yjs ids.
 * @throws as {@link anchorText}.
 */
export function anchorWords(words: string, range: TextRange): TextAnchor {
  if (
    !Number.isSafeInteger(range.from) ||
    !Number.isSafeInteger(range.to) ||
    range.from < 0 ||
    range.to > words.length ||
    range.from >= range.to
  )
    throw new RangeError(`${range.from} to ${range.to} is no range of a text of ${words.length} characters`)
  const from = isWithinPair(words, range.from) ? range.from - 1 : range.from
  const to = isWithinPair(words, range.to) ? range.to + 1 : range.to
  if (to - from > MAX_QUOTE_LENGTH)
    throw new ConversationError("too-large", `an anchor quotes at most ${MAX_QUOTE_LENGTH} characters, not ${to - from}`)
  const quote = { exact: words.slice(from, to), ...contextOf(words, from, to) }
  return { start: "", end: "", quote, position: { from, to }, unique: uniquenessOf(words, quote) }
}

/**
 * Where an anchor leads in `text` as it is now. For an anchor of any form: what was not made by {@link anchorText} leads nowhere.
 * @param words - what `text` says; whoever resolves many anchors in it reads it once.
 */
export function resolveAnchor(text: Y.Text, anchor: TextAnchor, words: string = text.toJSON()): ResolvedAnchor {
  const here = positionsIn(text, anchor)
  if (here !== undefined) {
    const found = words.slice(here.from, here.to)
    if (found === anchor.quote.exact) return { state: "exact", ...here }
    if (keptShare(anchor.quote.exact, found) >= KEPT_SHARE) return { state: "changed", ...here }
  }
  return findQuote(words, anchor.quote, anchor.position)
}

/**
 * Finds quoted words in a text that may be another than the one they were quoted from: where they stood, if they do, with what stands around them; else at the one
 * place that has the same around it; else, if they are there once only, where one side of them is the same.
 */
export function findQuote(words: string, quote: TextQuote, position: TextRange): ResolvedAnchor {
  const { exact } = quote
  if (exact === "") return ORPHAN
  const places: { readonly from: number; readonly sides: number }[] = []
  for (let from = words.indexOf(exact); from !== -1; from = words.indexOf(exact, from + 1)) {
    const before =
      from >= quote.prefix.length && words.startsWith(quote.prefix, from - quote.prefix.length) && (quote.prefix !== "" || from === 0)
    const after = words.startsWith(quote.suffix, from + exact.length) && (quote.suffix !== "" || from + exact.length === words.length)
    places.push({ from, sides: Number(before) + Number(after) })
  }
  const at = (from: number): TextRange => ({ from, to: from + exact.length })
  const whole = places.filter(({ sides }) => sides === 2)
  const same = whole.find(({ from }) => from === position.from)
  if (same !== undefined) return { state: "exact", ...at(same.from) }
  const [only] = whole.length === 1 ? whole : places.length === 1 && places[0]?.sides === 1 ? places : []
  return only === undefined ? ORPHAN : { state: "moved", ...at(only.from) }
}

/** The anchor in a stored value; undefined when it is none. */
export function readAnchor(value: unknown): TextAnchor | undefined {
  const { start, end, quote, position, unique } = fieldsOf(value)
  const { exact, prefix, suffix } = fieldsOf(quote)
  const { from, to } = fieldsOf(position)
  if (typeof exact !== "string" || exact.length > MAX_QUOTE_LENGTH) return undefined
  return Object.freeze({
    start: textOf(start),
    end: textOf(end),
    quote: Object.freeze({ exact, prefix: textOf(prefix), suffix: textOf(suffix) }),
    position: Object.freeze({ from: typeof from === "number" ? from : 0, to: typeof to === "number" ? to : 0 }),
    ...(unique === "words" || unique === "context" || unique === "no" ? { unique } : {}),
  })
}

function uniquenessOf(words: string, { exact, prefix, suffix }: TextQuote): Uniqueness {
  const isOnce = (piece: string): boolean => words.indexOf(piece) === words.lastIndexOf(piece)
  if (isOnce(exact)) return "words"
  return isOnce(prefix + exact + suffix) ? "context" : "no"
}

function contextOf(words: string, from: number, to: number): Pick<TextQuote, "prefix" | "suffix"> {
  const start = Math.max(0, from - CONTEXT_LENGTH)
  const end = Math.min(words.length, to + CONTEXT_LENGTH)
  return {
    prefix: words.slice(isWithinPair(words, start) ? start + 1 : start, from),
    suffix: words.slice(to, isWithinPair(words, end) ? end - 1 : end),
  }
}

function positionsIn(text: Y.Text, anchor: TextAnchor): TextRange | undefined {
  const ends = endsIn(text, anchor, true)
  return ends === undefined || ends.from >= ends.to ? undefined : ends
}

/**
 * Where the two ends of an anchor are in `text`; undefined when they are not of this text. Without characters between them they are at one place, or crossed.
 * @param followsUndo - whether characters that an undo brought back count as the deleted ones. Only the device on which it was undone knows of it.
 */
export function endsIn(text: Y.Text, { start, end }: TextAnchor, followsUndo: boolean): TextRange | undefined {
  const [from, to] = [decodePosition(text, start, followsUndo), decodePosition(text, end, followsUndo)]
  return from === undefined || to === undefined ? undefined : { from, to }
}

function encodePosition(text: Y.Text, index: number, side: 0 | -1): string {
  return encodeBase64(Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, index, side)))
}

function decodePosition(text: Y.Text, encoded: string, followsUndo: boolean): number | undefined {
  const bytes = decodeBase64(encoded)
  if (text.doc === null || bytes === undefined || bytes.length === 0) return undefined
  try {
    const found = Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(bytes), text.doc, followsUndo)
    return found?.type === text ? found.index : undefined
  } catch {
    // Bytes of a stranger: they name no position.
    return undefined
  }
}

/** How much of `quoted` is still in `found`, blanks not counted; 0 to 1. A word of which a letter was changed counts by its ends. */
export function keptShare(quoted: string, found: string): number {
  const ends = commonEnds(quoted, found) / Math.max(1, quoted.length)
  if (ends >= KEPT_SHARE) return ends
  const weight = (text: string): number => text.replaceAll(/\s+/gu, "").length
  const kept = diffText(quoted, found).filter(({ kind }) => kind === "same")
  return weight(kept.map(({ text }) => text).join("")) / Math.max(1, weight(quoted))
}

/** How many characters two texts have in common at their beginning and, behind that, at their end. */
function commonEnds(left: string, right: string): number {
  const most = Math.min(left.length, right.length)
  let start = 0
  while (start < most && left[start] === right[start]) start++
  let end = 0
  while (end < most - start && left.at(-1 - end) === right.at(-1 - end)) end++
  return start + end
}
