import type { DocumentId, RelayId, RowId, Stamp } from "@polylogue/protocol"
import type { Change, EntryLog } from "@polylogue/storage"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"

/** What this device remembers of an erasure of its own, beside its row: for telling who has carried it out. */
export interface ErasureRecord {
  /** Where it stands in the logs; `undefined` while no relay has acknowledged it. */
  readonly stamp: Stamp | undefined
  /** Addresses of the relays that have reported it carried out. */
  readonly done: readonly string[]
  /** The relays that are linked with one another, as they have told; absent while none has. */
  readonly relays?: readonly ErasingRelay[]
}

/** A relay among those that are linked, and whether it has carried the erasure out. */
export interface ErasingRelay {
  readonly relay: RelayId
  /** How its operator calls it. */
  readonly name: string
  readonly done: boolean
}

const FORMAT = 1
const PREFIX = "erasure/"

/** The change that remembers `record` of the erasure that is, or was, the row `row`; `null` forgets it. */
export function erasureChange(documentId: DocumentId, row: RowId, record: ErasureRecord | null): Change {
  return { type: "record", key: `${PREFIX}${documentId}/${row}`, value: record === null ? null : encode(record) }
}

/** All documents of which an erasure is remembered. */
export async function documentsWithErasures(store: EntryLog): Promise<Set<DocumentId>> {
  const keys = await store.recordKeys(PREFIX)
  return new Set(keys.map((key) => key.slice(PREFIX.length, key.lastIndexOf("/"))))
}

/** What is remembered of erasures in `documentId`, by the row that each is or was. A record that does not decode says nothing. */
export async function readErasures(store: EntryLog, documentId: DocumentId): Promise<Map<RowId, ErasureRecord>> {
  const prefix = `${PREFIX}${documentId}/`
  const records = new Map<RowId, ErasureRecord>()
  for (const key of await store.recordKeys(prefix)) {
    const row = key.slice(prefix.length)
    // The keys of documents below this one begin with the same words.
    const value = row.includes("/") ? undefined : await store.record(key)
    if (value !== undefined) records.set(row, decode(value))
  }
  return records
}

function encode({ stamp, done, relays = [] }: ErasureRecord): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FORMAT)
  encoding.writeVarString(encoder, stamp?.log ?? "")
  encoding.writeVarUint(encoder, stamp?.seq ?? 0)
  encoding.writeVarUint(encoder, done.length)
  for (const address of done) encoding.writeVarString(encoder, address)
  for (const { relay, name, done: isDone } of relays) {
    encoding.writeVarString(encoder, relay)
    encoding.writeVarString(encoder, name)
    encoding.writeVarUint(encoder, isDone ? 1 : 0)
  }
  return encoding.toUint8Array(encoder)
}

function decode(value: Uint8Array): ErasureRecord {
  try {
    const decoder = decoding.createDecoder(value)
    decoding.readVarUint(decoder)
    const log = decoding.readVarString(decoder)
    const seq = decoding.readVarUint(decoder)
    const done = Array.from({ length: decoding.readVarUint(decoder) }, () => decoding.readVarString(decoder))
    const relays: ErasingRelay[] = []
    // An earlier version wrote none.
    while (decoding.hasContent(decoder)) {
      const [relay, name] = [decoding.readVarString(decoder), decoding.readVarString(decoder)]
      relays.push({ relay, name, done: decoding.readVarUint(decoder) > 0 })
    }
    return { stamp: log === "" ? undefined : { log, seq }, done, relays }
  } catch {
    // What cannot be read was reported by nobody: it is named as missing.
    return { stamp: undefined, done: [] }
  }
}
