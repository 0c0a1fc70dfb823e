import type { Socket, SocketHandlers } from "@polylogue/protocol"
import type { WebSocket } from "ws"

/**
 * A `ws` WebSocket as the {@link Socket} that relay and replica know. Text messages, which the protocol has none of, close it with 1003.
 * `firstSent` is called once, when the owner says something for the first time: what a relay says first is welcome, or why not.
 */
export function socketOf(webSocket: WebSocket, { firstSent }: { firstSent?: () => void } = {}): Socket {
  webSocket.binaryType = "nodebuffer"
  let handlers: SocketHandlers | undefined
  let sent = false
  webSocket.on("open", () => handlers?.opened?.())
  webSocket.on("message", (data, isBinary) => {
    if (!isBinary) webSocket.close(1003, "binary messages only")
    else handlers?.message(bytesOf(data as Buffer))
  })
  webSocket.on("close", (code, reason) => handlers?.closed(code, reason.toString("utf8")))
  // An error is always followed by `close`, which says all that the owner needs.
  webSocket.on("error", () => undefined)
  const flushed = (): void => {
    if (webSocket.bufferedAmount === 0) handlers?.drained?.()
  }
  return {
    listen(given) {
      handlers = given
    },
    send(message) {
      if (!sent) firstSent?.()
      sent = true
      if (webSocket.readyState === webSocket.OPEN) webSocket.send(message, { binary: true }, flushed)
    },
    get bufferedBytes() {
      return webSocket.bufferedAmount
    },
    setReading(reading) {
      if (reading) webSocket.resume()
      else webSocket.pause()
    },
    close(code, reason) {
      // A close reason has at most 123 bytes of UTF-8.
      webSocket.close(
        code,
        Buffer.from(reason)
          .subarray(0, 120)
          .toString("utf8")
          .replace(/\uFFFD+$/, ""),
      )
    },
  }
}

/** A copy: a small message is a view into what was read from the network at once, and keeping it would keep all of that alive. */
function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer)
}
