import * as encoding from "lib0/encoding"
import { ProtocolError } from "./errors.ts"
import { bytes, type Field, readRaw, readUint, remaining } from "./field.ts"
import { idFromBytes } from "./ids.ts"

/** Names a blob by its content: the SHA-256 of its bytes in 64 lower-case hex digits. */
export type BlobHash = string

/** Bytes of a {@link BlobHash} on the wire. */
const HASH_BYTES = 32
const HASH = /^[0-9a-f]{64}$/

/** Whether `value` has the form of a {@link BlobHash}. */
export function isBlobHash(value: string): boolean {
  return HASH.test(value)
}

/** The name of the blob whose SHA-256 is `digest`, 32 bytes. */
export function hashFromBytes(digest: Uint8Array): BlobHash {
  return idFromBytes(digest)
}

/** What was erased for good in a document. Sets only grow: two of them are joined by their union. */
export interface Erased {
  /** Ranges of Yjs ids: a delete set in Yjs v1 encoding, as behind the structs of an update; empty bytes for none. */
  readonly ranges: Uint8Array
  /** Blobs whose bytes went with them. */
  readonly blobs: readonly BlobHash[]
}

/** Nothing was erased. */
export const NOTHING_ERASED: Erased = Object.freeze({ ranges: new Uint8Array(), blobs: Object.freeze([]) })

/** The hash of one blob. */
export const blobHash: Field<BlobHash> = {
  shape: "hash 32 bytes",
  write(encoder, hash) {
    if (!isBlobHash(hash)) throw new ProtocolError("bad-value", `a blob hash has 64 hex digits, not ${JSON.stringify(hash)}`)
    for (let at = 0; at < hash.length; at += 2) encoding.writeUint8(encoder, Number.parseInt(hash.slice(at, at + 2), 16))
  },
  read(decoder) {
    return hashFromBytes(readRaw(decoder, HASH_BYTES))
  },
}

/** Blobs by their hashes. */
export const blobHashes: Field<readonly BlobHash[]> = {
  shape: "varUint n, n * hash 32 bytes",
  write(encoder, list) {
    encoding.writeVarUint(encoder, list.length)
    for (const hash of list) blobHash.write(encoder, hash)
  },
  read(decoder) {
    const count = readUint(decoder)
    if (count > remaining(decoder) / HASH_BYTES) throw new ProtocolError("truncated", `${count} hashes announced, too few bytes there`)
    return Array.from({ length: count }, () => blobHash.read(decoder))
  },
}

/** What a snapshot says of erasures. */
export const erased: Field<Erased> = {
  shape: `{ranges: ${bytes.shape}, blobs: ${blobHashes.shape}}`,
  write(encoder, { ranges, blobs }) {
    bytes.write(encoder, ranges)
    blobHashes.write(encoder, blobs)
  },
  read(decoder) {
    return { ranges: bytes.read(decoder), blobs: blobHashes.read(decoder) }
  },
}

/** The blobs that a row erases with its ranges, or `undefined` when it is no erasure. */
export const erasure: Field<readonly BlobHash[] | undefined> = {
  shape: `flag erasure, blobs? ${blobHashes.shape}`,
  write(encoder, blobs) {
    encoding.writeVarUint(encoder, blobs === undefined ? 0 : 1)
    if (blobs !== undefined) blobHashes.write(encoder, blobs)
  },
  read(decoder) {
    const flag = readUint(decoder)
    if (flag > 1) throw new ProtocolError("bad-value", `a flag is 0 or 1, not ${flag}`)
    return flag === 0 ? undefined : blobHashes.read(decoder)
  },
}
