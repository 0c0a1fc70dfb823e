import { type Code, codeName, codeNumber, type DocumentId } from "@polylogue/protocol"
import type { Change, EntryLog } from "@polylogue/storage"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"

/** A document's text as it was when a relay refused it for good, or when it had to be replaced. It stays until it is dismissed. */
export interface KeptRecord {
  /** Names the record for `Replica.dismissKept`. */
  readonly key: string
  readonly documentId: DocumentId
  /** Why; `undefined` when the copy diverged or its code is not known to this version. */
  readonly code: Code | undefined
  /** Milliseconds since 1970 by the device's clock. */
  readonly keptAt: number
  /** The whole state as one Yjs v1 update, words that were never sent included. */
  readonly update: Uint8Array
}

const PREFIX = "kept/"
const FORMAT = 1

/** The change that keeps `record` under the key made of its document and `id`; the same id again replaces it. */
export function keepChange(record: Omit<KeptRecord, "key">, id: string): Change {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FORMAT)
  encoding.writeVarString(encoder, record.documentId)
  encoding.writeVarUint(encoder, record.code === undefined ? 0 : codeNumber(record.code))
  encoding.writeVarUint(encoder, Math.max(0, Math.floor(record.keptAt)))
  encoding.writeVarUint8Array(encoder, record.update)
  return { type: "record", key: `${PREFIX}${record.documentId}/${id}`, value: encoding.toUint8Array(encoder) }
}

/** All kept records, oldest first. One that does not decode is passed to `unreadable` and left where it is. */
export async function readKept(store: EntryLog, unreadable: (error: unknown) => void): Promise<KeptRecord[]> {
  const records: KeptRecord[] = []
  for (const key of await store.recordKeys(PREFIX)) {
    const value = await store.record(key)
    if (value === undefined) continue
    try {
      records.push(decodeKept(key, value))
    } catch (error) {
      unreadable(error)
    }
  }
  return records.toSorted((left, right) => left.keptAt - right.keptAt)
}

/** The document that the record at `key` is of. */
export function documentOfKept(key: string): DocumentId {
  return key.slice(PREFIX.length, key.lastIndexOf("/"))
}

/** The change that removes the record at `key`. @throws RangeError for a key that is not one of a kept record. */
export function dismissChange(key: string): Change {
  if (!key.startsWith(PREFIX)) throw new RangeError(`${JSON.stringify(key)} is not the key of a kept record`)
  return { type: "record", key, value: null }
}

function decodeKept(key: string, value: Uint8Array): KeptRecord {
  const decoder = decoding.createDecoder(value)
  const format = decoding.readVarUint(decoder)
  if (format !== FORMAT) throw new RangeError(`${key} has format ${format}, known is ${FORMAT}`)
  const documentId = decoding.readVarString(decoder)
  const code = codeName(decoding.readVarUint(decoder))
  const keptAt = decoding.readVarUint(decoder)
  return { key, documentId, code, keptAt, update: decoding.readVarUint8Array(decoder) }
}
