import MiniSearch, { type Options } from "minisearch"
import { pairOf, tokensOf, unitForm } from "./words/tokens.ts"

/** A passage to be found. */
export interface IndexedPassage {
  /** Names it within its source. */
  readonly chunkId: string
  readonly text: string
}

/** A passage found. */
export interface PassageHit {
  readonly sourceId: string
  readonly chunkId: string
  /** From 1: the best. */
  readonly rank: number
  /** BM25: to be compared within one answer only. */
  readonly score: number
  /** The words of the question that it shares, in the forms in which they are compared; `wordsFound` tells where they stand. */
  readonly terms: readonly string[]
}

/** What is asked for, beside the words. */
export interface PassageSearch {
  /** At most so many passages. Default 10. */
  readonly limit?: number
  /** Only passages of these sources. Default all; what a word weighs is always counted over all. */
  readonly sourceIds?: ReadonlySet<string>
}

const DEFAULT_LIMIT = 10

interface Entry {
  readonly id: string
  readonly text: string
}

/** Okapi BM25 with the usual constants; `d` is the lower bound of BM25+, so that a long passage with a word is never ranked below one without. */
const BM25 = { k: 1.2, b: 0.75, d: 0.5 }

const OPTIONS: Options<Entry> = {
  fields: ["text"],
  idField: "id",
  tokenize: passageTerms,
  processTerm: (term) => term,
  searchOptions: { tokenize: questionTerms, processTerm: (term) => term, prefix: isUnit, bm25: BM25 },
}

/**
 * Ranks the passages of many sources for a question, by BM25.
 *
 * It keeps words, not texts: what a passage says is looked up by its ids. Every script is searched: words by their forms without case and accents, scripts without
 * spaces by pairs of characters. The same passages and question give the same ranks on every engine.
 */
export class PassageIndex {
  readonly #index = new MiniSearch<Entry>(OPTIONS)
  /** Ids of what the index holds of a source. */
  readonly #sources = new Map<string, readonly string[]>()

  /** How many passages it holds. */
  get size(): number {
    return this.#index.documentCount
  }

  has(sourceId: string): boolean {
    return this.#sources.has(sourceId)
  }

  /**
   * Puts the passages of a source in place of those that it had.
   * @throws RangeError for an id with a line end, or two passages with one id.
   */
  put(sourceId: string, passages: readonly IndexedPassage[]): void {
    const entries = passages.map(({ chunkId, text }) => ({ id: entryId(sourceId, chunkId), text }))
    const ids = entries.map(({ id }) => id)
    if (new Set(ids).size < ids.length) throw new RangeError(`two passages of source ${sourceId} have one id`)
    this.remove(sourceId)
    this.#index.addAll(entries)
    this.#sources.set(sourceId, ids)
  }

  /** Its passages are not found from here on. A source that is not there is none of its concern. */
  remove(sourceId: string): void {
    this.#index.discardAll([...(this.#sources.get(sourceId) ?? [])])
    this.#sources.delete(sourceId)
  }

  /** The passages that share a word with `question`, best first; of equal ones the one with the smaller ids. */
  search(question: string, { limit = DEFAULT_LIMIT, sourceIds }: PassageSearch = {}): readonly PassageHit[] {
    const filter = sourceIds === undefined ? {} : { filter: ({ id }: { id: string }) => sourceIds.has(sourceOf(id)) }
    return (
      this.#index
        .search(question, filter)
        // The library multiplies each score by the number of words found, which ranks long passages first.
        .map(({ id, score, terms, queryTerms }) => ({ id: String(id), score: score / queryTerms.length, terms }))
        .sort((one, other) => other.score - one.score || (one.id < other.id ? -1 : 1))
        .slice(0, limit)
        .map(({ id, score, terms }, index) => {
          const sourceId = sourceOf(id)
          return { sourceId, chunkId: id.slice(sourceId.length + 1), rank: index + 1, score, terms }
        })
    )
  }
}

/** Where the words of a question stand in a text, in UTF-16 units, ascending, each place once. @param terms - as a hit names them. */
export function wordsFound(text: string, terms: readonly string[]): readonly { readonly start: number; readonly end: number }[] {
  const wanted = new Set(terms)
  const found: { start: number; end: number }[] = []
  const tokens = tokensOf(text)
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1]
    const pair = token.kind === "unit" && wanted.has(pairOf(token, next)) && pairOf(token, next) !== unitForm(token)
    if (!pair && !token.forms.some((form) => wanted.has(form))) continue
    const end = pair && next !== undefined ? next.end : token.end
    const last = found.at(-1)
    if (last !== undefined && token.kind === "unit" && token.start <= last.end) last.end = Math.max(last.end, end)
    else found.push({ start: token.start, end })
  }
  return found
}

function entryId(sourceId: string, chunkId: string): string {
  if (/\n/.test(sourceId + chunkId)) throw new RangeError("an id has no line end")
  return `${sourceId}\n${chunkId}`
}

function sourceOf(id: string): string {
  return id.slice(0, id.indexOf("\n"))
}

/** What the index holds of a passage: of a word all forms, of a character of a script without spaces the pair that it begins. */
function passageTerms(text: string): string[] {
  const terms: string[] = []
  const tokens = tokensOf(text)
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "word") terms.push(...token.forms)
    else terms.push(pairOf(token, tokens[index + 1]))
  }
  return terms
}

/** What a question asks for: as a passage, without the character that ends a run, which its pair has said; one that stands alone asks for all pairs that it begins. */
function questionTerms(text: string): string[] {
  const terms: string[] = []
  const tokens = tokensOf(text)
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "word") terms.push(...token.forms)
    else {
      const previous = tokens[index - 1]
      const ends = previous?.kind === "unit" && previous.end === token.start && pairOf(token, tokens[index + 1]) === unitForm(token)
      if (!ends) terms.push(pairOf(token, tokens[index + 1]))
    }
  }
  return terms
}

/** Whether a term is one character of a script without spaces. */
function isUnit(term: string): boolean {
  const [token, more] = tokensOf(term)
  return more === undefined && token?.kind === "unit"
}
