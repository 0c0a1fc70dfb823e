import { pairOf, type Token, tokensOf, unitForm } from "./words/tokens.ts"
import { rootsOf } from "./words/word-roots.ts"

/** What the index holds of a passage: of a word its roots, of a character of a script without spaces the pair that it begins. */
export function passageTerms(text: string): string[] {
  const terms: string[] = []
  const tokens = tokensOf(text)
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "word") terms.push(...rootsOf(token.text))
    else terms.push(pairOf(token, tokens[index + 1]))
  }
  return terms
}

/** What a question asks for: as a passage, without the character that ends a run, which its pair has said; one that stands alone asks for all pairs that it begins. */
export function questionTerms(text: string): string[] {
  const terms: string[] = []
  const tokens = tokensOf(text)
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "word") terms.push(...rootsOf(token.text))
    else if (!endsRun(token, tokens[index - 1], tokens[index + 1])) terms.push(pairOf(token, tokens[index + 1]))
  }
  return terms
}

function endsRun(token: Token, before: Token | undefined, next: Token | undefined): boolean {
  return before?.kind === "unit" && before.end === token.start && pairOf(token, next) === unitForm(token)
}

/** Whether a term is one character of a script without spaces. */
export function isUnit(term: string): boolean {
  const [token, more] = tokensOf(term)
  return more === undefined && token?.kind === "unit"
}

/** So short are the words that are mostly there for the others' sake: "the", "und", "que". */
const SHORT_WORD = /^\p{L}{1,3}$/u

/** Whether a term is a short word of a script that puts spaces between words. */
export function isShortWord(term: string): boolean {
  const [token, more] = tokensOf(term)
  return more === undefined && token?.kind === "word" && SHORT_WORD.test(term)
}

/** A place in a text, in UTF-16 units. */
export interface FoundWords {
  readonly start: number
  readonly end: number
}

/** Where the words of a question stand in a text, ascending, each place once. @param terms - as a hit names them. */
export function wordsFound(text: string, terms: Iterable<string>): readonly FoundWords[] {
  const wanted = new Set(terms)
  const found: { start: number; end: number }[] = []
  const tokens = tokensOf(text)
  for (const [index, token] of tokens.entries()) {
    const end = token.kind === "word" ? wordEnd(token, wanted) : unitEnd(token, tokens[index + 1], wanted)
    if (end === undefined) continue
    const last = found.at(-1)
    if (last !== undefined && token.kind === "unit" && token.start <= last.end) last.end = Math.max(last.end, end)
    else found.push({ start: token.start, end })
  }
  return found
}

function wordEnd(token: Token, wanted: ReadonlySet<string>): number | undefined {
  return rootsOf(token.text).some((root) => wanted.has(root)) ? token.end : undefined
}

function unitEnd(token: Token, next: Token | undefined, wanted: ReadonlySet<string>): number | undefined {
  const pair = pairOf(token, next)
  if (!wanted.has(pair)) return undefined
  return pair === unitForm(token) || next === undefined ? token.end : next.end
}
