import type { IncomingMessage, ServerResponse } from "node:http"
import { type BlobHash, isBlobHash } from "@polylogue/protocol"
import { BlobError, type BlobErrorCode } from "./blob-error.ts"
import { BlobsElsewhere } from "./blobs-elsewhere.ts"
import { isWorkspaceName } from "./blob-place.ts"
import type { BlobReading, BlobStore } from "./blob-store.ts"
import { type ByteRange, parseRange } from "./byte-range.ts"
import { reasonOf } from "./command-error.ts"
import { answerText, type Endpoint, type Exchange } from "./endpoint.ts"
import type { Journal } from "./journal.ts"
import { dropBody, readBody } from "./request-body.ts"

/*
 * GET, HEAD  /blobs/<workspace>/<sha256>   the bytes; a range of them; whether they are there
 * PUT                                      the bytes, whole
 * PATCH      Upload-Offset, Upload-Length  a piece of them; HEAD with Upload-Length tells where an unfinished upload stands
 *
 * docs/blobs.md says what each answer means.
 */

/** The status of each failure; 503 says when to try again. */
const STATUS: Readonly<Record<BlobErrorCode, number>> = Object.freeze({
  erased: 410,
  mismatch: 400,
  "too-large": 413,
  quota: 507,
  "disk-full": 507,
  "wrong-offset": 409,
  cut: 408,
  superseded: 409,
  overloaded: 503,
  io: 503,
})

/** Seconds after which a client may try again what the relay could not do now. */
const RETRY_AFTER_S = 5
/** Milliseconds for which the rest of a body that was answered early is read and dropped: closing at once could take the answer with it. */
const LINGER_MS = 5_000
/** Bytes read from the disk and handed to the socket at once. */
const CHUNK_BYTES = 64 * 1024

interface BlobExchange extends Exchange {
  readonly store: BlobStore
  readonly elsewhere: BlobsElsewhere
  readonly workspace: string
  readonly hash: BlobHash
}

/** Blobs over HTTP. Bodies flow in pieces, each way as fast as the slower end takes them. */
export function blobEndpoint(store: BlobStore, journal: Journal, elsewhere = new BlobsElsewhere()): Endpoint {
  return {
    access: "visitor",
    methods: ["GET", "HEAD", "PUT", "PATCH"],
    matches: (path) => path.startsWith("/blobs/"),
    async answer(exchange) {
      const { request, response, path, visitor } = exchange
      const [workspace = "", hash = "", ...rest] = path.slice("/blobs/".length).split("/")
      if (rest.length > 0 || !isWorkspaceName(workspace) || !isBlobHash(hash)) {
        return refuse(exchange, 404, "A blob is /blobs/<workspace>/<SHA-256 in 64 small hex digits>.")
      }
      const permission = visitor.mayBlobs(workspace)
      const reads = request.method === "GET" || request.method === "HEAD"
      // Said before anything is looked up: who has no grant learns nothing.
      if (permission === "none" || (permission === "read" && !reads)) return refuse(exchange, 403, "Your token does not allow this here.")
      try {
        await answerBlob({ ...exchange, store, elsewhere, workspace, hash })
      } catch (error) {
        if (!(error instanceof BlobError)) throw error
        if (error.code === "io" || error.code === "disk-full")
          journal("blob-failed", { code: error.code, error: reasonOf(error.cause) }, "error")
        // What was begun must not look whole.
        if (response.headersSent) response.destroy()
        else refuse(exchange, STATUS[error.code], sentenceOf(error), headersOf(error))
      }
    },
  }
}

function sentenceOf({ message }: BlobError): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
}

function headersOf({ code, offset }: BlobError): Record<string, string> {
  if (offset !== undefined) return { "Upload-Offset": String(offset) }
  return STATUS[code] === 503 ? { "Retry-After": String(RETRY_AFTER_S) } : {}
}

function answerBlob(exchange: BlobExchange): Promise<void> {
  switch (exchange.request.method) {
    case "PUT":
      return put(exchange)
    case "PATCH":
      return patch(exchange)
    case "HEAD":
      return head(exchange)
    default:
      return get(exchange)
  }
}

async function put(exchange: BlobExchange): Promise<void> {
  const { request, visitor, store, workspace, hash } = exchange
  const declaredBytes = numberIn(request, "content-length")
  const outcome = await store.put({ workspace, hash, principal: visitor.name, declaredBytes, body: readBody(request) })
  stored(exchange, outcome)
}

