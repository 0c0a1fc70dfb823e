/**
 * Bytes that sessions have sent and the relay has not handled yet, over all of them: messages that wait or are being handled, and transfers
 * under way. What each session may have is bounded too, but so many of them there may be that only a sum bounds memory.
 */
export class InboundBudget {
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Counts `bytes` more, whatever comes of it; `false` when that exceeds the limit, and who sent them has to go. */
  take(bytes: number): boolean {
    this.#bytes += bytes
    return bytes <= 0 || this.#bytes <= this.#maxBytes
  }

  /** Counts `bytes` less. */
  giveBack(bytes: number): void {
    this.#bytes -= bytes
  }
}
