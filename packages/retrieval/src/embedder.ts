import type { IndexedPassage, PassageHit, PassageSearch } from "./passage-index.ts"

/**
 * Makes vectors of texts, so that what means the same is found in other words. None is part of this package: a model on the device or behind an address comes from
 * outside, and with it what the texts are shown to.
 */
export interface Embedder {
  /** Names the model and its version: vectors of different names are never compared. */
  readonly name: string
  /** A vector for each text, in order, all of one length. Some models want to know what a text is. */
  embed(texts: readonly string[], kind: "passage" | "question"): Promise<readonly Float32Array[]>
}

/** Texts given to an embedder at once. */
export const EMBEDDING_BATCH = 64
const DEFAULT_LIMIT = 10

/** Ranks passages for a question by how near their vectors are, looking at every one of them. */
export class PassageVectors {
  readonly embedder: Embedder
  readonly #sources = new Map<string, readonly { readonly chunkId: string; readonly vector: Float32Array }[]>()
  /** What was asked for last, by source. */
  readonly #puts = new Map<string, object>()

  constructor(embedder: Embedder) {
    this.embedder = embedder
  }

  /**
   * Puts the passages of a source in place of those that it had, all at once when all have vectors. Of two that overlap the later one counts.
   * @throws whatever the embedder says, and RangeError for vectors that are not one a text and of one length; the source stays as it was then.
   */
  async put(sourceId: string, passages: readonly IndexedPassage[]): Promise<void> {
    const put = {}
    this.#puts.set(sourceId, put)
    const vectors: { readonly chunkId: string; readonly vector: Float32Array }[] = []
    for (let start = 0; start < passages.length; start += EMBEDDING_BATCH) {
      const batch = passages.slice(start, start + EMBEDDING_BATCH)
      const made = await this.#embed(
        batch.map(({ text }) => text),
        "passage",
      )
      for (const [index, { chunkId }] of batch.entries()) vectors.push({ chunkId, vector: made[index]! })
      if (this.#puts.get(sourceId) !== put) return
    }
    this.#sources.set(sourceId, vectors)
  }

  /** Its passages are not found from here on, nor when vectors on their way arrive. */
  remove(sourceId: string): void {
    this.#puts.delete(sourceId)
    this.#sources.delete(sourceId)
  }

  /** The nearest passages, best first; of equal ones the one with the smaller ids. A score is the cosine. */
  async search(question: string, { limit = DEFAULT_LIMIT, sourceIds }: PassageSearch = {}): Promise<readonly PassageHit[]> {
    const [asked] = await this.#embed([question], "question")
    const hits: Omit<PassageHit, "rank">[] = []
    for (const [sourceId, vectors] of this.#sources) {
      if (sourceIds?.has(sourceId) === false) continue
      for (const { chunkId, vector } of vectors) hits.push({ sourceId, chunkId, score: product(asked!, vector), terms: [] })
    }
    return ranked(hits, limit)
  }

  /** Vectors of length one. */
  async #embed(texts: readonly string[], kind: "passage" | "question"): Promise<readonly Float32Array[]> {
    const vectors = await this.embedder.embed(texts, kind)
    const [first] = this.#sources.values().next().value ?? []
    const length = first?.vector.length ?? vectors[0]?.length
    if (vectors.length !== texts.length || vectors.some((vector) => vector.length !== length))
      throw new RangeError(`${this.embedder.name} gave ${vectors.length} vectors for ${texts.length} texts, or of different lengths`)
    return vectors.map((vector) => {
      const norm = Math.sqrt(product(vector, vector))
      return vector.map((value) => (norm > 0 ? value / norm : 0))
    })
  }
}

function product(one: Float32Array, other: Float32Array): number {
  let sum = 0
  for (let index = 0; index < one.length; index++) sum += one[index]! * other[index]!
  return sum
}

/** Keeps a rank of 1 in one answer from outweighing good ranks in several (Cormack, Clarke and Büttcher, 2009). */
const FUSION_K = 60

/** How answers are joined. */
export interface FusionOptions {
  /** At most so many passages. Default 10. */
  readonly limit?: number
  /** Default 60. */
  readonly k?: number
}

/** One answer of several to the same question, by the ranks in each (reciprocal rank fusion): scores of different ways to rank cannot be compared. */
export function fuseRanks(
  answers: readonly (readonly PassageHit[])[],
  { limit = DEFAULT_LIMIT, k = FUSION_K }: FusionOptions = {},
): readonly PassageHit[] {
  const joined = new Map<string, Omit<PassageHit, "rank">>()
  for (const answer of answers) {
    for (const { sourceId, chunkId, rank, terms } of answer) {
      const key = `${sourceId}\n${chunkId}`
      const before = joined.get(key)
      const score = (before?.score ?? 0) + 1 / (k + rank)
      joined.set(key, { sourceId, chunkId, score, terms: [...new Set([...(before?.terms ?? []), ...terms])] })
    }
  }
  return ranked([...joined.values()], limit)
}

function ranked(hits: Omit<PassageHit, "rank">[], limit: number): readonly PassageHit[] {
  return hits
    .sort((one, other) => other.score - one.score || compare(one.sourceId, other.sourceId) || compare(one.chunkId, other.chunkId))
    .slice(0, limit)
    .map((hit, index) => ({ ...hit, rank: index + 1 }))
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
