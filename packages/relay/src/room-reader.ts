import type { Code, RowId, Stamp } from "@polylogue/protocol"
import type { AwarenessPeer } from "./room-awareness.ts"

/** One session's view of a room: what the room and its door tell it. None of it sends at once, all of it may be called at any time. */
export interface RoomReader extends AwarenessPeer {
  /** The log has grown. */
  wake(): void
  /** The door refused a row of this session. `stateVector` is the document's, for `gap`; else empty. */
  refused(row: RowId, code: Code, stateVector: Uint8Array, reason: string): void
  /** A row of this session has the stamp already, at `position` of the log. */
  known(row: RowId, stamp: Stamp, position: number): void
  /** The document ends in this session. */
  end(code: Code, reason: string): void
  /** More rows wait than the relay bears: the session ends. */
  overloaded(reason: string): void
}
