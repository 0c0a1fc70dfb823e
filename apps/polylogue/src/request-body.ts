import type { IncomingMessage } from "node:http"

/**
 * The body of a request, piece by piece, to be read once: the sender is held back until the next piece is asked for. Unlike the request's own iterator
 * it can be left at any point, and the request still be answered.
 */
export async function* readBody(request: IncomingMessage): AsyncIterable<Uint8Array> {
  const pieces: Uint8Array[] = []
  let ended = request.readableEnded
  // A sender may have left before anybody began to read.
  let failure = request.destroyed && !ended ? (request.errored ?? new Error("the sender left")) : undefined
  let wake: (() => void) | undefined
  const happened = (): void => {
    request.pause()
    wake?.()
  }
  request.on("data", (piece: Uint8Array) => {
    pieces.push(piece)
    happened()
  })
  request.once("end", () => {
    ended = true
    happened()
  })
  request.once("close", () => {
    failure ??= new Error("the sender left")
    happened()
  })
  request.once("error", (error) => {
    failure ??= error
    happened()
  })
  for (;;) {
    if (pieces.length === 0 && !ended && failure === undefined) {
      await new Promise<void>((resolve) => {
        wake = resolve
        request.resume()
      })
    }
    const piece = pieces.shift()
    if (piece !== undefined) yield piece
    else if (ended) return
    else if (failure !== undefined) throw failure
  }
}

/** Reads and drops what is left of a body for `ms`, then cuts the sender off: to close at once could take with it an answer that is on its way. */
export function dropBody(request: IncomingMessage, ms: number): void {
  if (request.complete) return
  request.removeAllListeners("data")
  request.resume()
  const timer = setTimeout(() => request.destroy(), ms)
  request.once("close", () => clearTimeout(timer))
}
