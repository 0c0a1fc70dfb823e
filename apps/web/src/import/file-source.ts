import type { ByteSource, Inflating } from "@polylogue/conversation"

/** A chosen file as the importers read it: from the disk, piece by piece. `onRead` is told how many bytes more were read. */
export function fileSource(file: File, onRead: (bytes: number) => void): ByteSource {
  return {
    name: file.name,
    size: file.size,
    async *read(start, end) {
      for await (const chunk of chunksOf(file.slice(start, end).stream())) {
        onRead(chunk.length)
        yield chunk
      }
    },
  }
}

/** Unpacks with what the browser has, which is faster than any script. */
export const inflate: Inflating = async function* (packed, format) {
  const iterator = packed[Symbol.asyncIterator]()
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done === true) controller.close()
      else controller.enqueue(value as Uint8Array<ArrayBuffer>)
    },
    async cancel() {
      await iterator.return?.()
    },
  })
  yield* chunksOf(source.pipeThrough(new DecompressionStream(format)))
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Decodes UTF-8 strictly and keeps a byte order mark. */
export const decode = (bytes: Uint8Array): string => decoder.decode(bytes)

/** Not every browser can iterate over a stream. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const reader = stream.getReader()
  let over = false
  try {
    for (let step = await reader.read(); ; step = await reader.read()) {
      over = step.done
      if (step.done) return
      yield step.value
    }
  } finally {
    // Who stops in the middle wants no more of it; what comes of that is nobody's concern.
    if (!over) reader.cancel().catch(() => {})
  }
}
