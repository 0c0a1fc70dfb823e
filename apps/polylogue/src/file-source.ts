import { statSync } from "node:fs"
import { open } from "node:fs/promises"
import type { ByteSource } from "@polylogue/conversation"

/** Bytes read from a file at once. */
const CHUNK_BYTES = 256 * 1024

/** A file as an import reads it: piece by piece, as often and from wherever it asks. */
export function fileSource(name: string): ByteSource {
  return {
    name,
    size: statSync(name).size,
    async *read(start, end) {
      const file = await open(name)
      try {
        for (let at = start; at < end;) {
          const { bytesRead, buffer } = await file.read(new Uint8Array(Math.min(CHUNK_BYTES, end - at)), 0, null, at)
          if (bytesRead === 0) throw new Error(`${name} became shorter while it was read`)
          yield buffer.subarray(0, bytesRead)
          at += bytesRead
        }
      } finally {
        await file.close()
      }
    },
  }
}
