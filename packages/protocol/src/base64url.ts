import { ProtocolError } from "./errors.ts"

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/** `bytes` as base64url without padding (RFC 4648, section 5): safe in a URL, a header and a file name. */
export function toBase64Url(bytes: Uint8Array): string {
  let text = ""
  for (let at = 0; at < bytes.length; at += 3) {
    const [first, second, third] = [bytes[at]!, bytes[at + 1], bytes[at + 2]]
    text += DIGITS[first >> 2]! + DIGITS[((first & 3) << 4) | ((second ?? 0) >> 4)]!
    if (second !== undefined) text += DIGITS[((second & 15) << 2) | ((third ?? 0) >> 6)]!
    if (third !== undefined) text += DIGITS[third & 63]!
  }
  return text
}

/**
 * The bytes that {@link toBase64Url} made `text` of: no other text has the same.
 * @throws ProtocolError `bad-value`
 */
export function fromBase64Url(text: string): Uint8Array {
  const rest = text.length % 4
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let [held, bits, at] = [0, 0, 0]
  for (const digit of text) {
    const value = DIGITS.indexOf(digit)
    if (value === -1) throw new ProtocolError("bad-value", `${JSON.stringify(digit)} is no digit of base64url`)
    held = ((held << 6) | value) & 0x3fff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = (held >> bits) & 0xff
  }
  // A digit alone is less than a byte, and what a last digit has beyond its byte is nothing.
  if (rest === 1 || (held & ((1 << bits) - 1)) !== 0) throw new ProtocolError("bad-value", "base64url ends within a byte")
  return bytes
}
