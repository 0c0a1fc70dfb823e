import { covers, decodeVersionVector, type DocumentId, knownOf, type VersionVector } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import * as decoding from "lib0/decoding"
import { verifiedKey } from "./verified.ts"

/** What a relay was last verified to have of a document, and what of its own log stands for that. */
interface LastVerified {
  readonly vector: VersionVector
  readonly shown: VersionVector
}

/**
 * The stamps under which relays have what the device knows as `vector`. A relay that lost its disk, or was restored from a backup, has it under those of a
 * hand-over: the stamps that it had before are in this device's log, and nobody who comes later will ever have them.
 *
 * What a relay once showed when it was verified to have everything up to some vector stands for that vector, at whoever has it: in every log, an entry
 * stands behind all that the relay which stamped it had then. What this device learnt afterwards is named by its own stamps.
 */
export async function nameAtRelays(store: EntryLog, documentId: DocumentId, vector: VersionVector): Promise<VersionVector> {
  const last = await readLastVerified(store, documentId)
  // What this device has not got yet of that relay's log it must not ask others for.
  if (last === undefined || !covers(vector, last.shown)) return vector
  const name = new Map(last.shown)
  for (const [log, seq] of vector) if (seq > knownOf(last.vector, log)) name.set(log, seq)
  return name
}

async function readLastVerified(store: EntryLog, documentId: DocumentId): Promise<LastVerified | undefined> {
  const value = await store.record(verifiedKey(documentId))
  if (value === undefined) return undefined
  try {
    const decoder = decoding.createDecoder(value)
    let vector: VersionVector | undefined
    for (let left = decoding.readVarUint(decoder); left > 0; left--) {
      decoding.readVarString(decoder)
      vector = decodeVersionVector(decoding.readVarUint8Array(decoder))
    }
    return vector && { vector, shown: decodeVersionVector(decoding.readVarUint8Array(decoder)) }
  } catch {
    // Written before this was remembered, or not to be read: the device's own stamps are right, and perhaps more than others will ever have.
    return undefined
  }
}
