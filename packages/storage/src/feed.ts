import { type DocumentId, isWithin } from "@polylogue/protocol"
import { checkPosition } from "./change.ts"
import type { ChangesPage, ChangesQuery, DocumentPlace } from "./entry-log.ts"

/*
 * The feed: documents in the order in which they last changed. A document that changes again leaves its place for one at the end.
 *
 *   1 ─── 2 ─── 3 ─── 4 ─── 5 ─── 6     places, never used again
 *   ·     B     ·     ·     C     A     A and C changed again since they stood at 1, 3 and 4
 */

const DEFAULT_LIMIT = 1024

/**
 * The query with its defaults.
 * @throws RangeError unless `after` is a whole number from 0 and `limit` at least 1.
 */
export function changesQuery({ prefix = "", after, limit = DEFAULT_LIMIT }: ChangesQuery): Required<ChangesQuery> {
  checkPosition(after, "after")
  if (!(limit >= 1)) throw new RangeError(`a page of the feed holds at least 1 change, not ${limit}`)
  return { prefix, after, limit }
}

/** Whether `documentId` is `prefix` or lies below it, by whole segments of its path; everything lies below "". */
export function liesBelow(documentId: DocumentId, prefix: string): boolean {
  return prefix === "" || isWithin(documentId, prefix)
}

/** The part of `path` before its first "/": a document's workspace. */
export function firstSegment(path: string): string {
  const end = path.indexOf("/")
  return end < 0 ? path : path.slice(0, end)
}

/** The page of `changes`, of which there may be more behind it exactly when it is full; `lastChange` is the last place ever given out. */
export function changesPage(changes: readonly DocumentPlace[], { after, limit }: Required<ChangesQuery>, lastChange: number): ChangesPage {
  const full = changes.length >= limit
  // A reader that is ahead of the store (its disk was put back) stays where it is: the log id tells, not the position.
  return { changes, last: full ? changes.at(-1)!.position : Math.max(after, lastChange) }
}
