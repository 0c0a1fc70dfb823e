import type { FromReader, ReadText, ToReader } from "./reading-messages.ts"

/** How far a file with pages is read. */
export interface ReadingProgress {
  readonly page: number
  readonly pages: number
}

/** Why a file could not be read. `code` as `RetrievalError` has it, with its words for people; or `file-too-large`, or `worker` where the reading itself stopped, without words. */
export class ReadingError extends Error {
  readonly code: string

  constructor(code: string, message = "") {
    super(message)
    this.name = "ReadingError"
    this.code = code
  }
}

interface ReadingOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: ReadingProgress) => void
}

/**
 * Reads a file, or cuts a text that is there already, in a worker of its own: whatever is in a file, the page goes on, and what is aborted ends at once.
 * @throws ReadingError; what `signal` was aborted with.
 */
export function readText(asked: ToReader, { signal, onProgress }: ReadingOptions = {}): Promise<ReadText> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error)
    const worker = new Worker(new URL("./reading-worker.ts", import.meta.url), { type: "module", name: "reading" })
    const end = (finish: () => void): void => {
      worker.terminate()
      signal?.removeEventListener("abort", aborted)
      finish()
    }
    const aborted = (): void => end(() => reject(signal?.reason as Error))
    signal?.addEventListener("abort", aborted)
    worker.addEventListener("error", () => end(() => reject(new ReadingError("worker"))))
    worker.addEventListener("message", ({ data }: MessageEvent<FromReader>) => {
      if (data.type === "progress") onProgress?.(data)
      else if (data.type === "done") end(() => resolve(data.read))
      else end(() => reject(new ReadingError(data.code, data.message)))
    })
    worker.postMessage(asked)
  })
}
