import type { BlobHash } from "@polylogue/protocol"
import type { BlobRefusal } from "./blob-shelf.ts"

/** What an answer over HTTP has; the answers of the web's `fetch` do. */
export interface BlobResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  arrayBuffer(): Promise<ArrayBuffer>
}

/** Asks over HTTP, as the web's `fetch` does; rejects when there was no answer. */
export type BlobFetch = (
  url: string,
  request: {
    readonly method: "GET" | "HEAD" | "PUT" | "PATCH"
    readonly headers: Readonly<Record<string, string>>
    readonly body?: Uint8Array<ArrayBuffer>
  },
) => Promise<BlobResponse>

/** Why a transfer did not come to its end: refused for good, not there, or to be tried again later. */
export type TransferProblem = BlobRefusal | "missing" | "unauthenticated" | "unavailable"

/** A transfer that did not come to its end. */
export class TransferFailure extends Error {
  readonly problem: TransferProblem
  constructor(problem: TransferProblem, message: string, options?: ErrorOptions) {
    super(message, options)
    this.problem = problem
  }
}

/** Bytes of one request. What is larger goes in pieces, so that a cut costs at most one. */
const PIECE_BYTES = 1024 * 1024
/** Answers of the relay about an offset that it does not share, before the transfer is given up for a while. */
const MAX_CORRECTIONS = 4

/** What arrived of a blob so far. */
export interface PartialBlob {
  readonly pieces: Uint8Array[]
  bytes: number
  /** As the relay says; `undefined` before its first answer. */
  total: number | undefined
}

/** One relay's blobs over HTTP. */
export class BlobHttp {
  readonly #fetch: BlobFetch
  readonly #base: string
  readonly #token: string

  /** @param relay - its address, `ws://` or `wss://`: blobs are beside the path that it ends with. */
  constructor(fetch: BlobFetch, relay: string, token: string) {
    this.#fetch = fetch
    this.#base = `${relay
      .replace(/^ws/u, "http")
      .replace(/[?#].*$/su, "")
      .replace(/(?<=[^/])\/[^/]*$/u, "")}/blobs`
    this.#token = token
  }

  /** Brings `bytes` to the relay, from where an earlier attempt ended. Resolves when the relay has them verified on its disk. @throws TransferFailure */
  async upload(workspace: string, hash: BlobHash, bytes: Uint8Array): Promise<void> {
    const url = this.#url(workspace, hash)
    if (bytes.length <= PIECE_BYTES) return accept(await this.#ask(url, "PUT", {}, bytes))
    const length = { "Upload-Length": String(bytes.length) }
    const head = await this.#ask(url, "HEAD", length)
    if (head.status === 200) return
    if (head.status !== 404) refuse(head)
    let offset = offsetOf(head) ?? 0
    for (let corrections = 0; corrections < MAX_CORRECTIONS;) {
      const end = Math.min(offset + PIECE_BYTES, bytes.length)
      const answer = await this.#ask(url, "PATCH", { ...length, "Upload-Offset": String(offset) }, bytes.subarray(offset, end))
      if (answer.status === 200 || answer.status === 201) return
      if (answer.status === 204) offset = offsetOf(answer) ?? end
      else if (answer.status === 409) {
        corrections++
        offset = offsetOf(answer) ?? 0
      } else refuse(answer)
      if (offset > bytes.length) break
    }
    throw new TransferFailure("unavailable", "the relay does not say where to go on")
  }

  /** Adds to `partial` until the blob is whole, and returns its bytes, not verified. @throws TransferFailure, with what arrived kept in `partial`. */
  async download(workspace: string, hash: BlobHash, partial: PartialBlob): Promise<Uint8Array> {
    while (partial.total === undefined || partial.bytes < partial.total) {
      const range = { Range: `bytes=${partial.bytes}-${partial.bytes + PIECE_BYTES - 1}` }
      const answer = await this.#ask(this.#url(workspace, hash), "GET", range)
      if (answer.status !== 200 && answer.status !== 206) refuse(answer)
      const piece = await bodyOf(answer)
      if (answer.status === 200) restart(partial, piece.length)
      else partial.total = totalOf(answer) ?? partial.bytes + piece.length
      if (piece.length === 0 && partial.bytes < partial.total!) throw new TransferFailure("unavailable", "the relay sent nothing")
      partial.pieces.push(piece)
      partial.bytes += piece.length
    }
    const whole = new Uint8Array(partial.bytes)
    let at = 0
    for (const piece of partial.pieces) {
      whole.set(piece, at)
      at += piece.length
    }
    return whole
  }

  #url(workspace: string, hash: BlobHash): string {
    return `${this.#base}/${encodeURIComponent(workspace)}/${hash}`
  }

  async #ask(
    url: string,
    method: "GET" | "HEAD" | "PUT" | "PATCH",
    headers: Record<string, string>,
    body?: Uint8Array,
  ): Promise<BlobResponse> {
    const authorization = this.#token === "" ? {} : { Authorization: `Bearer ${this.#token}` }
    try {
      // A copy: what a request is given must stand in a buffer of its own.
      return await this.#fetch(url, { method, headers: { ...headers, ...authorization }, ...(body && { body: Uint8Array.from(body) }) })
    } catch (cause) {
      throw new TransferFailure("unavailable", `${method} of a blob got no answer`, { cause })
    }
  }
}

async function bodyOf(answer: BlobResponse): Promise<Uint8Array> {
  try {
    return new Uint8Array(await answer.arrayBuffer())
  } catch (cause) {
    throw new TransferFailure("unavailable", "an answer was cut", { cause })
  }
}

function accept(answer: BlobResponse): void {
  if (answer.status !== 200 && answer.status !== 201) refuse(answer)
}

const PROBLEMS: ReadonlyMap<number, TransferProblem> = new Map([
  [400, "mismatch"],
  [401, "unauthenticated"],
  [403, "forbidden"],
  [404, "missing"],
  [410, "erased"],
  [413, "too-large"],
  [507, "quota"],
])

function refuse({ status }: BlobResponse): never {
  throw new TransferFailure(PROBLEMS.get(status) ?? "unavailable", `the relay answered ${status}`)
}

/** The relay sent the blob from its beginning, whatever was asked for. */
function restart(partial: PartialBlob, total: number): void {
  partial.pieces.length = 0
  partial.bytes = 0
  partial.total = total
}

function offsetOf({ headers }: BlobResponse): number | undefined {
  return numberOf(headers.get("Upload-Offset"))
}

function totalOf({ headers }: BlobResponse): number | undefined {
  return numberOf(/\/(\d+)$/u.exec(headers.get("Content-Range") ?? "")?.[1] ?? null)
}

function numberOf(text: string | null): number | undefined {
  const number = text === null || text === "" ? Number.NaN : Number(text)
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}
