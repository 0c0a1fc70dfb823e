import {
  covers,
  decodeVersionVector,
  type DocumentId,
  encodeVersionVector,
  type LogId,
  unionVectors,
  type VersionVector,
} from "@polylogue/protocol"
import type { Change, EntryLog, OutboxRow } from "@polylogue/storage"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import * as Y from "yjs"
import { readDurableState } from "./log-reader.ts"
import { hasMoreThan } from "./update.ts"

/*
 * Before its own rows a replica sees to it that the relay has what it has; otherwise its words could not be understood there.
 *
 *   opened.vector ∪ verified(log) covers ours ─ yes ─▶ send rows
 *        │ no
 *        ▼                             nothing more ─▶ remember verified(log), send rows
 *   state of the relay ─▶ compare ──┤
 *                                      more ─▶ ONE row with the whole difference, unsent rows included ─▶ then rows written after it
 */

/** What a comparison with a relay's state came to. */
export type Difference =
  | { readonly kind: "none"; readonly vector: VersionVector; readonly rows: readonly OutboxRow[] }
  | {
      readonly kind: "some"
      readonly vector: VersionVector
      /** One update that brings all that the relay lacks. */
      readonly update: Uint8Array
      /** Rows of the outbox that it contains. */
      readonly rows: readonly OutboxRow[]
    }
  /** The device itself lacks something that its rows build on, so it cannot make the relay understand them. */
  | { readonly kind: "unclosed"; readonly vector: VersionVector; readonly rows: readonly OutboxRow[] }

/** Compares what is durable on this device with what the relay says that it has. @throws StorageError when reading fails. */
export async function compareWithRelay(
  store: EntryLog,
  documentId: DocumentId,
  relay: { readonly stateVector: Uint8Array; readonly deleteSet: Uint8Array },
): Promise<Difference> {
  const { ydoc, rows, head } = await readDurableState(store, documentId)
  try {
    if (ydoc.store.pendingStructs !== null || ydoc.store.pendingDs !== null) return { kind: "unclosed", vector: head.vector, rows }
    if (!hasMoreThan(ydoc, relay.stateVector, relay.deleteSet)) return { kind: "none", vector: head.vector, rows }
    const stateVector = relay.stateVector.length > 0 ? relay.stateVector : undefined
    return { kind: "some", vector: head.vector, update: Y.encodeStateAsUpdate(ydoc, stateVector), rows }
  } finally {
    ydoc.destroy()
  }
}

/** More relay starts than this are not remembered; a forgotten one costs one comparison. */
const MAX_VERIFIED = 8

const keyOf = (documentId: DocumentId): string => `verified/${documentId}`

/** What the relay start `log` is known to have of `documentId` beyond what its own vector says; empty when nothing was verified. */
export async function readVerified(store: EntryLog, documentId: DocumentId, log: LogId): Promise<VersionVector> {
  return (await readAll(store, documentId)).get(log) ?? new Map()
}

/** Whether a relay start that announces `announced` and has been verified up to `verified` has all of `ours`. */
export function relayHas(ours: VersionVector, announced: VersionVector, verified: VersionVector): boolean {
  return covers(unionVectors(announced, verified), ours)
}

/** The change that remembers that the relay start `log` has all of `vector`. */
export async function verifiedChange(store: EntryLog, documentId: DocumentId, log: LogId, vector: VersionVector): Promise<Change> {
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
  return { type: "record", key: keyOf(documentId), value: encoding.toUint8Array(encoder) }
}

async function readAll(store: EntryLog, documentId: DocumentId): Promise<Map<LogId, VersionVector>> {
  const all = new Map<LogId, VersionVector>()
  const value = await store.record(keyOf(documentId))
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
