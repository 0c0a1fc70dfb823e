import { ProtocolError } from "./errors.ts"

/** Names a document: one Y.Doc, the unit of sync, access and compaction; a path such as `home/conv/01h…`. */
export type DocumentId = string
/** Names a log: one start of one relay. 16 lower-case hex digits (8 random bytes), never used again after a restart. */
export type LogId = string
/** Names an outbox row, chosen by the replica that wrote it. 16 lower-case hex digits (8 random bytes). */
export type RowId = string

/** Bytes of a {@link LogId} or {@link RowId} on the wire. */
export const ID_BYTES = 8

const HEX_ID = /^[0-9a-f]{16}$/
const SEGMENT = /^[A-Za-z0-9._~-]{1,128}$/
/** Longest {@link DocumentId} in characters; all of them are ASCII. */
export const MAX_DOCUMENT_ID_LENGTH = 512

/** Source of randomness: fills and returns an array of `length` bytes. Ids need it to be unpredictable and never repeating. */
export type RandomBytes = (length: number) => Uint8Array

/** Mints a fresh {@link LogId} or {@link RowId}. */
export function mintId(randomBytes: RandomBytes): string {
  return idFromBytes(randomBytes(ID_BYTES))
}

/** Whether `value` has the form of a {@link LogId} or {@link RowId}. */
export function isId(value: string): boolean {
  return HEX_ID.test(value)
}

/**
 * Whether `value` may name a document: 1 to 512 ASCII characters in `/`-separated segments of 1 to 128 characters
 * `A-Z a-z 0-9 . _ ~ -`, no segment being `.` or `..`. So an id is safe in a URL path and in a key of a store.
 */
export function isDocumentId(value: string): boolean {
  if (value.length === 0 || value.length > MAX_DOCUMENT_ID_LENGTH) return false
  return value.split("/").every((segment) => SEGMENT.test(segment) && segment !== "." && segment !== "..")
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

/**
 * Whether `path` is `prefix` or below it, by whole segments: `home` holds `home/a`, not `homework`. The one rule by which grants, feeds and stores
 * read prefixes.
 */
export function isWithin(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

/** The hex form of the `ID_BYTES` bytes of an id. */
export function idFromBytes(bytes: Uint8Array): string {
  let hex = ""
  for (const byte of bytes) hex += HEX[byte]!
  return hex
}

/**
 * The bytes of an id.
 * @throws ProtocolError `bad-value` unless `id` is 16 lower-case hex digits.
 */
export function idToBytes(id: string): Uint8Array {
  const bytes = new Uint8Array(ID_BYTES)
  let wrong = id.length !== ID_BYTES * 2
  for (let index = 0; index < ID_BYTES && !wrong; index++) {
    const byte = digitAt(id, index * 2) * 16 + digitAt(id, index * 2 + 1)
    wrong = Number.isNaN(byte)
    bytes[index] = byte
  }
  if (wrong) throw new ProtocolError("bad-value", `an id has 16 hex digits, not ${JSON.stringify(id)}`)
  return bytes
}

/** The value of a lower-case hex digit, NaN for anything else. */
function digitAt(hex: string, index: number): number {
  const code = hex.charCodeAt(index)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : Number.NaN
}
