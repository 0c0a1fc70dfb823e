import { formsOf, plainForm } from "./word-forms.ts"

/*
 * How texts are cut into what one can search for.
 *
 *   word    a run of letters and digits of a script with spaces, or an emoji: found by its forms (`word-forms.ts`)
 *   unit    one character of a script that writes words without spaces, or glues to them (Chinese, Japanese, Korean, Thai …): found in the index
 *           by the pair that it begins, so that any part of a text is found wherever somebody would cut it into words
 *
 * Words of such scripts, as `Intl.Segmenter` sees them, stand in the index beside the pairs: what answers by a whole word ranks higher. Nothing is found
 * by them alone, for browsers and their versions cut differently.
 */
export interface Token {
  readonly kind: "word" | "unit"
  /** What stands in the text. */
  readonly text: string
  /** Forms by which a word is found; of a unit its plain form. */
  readonly forms: readonly string[]
  /** Place in the text, in UTF-16 units. */
  readonly start: number
  readonly end: number
}

const NO_SPACES =
  "\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Hang}\\p{scx=Bopo}\\p{scx=Thai}\\p{scx=Laoo}\\p{scx=Khmr}\\p{scx=Mymr}\\p{scx=Tibt}\\p{scx=Yiii}"
const RUN = `(?:(?=[\\p{L}\\p{N}\\p{M}])[${NO_SPACES}])+`
const LETTER = `(?![${NO_SPACES}])[\\p{L}\\p{N}_]`
const WORD = `${LETTER}(?:${LETTER}|(?![${NO_SPACES}])\\p{M}|[\\u00AD\\u200C\\u200D]|['’](?=${LETTER}))*(?:\\+\\+|#(?![\\p{L}\\p{N}]))?`
const EMOJI = "\\p{RI}\\p{RI}|\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier}|\\u200D\\p{Extended_Pictographic})*"
const TOKEN = new RegExp(`([A-Za-z]+(?![\\p{L}\\p{N}\\p{M}_'’+#\\u00AD\\u200C\\u200D]))|(${RUN})|(${WORD}|${EMOJI})`, "gu")

/** The tokens of `text`, from its beginning on. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (const match of text.matchAll(TOKEN)) {
    const start = match.index
    const [found, ascii, run] = match
    if (run !== undefined) addUnits(tokens, run, start)
    else {
      const word = ascii ?? found
      const forms = formsOf(word)
      if (forms.length > 0) tokens.push({ kind: "word", text: word, forms, start, end: start + found.length })
    }
  }
  return tokens
}

function addUnits(tokens: Token[], run: string, offset: number): void {
  let start = offset
  for (const character of run) {
    const end = start + character.length
    // A character may stand for several (㍿), and a half-width mark joins the one before it: all of one place.
    const previous = tokens.at(-1)
    if (HALF_WIDTH_MARK.test(character) && previous?.kind === "unit" && previous.end === start) {
      tokens[tokens.length - 1] = unit(previous.text + character, previous.start, end)
    } else tokens.push(unit(character, start, end))
    start = end
  }
}

const HALF_WIDTH_MARK = /[\u3099\u309A\uFF9E\uFF9F]/u

function unit(text: string, start: number, end: number): Token {
  const plain = plainForm(text)
  return { kind: "unit", text, forms: [plain === "" ? text : plain], start, end }
}

/** The form of a unit by which it is compared. */
export function unitForm(token: Token): string {
  return token.forms[0] ?? token.text
}

/** The pair of units by which the index finds them; of one that ends a run itself, which every pair that begins with it begins with too. */
export function pairOf(token: Token, next: Token | undefined): string {
  return next?.kind === "unit" && next.start === token.end ? unitForm(token) + unitForm(next) : unitForm(token)
}

/** Shortest word of a script without spaces that is worth a term beside its pairs, in characters. */
const MIN_SEGMENT = 3
const MAX_SEGMENT = 16

/** Runs longer than this are cut before they are given to the segmenter, which is slow on long ones. */
const MAX_RUN = 1_000

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" })

/** Words of the scripts without spaces in `text`, as they stand in the index, beginning with {@link SEGMENT_SIGN}. */
export function segmentsOf(text: string): string[] {
  const words: string[] = []
  for (const match of text.matchAll(RUNS)) {
    for (let from = 0; from < match[0].length; from += MAX_RUN) {
      for (const { segment, isWordLike } of segmenter.segment(match[0].slice(from, from + MAX_RUN))) {
        if (isWordLike !== true || segment.length < MIN_SEGMENT || segment.length > MAX_SEGMENT) continue
        words.push(SEGMENT_SIGN + plainForm(segment))
      }
    }
  }
  return words
}

const RUNS = new RegExp(RUN, "gu")

/** Stands before a segmented word in the index, so that no pair and no word is taken for one. */
const SEGMENT_SIGN = "\u0001"

/** All terms of `text`, each with how often it occurs; and how many tokens there are. */
export function countTerms(text: string, terms: Map<string, number>): number {
  const tokens = tokensOf(text)
  const add = (term: string): void => {
    terms.set(term, (terms.get(term) ?? 0) + 1)
  }
  let units = false
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "word") for (const form of token.forms) add(form)
    else {
      units = true
      add(pairOf(token, tokens[index + 1]))
    }
  }
  if (units) for (const word of segmentsOf(text)) add(word)
  return tokens.length
}
