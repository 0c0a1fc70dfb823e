import {
  codeNumber,
  encodeFrame,
  type EncodedFrame,
  encodeMessage,
  type Frame,
  messageBytes,
  type Socket,
  splitFrame,
} from "@polylogue/protocol"

/** Limits of an {@link Outgoing}: the relay's, and the replica's own bound on what lies in the socket. */
export interface OutgoingLimits {
  readonly maxFrameBytes: number
  readonly maxTransfers: number
  readonly maxBufferedBytes: number
}

interface Lane {
  readonly frames: EncodedFrame[]
  /** Parts of the frame at the head that are still to come. */
  transfer: { readonly number: number; readonly parts: Generator<EncodedFrame, void> } | undefined
  /** Whether the frame at the head is the one with which the relay hears of the handle. */
  opens: boolean
}

/** Presence is dropped while more frames than this wait in its lane. */
const MAX_FRAMES_BEFORE_PRESENCE = 64
/** The lane of frames that belong to no document. */
const SESSION = 0
/** Frames with which a handle begins. */
const OPENING: ReadonlySet<Frame["type"]> = new Set(["open", "watch", "observe"])

/**
 * What is to be sent: one lane per document, in order within it, a turn each between them, so that a large row of one document does not hold
 * up the others. Frames of a turn go into one message; the socket gets no more than it takes.
 */
export class Outgoing {
  readonly #socket: Socket
  readonly #limits: OutgoingLimits
  readonly #sent: () => void
  readonly #lanes = new Map<number, Lane>()
  #transfers = 0
  #nextTransfer = 0
  #scheduled = false

  /** @param sent - called when bytes were handed to the socket. */
  constructor(socket: Socket, limits: OutgoingLimits, sent: () => void) {
    this.#socket = socket
    this.#limits = limits
    this.#sent = sent
  }

  /** Queues `frame`; it leaves at the end of the running turn, or when the socket has room. Bytes in it must not change from here on. */
  send(frame: Frame): void {
    const handle = "handle" in frame ? frame.handle : SESSION
    const lane = this.#lanes.get(handle) ?? { frames: [], transfer: undefined, opens: OPENING.has(frame.type) }
    this.#lanes.set(handle, lane)
    // Presence is renewed anyway; everything else is bounded by its sender.
    if (frame.type === "awareness" && lane.frames.length > MAX_FRAMES_BEFORE_PRESENCE) return
    lane.frames.push(encodeFrame(frame))
    this.#schedule()
  }

  /**
   * Closes a handle, and forgets what is queued for it. A transfer under way is finished: half a transfer would block a slot. Of a handle that
   * it has not heard of the relay is told nothing: closing one that was never opened would end the session.
   */
  close(handle: number): void {
    const lane = this.#lanes.get(handle)
    if (lane?.transfer !== undefined) lane.frames.splice(1)
    else {
      this.#lanes.delete(handle)
      if (lane?.opens === true) return
    }
    this.send({ type: "close", handle, code: codeNumber("normal"), reason: "" })
  }

  /** The socket has taken what it had. */
  drained(): void {
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    void this.#pump()
  }

  async #pump(): Promise<void> {
    await Promise.resolve()
    this.#scheduled = false
    while (this.#lanes.size > 0 && this.#socket.bufferedBytes < this.#limits.maxBufferedBytes) {
      const frames = this.#fill()
      if (frames.length === 0) return
      this.#socket.send(encodeMessage(frames))
      this.#sent()
    }
  }

  /** Frames for one message, a turn for each lane. */
  #fill(): EncodedFrame[] {
    const message: EncodedFrame[] = []
    let bytes = 0
    for (let progress = true; progress;) {
      progress = false
      for (const [handle, lane] of this.#lanes) {
        const frame = this.#head(lane)
        if (frame === undefined) continue
        const size = messageBytes(frame)
        if (message.length > 0 && bytes + size > this.#limits.maxFrameBytes) return message
        message.push(frame)
        bytes += size
        this.#advance(handle, lane)
        progress = true
      }
    }
    return message
  }

  readonly #ready = new WeakMap<Lane, EncodedFrame>()

  /** The frame or part that is next in `lane`, not yet taken; `undefined` while all transfers are in use. */
  #head(lane: Lane): EncodedFrame | undefined {
    const ready = this.#ready.get(lane)
    if (ready !== undefined) return ready
    const frame = lane.frames[0]
    if (frame === undefined) return undefined
    if (lane.transfer === undefined && messageBytes(frame) > this.#limits.maxFrameBytes) {
      if (this.#transfers >= this.#limits.maxTransfers) return undefined
      this.#transfers++
      const number = this.#nextTransfer++
      lane.transfer = { number, parts: splitFrame(frame, number, this.#limits.maxFrameBytes) }
    }
    const next = lane.transfer?.parts.next().value ?? frame
    this.#ready.set(lane, next)
    return next
  }

  #advance(handle: number, lane: Lane): void {
    this.#ready.delete(lane)
    if (lane.transfer !== undefined) {
      const next = lane.transfer.parts.next()
      if (next.done !== true) {
        this.#ready.set(lane, next.value)
        return
      }
      lane.transfer = undefined
      this.#transfers--
    }
    lane.frames.shift()
    lane.opens = false
    if (lane.frames.length === 0) this.#lanes.delete(handle)
  }
}
