import type { EncodedFrame, Frame } from "@polylogue/protocol"
import type { FrameSource, Outlet } from "../outlet.ts"
import type { RelayCore } from "../relay-core.ts"
import { CutFrames } from "../cut-frames.ts"

/** Frames that leave in the order in which they came. Who pushes bounds how many. */
export class FrameQueue implements FrameSource {
  readonly #frames: CutFrames
  readonly #outlet: Outlet

  constructor(core: RelayCore, outlet: Outlet) {
    this.#outlet = outlet
    this.#frames = new CutFrames(core, outlet, this)
  }

  get length(): number {
    return this.#frames.length
  }

  push(frame: Frame): void {
    this.#frames.push(frame)
  }

  /** Nothing more is to be said. */
  leave(): void {
    this.#frames.clear()
    this.#outlet.remove(this)
  }

  get hasMore(): boolean {
    return this.#frames.length > 0
  }

  next(): EncodedFrame | undefined {
    return this.#frames.next()
  }
}
