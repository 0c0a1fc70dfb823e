import { decodeVersionVector, type DocumentId, encodeVersionVector, type LogId, type VersionVector } from "@polylogue/protocol"
import type { Change, EntryLog } from "@polylogue/storage"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"

/** More relay starts than this are not remembered; a forgotten one costs one comparison. */
const MAX_VERIFIED = 8

/** The record of what relays were verified to have. */
export const verifiedKey = (documentId: DocumentId): string => `verified/${documentId}`

/** What the relay start `log` is known to have of `documentId` beyond what its own vector says; empty when nothing was verified. */
export async function readVerified(store: EntryLog, documentId: DocumentId, log: LogId): Promise<VersionVector> {
  return (await readAll(store, documentId)).get(log) ?? new Map()
}

/** The change that remembers that the relay start `log` has all of `vector`, and that what it then showed as `shown` stands for all of that. */
export async function verifiedChange(
  store: EntryLog,
  documentId: DocumentId,
  log: LogId,
  vector: VersionVector,
  shown: VersionVector,
): Promise<Change> {
  const all = await readAll(store, documentId)
  all.delete(log)
  all.set(log, vector)
  const latest = [...all].slice(-MAX_VERIFIED)
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, latest.length)
  for (const [id, known] of latest) {
    encoding.writeVarString(encoder, id)
    encoding.writeVarUint8Array(encoder, encodeVersionVector(known))
  }
  // Of the last alone; see `nameAtRelays`.
  encoding.writeVarUint8Array(encoder, encodeVersionVector(shown))
  return { type: "record", key: verifiedKey(documentId), value: encoding.toUint8Array(encoder) }
}

async function readAll(store: EntryLog, documentId: DocumentId): Promise<Map<LogId, VersionVector>> {
  const all = new Map<LogId, VersionVector>()
  const value = await store.record(verifiedKey(documentId))
  if (value === undefined) return all
  try {
    const decoder = decoding.createDecoder(value)
    const count = decoding.readVarUint(decoder)
    for (let index = 0; index < count; index++) {
      all.set(decoding.readVarString(decoder), decodeVersionVector(decoding.readVarUint8Array(decoder)))
    }
  } catch {
    // What cannot be read was not verified: it costs one comparison.
    all.clear()
  }
  return all
}
