import { type EncodedFrame, encodeMessage, messageBytes, type Socket } from "@polylogue/protocol"
import { sentMessageBytes } from "./limits.ts"
import type { RelayCore } from "./relay-core.ts"

/** Where frames of a session come from, one at a time: one document, or the session itself. */
export interface FrameSource {
  /**
   * The next frame, at most `sentMessageBytes` in a message; `undefined` when there is none at the moment: the source asks for its turn again
   * (`Outlet.activate`) when there is.
   */
  next(): EncodedFrame | undefined
  /** Whether `next` is worth asking again at once. */
  readonly hasMore: boolean
}

/** Pages that one session reads from the store, or has read and not yet sent, at once. */
const MAX_READS = 8

/** A frame that many sessions are sent. As a message of its own it becomes bytes once; they are kept here. */
export interface SharedFrame extends EncodedFrame {
  message: Uint8Array | undefined
}

/**
 * The way out of one session. Pull-based: frames are made only as fast as the socket takes them, so that a session whose socket
 * is full costs what is in the socket and no more. Documents take turns, frame by frame; all frames of a tick leave in one write.
 */
export class Outlet {
  readonly #core: RelayCore
  readonly #socket: Socket
  readonly #own: EncodedFrame[] = []
  #ownBytes = 0
  /** In the order of their turns. */
  readonly #active = new Set<FrameSource>()
  readonly #waitingForTransfer = new Set<FrameSource>()
  readonly #transfers = new Set<number>()
  readonly #reading = new Set<FrameSource>()
  readonly #waitingToRead = new Set<FrameSource>()
  /** Waited, and have a turn before them because something is free. */
  readonly #invited = new Set<FrameSource>()
  #held: EncodedFrame | undefined
  #closed = false
  /** Bytes that were given to the socket. */
  bytesSent = 0
  /** When something was last given to the socket, in monotonic milliseconds. */
  lastSent: number

  constructor(core: RelayCore, socket: Socket) {
    this.#core = core
    this.#socket = socket
    this.lastSent = core.clock.monotonic()
  }

  /** Queues a frame of the session itself; it goes before those of documents. */
  push(frame: EncodedFrame): void {
    this.#own.push(frame)
    this.#ownBytes += messageBytes(frame)
    this.#core.ticker.schedule(this.flush)
  }

  /** Bytes of frames of the session itself that the socket has not taken. */
  get ownBytes(): number {
    return this.#ownBytes
  }

  /** `source` has something to say. */
  activate(source: FrameSource): void {
    if (this.#closed) return
    this.#active.add(source)
    this.#core.ticker.schedule(this.flush)
  }

  /** `source` has nothing to say any more, whatever it asked for. */
  remove(source: FrameSource): void {
    this.#active.delete(source)
    this.#waitingForTransfer.delete(source)
    this.#waitingToRead.delete(source)
    this.#invited.delete(source)
    this.endRead(source)
    if (this.#waitingToRead.size + this.#waitingForTransfer.size > 0) this.#core.ticker.schedule(this.flush)
  }

  /** A number for a frame that has to be cut; `undefined` when as many are under way as may be: `source` gets its turn when one ends. */
  beginTransfer(source: FrameSource): number | undefined {
    for (let number = 0; number < this.#core.limits.maxTransfers; number++) {
      if (this.#transfers.has(number)) continue
      this.#transfers.add(number)
      this.#waitingForTransfer.delete(source)
      return number
    }
    this.#waitingForTransfer.add(source)
    return undefined
  }

  endTransfer(number: number): void {
    this.#transfers.delete(number)
    if (this.#waitingForTransfer.size > 0) this.#core.ticker.schedule(this.flush)
  }

  /** Whether `source` may read a page from the store; when not, it gets its turn when another has sent its page. */
  beginRead(source: FrameSource): boolean {
    if (this.#reading.size >= MAX_READS && !this.#reading.has(source)) {
      this.#waitingToRead.add(source)
      return false
    }
    this.#reading.add(source)
    this.#waitingToRead.delete(source)
    return true
  }

  /** `source` has sent what it read. */
  endRead(source: FrameSource): void {
    if (this.#reading.delete(source) && this.#waitingToRead.size > 0) this.#core.ticker.schedule(this.flush)
  }

  /** Gives the socket what it takes. Called at the end of a tick, and when the socket has drained. */
  readonly flush = (): void => {
    const { counters, limits } = this.#core
    while (!this.#closed && this.#socket.bufferedBytes < limits.maxBufferedBytes) {
      const message = this.#collect()
      if (message === undefined) return
      counters.messagesSent++
      counters.bytesSent += message.length
      this.bytesSent += message.length
      this.lastSent = this.#core.clock.monotonic()
      this.#socket.send(message)
    }
  }

  /** Sends what the session itself has to say, and nothing after it. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#active.clear()
    this.#waitingForTransfer.clear()
    this.#waitingToRead.clear()
    this.#invited.clear()
    this.#held = undefined
    // However full the socket is, but no more in one message than the other end reads.
    for (let message = this.#collect(); message !== undefined; message = this.#collect()) this.#socket.send(message)
  }

  #collect(): Uint8Array | undefined {
    const maxBytes = sentMessageBytes(this.#core.limits)
    const frames: EncodedFrame[] = []
    let bytes = 0
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      const size = messageBytes(frame)
      if (frames.length > 0 && bytes + size > maxBytes) {
        this.#held = frame
        break
      }
      frames.push(frame)
      bytes += size
    }
    const [only] = frames
    if (only === undefined) return undefined
    this.#core.counters.framesSent += frames.length
    return frames.length === 1 ? messageOf(only) : encodeMessage(frames)
  }

  #next(): EncodedFrame | undefined {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) return held
    const own = this.#own.shift()
    if (own !== undefined) {
      this.#ownBytes -= messageBytes(own)
      return own
    }
    this.#invite()
    for (const source of this.#active) {
      this.#active.delete(source)
      this.#invited.delete(source)
      const frame = source.next()
      this.#invite()
      if (frame === undefined) continue
      if (source.hasMore) this.#active.add(source)
      return frame
    }
    return undefined
  }

  /** Gives turns to as many of those who wait as something is free for. Who does not need it any more then has left it to the next. */
  #invite(): void {
    this.#inviteFrom(this.#waitingToRead, MAX_READS - this.#reading.size)
    this.#inviteFrom(this.#waitingForTransfer, this.#core.limits.maxTransfers - this.#transfers.size)
  }

  #inviteFrom(waiting: Set<FrameSource>, free: number): void {
    for (const source of waiting) {
      if (this.#invited.size >= free) return
      waiting.delete(source)
      this.#invited.add(source)
      this.#active.add(source)
    }
  }
}

function messageOf(frame: EncodedFrame | SharedFrame): Uint8Array {
  return "message" in frame ? (frame.message ??= encodeMessage([frame])) : encodeMessage([frame])
}
