import {
  codeNumber,
  type EncodedFrame,
  encodeFrame,
  type Frame,
  type FrameOf,
  messageBytes,
  unionVectors,
  type VersionVector,
} from "@polylogue/protocol"
import { sentMessageBytes } from "../limits.ts"
import type { FrameSource, Outlet } from "../outlet.ts"
import { CutFrames } from "../cut-frames.ts"
import type { RelayCore } from "../relay-core.ts"

/** Bytes of frames of the link itself that wait in its outlet, beyond which what pulls say waits here: at most so many, and a part of what may. */
const AHEAD_BYTES = 64 * 1024
const AHEAD_SHARE = 1 / 4

/** What is still to be said under one handle, in this order. */
interface Unsaid {
  open: Frame | undefined
  use: Frame | undefined
  have: VersionVector | undefined
  close: Frame | undefined
}

const NOTHING: Unsaid = Object.freeze({ open: undefined, use: undefined, have: undefined, close: undefined })

/**
 * What the pulls of one link say. While little waits it goes before what readers send, and else as fast as the other end takes it, so that no number
 * of documents ends the link: of each wait at most an `open`, the last `use`, one `have` for all that became durable meanwhile, and a `close`.
 */
export class PullFrames implements FrameSource {
  readonly #outlet: Outlet
  readonly #maxMessageBytes: number
  readonly #aheadBytes: number
  readonly #unsaid = new Map<number, Unsaid>()
  /** Those too large for a message. */
  readonly #large: CutFrames

  constructor(core: RelayCore, outlet: Outlet) {
    this.#outlet = outlet
    this.#maxMessageBytes = sentMessageBytes(core.limits)
    this.#aheadBytes = Math.min(AHEAD_BYTES, core.limits.maxAnswerBytes * AHEAD_SHARE)
    this.#large = new CutFrames(core, outlet, this)
  }

  /** @throws ProtocolError when it cannot be said. */
  open(frame: FrameOf<"open">): void {
    // Encoded here also so that what cannot be said is found out by who asked for it.
    const encoded = encodeFrame(frame)
    if (!this.#sayAtOnce(encoded)) this.#keep(frame.handle, { ...NOTHING, open: frame })
  }

  /** The document is in use here, or no more: said behind its `open`, before which the other end knows no such handle. */
  use(handle: number, hops: number): void {
    const use = { type: "use", handle, hops } as const
    const unsaid = this.#unsaid.get(handle)
    if (unsaid !== undefined) unsaid.use = use
    else if (!this.#sayAtOnce(encodeFrame(use))) this.#keep(handle, { ...NOTHING, use })
  }

  /** `vector` has become durable here. */
  have(handle: number, vector: VersionVector): void {
    const unsaid = this.#unsaid.get(handle)
    if (unsaid !== undefined) unsaid.have = unionVectors(unsaid.have ?? new Map(), vector)
    else if (!this.#sayAtOnce(encodeFrame({ type: "have", handle, vector }))) this.#keep(handle, { ...NOTHING, have: vector })
  }

  /** Nothing more is wanted under `handle`; of a document that was not even asked for yet nothing is said. */
  close(handle: number, reason: string): void {
    const close = { type: "close", handle, code: codeNumber("normal"), reason } as const
    const unsaid = this.#unsaid.get(handle)
    if (unsaid?.open !== undefined) this.#unsaid.delete(handle)
    else if (unsaid !== undefined) unsaid.close = close
    else if (!this.#sayAtOnce(encodeFrame(close))) this.#keep(handle, { ...NOTHING, close })
  }

  /** The link is over. */
  leave(): void {
    this.#unsaid.clear()
    this.#large.clear()
    this.#outlet.remove(this)
  }

  get hasMore(): boolean {
    return this.#unsaid.size > 0 || this.#large.length > 0
  }

  next(): EncodedFrame | undefined {
    const part = this.#large.next()
    if (part !== undefined || this.#large.length > 0) return part
    const first = this.#shift()
    // They go behind the first, and before all that readers send.
    while (this.#large.length === 0 && this.#outlet.ownBytes < this.#aheadBytes) {
      const frame = this.#shift()
      if (frame === undefined) break
      this.#outlet.push(frame)
    }
    return first ?? this.#large.next()
  }

  /** Whether it could be said: before what waits here nothing is. */
  #sayAtOnce(frame: EncodedFrame): boolean {
    if (this.hasMore || this.#outlet.ownBytes >= this.#aheadBytes || messageBytes(frame) > this.#maxMessageBytes) return false
    this.#outlet.push(frame)
    return true
  }

  #keep(handle: number, unsaid: Unsaid): void {
    this.#unsaid.set(handle, unsaid)
    this.#outlet.activate(this)
  }

  /** The next frame that is no larger than a message; `undefined` when there is none, or a larger one comes first. */
  #shift(): EncodedFrame | undefined {
    for (const [handle, unsaid] of this.#unsaid) {
      const frame = take(handle, unsaid)
      if (frame === undefined) {
        this.#unsaid.delete(handle)
        continue
      }
      const encoded = encodeFrame(frame)
      if (messageBytes(encoded) <= this.#maxMessageBytes) return encoded
      this.#large.push(frame)
      return undefined
    }
    return undefined
  }
}

/** The next frame of one handle. */
function take(handle: number, unsaid: Unsaid): Frame | undefined {
  const { open, use, have, close } = unsaid
  if (open !== undefined) unsaid.open = undefined
  else if (use !== undefined) unsaid.use = undefined
  else if (have !== undefined) unsaid.have = undefined
  else unsaid.close = undefined
  return open ?? use ?? (have === undefined ? close : { type: "have", handle, vector: have })
}
