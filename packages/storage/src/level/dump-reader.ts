import * as decoding from "lib0/decoding"
import { StorageError } from "../errors.ts"
import { ByteQueue } from "./byte-queue.ts"
import { DIGEST_BYTES, DUMP_MARK, frameDigest, LENGTH_BYTES, MAX_PAYLOAD_BYTES } from "./dump.ts"

/** Most bytes of a varUint below 2^53. */
const MAX_UINT_BYTES = 8

/** Reads the content of a dump, front to back, each once. What does not match its digest is never given out. */
export class DumpReader {
  readonly #frames: AsyncGenerator<Uint8Array, void, void>
  /** What is read and not given out. */
  readonly #content = new ByteQueue()

  /** @param chunks - the bytes of a dump, cut in any way. */
  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#frames = framesOf(chunks)
  }

  /** The version of the keys and values. @throws StorageError `corrupt` when this is no dump. */
  async format(): Promise<number> {
    return await this.#uint()
  }

  /**
   * Keys and values, in order.
   * @throws StorageError `corrupt` when the dump is cut short, changed, or does not end with its count.
   */
  async *pairs(): AsyncGenerator<[Uint8Array, Uint8Array], void, void> {
    for (let count = 0; ; count++) {
      const keyLength = await this.#uint()
      if (keyLength === 0) {
        if ((await this.#uint()) !== count) throw broken("its count is wrong")
        if (this.#content.length > 0 || (await this.#frames.next()).done !== true) throw broken("something follows its end")
        return
      }
      const key = await this.#take(keyLength)
      yield [key, await this.#take(await this.#uint())]
    }
  }

  async #uint(): Promise<number> {
    const bytes: number[] = []
    do {
      const [byte] = await this.#take(1)
      bytes.push(byte!)
    } while (bytes.at(-1)! >= 0x80 && bytes.length < MAX_UINT_BYTES)
    try {
      return decoding.readVarUint(decoding.createDecoder(Uint8Array.from(bytes)))
    } catch (cause) {
      throw broken("a number does not decode", cause)
    }
  }

  /** The next `length` bytes. Memory grows with what is there, not with what is announced. */
  async #take(length: number): Promise<Uint8Array> {
    while (this.#content.length < length) {
      const next = await this.#frames.next()
      if (next.done === true) throw broken("it ends too soon")
      this.#content.add(next.value)
    }
    return this.#content.take(length)
  }
}

/** Payloads of the frames, each once its digest has matched. */
async function* framesOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const bytes = new Chunks(chunks)
  const mark = await bytes.take(DUMP_MARK.length)
  if (differ(mark, DUMP_MARK)) throw broken("its first line is another")
  let digest: Uint8Array = DUMP_MARK
  while (!(await bytes.ended())) {
    const lengthBytes = await bytes.take(LENGTH_BYTES)
    const length = new DataView(lengthBytes.buffer).getUint32(0)
    if (length === 0 || length > MAX_PAYLOAD_BYTES) throw broken(`a frame of ${length} bytes`)
    const payload = await bytes.take(length)
    digest = await frameDigest(digest, payload)
    if (differ(await bytes.take(DIGEST_BYTES), digest)) throw broken("a frame was changed")
    yield payload
  }
}

/** Chunks joined and cut anew. */
class Chunks {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  readonly #waiting = new ByteQueue()

  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#chunks = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  }

  /** Whether nothing is left. */
  async ended(): Promise<boolean> {
    return !(await this.#has(1))
  }

  /** The next `length` bytes. @throws StorageError `corrupt` when fewer are left. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (!(await this.#has(length))) throw broken("it ends within a frame")
    return this.#waiting.take(length)
  }

  async #has(length: number): Promise<boolean> {
    while (this.#waiting.length < length) {
      const next = await this.#chunks.next()
      if (next.done === true) return false
      this.#waiting.add(next.value)
    }
    return true
  }
}

function differ(left: Uint8Array, right: Uint8Array): boolean {
  return left.some((byte, index) => byte !== right[index])
}

function broken(why: string, cause?: unknown): StorageError {
  return new StorageError("corrupt", `this is no whole dump: ${why}`, { cause })
}
