import type { Replica } from "@polylogue/replica"
import { openBeside } from "../device/open-beside.ts"
import type { FromExportWorker, ToExportWorker } from "./export-messages.ts"
import { type LeftOut, runExport } from "./run-export.ts"

/* Reads conversations and writes a file off the page, in a replica of its own over the device's store. One export a worker. */

/** Pieces of a file that stands in no file yet; the browser may put them on the disk. */
const PIECE_BYTES = 8 * 1024 * 1024

const scope = globalThis as unknown as {
  addEventListener(type: "message", listener: (event: MessageEvent<ToExportWorker>) => void): void
  postMessage(message: FromExportWorker): void
}
const abort = new AbortController()
const asked = new Map<string, (bytes: Uint8Array | undefined) => void>()

scope.addEventListener("message", ({ data }) => {
  if (data.type === "cancel") abort.abort()
  else if (data.type === "blob") asked.get(data.sha256)?.(data.bytes)
  else void write(data)
})

async function write({ request, handle }: Extract<ToExportWorker, { readonly type: "start" }>): Promise<void> {
  const left: LeftOut[] = []
  try {
    const replica = await openBeside()
    const sink = handle === undefined ? new Pieces() : new ChosenFile(await handle.createWritable())
    const chunks = runExport({
      ...request,
      replica,
      signal: abort.signal,
      blob: (sha256) => blobOf(replica, request.workspace, sha256),
      onProgress: (done, total) => scope.postMessage({ type: "progress", done, total }),
      onLeft: (leftOut) => void left.push(leftOut),
    })
    let bytes = 0
    for await (const chunk of chunks) {
      if (abort.signal.aborted) break
      bytes += chunk.length
      await sink.write(chunk as Uint8Array<ArrayBuffer>)
    }
    await replica.close()
    if (abort.signal.aborted) {
      await sink.abort()
      scope.postMessage({ type: "cancelled" })
    } else scope.postMessage({ type: "end", file: await sink.close(), bytes, left })
  } catch (error) {
    scope.postMessage({ type: "failed", message: reasonOf(error) })
  }
}

function reasonOf(error: unknown): string {
  if ((error as { name?: unknown } | null)?.name === "QuotaExceededError") return "there is no room for the file"
  // A text that fits no string, a mistake of ours: the store is not to blame.
  if (error instanceof RangeError || error instanceof TypeError) return "a conversation cannot be written in this format"
  return "this device’s storage does not answer"
}

/** From the device, else from the relay by way of the page, which holds the connection. */
async function blobOf(replica: Replica, workspace: string, sha256: string): Promise<Uint8Array | undefined> {
  if ((await replica.blobs.status(workspace, sha256)) !== undefined) return await replica.blobs.get(workspace, sha256)
  return await new Promise((resolve) => {
    asked.set(sha256, resolve)
    scope.postMessage({ type: "blob", sha256 })
  })
}

class ChosenFile {
  readonly #stream: FileSystemWritableFileStream

  constructor(stream: FileSystemWritableFileStream) {
    this.#stream = stream
  }

  write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#stream.write(chunk)
  }

  /** The file appears whole: until now it stood beside. */
  async close(): Promise<undefined> {
    await this.#stream.close()
  }

  abort(): Promise<void> {
    return this.#stream.abort()
  }
}

class Pieces {
  readonly #blobs: Blob[] = []
  #chunks: Uint8Array<ArrayBuffer>[] = []
  #bytes = 0

  write(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes >= PIECE_BYTES) this.#gather()
  }

  close(): Blob {
    this.#gather()
    return new Blob(this.#blobs)
  }

  abort(): void {
    this.#blobs.length = 0
  }

  #gather(): void {
    this.#blobs.push(new Blob(this.#chunks))
    this.#chunks = []
    this.#bytes = 0
  }
}
