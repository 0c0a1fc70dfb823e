import { createHash } from "node:crypto"
import type { FileHandle } from "node:fs/promises"
import { BlobError } from "./blob-error.ts"
import type { BlobFiles } from "./blob-files.ts"
import type { BlobShelf } from "./blob-shelf.ts"
import type { Transfer } from "./blob-transfer.ts"

/** Bytes after which the free room of the disk is looked at again. */
const CHECK_FREE_BYTES = 8 * 1024 * 1024
/** Bytes read from a file at once. */
const READ_BYTES = 64 * 1024

/** A body that is being written to the end of a file. */
export interface Writing {
  readonly files: BlobFiles
  readonly handle: FileHandle
  readonly shelf: BlobShelf
  readonly transfer: Transfer
  /** Where the first byte goes. */
  readonly offset: number
  /** Most bytes that the file may have at the end; one more ends it with `failure`. */
  readonly maxBytes: number
  readonly failure: BlobError
  readonly minFreeBytes: number
  /** Told of the bytes in the file after each write; their room in the shelf is taken. */
  readonly wrote: (bytes: number, chunk: Uint8Array) => void
}

/**
 * Writes what `source` yields, one chunk at a time: the sender waits for the disk.
 * @throws BlobError `cut` when the source ends with an error; `quota`, `disk-full`; `failure`; what ended the transfer; or what the disk says.
 */
export async function writeBody(source: AsyncIterable<Uint8Array>, writing: Writing): Promise<void> {
  const { handle, shelf, transfer, maxBytes, failure } = writing
  let end = writing.offset
  let unchecked = CHECK_FREE_BYTES
  for await (const chunk of chunksOf(source, transfer)) {
    if (end + chunk.length > maxBytes) throw failure
    unchecked += chunk.length
    if (unchecked >= CHECK_FREE_BYTES) {
      await checkFree(writing)
      unchecked = 0
    }
    shelf.take(chunk.length, 0)
    try {
      await writeAll(handle, chunk, end)
    } catch (error) {
      shelf.give(chunk.length, 0)
      throw error
    }
    end += chunk.length
    writing.wrote(end, chunk)
  }
}

/** The chunks of a body. The sender stays connected when reading stops early, so that it can be answered. */
async function* chunksOf(source: AsyncIterable<Uint8Array>, transfer: Transfer): AsyncIterable<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]()
  for (;;) {
    let step: IteratorResult<Uint8Array>
    try {
      step = await transfer.wait(chunks.next())
    } catch (error) {
      throw error instanceof BlobError ? error : new BlobError("cut", "the body ended early", { cause: error })
    }
    if (step.done === true) return
    yield step.value
  }
}

async function checkFree({ files, shelf, minFreeBytes }: Writing): Promise<void> {
  const { bavail, bsize } = await files.statfs(shelf.root)
  if (bavail * bsize < minFreeBytes) throw new BlobError("disk-full", `less than ${minFreeBytes} bytes are free on the disk`)
}

async function writeAll(handle: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position + done)
    done += bytesWritten
  }
}

/** The SHA-256 and the length of a file's bytes. */
export async function hashFile(files: BlobFiles, path: string): Promise<{ hash: string; bytes: number }> {
  const handle = await files.open(path, "r")
  try {
    const sha = createHash("sha256")
    const buffer = new Uint8Array(READ_BYTES)
    for (let position = 0; ;) {
      const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, position)
      if (bytesRead === 0) return { hash: sha.digest("hex"), bytes: position }
      sha.update(buffer.subarray(0, bytesRead))
      position += bytesRead
    }
  } finally {
    await handle.close()
  }
}
