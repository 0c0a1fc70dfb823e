import type { BlobHash } from "@polylogue/protocol"

/** Digits of a hash in hex. */
export const HASH_DIGITS = 64

/** Bits of a beginning that are told apart: few of a hundred thousand hashes share them, in one MiB. */
const BEGINNING_BITS = 20
const BEGINNING_MASK = 2 ** BEGINNING_BITS - 1

/** What each byte is as a small hex digit, or -1. */
const DIGIT = Int8Array.from({ length: 256 }, (_, byte) => "0123456789abcdef".indexOf(String.fromCharCode(byte)))

/** Looks for hashes written in hex among any bytes. Finds each that stands there in one run; what stands around it, more digits too, does not hide it. */
export class HashFinder {
  /** The hashes that were not found yet. */
  readonly left: Set<BlobHash>
  /** Which beginnings there are, by the last {@link BEGINNING_BITS} bits of 8 digits: nearly all places in a run of digits are passed over at one look. */
  readonly #beginnings = new Uint8Array(2 ** BEGINNING_BITS)
  /** The 8 digits as 32 bits: no text is made of places that only seem to be one. */
  readonly #whole = new Set<number>()

  constructor(hashes: Iterable<BlobHash>) {
    this.left = new Set(hashes)
    for (const hash of this.left) {
      const beginning = Number.parseInt(hash.slice(0, 8), 16) | 0
      this.#beginnings[beginning & BEGINNING_MASK] = 1
      this.#whole.add(beginning)
    }
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
      this.#scanRun(bytes, at, end)
      at = end + 1
    }
  }

  /** A run of at least one hash's length of digits. */
  #scanRun(bytes: Uint8Array, start: number, end: number): void {
    let beginning = 0
    for (let at = start; at < start + 7; at++) beginning = (beginning << 4) | DIGIT[bytes[at]!]!
    for (let at = start; at + HASH_DIGITS <= end; at++) {
      beginning = (beginning << 4) | DIGIT[bytes[at + 7]!]!
      if (this.#beginnings[beginning & BEGINNING_MASK] === 1 && this.#whole.has(beginning)) {
        this.left.delete(String.fromCharCode(...bytes.subarray(at, at + HASH_DIGITS)))
      }
    }
  }
}
