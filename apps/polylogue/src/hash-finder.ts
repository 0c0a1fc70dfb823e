import type { BlobHash } from "@polylogue/protocol"

/** Digits of a hash in hex. */
export const HASH_DIGITS = 64

/** What each byte is as a small hex digit, or -1. */
const DIGIT = Int8Array.from({ length: 256 }, (_, byte) => "0123456789abcdef".indexOf(String.fromCharCode(byte)))

/** Looks for hashes written in hex among any bytes. Finds each that stands there in one run; what stands around it, more digits too, does not hide it. */
export class HashFinder {
  /** The hashes that were not found yet. */
  readonly left: Set<BlobHash>
  /** The first 8 digits of each, as numbers: nearly all places in a run of digits are passed over without making a text of them. */
  readonly #beginnings: ReadonlySet<number>

  constructor(hashes: Iterable<BlobHash>) {
    this.left = new Set(hashes)
    this.#beginnings = new Set([...this.left].map((hash) => Number.parseInt(hash.slice(0, 8), 16)))
  }

  /** Takes from `left` what stands in `bytes`. */
  scan(bytes: Uint8Array): void {
    for (let at = 0; at + HASH_DIGITS <= bytes.length && this.left.size > 0;) {
      // From the end: one byte that is no digit rules out all places before it, so that most bytes are never looked at.
      let last = at + HASH_DIGITS - 1
      while (last >= at && DIGIT[bytes[last]!]! >= 0) last--
      if (last >= at) {
        at = last + 1
        continue
      }
      let end = at + HASH_DIGITS
      while (end < bytes.length && DIGIT[bytes[end]!]! >= 0) end++
      for (; at + HASH_DIGITS <= end; at++) this.#look(bytes, at)
      at = end + 1
    }
  }

  #look(bytes: Uint8Array, at: number): void {
    let beginning = 0
    for (let digit = 0; digit < 8; digit++) beginning = beginning * 16 + DIGIT[bytes[at + digit]!]!
    if (this.#beginnings.has(beginning)) this.left.delete(String.fromCharCode(...bytes.subarray(at, at + HASH_DIGITS)))
  }
}
