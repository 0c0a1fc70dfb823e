import { type EncodedFrame, encodeFrame, type Frame, messageBytes, splitFrame } from "@polylogue/protocol"
import { sentMessageBytes } from "./limits.ts"
import type { FrameSource, Outlet } from "./outlet.ts"
import type { RelayCore } from "./relay-core.ts"

/** Frames of one source on their way out: each is encoded when its turn comes, and one that is too large for a message is cut. */
export class CutFrames {
  readonly #core: RelayCore
  readonly #outlet: Outlet
  readonly #source: FrameSource
  #frames: Frame[] = []
  #first: EncodedFrame | undefined
  #transfer: { readonly number: number; readonly parts: Generator<EncodedFrame, void> } | undefined

  constructor(core: RelayCore, outlet: Outlet, source: FrameSource) {
    this.#core = core
    this.#outlet = outlet
    this.#source = source
  }

  /** Frames that were not handed out whole. */
  get length(): number {
    return this.#frames.length + (this.#transfer === undefined ? 0 : 1)
  }

  push(frame: Frame): void {
    this.#frames.push(frame)
    this.#outlet.activate(this.#source)
  }

  /** The next frame; `undefined` when there is none, or it waits for a transfer to end. */
  next(): EncodedFrame | undefined {
    const part = this.#transfer?.parts.next()
    if (part?.done === false) return part.value
    this.#endTransfer()
    const [frame] = this.#frames
    if (frame === undefined) return undefined
    this.#first ??= encodeFrame(frame)
    const first = this.#first
    const most = sentMessageBytes(this.#core.limits)
    if (messageBytes(first) > most) {
      const number = this.#outlet.beginTransfer(this.#source)
      if (number === undefined) return undefined
      this.#transfer = { number, parts: splitFrame(first, number, most) }
    }
    this.#frames.shift()
    this.#first = undefined
    return this.#transfer === undefined ? first : this.next()
  }

  /** Nothing more is to be said. What is cut already is sent to its end, else its transfer would never be free. */
  clear(): void {
    this.#frames = []
    this.#first = undefined
  }

  #endTransfer(): void {
    if (this.#transfer === undefined) return
    this.#outlet.endTransfer(this.#transfer.number)
    this.#transfer = undefined
  }
}
