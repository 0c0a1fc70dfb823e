import { digest } from "lib0/hash/sha256"
import { encodeUtf8 } from "../content-hash.ts"
import { wellFormed } from "../well-formed.ts"

/**
 * `value` as JSON text that is the same on every device: keys in UTF-16 order, no white space, lone surrogates as U+FFFD, otherwise each character as it
 * is (no normalisation: two spellings are two texts). What JSON has no form for (undefined, functions) is left out of objects and null in lists,
 * numbers that are not finite are null. After RFC 8785, whose numbers are those of JavaScript.
 *
 * @param value - plain data without cycles, nested at most some hundred deep.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(wellFormed(value))
  if (typeof value === "number") return Number.isFinite(value) ? JSON.stringify(value) : "null"
  if (typeof value === "boolean") return String(value)
  if (typeof value !== "object" || value === null) return "null"
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  const fields = new Map<string, string>()
  for (const [key, held] of Object.entries(value as Record<string, unknown>)) {
    if (held !== undefined && typeof held !== "function" && typeof held !== "symbol") fields.set(wellFormed(key), canonicalJson(held))
  }
  const keys = [...fields.keys()].sort((left, right) => (left < right ? -1 : 1))
  return `{${keys.map((key) => `${JSON.stringify(key)}:${fields.get(key)}`).join(",")}}`
}

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/** SHA-256 of `text` in UTF-8 as 43 characters of base64url. */
export function textHash(text: string): string {
  const bytes = digest(encodeUtf8(text))
  let encoded = ""
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second, third] = bytes.subarray(at, at + 3)
    const bits = (first << 16) | ((second ?? 0) << 8) | (third ?? 0)
    encoded += BASE64URL.charAt(bits >> 18) + BASE64URL.charAt((bits >> 12) & 63)
    if (second !== undefined) encoded += BASE64URL.charAt((bits >> 6) & 63)
    if (third !== undefined) encoded += BASE64URL.charAt(bits & 63)
  }
  return encoded
}
