import type { Socket, SocketHandlers } from "@polylogue/protocol"

/** One end of a connection in memory. Messages arrive in a later turn of the promise queue, in order. */
export class MemorySocket implements Socket {
  peer!: MemorySocket
  /** A mute end drops what it is given and hears nothing: a cut that nobody reports. */
  mute = false
  bufferedBytes = 0
  #handlers: SocketHandlers | undefined
  #queue: Promise<void> = Promise.resolve()
  #closed = false

  listen(handlers: SocketHandlers): void {
    this.#handlers = handlers
  }

  send(message: Uint8Array): void {
    if (this.#closed || this.mute) return
    const { peer } = this
    peer.#later(() => {
      if (!peer.mute) peer.#handlers?.message(message.slice())
    })
  }

  close(code: number, reason: string): void {
    if (this.#closed) return
    this.#closed = true
    const { peer } = this
    if (!this.mute) peer.#later(() => peer.#end(code, reason))
    this.#later(() => this.#handlers?.closed(code, reason))
  }

  /** Reports that the connection stands. */
  open(): void {
    this.#later(() => this.#handlers?.opened?.())
  }

  /** Ends both ends without a close frame. */
  break(): void {
    this.#end(1006, "")
    this.peer.#end(1006, "")
  }

  #end(code: number, reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#handlers?.closed(code, reason)
  }

  #later(action: () => void): void {
    this.#queue = this.#queue.then(action)
  }
}

export function socketPair(): [MemorySocket, MemorySocket] {
  const near = new MemorySocket()
  const far = new MemorySocket()
  near.peer = far
  far.peer = near
  return [near, far]
}
