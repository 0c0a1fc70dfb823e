import { encodeFrame, type EncodedFrame, type Frame } from "@polylogue/protocol"
import type { FrameSource, Outlet } from "../outlet.ts"

/** What one link is answered about blobs: sent in turn with its documents, as fast as the other end takes it. */
export class BlobAnswers implements FrameSource {
  readonly #outlet: Pick<Outlet, "activate" | "remove">
  readonly #sent: () => void
  readonly #waiting: Frame[] = []

  /** @param sent - called for each answer that leaves. */
  constructor(outlet: Pick<Outlet, "activate" | "remove">, sent: () => void) {
    this.#outlet = outlet
    this.#sent = sent
  }

  push(answer: Frame): void {
    this.#waiting.push(answer)
    this.#outlet.activate(this)
  }

  next(): EncodedFrame | undefined {
    const answer = this.#waiting.shift()
    if (answer === undefined) return undefined
    this.#sent()
    return encodeFrame(answer)
  }

  get hasMore(): boolean {
    return this.#waiting.length > 0
  }

  /** The link is over. */
  left(): void {
    this.#waiting.length = 0
    this.#outlet.remove(this)
  }
}
