import * as sha256 from "lib0/hash/sha256"
import type { BlobFetch, BlobResponse } from "../../src/index.ts"

/** The blobs of a relay, as HTTP shows them, with levers. */
export class FakeBlobs {
  readonly stored = new Map<string, Uint8Array>()
  readonly unfinished = new Map<string, Uint8Array>()
  readonly requests: string[] = []
  readonly authorizations = new Set<string | undefined>()
  /** Answers with this status instead, while it is set. */
  status: number | undefined
  /** How many requests still get an answer; `Infinity` for all. */
  answers = Infinity
  /** Knows nothing of ranges. */
  wholeOnly = false
  /** Claims this offset in the next answer to a PATCH. */
  claims: number | undefined
  /** Answers wait for it. */
  held: Promise<void> | undefined

  readonly fetch: BlobFetch = async (url, { method, headers, body }) => {
    this.requests.push(`${method} ${url} ${headers["Range"] ?? headers["Upload-Offset"] ?? ""}`.trim())
    this.authorizations.add(headers["Authorization"])
    await this.held
    if (this.answers-- <= 0) throw new TypeError("network")
    if (this.status !== undefined) return answer(this.status)
    const name = url.slice(url.indexOf("/blobs/") + 7)
    if (method === "GET") return this.#get(name, headers["Range"])
    if (method === "HEAD") {
      if (this.stored.has(name)) return answer(200)
      return answer(404, { "Upload-Offset": String(this.unfinished.get(name)?.length ?? 0) })
    }
    if (method === "PUT") return this.#finish(name, body!)
    return this.#patch(name, Number(headers["Upload-Offset"]), Number(headers["Upload-Length"]), body!)
  }

  #get(name: string, range: string | undefined): BlobResponse {
    const bytes = this.stored.get(name)
    if (bytes === undefined) return answer(404)
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "") ?? []
    if (from === undefined || this.wholeOnly) return answer(200, {}, bytes)
    const part = bytes.slice(Number(from), Number(to) + 1)
    return answer(206, { "Content-Range": `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}` }, part)
  }

  #patch(name: string, offset: number, length: number, body: Uint8Array): BlobResponse {
    const have = this.unfinished.get(name) ?? new Uint8Array()
    const claimed = this.claims
    this.claims = undefined
    if (claimed !== undefined || have.length !== offset) return answer(409, { "Upload-Offset": String(claimed ?? have.length) })
    const bytes = new Uint8Array(Buffer.concat([have, body]))
    this.unfinished.set(name, bytes)
    return bytes.length < length ? answer(204, { "Upload-Offset": String(bytes.length) }) : this.#finish(name, bytes)
  }

  #finish(name: string, bytes: Uint8Array): BlobResponse {
    this.unfinished.delete(name)
    if (Buffer.from(sha256.digest(bytes)).toString("hex") !== name.split("/")[1]) return answer(400)
    this.stored.set(name, Uint8Array.from(bytes))
    return answer(201)
  }
}

function answer(status: number, headers: Record<string, string> = {}, body: Uint8Array = new Uint8Array()): BlobResponse {
  return { status, headers: { get: (name) => headers[name] ?? null }, arrayBuffer: async () => Uint8Array.from(body).buffer }
}
