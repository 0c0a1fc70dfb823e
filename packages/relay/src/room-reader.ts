import type { Code, RowId, Stamp, VersionVector } from "@polylogue/protocol"
import type { ErasureReport } from "./links/erasure-reports.ts"
import type { AwarenessPeer } from "./presence/presence.ts"

/** One session's view of a room: what the room and its door tell it. None of it sends at once, all of it may be called at any time. */
export interface RoomReader extends AwarenessPeer {
  /**
   * Why a row of this session was refused. Those behind it may be effects of it, so they are refused for the same reason: for `gap` until a
   * hand-over brings everything, else for good. Kept by the door.
   */
  refusal: Code | undefined
  /** Whether the document is in use for it, and not only kept up to date. */
  readonly uses: boolean
  /** The log has grown. */
  wake(): void
  /** The door refused a row of this session. `stateVector` is the document's, for `gap`; empty for other codes and for rows behind it. */
  refused(row: RowId, code: Code, stateVector: Uint8Array, reason: string): void
  /** A row of this session has its stamp and is durable at `position` of the log, now or since before: it is acked when the reader gets there. */
  stored(row: RowId, stamp: Stamp, position: number): void
  /**
   * Which relays have carried out erasures of the document and which have not, this one first, in the place of what was said before and not sent yet; nothing when
   * that stands. `carriedOut` covers those that are carried out here, when that is news.
   */
  erasures(reports: readonly ErasureReport[], carriedOut: VersionVector | undefined): void
  /** What `vector` covers is on the disks of as many other relays as count as replicated. */
  replicated(vector: VersionVector): void
  /** The document ends in this session. */
  end(code: Code, reason: string): void
  /** More rows wait than the relay bears: the session ends. */
  overloaded(reason: string): void
}
