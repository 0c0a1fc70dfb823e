import { once } from "node:events"
import { connect, type NetConnectOpts, type Socket } from "node:net"
import process from "node:process"
import { WebSocket } from "ws"

/** One WebSocket of the load generator. What is sent in one go leaves in one write, so that the generator costs little. */
export class Link {
  readonly #webSocket: WebSocket
  readonly #socket: () => Socket
  #corked = false
  bytesReceived = 0
  bytesSent = 0
  lastReceived = 0

  private constructor(webSocket: WebSocket, socket: () => Socket, message: (message: Buffer) => void) {
    this.#webSocket = webSocket
    this.#socket = socket
    webSocket.on("message", (data) => {
      this.bytesReceived += (data as Buffer).length
      this.lastReceived = performance.now()
      message(data as Buffer)
    })
    webSocket.on("error", () => undefined)
  }

  /** Resolves when it stands. `message` may keep what it is given. */
  static async connect(url: string, message: (message: Buffer) => void, protocol: string[] = []): Promise<Link> {
    let socket: Socket | undefined
    const createConnection = (options: NetConnectOpts): Socket => (socket = connect({ ...options, noDelay: true }))
    const webSocket = new WebSocket(url, protocol, { perMessageDeflate: false, createConnection: createConnection as never })
    const link = new Link(webSocket, () => socket!, message)
    await Promise.race([
      once(webSocket, "open"),
      once(webSocket, "error").then(([error]) => {
        throw error
      }),
    ])
    return link
  }

  /** Calls `closed` if the server ends the connection. */
  onClosed(closed: (code: number, reason: string) => void): void {
    this.#webSocket.once("close", (code, reason) => closed(code, reason.toString("utf8")))
  }

  send(message: Uint8Array): void {
    if (!this.#corked) {
      const socket = this.#socket()
      socket.cork()
      this.#corked = true
      process.nextTick(() => {
        this.#corked = false
        socket.uncork()
      })
    }
    this.bytesSent += message.length
    this.#webSocket.send(message, { binary: true })
  }

  pause(): void {
    this.#webSocket.pause()
  }

  async close(): Promise<void> {
    if (this.#webSocket.readyState === WebSocket.CLOSED) return
    const closed = once(this.#webSocket, "close")
    if (this.#webSocket.isPaused) this.#webSocket.terminate()
    else this.#webSocket.close(1000)
    await closed
  }
}
