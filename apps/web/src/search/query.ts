import { foldedForm, pairOf, plainForm, segmentsOf, type Token, tokensOf, unitForm } from "@polylogue/retrieval/words"

/*
 * What somebody typed, taken apart. Anything is a query: what makes no sense as one word or filter is passed over, and said.
 *
 *   plain words       every one of them has to be there; the last one may be the beginning of a word
 *   "some words"      one after the other
 *   -word -"words"    must not be there
 *   from: role: in: tag: before: after: has:     filters, with a minus as well
 */

/** What is looked up in the index for one or more tokens. */
export interface Lookup {
  /** Terms of which one has to be there; the first ones weigh more. */
  readonly terms: readonly string[]
  /** Terms that begin so count too. */
  readonly prefix: boolean
}

/** A token to be found in a text. */
export interface Atom {
  readonly kind: Token["kind"]
  readonly forms: readonly string[]
  /** Which part of a word it may be. */
  readonly match: "whole" | "begin" | "end" | "part"
  /** It has to follow the token before it at once, as characters of one run do. */
  readonly glued: boolean
}

/** A word, or several that stand one after the other. */
export interface Clause {
  readonly atoms: readonly Atom[]
  readonly lookups: readonly Lookup[]
  /** Terms that make a message that has all the rest a better answer. */
  readonly boosts: readonly string[]
}

export const FILTER_NAMES = ["from", "role", "in", "tag", "before", "after", "has"] as const

export type FilterName = (typeof FILTER_NAMES)[number]

/** A filter as it was typed. */
export interface Filter {
  readonly name: FilterName
  readonly value: string
  /** What has it is left out. */
  readonly not: boolean
  /** Its place in what was typed. */
  readonly start: number
  readonly end: number
  /** Why it has no effect. */
  readonly problem?: string
}

/** A query taken apart. Plain data, which crosses to the worker. */
export interface SearchQuery {
  readonly clauses: readonly Clause[]
  readonly without: readonly Clause[]
  readonly filters: readonly Filter[]
}

/** Longer queries are cut, in UTF-16 units. */
const MAX_QUERY_LENGTH = 512
/** Further words are passed over. */
const MAX_CLAUSES = 24

const PIECE = new RegExp(`(-)?(?:(${FILTER_NAMES.join("|")}):)?(?:"([^"]*)("|$)|([^\\s"]+))`, "giu")
const UNFINISHED_FILTER = new RegExp(`^(?:${FILTER_NAMES.join("|")}):$`, "iu")

/** Takes apart what was typed. */
export function parseQuery(typed: string): SearchQuery {
  const text = typed.slice(0, MAX_QUERY_LENGTH)
  const clauses: Clause[] = []
  const without: Clause[] = []
  const filters: Filter[] = []
  for (const match of text.matchAll(PIECE)) {
    const [whole, minus, name, quoted, , bare] = match
    const not = minus !== undefined
    const end = match.index + whole.length
    if (name !== undefined) {
      filters.push(filterOf(name.toLowerCase() as FilterName, quoted ?? bare ?? "", not, match.index, end))
      continue
    }
    if (bare !== undefined && UNFINISHED_FILTER.test(bare)) continue
    // What is left out is left out as a whole word: its beginning would take away too much while one types.
    const prefix = bare !== undefined && !not && end === text.length
    const clause = clauseOf(quoted ?? bare ?? "", prefix)
    if (clause !== undefined && clauses.length + without.length < MAX_CLAUSES) (not ? without : clauses).push(clause)
  }
  return { clauses, without, filters }
}

/** The clause for `text`: its tokens one after the other; undefined when there are none. */
function clauseOf(text: string, prefix: boolean): Clause | undefined {
  const tokens = tokensOf(text)
  if (tokens.length === 0) return undefined
  // Behind its last word something was typed that is no part of a word, as in `end.`: then the word is complete.
  const open = prefix && tokens.at(-1)?.end === text.length
  const atoms = tokens.map((token, index) => atomOf(token, tokens[index - 1], open && index === tokens.length - 1 ? "begin" : "whole"))
  const lookups = tokens.flatMap((token, index) => lookupOf(token, tokens[index - 1], tokens[index + 1], atoms[index]?.match === "begin"))
  return { atoms, lookups, boosts: segmentsOf(text) }
}

/**
 * What `text` is looked for as in a text that is on screen: any piece of it, from within a word to within another, with whatever signs between the
 * words. Undefined when there are no words in it.
 */
export function pieceOf(text: string): Pick<Clause, "atoms"> | undefined {
  const tokens = tokensOf(text)
  const [first, last] = [tokens[0], tokens.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const begins = first.start > 0
  const ends = last.end < text.length
  const atoms = tokens.map((token, index) => {
    const start = token === first && !begins
    const end = token === last && !ends
    return atomOf(token, tokens[index - 1], start && end ? "part" : start ? "end" : end ? "begin" : "whole")
  })
  return { atoms }
}

function atomOf(token: Token, before: Token | undefined, match: Atom["match"]): Atom {
  if (token.kind === "word") return { kind: "word", forms: wordForms(token.text), match, glued: false }
  return { kind: "unit", forms: [unitForm(token)], match: "whole", glued: before?.kind === "unit" && before.end === token.start }
}

/** Of a word of the query its own form and the one without accents, but not its parts: who types `fooBar` does not look for every `foo`. */
function wordForms(word: string): readonly string[] {
  const plain = plainForm(word)
  return [...new Set([plain, foldedForm(plain)])]
}

function lookupOf(token: Token, before: Token | undefined, next: Token | undefined, prefix: boolean): readonly Lookup[] {
  if (token.kind === "word") return [{ terms: wordForms(token.text), prefix }]
  const paired = next?.kind === "unit" && next.start === token.end
  if (paired) return [{ terms: [pairOf(token, next)], prefix: false }]
  // The last one of a run stands in the pair before it.
  const covered = before?.kind === "unit" && before.end === token.start
  return covered ? [] : [{ terms: [unitForm(token)], prefix: true }]
}

function filterOf(name: FilterName, value: string, not: boolean, start: number, end: number): Filter {
  const problem = problemOf(name, value)
  return { name, value, not, start, end, ...(problem === undefined ? {} : { problem }) }
}

function problemOf(name: FilterName, value: string): string | undefined {
  if ((name === "before" || name === "after") && dayStart(value) === undefined) return "Write a date as 2024-05-01."
  if (name === "has" && value.toLowerCase() !== "attachment") return "Only “has:attachment” is known."
  return value.trim() === "" ? "It says nothing." : undefined
}

/** The first instant of a day, month or year in the time of this device (`2024-05-01`, `2024-05`, `2024`), in ms since 1970. */
export function dayStart(value: string): number | undefined {
  const match = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(value.trim())
  if (match === null) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)]
  const date = new Date(year, month - 1, day)
  return date.getMonth() === month - 1 && date.getDate() === day ? date.getTime() : undefined
}
