import type { IncomingMessage, ServerResponse } from "node:http"
import {
  covers,
  decodeSessionToken,
  EMPTY_VECTOR,
  encodeSessionToken,
  ProtocolError,
  type SessionToken,
  unionSessionTokens,
  vectorDifference,
  type VersionVector,
} from "@polylogue/protocol"
import type { RelayDocuments } from "@polylogue/relay"
import { badRequest, type Failure, failureOf } from "./http-failure.ts"

/*
 * Reads that show at least what was seen elsewhere:
 *
 *   ?at-least=<token>, or the header Polylogue-At-Least; both: what either asks for.     ?wait=2.5      seconds
 *   Polylogue-Token: <token>          in the answer: what it shows
 */

const ASKED_HEADER = "polylogue-at-least"
const TOKEN_HEADER = "Polylogue-Token"
/** Parameters of a query that ask for it. */
export const AT_LEAST_PARAMETERS: readonly string[] = ["at-least", "wait"]
/** Seconds that are waited unless `wait` says otherwise. */
const DEFAULT_WAIT_S = 2
/** Most seconds that are waited, whatever `wait` says. */
export const MAX_WAIT_S = 30
/** Milliseconds that a read waits for a document of which nothing is here, while links may bring it. */
export const BRING_MS = 2_000
/** Longest token in a header of an answer: what more clients take is not known. A longer one is left out. */
export const MAX_TOKEN_HEADER_LENGTH = 8_192

/** What a request asks to be shown at least. */
export interface AtLeast {
  readonly token: SessionToken
  readonly waitMs: number
}

/** What `request` asks to be shown at least; nothing when it does not say. */
export function atLeastOf({ headers }: IncomingMessage, query: URLSearchParams): AtLeast | Failure {
  const wait = query.get("wait") ?? String(DEFAULT_WAIT_S)
  if (!/^\d{1,6}(\.\d{1,6})?$/.test(wait)) return badRequest("wait is a number of seconds")
  const said = headers[ASKED_HEADER]
  const texts = [...query.getAll("at-least"), ...(said === undefined ? [] : [said].flat())]
  try {
    const token = unionSessionTokens(...texts.map((text) => decodeSessionToken(text.trim())))
    return { token, waitMs: Math.min(Number(wait), MAX_WAIT_S) * 1_000 }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return badRequest(`What at-least asks with is no session token: ${error.message}`)
  }
}

/**
 * Waits until the relay has of `documentId` what is asked for. @returns what it has then, or that it lacks something. That who asked may read the document
 * was checked before.
 */
export async function reach(
  documents: Pick<RelayDocuments, "waitFor">,
  documentId: string,
  { token, waitMs }: AtLeast,
): Promise<{ readonly vector: VersionVector } | Failure> {
  const asked = token.get(documentId) ?? EMPTY_VECTOR
  let vector: VersionVector
  try {
    vector = await documents.waitFor(documentId, asked, waitMs)
  } catch (error) {
    return failureOf(error)
  }
  if (covers(vector, asked)) return { vector }
  const lacking = vectorDifference(asked, vector).map((range) => ({ document: documentId, ...range }))
  const message = `This relay does not have all of ${documentId} yet that is asked for: ask again, or without at-least for what it has.`
  // What it could give: whoever cannot wait asks with that.
  return {
    status: 412,
    code: "lacking",
    message,
    more: { lacking, token: encodeSessionToken(new Map([[documentId, vector]])) },
    passing: true,
  }
}

/** Says in the answer what it shows of `documentId`. Before its head is written. */
export function setToken(response: ServerResponse, documentId: string, vector: VersionVector): void {
  const token = encodeSessionToken(new Map([[documentId, vector]]))
  if (token.length <= MAX_TOKEN_HEADER_LENGTH) response.setHeader(TOKEN_HEADER, token)
}
