import * as encoding from "lib0/encoding"
import { type BlobHash, blobHashes } from "./erased.ts"
import { ProtocolError } from "./errors.ts"
import { bytes, type Field, id, positive, readUint, remaining, text, uint } from "./field.ts"
import type { RowId } from "./ids.ts"
import type { Stamp } from "./version-vector.ts"

/** One Yjs update in a document's log, as the first relay that had it on disk stamped it. Travels unchanged. */
export interface Entry {
  readonly stamp: Stamp
  /** When the first relay received it, in its milliseconds since 1970. */
  readonly receivedAt: number
  /** Who wrote it, as the first relay authenticated them; for a hand-over, who handed it over. */
  readonly principal: string
  /** The id the writing replica gave its row: by it a writer recognises its own entry. */
  readonly row: RowId
  /** Whether it repeats what others wrote too (a hand-over), so that its principal is not the author of all of it. */
  readonly handOver: boolean
  /** One Yjs v1 update, closed: everything that it builds on stands before it in the log. */
  readonly update: Uint8Array
  /**
   * Present on an erasure: `update` brings no structs, only a delete set, whose ranges are erased for good, and with them these blobs
   * (often none). Absent on every other entry.
   */
  readonly erases?: readonly BlobHash[]
}

/** `flags` bits of an entry in a run: what it shares with the entry before it in the same frame is left out. */
const SAME_LOG = 1
const SAME_PRINCIPAL = 2
const HAND_OVER = 4
const ERASURE = 8
/** Fewest bytes that an entry can take: flags, seq, time, row id, length of the update. */
const MIN_ENTRY_BYTES = 12

/** Entries in log order. An entry names log and principal only where they differ from the entry before it. */
export const entries: Field<readonly Entry[]> = {
  shape:
    "varUint n, n * (flags varUint[1 same log, 2 same principal, 4 hand-over, 8 erasure], log?, seq, receivedAt, principal?, row, update, blobs?)",
  write(encoder, list) {
    encoding.writeVarUint(encoder, list.length)
    let previous: Entry | undefined
    for (const entry of list) {
      const sameLog = previous?.stamp.log === entry.stamp.log
      const samePrincipal = previous?.principal === entry.principal
      const shared = (sameLog ? SAME_LOG : 0) | (samePrincipal ? SAME_PRINCIPAL : 0)
      encoding.writeVarUint(encoder, shared | (entry.handOver ? HAND_OVER : 0) | (entry.erases === undefined ? 0 : ERASURE))
      if (!sameLog) id.write(encoder, entry.stamp.log)
      positive.write(encoder, entry.stamp.seq)
      uint.write(encoder, entry.receivedAt)
      if (!samePrincipal) text.write(encoder, entry.principal)
      id.write(encoder, entry.row)
      bytes.write(encoder, entry.update)
      if (entry.erases !== undefined) blobHashes.write(encoder, entry.erases)
      previous = entry
    }
  },
  read(decoder) {
    const count = readUint(decoder)
    if (count > remaining(decoder) / MIN_ENTRY_BYTES)
      throw new ProtocolError("truncated", `${count} entries announced, too few bytes there`)
    const list: Entry[] = []
    let log: string | undefined
    let principal: string | undefined
    for (let index = 0; index < count; index++) {
      const flags = readUint(decoder)
      if (flags > 15) throw new ProtocolError("bad-value", `unknown flags ${flags} on an entry`)
      if ((flags & SAME_LOG) === 0) log = id.read(decoder)
      const seq = positive.read(decoder)
      const receivedAt = readUint(decoder)
      if ((flags & SAME_PRINCIPAL) === 0) principal = text.read(decoder)
      if (log === undefined || principal === undefined) throw new ProtocolError("bad-value", "the first entry of a frame repeats nothing")
      const row = id.read(decoder)
      const update = bytes.read(decoder)
      const entry = { stamp: { log, seq }, receivedAt, principal, row, handOver: (flags & HAND_OVER) !== 0, update }
      list.push((flags & ERASURE) === 0 ? entry : { ...entry, erases: blobHashes.read(decoder) })
    }
    return list
  },
}

/** The bytes that `entry` takes in a frame, never fewer: for filling frames up to a limit without encoding twice. */
export function entryBytes(entry: Entry): number {
  return entry.update.length + 3 * entry.principal.length + 48 + 32 * (entry.erases?.length ?? 0)
}
