import { isObject } from "../formats/json-value.ts"
import { readClock } from "../hybrid-clock.ts"

/** A passage that a retrieval found. */
export interface RetrievedPassage {
  readonly sourceId: string
  readonly chunkId: string
  /** From 1, best first; no two of a retrieval have the same. */
  readonly rank: number
  /** As the ranker gave it; higher is better. */
  readonly score: number
  /** Of the passage's text, as `Passage.hash`: tells later whether the passage is the one that was found. */
  readonly hash: string
  /** What the corpus that it comes from calls it. */
  readonly externalId?: string
}

/** How was searched. */
export interface RetrievalConfig {
  /** Name of the ranker, as `bm25`. */
  readonly ranker: string
  /** Its parameters, and whatever else it takes to search so again. */
  readonly [parameter: string]: unknown
}

/** What was found for a message, for ever. */
export interface RetrievalRecord {
  readonly id: string
  /** The message that it served. */
  readonly messageId: string
  readonly query: string
  readonly config: RetrievalConfig
  /** Best first. */
  readonly results: readonly RetrievedPassage[]
  /** When it was noted; 0 for an import without times. */
  readonly clock: number
  /** Who had searched; null where an import does not say. */
  readonly authorId: string | null
}

/** Most passages of one retrieval. */
export const MAX_RESULTS = 1000
/** Longest question in UTF-16 units. */
export const MAX_QUERY_LENGTH = 32 * 1024

/** The retrieval in a stored value; undefined when it is none. Results without a passage are left out. */
export function readRetrieval(messageId: string, id: string, value: unknown): RetrievalRecord | undefined {
  if (!isObject(value) || !Array.isArray(value["results"])) return undefined
  const { query, config, clock, authorId } = value
  const results = (value["results"] as unknown[])
    .slice(0, MAX_RESULTS)
    .map(readResult)
    .filter((found) => found !== undefined)
  const ranker = isObject(config) && typeof config["ranker"] === "string" ? config["ranker"] : "unknown"
  return Object.freeze({
    id,
    messageId,
    query: typeof query === "string" ? query : "",
    config: Object.freeze({ ...(isObject(config) ? config : {}), ranker }),
    results: Object.freeze(results.sort((left, right) => left.rank - right.rank)),
    clock: readClock(clock),
    authorId: typeof authorId === "string" ? authorId : null,
  })
}

function readResult(value: unknown, index: number): RetrievedPassage | undefined {
  if (!isObject(value)) return undefined
  const { sourceId, chunkId, rank, score, hash, externalId } = value
  if (typeof sourceId !== "string" || typeof chunkId !== "string") return undefined
  return Object.freeze({
    sourceId,
    chunkId,
    rank: typeof rank === "number" && Number.isSafeInteger(rank) && rank > 0 ? rank : index + 1,
    score: typeof score === "number" && Number.isFinite(score) ? score : 0,
    hash: typeof hash === "string" ? hash : "",
    ...(typeof externalId === "string" ? { externalId } : {}),
  })
}
