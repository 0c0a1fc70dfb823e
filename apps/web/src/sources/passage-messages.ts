/** A passage as the page hands it over. */
export interface GivenPassage {
  readonly chunkId: string
  readonly text: string
  readonly hash: string
  readonly page?: number
}

/** A passage that shares words with what is sought. */
export interface FoundPassage extends GivenPassage {
  readonly sourceId: string
  /** From 1: the best. */
  readonly rank: number
  /** BM25: to be compared within one answer only. */
  readonly score: number
  /** Where the words that are sought stand in its text, in UTF-16 units, ascending. */
  readonly marks: readonly { readonly start: number; readonly end: number }[]
}

/** What the page says to the worker that holds the passages. */
export type ToPassages =
  | { readonly type: "put"; readonly sourceId: string; readonly passages: readonly GivenPassage[] }
  | { readonly type: "remove"; readonly sourceId: string }
  | { readonly type: "search"; readonly id: number; readonly query: string; readonly limit: number }

/** The answer to a search: in the order in which searches were asked. */
export interface FromPassages {
  readonly id: number
  readonly found: readonly FoundPassage[]
}
