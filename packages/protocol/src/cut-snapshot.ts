import * as decoding from "lib0/decoding"
import { positive, readUint, remaining, vector } from "./field.ts"
import { FRAMES } from "./frame.ts"
import type { VersionVector } from "./version-vector.ts"

/** What a transfer of a `snapshot` or `rest` that was cut has brought. */
export interface CutSnapshot {
  readonly handle: number
  readonly vector: VersionVector
  /** Bytes of the snapshot's whole update. */
  readonly total: number
  /** Where in it `bytes` begin. */
  readonly offset: number
  /** A copy. */
  readonly bytes: Uint8Array
}

/** What the first bytes of a frame bring of a snapshot's update; `undefined` when it is another frame, or nothing of the update is there. */
export function readCutSnapshot(received: Uint8Array): CutSnapshot | undefined {
  try {
    const decoder = decoding.createDecoder(received)
    const number = readUint(decoder)
    if (number !== FRAMES.snapshot.number && number !== FRAMES.rest.number) return undefined
    readUint(decoder)
    const begun = { handle: positive.read(decoder), vector: vector.read(decoder) }
    const rest = number === FRAMES.rest.number ? { offset: positive.read(decoder), total: positive.read(decoder) } : undefined
    const length = readUint(decoder)
    const bytes = received.slice(decoder.pos, decoder.pos + Math.min(length, remaining(decoder)))
    if (bytes.length === 0 || (rest !== undefined && rest.offset + length !== rest.total)) return undefined
    return { ...begun, offset: rest?.offset ?? 0, total: rest?.total ?? length, bytes }
  } catch {
    // Not even what stands before the update has arrived whole.
    return undefined
  }
}
