import type { ImportCode, ImportFile } from "@polylogue/conversation"
import { readZip, ZipError } from "./zip-archive.ts"

/** Largest file read, unpacked, in bytes: JSON of that size is as much as a browser's string holds comfortably. */
const MAX_FILE_BYTES = 400 * 1024 * 1024

/** A file that cannot be read at all. */
export class ImportFileError extends Error {
  override readonly name = "ImportFileError"
  readonly code: ImportCode

  constructor(code: ImportCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * The files in a chosen file, one at a time so that only one is in memory: itself, what it unpacks to when it is gzip, or the JSON files in it
 * when it is a zip archive, as exports are delivered.
 *
 * @throws ImportFileError `too-large`, `bad-encoding`.
 */
export async function* readImportFiles(file: File): AsyncIterable<ImportFile> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer())
  if (head[0] === 0x1f && head[1] === 0x8b) {
    yield { name: file.name, content: await unpack(file, "gzip", file.name) }
    return
  }
  if (head[0] === 0x50 && head[1] === 0x4b) {
    yield* readArchive(file)
    return
  }
  if (file.size > MAX_FILE_BYTES) throw tooLarge(file.name)
  try {
    yield { name: file.name, content: new Uint8Array(await file.arrayBuffer()) }
  } catch (cause) {
    throw new ImportFileError("bad-encoding", "the browser cannot read this file", { cause })
  }
}

async function* readArchive(file: File): AsyncIterable<ImportFile> {
  try {
    for (const { name, compressed, deflated } of await readZip(file)) {
      if (!/\.jsonl?$/i.test(name)) continue
      if (!deflated && compressed.size > MAX_FILE_BYTES) throw tooLarge(name)
      const content = deflated ? await unpack(compressed, "deflate-raw", name) : new Uint8Array(await compressed.arrayBuffer())
      yield { name: `${file.name}/${name}`, content }
    }
  } catch (error) {
    if (error instanceof ZipError) throw new ImportFileError("bad-encoding", error.message, { cause: error })
    throw error
  }
}

/** Unpacks with a bound: an archive may claim to be small and be not. */
async function unpack(packed: Blob, format: CompressionFormat, name: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    const reader = packed.stream().pipeThrough(new DecompressionStream(format)).getReader()
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      bytes += step.value.length
      if (bytes > MAX_FILE_BYTES) {
        await reader.cancel()
        throw tooLarge(name)
      }
      chunks.push(step.value)
    }
  } catch (cause) {
    if (cause instanceof ImportFileError) throw cause
    throw new ImportFileError("bad-encoding", `${name} cannot be unpacked: it is damaged or cut off`, { cause })
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer())
}

function tooLarge(name: string): ImportFileError {
  return new ImportFileError("too-large", `${name} has more than ${MAX_FILE_BYTES / 1024 / 1024} MB`)
}
