import { PassageIndex, wordsFound } from "@polylogue/retrieval"
import type { FoundPassage, GivenPassage } from "./passage-messages.ts"

/** The passages of the workspace's sources with what they say, ranked for what is sought. */
export class PassageShelf {
  readonly #index = new PassageIndex()
  readonly #passages = new Map<string, ReadonlyMap<string, GivenPassage>>()

  /** Puts the passages of a source in place of those that it had; of two with one id the first. */
  put(sourceId: string, passages: readonly GivenPassage[]): void {
    const byId = new Map<string, GivenPassage>()
    for (const passage of passages) if (!byId.has(passage.chunkId)) byId.set(passage.chunkId, passage)
    this.#passages.set(sourceId, byId)
    this.#index.put(sourceId, [...byId.values()])
  }

  remove(sourceId: string): void {
    this.#passages.delete(sourceId)
    this.#index.remove(sourceId)
  }

  search(query: string, limit: number): readonly FoundPassage[] {
    const hits = this.#index.search(query, { limit })
    const telling = this.#index.telling(hits.flatMap(({ terms }) => terms))
    return hits.flatMap(({ sourceId, chunkId, rank, score, terms }) => {
      const passage = this.#passages.get(sourceId)?.get(chunkId)
      return passage === undefined ? [] : [{ ...passage, sourceId, rank, score, marks: wordsFound(passage.text, markedOf(terms, telling)) }]
    })
  }
}

/** The words of a passage that are marked: those that tell why it was found; where it has none of them, what it has. */
function markedOf(terms: readonly string[], telling: ReadonlySet<string>): readonly string[] {
  const marked = terms.filter((term) => telling.has(term))
  return marked.length === 0 ? terms : marked
}
