import * as decoding from "lib0/decoding"
import { RelayError } from "../errors.ts"

/** State vectors longer than this are not worked with: each client id in one costs some ten bytes. */
export const MAX_STATE_VECTOR_BYTES = 1024 * 1024

/**
 * Checks that `bytes` are a Yjs state vector (varUint n • n * (client • clock)), so that a malformed one is its sender's fault and not the worker's.
 * @throws RelayError `bad-frame`
 */
export function checkStateVector(bytes: Uint8Array): void {
  try {
    if (bytes.length > MAX_STATE_VECTOR_BYTES) throw new RangeError(`${bytes.length} bytes`)
    const decoder = decoding.createDecoder(bytes)
    const count = decoding.readVarUint(decoder)
    if (count > bytes.length / 2) throw new RangeError(`${count} clients announced`)
    for (let left = 2 * count; left > 0; left--) decoding.readVarUint(decoder)
  } catch (cause) {
    throw new RelayError("bad-frame", "the bytes are no state vector", { cause })
  }
}
