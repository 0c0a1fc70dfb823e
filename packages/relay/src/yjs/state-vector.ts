import * as decoding from "lib0/decoding"
import { RelayError } from "../errors.ts"

/**
 * Checks that `bytes` are a Yjs state vector (varUint n • n * (client • clock)), so that a malformed one is its sender's fault and not the worker's.
 * @throws RelayError `bad-frame`
 */
export function checkStateVector(bytes: Uint8Array): void {
  try {
    const decoder = decoding.createDecoder(bytes)
    const count = decoding.readVarUint(decoder)
    if (count > bytes.length / 2) throw new RangeError(`${count} clients announced`)
    for (let left = 2 * count; left > 0; left--) decoding.readVarUint(decoder)
  } catch (cause) {
    throw new RelayError("bad-frame", "the bytes are no state vector", { cause })
  }
}
