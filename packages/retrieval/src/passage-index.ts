import MiniSearch, { type AsPlainObject, type Options } from "minisearch"
import { isShortWord, isUnit, passageTerms, questionTerms } from "./passage-terms.ts"

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
  /** To be compared within one answer only. */
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

/** Counted up when terms, ranking or form change: a saved index is then made anew. */
const VERSION = 1

interface Entry {
  readonly id: string
  readonly text: string
}

/** What the index holds of a source. */
interface Held {
  readonly stamp: string
  readonly chunkIds: readonly string[]
}

/** Okapi BM25 with the usual constants; `d` is the lower bound of BM25+, so that a long passage with a word is never ranked like one without. */
const BM25 = Object.freeze({ k: 1.2, b: 0.75, d: 0.5 })

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
 * It keeps words, not texts: what a passage says is looked up by its ids. Every script is searched: words by their roots without case and accents, scripts without
 * spaces by pairs of characters. The same passages and question give the same ranks on every engine, in whatever order the passages came.
 */
export class PassageIndex {
  #index = new MiniSearch<Entry>(OPTIONS)
  #sources: Map<string, Held> = new Map()

  /**
   * The index that `save` gave, or `undefined` for one of another version, or one that is broken: put all passages into a new one then.
   * @param saved - from anywhere.
   */
  static load(saved: unknown): PassageIndex | undefined {
    try {
      const { version, sources, index } = JSON.parse(String(saved)) as {
        readonly version: unknown
        readonly sources: readonly (readonly [sourceId: string, stamp: string, chunkIds: readonly string[]])[]
        readonly index: AsPlainObject
      }
      if (version !== VERSION) return undefined
      const loaded = new PassageIndex()
      loaded.#index = MiniSearch.loadJS(index, OPTIONS)
      loaded.#sources = new Map(sources.map(([sourceId, stamp, chunkIds]) => [sourceId, { stamp, chunkIds }]))
      return loaded.#isWhole() ? loaded : undefined
    } catch {
      return undefined
    }
  }

  /** How many passages it holds. */
  get size(): number {
    return this.#index.documentCount
  }

  /** The stamp of what it holds of a source; `undefined` where it holds nothing of it. */
  stampOf(sourceId: string): string | undefined {
    return this.#sources.get(sourceId)?.stamp
  }

  /** The sources that it holds passages of, or held none of when they were put. */
  sourceIds(): readonly string[] {
    return [...this.#sources.keys()]
  }

  /**
   * Puts the passages of a source in place of those that it had.
   * @param stamp - tells these passages from others of the source, as the id of a chunking does.
   * @throws RangeError for an id with a line end, or two passages with one id; nothing is changed then.
   */
  put(sourceId: string, passages: readonly IndexedPassage[], stamp = ""): void {
    const entries = passages.map(({ chunkId, text }) => ({ id: entryId(sourceId, chunkId), text }))
    if (new Set(entries.map(({ id }) => id)).size < entries.length) throw new RangeError(`two passages of source ${sourceId} have one id`)
    this.remove(sourceId)
    this.#index.addAll(entries)
    this.#sources.set(sourceId, { stamp, chunkIds: passages.map(({ chunkId }) => chunkId) })
  }

  /** Its passages are not found from here on. Removing a source that is not there does nothing. */
  remove(sourceId: string): void {
    const { chunkIds = [] } = this.#sources.get(sourceId) ?? {}
    this.#index.discardAll(chunkIds.map((chunkId) => entryId(sourceId, chunkId)))
    this.#sources.delete(sourceId)
  }

  /**
   * Resolves when the words of removed passages are forgotten. Until then they are not found, and words that they shared with others weigh a little less
   * than in an index that never had them.
   */
  async settle(): Promise<void> {
    while (this.#index.dirtCount > 0) await this.#index.vacuum({ batchSize: VACUUM_TERMS, batchWait: 0 })
  }

  /** The passages that share a word with `question`, best first; of equal ones the one with the smaller ids. */
  search(question: string, { limit = DEFAULT_LIMIT, sourceIds }: PassageSearch = {}): readonly PassageHit[] {
    const filter = sourceIds === undefined ? {} : { filter: ({ id }: { readonly id: string }) => sourceIds.has(sourceOf(id)) }
    return this.#index
      .search(question, filter)
      .map(({ id, score, terms, queryTerms }) => ({ id: String(id), score: plainScore(score, queryTerms), terms }))
      .sort((one, other) => other.score - one.score || (one.id < other.id ? -1 : 1))
      .slice(0, limit)
      .map(({ id, score, terms }, index) => {
        const sourceId = sourceOf(id)
        return { sourceId, chunkId: id.slice(sourceId.length + 1), rank: index + 1, score, terms }
      })
  }

  /**
   * Which words tell why a passage was found: of those that hits name all but the short ones that more than half of the passages have, as "and" and "it".
   * @param terms - as hits name them. @returns all of `terms` where nothing else would be left.
   */
  telling(terms: Iterable<string>): ReadonlySet<string> {
    const all = new Set(terms)
    const telling = new Set([...all].filter((term) => !isShortWord(term) || this.#countOf(term) * 2 <= this.size))
    return telling.size === 0 ? all : telling
  }

  /** How many passages have a word. */
  #countOf(term: string): number {
    return this.#index.search(term, { tokenize: () => [term] }).length
  }

  /** All of it as JSON, for keeping on a device. It says which words the sources hold: keep it where they are kept. */
  save(): string {
    const sources = [...this.#sources].map(([sourceId, { stamp, chunkIds }]) => [sourceId, stamp, chunkIds])
    return JSON.stringify({ version: VERSION, sources, index: this.#index })
  }

  /** Whether it holds the passages of its sources and no others. */
  #isWhole(): boolean {
    const ids = [...this.#sources].flatMap(([sourceId, { chunkIds }]) => chunkIds.map((chunkId) => entryId(sourceId, chunkId)))
    return ids.length === this.size && ids.every((id) => this.#index.has(id))
  }
}

/** Terms that are looked through before others get a turn. */
const VACUUM_TERMS = 10_000

/** BM25 itself: the library multiplies it by the number of words found, which ranks whatever is long first. */
function plainScore(score: number, found: readonly string[]): number {
  return score / Math.max(1, found.length)
}

/** What a retrieval notes of how this index ranks. */
export const PASSAGE_RANKING = Object.freeze({ method: "bm25", version: VERSION, ...BM25 })

function entryId(sourceId: string, chunkId: string): string {
  if (`${sourceId}${chunkId}`.includes("\n")) throw new RangeError("the id of a source or passage has no line end")
  return `${sourceId}\n${chunkId}`
}

function sourceOf(id: string): string {
  return id.slice(0, id.indexOf("\n"))
}
