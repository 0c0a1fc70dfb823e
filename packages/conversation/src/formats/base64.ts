const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
const CHUNK_BYTES = 3 * 4096

const VALUES = new Int8Array(128).fill(-1)
for (let index = 0; index < 64; index++) VALUES[ALPHABET.charCodeAt(index)] = index
// The URL-safe alphabet (RFC 4648, section 5) differs in two characters; programs write either.
VALUES["-".charCodeAt(0)] = 62
VALUES["_".charCodeAt(0)] = 63

/** The bytes in `text`, padded or not, with line breaks or without; undefined when it is no base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const clean = /\s/u.test(text) ? text.replaceAll(/\s+/gu, "") : text
  const padding = clean.endsWith("==") ? 2 : clean.endsWith("=") ? 1 : 0
  const length = clean.length - padding
  if (length % 4 === 1 || (padding > 0 && clean.length % 4 !== 0)) return undefined
  const bytes = new Uint8Array(Math.floor((length * 3) / 4))
  let bits = 0
  let held = 0
  let end = 0
  for (let index = 0; index < length; index++) {
    const value = VALUES[clean.charCodeAt(index)] ?? -1
    if (value < 0) return undefined
    held = ((held << 6) | value) & 0xffff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[end++] = (held >> bits) & 0xff
  }
  return bytes
}

/** `bytes` as padded base64. */
export function encodeBase64(bytes: Uint8Array): string {
  const chunks: string[] = []
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) chunks.push(encodeChunk(bytes.subarray(start, start + CHUNK_BYTES)))
  return chunks.join("")
}

function encodeChunk(bytes: Uint8Array): string {
  let text = ""
  for (let index = 0; index < bytes.length; index += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(index, index + 3)
    const word = (first << 16) | (second << 8) | third
    const rest = bytes.length - index
    text += ALPHABET.charAt(word >> 18) + ALPHABET.charAt((word >> 12) & 63)
    text += rest > 1 ? ALPHABET.charAt((word >> 6) & 63) : "="
    text += rest > 2 ? ALPHABET.charAt(word & 63) : "="
  }
  return text
}
