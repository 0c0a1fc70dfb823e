import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { fromBase64Url, toBase64Url } from "./base64url.ts"
import { encodeBytes } from "./encode-bytes.ts"
import { ProtocolError } from "./errors.ts"
import { readUint, remaining, restingVector, text } from "./field.ts"
import { type DocumentId, isDocumentId } from "./ids.ts"
import { covers, EMPTY_VECTOR, unionVectors, type VersionVector } from "./version-vector.ts"

/*
 * What one device or program gives another, so that the other sees at least what it has seen (Terry et al., Session Guarantees for Weakly Consistent
 * Replicated Data, 1994: a session's read and write set, of which a vector is the compact form):
 *
 *   token    = base64url of: version (1 byte, now 1) • varUint n • n * (varString document id • vector)
 *   vector   = as in frames
 *
 * Documents and logs stand in the order of their names, each once, so that what asks for the same is the same text. It is no secret and no permission:
 * whoever has it can ask for no more than they may read anyway, and learns from it the names of the documents and how often they were written to.
 */

/** What is asked for, per document: at least so much of it. */
export type SessionToken = ReadonlyMap<DocumentId, VersionVector>

/** Most documents in a {@link SessionToken}. */
export const MAX_TOKEN_DOCUMENTS = 64
/** Longest {@link SessionToken} as text, in characters; all of them are ASCII. */
export const MAX_TOKEN_LENGTH = 65_536

const VERSION = 1

/**
 * `token` as text, 4 characters for 3 bytes: 2, and for each document its id, 2, and 9 or 10 for each log. Documents of which nothing is asked are
 * left out.
 * @throws ProtocolError `too-large` for more than {@link MAX_TOKEN_DOCUMENTS} documents, or more than {@link MAX_TOKEN_LENGTH} characters; `bad-value`
 * for an id that is none.
 */
export function encodeSessionToken(token: SessionToken): string {
  const asked = [...token].filter(([, vector]) => !covers(EMPTY_VECTOR, vector)).toSorted(byName)
  checkDocuments(asked.length)
  const bytes = encodeBytes((encoder) => {
    encoding.writeUint8(encoder, VERSION)
    encoding.writeVarUint(encoder, asked.length)
    for (const [documentId, vector] of asked) {
      text.write(encoder, checkedId(documentId))
      restingVector.write(encoder, new Map([...vector].toSorted(byName)))
    }
  })
  const encoded = toBase64Url(bytes)
  checkLength(encoded)
  return encoded
}

/**
 * Reads what {@link encodeSessionToken} wrote, wherever it comes from.
 * @throws ProtocolError `too-large`, `truncated`, or `bad-value` for what is no such token, or one of a later version.
 */
export function decodeSessionToken(encoded: string): SessionToken {
  checkLength(encoded)
  const decoder = decoding.createDecoder(fromBase64Url(encoded))
  const version = readUint(decoder)
  if (version !== VERSION) throw new ProtocolError("bad-value", `a session token of version ${version} is not read, only of ${VERSION}`)
  const count = readUint(decoder)
  checkDocuments(count)
  const token = new Map<DocumentId, VersionVector>()
  for (let index = 0; index < count; index++) {
    const documentId = checkedId(text.read(decoder))
    if (token.has(documentId)) throw new ProtocolError("bad-value", `${documentId} stands twice in a session token`)
    token.set(documentId, restingVector.read(decoder))
  }
  if (remaining(decoder) > 0) throw new ProtocolError("bad-value", `${remaining(decoder)} bytes follow the session token`)
  return token
}

/** The least token that asks for what each of `tokens` asks for: what a session carries that reads in several places. */
export function unionSessionTokens(...tokens: readonly SessionToken[]): SessionToken {
  const union = new Map<DocumentId, VersionVector>()
  for (const token of tokens) {
    for (const [documentId, vector] of token) {
      const known = union.get(documentId)
      union.set(documentId, known === undefined ? vector : unionVectors(known, vector))
    }
  }
  return union
}

/** Whether whoever has `token` has all that `other` asks for. */
export function coversToken(token: SessionToken, other: SessionToken): boolean {
  for (const [documentId, vector] of other) if (!covers(token.get(documentId) ?? EMPTY_VECTOR, vector)) return false
  return true
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}

function checkedId(documentId: string): DocumentId {
  if (isDocumentId(documentId)) return documentId
  throw new ProtocolError("bad-value", `${JSON.stringify(documentId.slice(0, 64))} is no document id`)
}

function checkDocuments(count: number): void {
  if (count > MAX_TOKEN_DOCUMENTS)
    throw new ProtocolError("too-large", `a session token of ${count} documents exceeds ${MAX_TOKEN_DOCUMENTS}`)
}

function checkLength({ length }: string): void {
  if (length > MAX_TOKEN_LENGTH) throw new ProtocolError("too-large", `a session token of ${length} characters exceeds ${MAX_TOKEN_LENGTH}`)
}
