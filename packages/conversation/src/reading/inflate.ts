import { Gunzip, Inflate } from "fflate"

/** Unpacks bytes as they come. What it throws, other than what reading `packed` throws, means that they are damaged or cut off. */
export type Inflating = (packed: AsyncIterable<Uint8Array>, format: "gzip" | "deflate-raw") => AsyncIterable<Uint8Array>

/** What is given to the unpacker at once: it may give back a thousand times as much. */
const PIECE_BYTES = 16 * 1024

/** {@link Inflating} that runs everywhere; an environment that has its own may be faster. */
export async function* inflate(packed: AsyncIterable<Uint8Array>, format: "gzip" | "deflate-raw"): AsyncIterable<Uint8Array> {
  const unpacked: Uint8Array[] = []
  const unpacker = format === "gzip" ? new Gunzip() : new Inflate()
  unpacker.ondata = (data) => void (data.length > 0 && unpacked.push(data))
  for await (const chunk of packed) {
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
      unpacker.push(chunk.subarray(at, at + PIECE_BYTES))
      yield* unpacked.splice(0)
    }
  }
  unpacker.push(new Uint8Array(0), true)
  yield* unpacked.splice(0)
}
