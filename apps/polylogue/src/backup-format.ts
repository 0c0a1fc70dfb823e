import { createHash } from "node:crypto"
import { reasonOf } from "./command-error.ts"

/*
 * A backup is one file, front to back; `•` joins:
 *
 *   backup   "polylogue backup 1\n" • frames
 *   frame    kind (1 byte) • length (4 bytes, big-endian, at most 1 MiB) • payload of that length
 *   kind     1  a part begins; the payload is its name in UTF-8
 *            2  bytes of that part
 *            3  the end: SHA-256 of everything before this payload; nothing follows
 *
 *   part                                what
 *   store                               the entry log, as `dump` of packages/storage writes it; the first part
 *   revoked                             tokens that count no more
 *   blobs/<workspace>/<sha256>          a blob
 *   blobs/<workspace>/<sha256>.erased   that it was erased for good; empty
 *
 * What is cut short or changed is noticed at the end at the latest, so that nothing of it may be used before.
 */

const MARK = Buffer.from("polylogue backup 1\n")
const KIND = { part: 1, bytes: 2, end: 3 } as const
const HEADER_BYTES = 5
const DIGEST_BYTES = 32
/** Most bytes of a payload. */
const MAX_PAYLOAD_BYTES = 1024 * 1024

/** One part of a backup. */
export interface BackupPart {
  readonly name: string
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Why a file is no whole backup. */
export class BackupError extends Error {
  override readonly name = "BackupError"
}

/** The chunks of a backup of `parts`, each at most a little over 1 MiB. One part is read at a time. Throws what a part throws; what was given out is no backup then. */
export async function* writeBackup(parts: AsyncIterable<BackupPart>): AsyncGenerator<Uint8Array, void, void> {
  const sha = createHash("sha256")
  const hashed = (chunk: Buffer): Buffer => {
    sha.update(chunk)
    return chunk
  }
  yield hashed(MARK)
  for await (const { name, bytes } of parts) {
    yield hashed(frame(KIND.part, Buffer.from(name)))
    for await (const chunk of bytes) {
      for (let at = 0; at < chunk.length; at += MAX_PAYLOAD_BYTES)
        yield hashed(frame(KIND.bytes, chunk.subarray(at, at + MAX_PAYLOAD_BYTES)))
    }
  }
  const header = hashed(headerOf(KIND.end, DIGEST_BYTES))
  yield Buffer.concat([header, sha.digest()])
}

function frame(kind: number, payload: Uint8Array): Buffer {
  return Buffer.concat([headerOf(kind, payload.length), payload])
}

function headerOf(kind: number, length: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt8(kind)
  header.writeUInt32BE(length, 1)
  return header
}

/**
 * The parts of the backup in `chunks`, cut in any way. What of a part is not read is passed over.
 * @throws BackupError when it is cut short, changed, or no backup; before that nothing that was read can be relied upon.
 */
export async function* readBackup(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<BackupPart, void, void> {
  const bytes = new HashedBytes(chunks)
  if (!(await bytes.take(MARK.length)).equals(MARK)) throw new BackupError("its first line is another")
  for (let next = await bytes.header(); ;) {
    if (next.kind === KIND.end) return await bytes.end(next.length)
    if (next.kind !== KIND.part) throw new BackupError(`a frame of kind ${next.kind} where a part begins`)
    const name = (await bytes.take(next.length)).toString()
    const body = (async function* (): AsyncGenerator<Uint8Array, void, void> {
      for (next = await bytes.header(); next.kind === KIND.bytes; next = await bytes.header()) yield await bytes.take(next.length)
    })()
    yield { name, bytes: body }
    // Nothing, when all of it was read.
    for await (const _ of body);
  }
}

/** Chunks joined, cut anew, and hashed as they are taken. */
class HashedBytes {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #sha = createHash("sha256")
  #waiting: Buffer[] = []
  #length = 0

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  async header(): Promise<{ readonly kind: number; readonly length: number }> {
    const header = await this.take(HEADER_BYTES)
    const length = header.readUInt32BE(1)
    if (length > MAX_PAYLOAD_BYTES) throw new BackupError(`a frame of ${length} bytes`)
    return { kind: header.readUInt8(), length }
  }

  async take(length: number): Promise<Buffer> {
    const taken = await this.#next(length)
    this.#sha.update(taken)
    return taken
  }

  /** Compares what was taken with the digest at the end. */
  async end(length: number): Promise<void> {
    const digest = this.#sha.digest()
    if (length !== DIGEST_BYTES || !(await this.#next(length)).equals(digest)) throw new BackupError("its checksum is another")
    if (await this.#has(1)) throw new BackupError("something follows its end")
  }

  async #next(length: number): Promise<Buffer> {
    if (!(await this.#has(length))) throw new BackupError("it ends too soon")
    const joined = Buffer.concat(this.#waiting)
    const rest = joined.subarray(length)
    this.#waiting = rest.length > 0 ? [rest] : []
    this.#length = rest.length
    return joined.subarray(0, length)
  }

  async #has(length: number): Promise<boolean> {
    while (this.#length < length) {
      const next = await this.#chunks.next()
      if (next.done === true) return false
      const { buffer, byteOffset, byteLength } = next.value
      this.#waiting.push(Buffer.from(buffer, byteOffset, byteLength))
      this.#length += byteLength
    }
    return true
  }
}

/** The failure of reading a backup, on one line. */
export function backupReasonOf(error: unknown): string {
  return error instanceof BackupError ? `it is no whole backup: ${error.message}` : reasonOf(error)
}
