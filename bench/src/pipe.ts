import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net"

/** A port of this machine behind which another one is, and which counts what passes; it can be cut. */
export class Pipe {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #target = 0
  #cut = false
  readonly #passed = { there: 0, back: 0 }
  #stands: () => void = () => undefined

  private constructor() {
    this.#server = createServer((near) => {
      if (this.#cut) {
        near.resetAndDestroy()
        return
      }
      const far = connect(this.#target, "127.0.0.1")
      this.#join(near, far, "there")
      this.#join(far, near, "back")
      far.once("connect", () => this.#stands())
    })
  }

  static async open(): Promise<Pipe> {
    const pipe = new Pipe()
    pipe.#server.listen(0, "127.0.0.1")
    await once(pipe.#server, "listening")
    return pipe
  }

  /** The port behind it. */
  set target(port: number) {
    this.#target = port
  }

  /** As a WebSocket address without a path. */
  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Bytes that passed, in both directions. */
  get bytes(): number {
    return this.#passed.there + this.#passed.back
  }

  /** Those of them that came from who dialled. */
  get bytesThere(): number {
    return this.#passed.there
  }

  /** Ends what passes through it, and refuses what comes. */
  cut(): void {
    this.#cut = true
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Resolves when something passes again. */
  async heal(): Promise<void> {
    const stands = new Promise<void>((resolve) => (this.#stands = resolve))
    this.#cut = false
    await stands
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(from: Socket, to: Socket, way: "there" | "back"): void {
    this.#sockets.add(from)
    from.setNoDelay(true)
    from.on("data", (bytes: Buffer) => {
      this.#passed[way] += bytes.length
      if (!to.write(bytes)) {
        from.pause()
        to.once("drain", () => from.resume())
      }
    })
    from.on("error", () => undefined)
    from.once("close", () => {
      this.#sockets.delete(from)
      to.destroy()
    })
  }
}
