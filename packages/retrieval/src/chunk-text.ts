import { beginsCharacter } from "./graphemes.ts"
import { CUT_LEVELS, type TextCut, textCuts } from "./text-cuts.ts"

/** A passage of a text: what is found, cited and judged. `text.slice(start, end)` of the text it was cut from is its `text`. */
export interface Chunk {
  /** In UTF-16 units of the text. */
  readonly start: number
  readonly end: number
  /** The page on which it begins, where the text has pages. */
  readonly page?: number
  readonly text: string
}

/** How a text is cut. All lengths are in UTF-16 units. */
export interface ChunkOptions {
  /** Longest passage. Default {@link DEFAULT_MAX_CHARACTERS}; from {@link MIN_MAX_CHARACTERS} on. */
  readonly maxCharacters?: number
  /** Shortest passage, but for a text that is shorter itself. Default three tenths of the longest; at most half of it. */
  readonly minCharacters?: number
  /** How much of the passage before a passage repeats, at most, from the beginning of a sentence or word. Default 0; at most a quarter of the longest. */
  readonly overlapCharacters?: number
  /** Where pages begin, ascending. Default none. */
  readonly pages?: readonly { readonly page: number; readonly start: number }[]
}

/** About 250 words of English: enough to say something, short enough to be read as an answer's proof. */
export const DEFAULT_MAX_CHARACTERS = 1_600
/** Shorter passages than this would say nothing. */
export const MIN_MAX_CHARACTERS = 64

/** What a source notes of how it was cut where nobody asked for anything else: one config, so that two devices that cut one text say the same. */
export const DEFAULT_CHUNKING = Object.freeze({ cutter: "polylogue", maxCharacters: DEFAULT_MAX_CHARACTERS })

const DEFAULT_MIN_SHARE = 0.3

/**
 * Cuts a text into passages, in order.
 *
 * Every character that is not blank stands in one of them. A passage ends where the text does so most clearly (before a heading, between paragraphs,
 * items of a list, sentences, words, and only then between characters, never inside one), a heading stays with what follows it, and among equals
 * what stands at a place decides, not how many characters precede it: an edit changes the passages near it, and later ones are cut as before.
 *
 * Equal texts and options give equal passages on every engine.
 * @throws RangeError for options that do not fit together.
 */
export function chunkText(text: string, options: ChunkOptions = {}): readonly Chunk[] {
  const { max, min, overlap } = checked(options)
  const pages = new PageFinder(options.pages ?? [])
  const end = lastInk(text, 0, text.length)
  const cuts = textCuts(text)
  const chunks: Chunk[] = []
  let next = 0
  for (let start = firstInk(text, 0, end); start < end;) {
    while (next < cuts.length && cuts[next]!.at <= start) next++
    const at =
      end - start <= max - overlap
        ? end
        : chooseCut(text, cuts, next, { from: start + min, to: Math.min(start + max - overlap, end - min) })
    const from = chunks.length === 0 || overlap === 0 ? start : overlapStart(text, cuts, next, start, overlap)
    const to = lastInk(text, start, at)
    const page = pages.pageAt(from)
    chunks.push({ start: from, end: to, ...(page === undefined ? {} : { page }), text: text.slice(from, to) })
    start = firstInk(text, at, end)
  }
  return chunks
}

function checked(options: ChunkOptions): { max: number; min: number; overlap: number } {
  const { maxCharacters: max = DEFAULT_MAX_CHARACTERS, overlapCharacters: overlap = 0 } = options
  const min = options.minCharacters ?? Math.floor((max - overlap) * DEFAULT_MIN_SHARE)
  if (!(max >= MIN_MAX_CHARACTERS)) throw new RangeError(`a passage has room for ${MIN_MAX_CHARACTERS} characters or more, not ${max}`)
  if (!(overlap >= 0 && overlap <= max / 4))
    throw new RangeError(`passages of ${max} characters overlap by a quarter at most, not by ${overlap}`)
  if (!(min >= 1 && min <= (max - overlap) / 2))
    throw new RangeError(`the shortest passage is at most half of the longest, not ${min} of ${max - overlap}`)
  return { max: Math.floor(max), min: Math.floor(min), overlap: Math.floor(overlap) }
}

