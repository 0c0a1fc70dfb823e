import { encodeUtf8 } from "../content-hash.ts"
import { decodeBase64, encodeBase64 } from "./base64.ts"

const PERCENT = 0x25
const BLOB_URN = /^urn:sha256:([0-9a-f]{64})$/u

/** The bytes in a `data:` URL (RFC 2397) and their media type; undefined for any other URL, and for one that is broken. */
export function readDataUrl(url: string): { readonly mediaType: string; readonly bytes: Uint8Array } | undefined {
  if (!/^data:/iu.test(url)) return undefined
  const comma = url.indexOf(",")
  if (comma === -1) return undefined
  const [type = "", ...parameters] = url.slice("data:".length, comma).split(";")
  const mediaType = type.trim() === "" ? "text/plain" : type.trim().toLowerCase()
  const body = url.slice(comma + 1)
  const base64 = parameters.some((parameter) => parameter.trim().toLowerCase() === "base64")
  const bytes = base64 ? decodeBase64(unescaped(body)) : percentBytes(body)
  return bytes === undefined ? undefined : { mediaType, bytes }
}

/** `bytes` as a `data:` URL. */
export function writeDataUrl(mediaType: string, bytes: Uint8Array): string {
  return `data:${mediaType};base64,${encodeBase64(bytes)}`
}

/** The URL that stands for a blob where its bytes are not: `urn:sha256:<hash>`. */
export function blobUrn(sha256: string): string {
  return `urn:sha256:${sha256}`
}

/** The hash in a {@link blobUrn}; undefined for any other URL. */
export function readBlobUrn(url: string): string | undefined {
  return BLOB_URN.exec(url)?.[1]
}

/** Base64 with its `+`, `/` and `=` back, where they were escaped. */
function unescaped(text: string): string {
  return text.includes("%")
    ? text.replaceAll(/%([0-9a-f]{2})/giu, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    : text
}

/** `text` with `%xx` decoded, byte by byte: what is escaped need not be UTF-8. A stray percent sign stands for itself. */
function percentBytes(text: string): Uint8Array {
  const raw = encodeUtf8(text)
  const bytes = new Uint8Array(raw.length)
  let end = 0
  for (let index = 0; index < raw.length; index++) {
    const digits = raw[index] === PERCENT ? String.fromCharCode(raw[index + 1] ?? 0, raw[index + 2] ?? 0) : ""
    const escaped = /^[0-9a-f]{2}$/iu.test(digits)
    bytes[end++] = escaped ? Number.parseInt(digits, 16) : (raw[index] ?? 0)
    if (escaped) index += 2
  }
  return bytes.subarray(0, end)
}
