import * as decoding from "lib0/decoding"
import { encodeBytes } from "./encode-bytes.ts"
import { entries, type Entry } from "./entry.ts"
import { ProtocolError } from "./errors.ts"
import { type Field, remaining, restingVector } from "./field.ts"
import type { VersionVector } from "./version-vector.ts"

/*
 * Two wire forms that are also kept: in stores and in tokens.
 */

/** The bytes of a version vector, as in frames. Equal vectors may differ in bytes (the order of logs is kept). Of any number of logs. */
export function encodeVersionVector(value: VersionVector): Uint8Array {
  return encodeWhole(restingVector, value)
}

/**
 * Reads what {@link encodeVersionVector} wrote.
 * @throws ProtocolError `truncated` or `bad-value`, also when bytes follow the vector.
 */
export function decodeVersionVector(encoded: Uint8Array): VersionVector {
  return decodeWhole(restingVector, encoded)
}

/** The bytes of entries, as in an `entries` frame without its handle. */
export function encodeEntries(list: readonly Entry[]): Uint8Array {
  return encodeWhole(entries, list)
}

/**
 * Reads what {@link encodeEntries} wrote. Updates are views into `encoded`.
 * @throws ProtocolError `truncated`, `bad-value` or `too-large`, also when bytes follow.
 */
export function decodeEntries(encoded: Uint8Array): readonly Entry[] {
  return decodeWhole(entries, encoded)
}

function encodeWhole<T>(field: Field<T>, value: T): Uint8Array {
  return encodeBytes((encoder) => field.write(encoder, value))
}

function decodeWhole<T>(field: Field<T>, encoded: Uint8Array): T {
  const decoder = decoding.createDecoder(encoded)
  const value = field.read(decoder)
  if (remaining(decoder) > 0) throw new ProtocolError("bad-value", `${remaining(decoder)} bytes follow the value`)
  return value
}