/** Where a passage may end: both ends are allowed. */
interface Range {
  readonly from: number
  readonly to: number
}

/** The clearest cut within a range; among equals the one that what follows it chooses. */
function chooseCut(text: string, cuts: readonly TextCut[], next: number, { from, to }: Range): number {
  let best: TextCut | undefined
  let bestSign = 0
  for (let index = next; index < cuts.length && cuts[index]!.at <= to; index++) {
    const cut = cuts[index]!
    if (cut.at < from || (best !== undefined && cut.level < best.level)) continue
    const sign = signOf(text, cut.at)
    if (best !== undefined && cut.level === best.level && sign >= bestSign) continue
    best = cut
    bestSign = sign
  }
  return best?.at ?? wordCut(text, { from, to }) ?? characterCut(text, { from, to })
}

/** The beginning of a word within a range; `undefined` where there is none. */
function wordCut(text: string, { from, to }: Range): number | undefined {
  let best: number | undefined
  let bestSign = 0
  for (let at = Math.max(1, from); at <= to; at++) {
    if (!isBlank(text, at - 1) || isBlank(text, at)) continue
    const sign = signOf(text, at)
    if (best !== undefined && sign >= bestSign) continue
    best = at
    bestSign = sign
  }
  return best
}

/** A place between two characters, after a comma where there is one: for scripts without spaces, and for texts that are none. */
function characterCut(text: string, { from, to }: Range): number {
  let best: number | undefined
  let bestSign = 0
  let bestComma = false
  for (let at = from; at <= to; at++) {
    const comma = COMMAS.has(text[at - 1] ?? "")
    if (bestComma && !comma) continue
    const sign = signOf(text, at)
    if ((best !== undefined && comma === bestComma && sign >= bestSign) || !beginsCharacter(text, at)) continue
    best = at
    bestSign = sign
    bestComma = comma
  }
  // One character longer than a passage is cut all the same, though not in the middle of a pair.
  return best ?? (/[\uDC00-\uDFFF]/.test(text[to] ?? "") ? to - 1 : to)
}

const COMMAS = new Set("，、；：,;:،؛၊")

function overlapStart(text: string, cuts: readonly TextCut[], next: number, start: number, overlap: number): number {
  const from = Math.max(0, start - overlap)
  let earliest: number | undefined
  for (let index = Math.min(next, cuts.length) - 1; index >= 0 && cuts[index]!.at >= from; index--) {
    const { at, level } = cuts[index]!
    if (at < start && level > CUT_LEVELS.line) earliest = at
  }
  if (earliest !== undefined) return earliest
  for (let at = Math.max(1, from); at < start; at++) if (isBlank(text, at - 1) && !isBlank(text, at)) return at
  return start
}

/** What follows a place is read so far to tell it from others. */
const SIGN_LENGTH = 16

/** A number that only what follows a place decides (FNV-1a), so that it goes with the words when words before them come or go. */
function signOf(text: string, at: number): number {
  let hash = 0x811c9dc5
  for (let index = at; index < at + SIGN_LENGTH && index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash ^ (hash >>> 15)) >>> 0
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code <= 0x20 || (code > 0x7f && BLANK.test(text[at] ?? ""))
}

const BLANK = /\s/

function firstInk(text: string, from: number, end: number): number {
  let at = from
  while (at < end && isBlank(text, at)) at++
  return at
}

function lastInk(text: string, start: number, end: number): number {
  let at = end
  while (at > start && isBlank(text, at - 1)) at--
  return at
}

/** Finds the pages of ascending places. */
class PageFinder {
  readonly #pages: NonNullable<ChunkOptions["pages"]>
  #next = 0

  constructor(pages: NonNullable<ChunkOptions["pages"]>) {
    this.#pages = pages
  }

  pageAt(offset: number): number | undefined {
    while (this.#next < this.#pages.length && this.#pages[this.#next]!.start <= offset) this.#next++
    return this.#pages[this.#next - 1]?.page
  }
}