async function patch(exchange: BlobExchange): Promise<void> {
  const { request, response, visitor, store, workspace, hash } = exchange
  const offset = numberIn(request, "upload-offset")
  const totalBytes = numberIn(request, "upload-length")
  if (offset === undefined || totalBytes === undefined || offset > totalBytes) {
    return refuse(exchange, 400, "Upload-Offset and Upload-Length say in bytes where the piece begins and how long the whole is.")
  }
  const outcome = await store.append({ workspace, hash, principal: visitor.name, offset, totalBytes, body: readBody(request) })
  if (typeof outcome === "string") stored(exchange, outcome)
  else response.writeHead(204, { "Upload-Offset": String(outcome), "Cache-Control": "no-store" }).end()
}

function stored(exchange: BlobExchange, outcome: "stored" | "present"): void {
  const { elsewhere, workspace, hash } = exchange
  if (outcome === "stored") elsewhere.stored(workspace, hash)
  if (outcome === "stored") refuse(exchange, 201, "Stored.")
  else refuse(exchange, 200, "It was there already.")
}

async function head(exchange: BlobExchange): Promise<void> {
  const { request, response, visitor, store, workspace, hash } = exchange
  const bytes = await store.find(workspace, hash)
  if (bytes !== undefined) {
    response.writeHead(200, { ...blobHeaders(hash), "Content-Length": bytes }).end()
    return
  }
  const asksForUpload = request.headers["upload-length"] !== undefined && visitor.mayBlobs(workspace) !== "read"
  const headers = asksForUpload ? { "Upload-Offset": String(await store.offset(workspace, hash, visitor.name)) } : {}
  answerText(response, 404, "There is no such blob.", headers)
}

async function get(exchange: BlobExchange): Promise<void> {
  const { response, elsewhere, workspace, hash } = exchange
  if ((await getHere(exchange)) !== undefined) return
  const outcome = await elsewhere.fetch(workspace, hash)
  if (outcome === "later")
    return answerText(response, 503, "It may be at another relay, and has not come yet.", { "Retry-After": String(RETRY_AFTER_S) })
  if (outcome !== "stored" || (await getHere(exchange)) === undefined) answerText(response, 404, "There is no such blob.")
}

/** @returns `undefined`, with nothing answered, when the blob is not here. */
function getHere({ request, response, visitor, store, workspace, hash }: BlobExchange): Promise<true | undefined> {
  const etag = `"${hash}"`
  return store.read(workspace, hash, visitor.name, async (reading): Promise<true> => {
    const known = request.headers["if-none-match"]?.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag || tag.trim() === "*")
    if (known === true) {
      response.writeHead(304, blobHeaders(hash)).end()
      return true
    }
    const ifRange = request.headers["if-range"]
    const range = ifRange === undefined || ifRange === etag ? parseRange(request.headers.range, reading.bytes) : undefined
    if (range === "unsatisfiable") {
      answerText(response, 416, "There are no such bytes.", { "Content-Range": `bytes */${reading.bytes}` })
      return true
    }
    await send(response, hash, reading, range)
    return true
  })
}

/** What every answer with a blob says: it never changes, is nobody else's, and is never shown as a page of this origin. */
function blobHeaders(hash: BlobHash): Record<string, string> {
  return {
    ETag: `"${hash}"`,
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Type": "application/octet-stream",
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    Vary: "Authorization, Origin",
  }
}

async function send(response: ServerResponse, hash: BlobHash, { handle, bytes, transfer }: BlobReading, range?: ByteRange): Promise<void> {
  const { start, end } = range ?? { start: 0, end: bytes }
  const headers = { ...blobHeaders(hash), "Content-Length": end - start }
  if (range === undefined) response.writeHead(200, headers)
  else response.writeHead(206, { ...headers, "Content-Range": `bytes ${start}-${end - 1}/${bytes}` })
  for (let position = start; position < end;) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - position))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) throw new BlobError("io", "the file ended early", { cause: new Error("a blob is shorter than it was") })
    position += bytesRead
    if (!response.write(buffer.subarray(0, bytesRead))) await transfer.wait(drained(response))
    else if (response.destroyed) throw new BlobError("cut", "the reader left")
  }
  response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const left = (): void => settle(() => reject(new BlobError("cut", "the reader left")))
    const settle = (then: () => void): void => {
      response.off("drain", resume).off("close", left)
      then()
    }
    const resume = (): void => settle(resolve)
    response.once("drain", resume).once("close", left)
    if (response.destroyed) left()
  })
}

/** Answers a request whose body may not have been read to its end. */
function refuse({ request, response }: Exchange, status: number, line: string, headers: Record<string, string> = {}): void {
  answerText(response, status, line, headers)
  dropBody(request, LINGER_MS)
}

/** A count in a header, or `undefined` for none and for what is no count. */
function numberIn(request: IncomingMessage, name: string): number | undefined {
  const value = request.headers[name]
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}
