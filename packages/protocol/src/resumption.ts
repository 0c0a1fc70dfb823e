import * as encoding from "lib0/encoding"
import { ProtocolError } from "./errors.ts"
import { type Field, id, positive, readUint } from "./field.ts"
import { type VersionVector, vectorHash } from "./version-vector.ts"

/** The beginning of a snapshot's update that a replica has kept from a transfer that was cut. */
export interface Resumption {
  /** The snapshot's vector, as `vectorHash` names it. */
  readonly snapshot: string
  /** Bytes of the snapshot's whole update. */
  readonly total: number
  /** How many of them the replica has, from the first: fewer than `total`. */
  readonly offset: number
  /** FNV-1a (64 bit, 16 hex digits) of the last 1,024 of those bytes, or of all when there are fewer. */
  readonly check: string
}

/** Bytes before the cut that are compared. */
const CHECKED_BYTES = 1024

/** What to ask for when `beginning` was received of an update of `total` bytes that stands for `vector`. */
export function resumptionOf(vector: VersionVector, total: number, beginning: Uint8Array): Resumption {
  return { snapshot: vectorHash(vector), total, offset: beginning.length, check: checkOf(beginning) }
}

/** Whether `resumption` speaks of the update that stands for `vector`, so that the rest of it may be sent. */
export function resumes({ snapshot, total, offset, check }: Resumption, vector: VersionVector, update: Uint8Array): boolean {
  if (total !== update.length || offset >= total || snapshot !== vectorHash(vector)) return false
  return check === checkOf(update.subarray(0, offset))
}

function checkOf(beginning: Uint8Array): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of beginning.subarray(-CHECKED_BYTES)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n)
  return hash.toString(16).padStart(16, "0")
}

/** A resumption, or none. */
export const resumption: Field<Resumption | undefined> = {
  shape: "flag resumed, snapshot? 8 bytes, total? varUint>0, offset? varUint>0, check? 8 bytes",
  write(encoder, value) {
    encoding.writeVarUint(encoder, value === undefined ? 0 : 1)
    if (value === undefined) return
    id.write(encoder, value.snapshot)
    positive.write(encoder, value.total)
    positive.write(encoder, value.offset)
    id.write(encoder, value.check)
  },
  read(decoder) {
    const flag = readUint(decoder)
    if (flag > 1) throw new ProtocolError("bad-value", `a flag is 0 or 1, not ${flag}`)
    if (flag === 0) return undefined
    return { snapshot: id.read(decoder), total: positive.read(decoder), offset: positive.read(decoder), check: id.read(decoder) }
  },
}
