import { codeNumber, type Dial, type Socket, type SocketHandlers } from "@polylogue/protocol"
import { system } from "./scope.ts"

/** What is used of a WebSocket: the browser's, or the one of the package `ws`. */
export interface WebSocketLike {
  binaryType: string
  readonly bufferedAmount: number
  send(message: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  /** Declared as loosely as two unlike declarations need; see `Listening` for what is called. */
  addEventListener(type: never, listener: never): void
}

interface Listening {
  addEventListener(type: "open" | "error", listener: () => void): void
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: "close", listener: (event: { readonly code: number; readonly reason: string }) => void): void
}

/** A class of WebSockets. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike

/** How often a socket is asked whether it has taken what it was given, in milliseconds: WebSockets do not tell. */
const DRAIN_POLL_MS = 20
/** Code of a connection that ended without a close frame. */
const ABNORMAL = 1006

/** Dials with `constructor`: `dialWith(WebSocket)` in a browser, on Node with the class of the package `ws`. */
export function dialWith(constructor: WebSocketConstructor): Dial {
  return (url, protocols) => {
    try {
      return new DialledSocket(new constructor(url, [...protocols]))
    } catch (error) {
      return new DeadSocket(error instanceof Error ? error.message : "the address cannot be dialled")
    }
  }
}

class DialledSocket implements Socket {
  readonly #socket: WebSocketLike
  #handlers: SocketHandlers | undefined
  #open = false
  #over = false
  #polling = false

  constructor(socket: WebSocketLike) {
    this.#socket = socket
    socket.binaryType = "arraybuffer"
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  listen(handlers: SocketHandlers): void {
    this.#handlers = handlers
    const events = this.#socket as Listening
    events.addEventListener("open", () => {
      this.#open = true
      handlers.opened?.()
    })
    events.addEventListener("message", (event) => {
      if (this.#over) return
      if (event.data instanceof ArrayBuffer) handlers.message(new Uint8Array(event.data))
      else this.#end(codeNumber("bad-frame"), "a message is not binary")
    })
    events.addEventListener("close", (event) => {
      this.#end(event.code, event.reason)
    })
    // `close` follows; without a listener the package `ws` would throw.
    events.addEventListener("error", () => undefined)
  }

  send(message: Uint8Array): void {
    if (!this.#open || this.#over) return
    this.#socket.send(message as Uint8Array<ArrayBuffer>)
    this.#poll()
  }

  close(code: number, reason: string): void {
    // A browser takes no other codes from a page; the close frame of the protocol has carried the real one.
    const allowed = code === 1000 || (code >= 3000 && code <= 4999)
    this.#socket.close(allowed ? code : 1000, reason.slice(0, 40))
  }

  #end(code: number, reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#socket.close()
    this.#handlers?.closed(code, reason)
  }

  #poll(): void {
    if (this.#polling || this.#socket.bufferedAmount === 0) return
    this.#polling = true
    this.#pollLater()
  }

  #pollLater(): void {
    system.setTimeout(() => {
      if (this.#over) return
      if (this.#socket.bufferedAmount > 0) return this.#pollLater()
      this.#polling = false
      this.#handlers?.drained?.()
    }, DRAIN_POLL_MS)
  }
}

/** The socket of an address that the constructor refuses, such as `ws:` from a page served over `https:`. */
class DeadSocket implements Socket {
  readonly bufferedBytes = 0
  readonly #reason: string
  #told = false

  constructor(reason: string) {
    this.#reason = reason
  }

  listen(handlers: SocketHandlers): void {
    system.setTimeout(() => {
      if (this.#told) return
      this.#told = true
      handlers.closed(ABNORMAL, this.#reason)
    }, 0)
  }

  send(): void {}
  close(): void {}
}
