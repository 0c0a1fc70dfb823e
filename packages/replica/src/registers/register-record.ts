import type { DocumentId } from "@polylogue/protocol"
import type { Change, EntryLog } from "@polylogue/storage"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import type { Register } from "./register.ts"

/** What a device noted of the registers of one document. */
export interface RegisterRecord {
  readonly documentId: DocumentId
  /** Who the relay took the device for when it said so. */
  readonly principal: string
  /** The one that was heard longest ago first. */
  readonly registers: readonly Register[]
}

const PREFIX = "register/"
const FORMAT = 1
/** Records that are read at once. */
const READS_AT_ONCE = 256

/** All that the device noted. What cannot be decoded is passed over: it is heard again. @throws StorageError */
export async function readRegisterRecords(store: EntryLog): Promise<readonly RegisterRecord[]> {
  const keys = await store.recordKeys(PREFIX)
  const records: RegisterRecord[] = []
  for (let from = 0; from < keys.length; from += READS_AT_ONCE) {
    const some = keys.slice(from, from + READS_AT_ONCE)
    const values = await Promise.all(some.map((key) => store.record(key)))
    for (const [index, key] of some.entries()) {
      const value = values[index]
      if (value !== undefined) records.push(decoded(key.slice(PREFIX.length), value))
    }
  }
  return records
}

/** The change that notes `record`, or removes the note when it has no registers. */
export function registerRecordChange({ documentId, principal, registers }: RegisterRecord): Change {
  return { type: "record", key: PREFIX + documentId, value: registers.length === 0 ? null : encoded(principal, registers) }
}

function encoded(principal: string, registers: readonly Register[]): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FORMAT)
  encoding.writeVarString(encoder, principal)
  encoding.writeVarUint(encoder, registers.length)
  for (const register of registers) {
    encoding.writeVarString(encoder, register.key)
    encoding.writeVarUint(encoder, (register.value === null ? 0 : 1) + (register.guarded ? 2 : 0))
    encoding.writeVarString(encoder, register.value ?? "")
    encoding.writeVarString(encoder, register.revision ?? "")
    encoding.writeVarUint(encoder, register.setAt)
    encoding.writeVarString(encoder, register.principal)
    encoding.writeVarUint(encoder, register.expiresAt ?? 0)
    encoding.writeVarUint(encoder, register.asOf)
  }
  return encoding.toUint8Array(encoder)
}

/** An empty one for what another version of the program wrote, or for what is no record: the next note replaces it. */
function decoded(documentId: DocumentId, value: Uint8Array): RegisterRecord {
  const registers: Register[] = []
  let principal = ""
  try {
    const decoder = decoding.createDecoder(value)
    if (decoding.readVarUint(decoder) !== FORMAT) return { documentId, principal, registers }
    principal = decoding.readVarString(decoder)
    for (let left = decoding.readVarUint(decoder); left > 0; left--) registers.push(readRegister(decoder))
  } catch {
    registers.length = 0
  }
  return { documentId, principal, registers: registers.filter(({ key }) => key.startsWith(`${documentId}#`)) }
}

function readRegister(decoder: decoding.Decoder): Register {
  const key = decoding.readVarString(decoder)
  const flags = decoding.readVarUint(decoder)
  const value = decoding.readVarString(decoder)
  const revision = decoding.readVarString(decoder)
  const there = (flags & 1) === 1
  const facts = { guarded: (flags & 2) === 2, setAt: decoding.readVarUint(decoder), principal: decoding.readVarString(decoder) }
  const expiresAt = decoding.readVarUint(decoder)
  const asOf = decoding.readVarUint(decoder)
  return Object.freeze({
    key,
    value: there ? value : null,
    revision: there ? revision : null,
    ...facts,
    ...(expiresAt > 0 && { expiresAt }),
    asOf,
  })
}
