import type { SearchQuery } from "./query.ts"
import type { Snippet } from "./snippet.ts"

/* What crosses between the page and the worker about searches: plain data. */

/** What is searched for, and where. */
export interface SearchRequest {
  readonly query: SearchQuery
  /** Only these conversations; absent: all. */
  readonly within?: readonly string[]
  /** None of these: they were deleted. */
  readonly hidden: readonly string[]
  /** Most conversations that are answered with. */
  readonly groups: number
  /** Most messages shown of each. */
  readonly hitsPerGroup: number
}

/** One of several branches of a conversation; counts from 1. */
export interface BranchPlace {
  readonly number: number
  readonly count: number
}

/** A message in which everything that was searched for stands. */
export interface SearchHit {
  readonly messageId: string
  readonly authorId: string
  readonly authorName: string | null
  readonly authorKind: string
  readonly role: string
  readonly model: string | null
  readonly imported: boolean
  /** When it was written, in ms since 1970. */
  readonly time: number
  readonly snippet: Snippet
  /** The type of the part with the snippet: `text`, `reasoning`, `file` … */
  readonly part: string
  /** Where the line forks last before it; null where it does not. */
  readonly branch: BranchPlace | null
}

/** What was found in one conversation, best first. */
export interface SearchGroup {
  readonly conversationId: string
  /** The title that the conversation itself knows, where no list does. */
  readonly title: string
  readonly hits: readonly SearchHit[]
  /** Further messages of it that answer. */
  readonly more: number
  /** Whether there may be others still: of what so many messages answer not all are counted. */
  readonly atLeast: boolean
}

/** How far the index is. */
export interface IndexProgress {
  /**
   * - `starting`: nobody knows yet;
   * - `building`: for the first time, or anew; what is there already is found;
   * - `ready`: all that was on the device a moment ago is found;
   * - `unavailable`: this browser keeps no index.
   */
  readonly state: "starting" | "building" | "ready" | "unavailable"
  /** Of a build: documents looked at, and all of them. */
  readonly done: number
  readonly total: number
}
