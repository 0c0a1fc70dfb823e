import MiniSearch from "minisearch"

/** A passage to be found, with what its finder needs of it. */
export interface RankedPassage {
  /** Names it among all of the index. */
  readonly id: string
  readonly text: string
}

/** A passage found, best first. */
export interface PassageHit {
  readonly id: string
  /** From 1. */
  readonly rank: number
  readonly score: number
}

/** Ranks passages for a question by BM25. */
export class PassageIndex {
  readonly #index = new MiniSearch<RankedPassage>({ fields: ["text"], idField: "id" })

  add(passages: readonly RankedPassage[]): void {
    this.#index.addAll(passages)
  }

  /** At most `limit` passages that share a word with `query`, best first. */
  search(query: string, limit: number): readonly PassageHit[] {
    return this.#index
      .search(query)
      .slice(0, limit)
      .map(({ id, score }, index) => ({ id: String(id), rank: index + 1, score }))
  }
}
