import * as encoding from "lib0/encoding"
import { ByteQueue } from "./byte-queue.ts"
import { type LevelDatabase, steps } from "./database.ts"
import { LEVEL_FORMAT } from "./format.ts"

/*
 * A dump is all keys and values of one instant, in a form that no version of LevelDB has a say in:
 *
 *   dump     "polylogue dump 1\n" • frames
 *   frame    length (4 bytes, big-endian, at least 1) • payload of that length • SHA-256 of (the SHA-256 before it, or the first line • payload)
 *   content  all payloads joined: format varUint • n * (key varUint8Array, not empty • value varUint8Array) • 0 varUint • n varUint
 *
 * Keys ascend. A value may run over several frames. What is torn off, exchanged or changed is noticed at the frame where it happens: each frame
 * vouches for all before it, and nothing follows the end of the content.
 */

/** The first line of a dump. */
export const DUMP_MARK: Uint8Array<ArrayBuffer> = Uint8Array.from("polylogue dump 1\n", (letter) => letter.charCodeAt(0))
/** Bytes of a digest, and of the length of a frame. */
export const DIGEST_BYTES = 32
export const LENGTH_BYTES = 4
/** Most bytes of a payload: a frame, and the first one with the first line before it, stays within 1 MiB. */
export const MAX_PAYLOAD_BYTES = 1024 * 1024 - 64

/** Pairs that one step reads, at most; and bytes, about. */
const STEP = 256
const STEP_BYTES = 256 * 1024

/** The chunks of a dump, each at most 1 MiB. The snapshot is held from the first chunk asked for until the last, `return` or `throw`. */
export async function* dump(database: LevelDatabase): AsyncGenerator<Uint8Array, void, void> {
  const snapshot = database.snapshot()
  try {
    yield* dumpOf(steps(database, { highWaterMarkBytes: STEP_BYTES, snapshot }, STEP))
  } finally {
    await snapshot.close()
  }
}

/** The chunks of a dump of these pairs, whose keys ascend. */
export async function* dumpOf(
  pairs: AsyncIterable<readonly (readonly [Uint8Array, Uint8Array])[]> | Iterable<readonly (readonly [Uint8Array, Uint8Array])[]>,
): AsyncGenerator<Uint8Array, void, void> {
  const frames = new FrameWriter()
  frames.add(encoding.encode((encoder) => encoding.writeVarUint(encoder, LEVEL_FORMAT)))
  let count = 0
  for await (const some of pairs) {
    for (const [key, value] of some) {
      frames.add(encoding.encode((encoder) => encoding.writeVarUint8Array(encoder, key)))
      frames.add(encoding.encode((encoder) => encoding.writeVarUint(encoder, value.length)))
      frames.add(value)
      count++
    }
    yield* frames.full()
  }
  frames.add(
    encoding.encode((encoder) => {
      encoding.writeVarUint(encoder, 0)
      encoding.writeVarUint(encoder, count)
    }),
  )
  yield* frames.full()
  yield await frames.last()
}

/** The SHA-256 of a frame. */
export async function frameDigest(before: Uint8Array, payload: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined([before, payload])))
}

/** `parts`, one after the other. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Cuts what is added into frames. */
class FrameWriter {
  readonly #queue = new ByteQueue()
  #digest: Uint8Array = DUMP_MARK

  add(bytes: Uint8Array): void {
    this.#queue.add(bytes)
  }

  /** The frames that are full. Something is left always, so that the last frame is not empty. */
  async *full(): AsyncGenerator<Uint8Array, void, void> {
    while (this.#queue.length > MAX_PAYLOAD_BYTES) yield await this.#frame(MAX_PAYLOAD_BYTES)
  }

  /** The last frame: what is left. */
  async last(): Promise<Uint8Array> {
    return await this.#frame(this.#queue.length)
  }

  async #frame(length: number): Promise<Uint8Array> {
    const payload = this.#queue.take(length)
    const before = this.#digest
    this.#digest = await frameDigest(before, payload)
    const lengthBytes = new Uint8Array(LENGTH_BYTES)
    new DataView(lengthBytes.buffer).setUint32(0, length)
    return joined(before === DUMP_MARK ? [before, lengthBytes, payload, this.#digest] : [lengthBytes, payload, this.#digest])
  }
}
