import type { DocumentId, LogId } from "@polylogue/protocol"
import type { Change, EntryLog } from "@polylogue/storage"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"

/** How far a relay's feed of a prefix was taken in: all that it named up to `cursor` is durable on this device, but for `unsettled`. */
export interface FeedRecord {
  /** The relay's log when it gave the cursor. */
  readonly log: LogId
  readonly cursor: number
  /** The last log that was compared with this device in full, in both directions; empty for none. */
  readonly compared: LogId
  /** Which token it was read with: another one may open documents that were passed over. */
  readonly mark: string
  /** Documents that differed and were not brought here yet, or not surely. */
  readonly unsettled: readonly DocumentId[]
}

const FORMAT = 1

const keyOf = (relay: string, prefix: string): string => `feed/${prefix} ${relay}`

/** What is recorded of the feed of `prefix` at the relay with address `relay`; `undefined` for nothing, or nothing that can be read. */
export async function readFeedRecord(store: EntryLog, relay: string, prefix: string): Promise<FeedRecord | undefined> {
  const value = await store.record(keyOf(relay, prefix))
  if (value === undefined) return undefined
  try {
    const decoder = decoding.createDecoder(value)
    if (decoding.readVarUint(decoder) !== FORMAT) return undefined
    const log = decoding.readVarString(decoder)
    const cursor = decoding.readVarUint(decoder)
    const compared = decoding.readVarString(decoder)
    const mark = decoding.readVarString(decoder)
    const unsettled: DocumentId[] = []
    for (let left = decoding.readVarUint(decoder); left > 0; left--) unsettled.push(decoding.readVarString(decoder))
    return { log, cursor, compared, mark, unsettled }
  } catch {
    // Without a place the feed begins anew, which costs one comparison of hashes.
    return undefined
  }
}

/** The change that records `record`. */
export function feedRecordChange(relay: string, prefix: string, record: FeedRecord): Change {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FORMAT)
  encoding.writeVarString(encoder, record.log)
  encoding.writeVarUint(encoder, record.cursor)
  encoding.writeVarString(encoder, record.compared)
  encoding.writeVarString(encoder, record.mark)
  encoding.writeVarUint(encoder, record.unsettled.length)
  for (const documentId of record.unsettled) encoding.writeVarString(encoder, documentId)
  return { type: "record", key: keyOf(relay, prefix), value: encoding.toUint8Array(encoder) }
}
