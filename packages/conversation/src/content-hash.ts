import { digest } from "lib0/hash/sha256"

/**
 * SHA-256 (FIPS 180-4) over strings, cut to 128 bits: synchronous, the same on every device and in every release.
 *
 * Two devices that import one export must agree on every id, so the hash may not depend on the environment. A cryptographic
 * one, because what is hashed comes from strangers: with a fast non-cryptographic hash a made-up export could give two
 * messages one id, and one of them would vanish. At 122 bits a clash by accident needs some 10^18 messages.
 *
 * Strings are hashed as generalised UTF-8 (a lone surrogate becomes its own three bytes) with their length before them, so
 * different lists of strings never give the same input.
 */
export function hash128(...fields: readonly string[]): Uint8Array {
  const pieces = fields.map(encodeUtf8).flatMap((bytes) => [lengthPrefix(bytes.length), bytes])
  const input = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    input.set(piece, at)
    at += piece.length
  }
  return digest(input).subarray(0, 16)
}

/** {@link hash128} as 32 hex digits. */
export function hexHash(...fields: readonly string[]): string {
  return toHex(hash128(...fields))
}

/** SHA-256 of `bytes` as 64 hex digits: the name of a blob. */
export function sha256Hex(bytes: Uint8Array): string {
  return toHex(digest(bytes))
}

/** Lower-case hex of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  let hex = ""
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0")
  return hex
}

function lengthPrefix(length: number): Uint8Array {
  return Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length)
}

/** `text` as UTF-8; a lone surrogate becomes its own three bytes, so that different texts never have equal bytes. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3)
  let end = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index) ?? 0
    if (code < 0x80) bytes[end++] = code
    else if (code < 0x800) {
      bytes[end++] = 0xc0 | (code >> 6)
      bytes[end++] = 0x80 | (code & 63)
    } else if (code < 0x10000) {
      bytes[end++] = 0xe0 | (code >> 12)
      bytes[end++] = 0x80 | ((code >> 6) & 63)
      bytes[end++] = 0x80 | (code & 63)
    } else {
      // Four bytes stand for two UTF-16 units, so three bytes per unit are always enough.
      bytes[end++] = 0xf0 | (code >> 18)
      bytes[end++] = 0x80 | ((code >> 12) & 63)
      bytes[end++] = 0x80 | ((code >> 6) & 63)
      bytes[end++] = 0x80 | (code & 63)
      index++
    }
  }
  return bytes.subarray(0, end)
}
