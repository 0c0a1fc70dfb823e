import { chunkText, DEFAULT_CHUNKING, type ExtractedText, extractText, RetrievalError } from "@polylogue/retrieval"
import type { FromReader, ToReader } from "./reading-messages.ts"

/* Reads what a file says and cuts it into passages, off the page. Whoever changes their mind ends the worker. */

const scope = globalThis as unknown as {
  addEventListener(type: "message", listener: (event: MessageEvent<ToReader>) => void): void
  postMessage(message: FromReader): void
}

scope.addEventListener("message", ({ data }) => void read(data))

async function read(asked: ToReader): Promise<void> {
  try {
    const extracted: ExtractedText =
      asked.type === "text"
        ? { text: asked.text, pages: asked.pages }
        : await extractText(asked, { onProgress: (page, pages) => scope.postMessage({ type: "progress", page, pages }) })
    const chunks = chunkText(extracted.text, { pages: extracted.pages })
    scope.postMessage({ type: "done", read: { ...extracted, chunks, config: DEFAULT_CHUNKING } })
  } catch (error) {
    const isOfFile = error instanceof RetrievalError
    scope.postMessage({ type: "failed", code: isOfFile ? error.code : "worker", message: isOfFile ? error.message : "" })
  }
}
