import { hash128, toHex } from "./content-hash.ts"

/** Source of randomness: an array of `length` fresh bytes, unpredictable and never repeating. */
export type RandomBytes = (length: number) => Uint8Array

/**
 * Mints an id that no other device can mint: a UUID of version 7, 48 bits of time and 74 random bits.
 * Only under such an id may nested Yjs types stand.
 */
export function mintId(wallTime: number, randomBytes: RandomBytes): string {
  const bytes = randomBytes(16).slice(0, 16)
  if (bytes.length !== 16) throw new RangeError(`randomBytes(16) gave ${bytes.length} bytes`)
  let time = Math.max(0, Math.trunc(wallTime))
  for (let index = 5; index >= 0; index--) {
    bytes[index] = time % 256
    time = Math.floor(time / 256)
  }
  return uuid(bytes, 7)
}

/**
 * The id of something imported: a UUID of version 8 made of a hash, the same on every device that imports it.
 * @param source - the format's name; `path` - what identifies the thing within it, from the outside in.
 */
export function importedId(source: string, ...path: readonly string[]): string {
  return uuid(hash128("polylogue", source, ...path), 8)
}

function uuid(bytes: Uint8Array, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = toHex(bytes)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
