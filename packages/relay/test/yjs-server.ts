import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Clock, Socket, SocketHandlers } from "@polylogue/protocol"
import { WebSocket, WebSocketServer } from "ws"
import { WebsocketProvider } from "y-websocket"
import * as Y from "yjs"
import type { Relay } from "../src/index.ts"

/** The system's clock. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(action, delayMs) {
    if (delayMs === 0) {
      const immediate = setImmediate(action)
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(action, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** A real server of y-websocket sockets on any free port. */
export interface YjsServer {
  readonly url: string
  /** A stock provider of `room`, connected or about to be. */
  provider(room: string, doc?: Y.Doc, options?: { params?: Record<string, string> }): WebsocketProvider
  close(): Promise<void>
}

export async function startYjsServer(relay: Relay): Promise<YjsServer> {
  const http = createServer()
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false })
  sockets.on("connection", (webSocket, request) => {
    const url = new URL(request.url!, "http://relay")
    const token = url.searchParams.get("token") ?? ""
    relay.acceptYjs(socketOf(webSocket), decodeURIComponent(url.pathname.slice("/yjs/".length)), { token, agent: "test" })
  })
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/yjs`
  const providers: WebsocketProvider[] = []
  return {
    url,
    provider(room, doc = new Y.Doc(), options = {}) {
      const provider = new WebsocketProvider(url, room, doc, { WebSocketPolyfill: WebSocket as never, disableBc: true, ...options })
      providers.push(provider)
      return provider
    },
    async close() {
      for (const provider of providers) {
        provider.destroy()
        provider.awareness.destroy()
      }
      for (const webSocket of sockets.clients) webSocket.terminate()
      sockets.close()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

function socketOf(webSocket: WebSocket): Socket {
  return {
    listen(handlers: SocketHandlers) {
      webSocket.on("message", (data: Buffer) => handlers.message(new Uint8Array(data)))
      webSocket.on("close", (code, reason) => handlers.closed(code, reason.toString()))
      this.send = (message) =>
        webSocket.send(message, () => {
          if (webSocket.bufferedAmount === 0) handlers.drained?.()
        })
    },
    send: () => undefined,
    get bufferedBytes() {
      return webSocket.bufferedAmount
    },
    close: (code, reason) => webSocket.close(code, reason),
  }
}

/** Resolves when `check` holds; looks again after every turn of the event loop, and gives up after 10 s. */
export async function until(check: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!check()) {
    if (performance.now() > deadline) throw new Error(`still not: ${check.toString()}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
