/** What the bytes of one session are counted by that it has sent and the relay has not handled. */
export interface InboundAccount {
  /** Counts `bytes` more, or less; `false` when whoever sent them has to go. */
  take(bytes: number): boolean
  /** Counts `bytes` less. */
  giveBack(bytes: number): void
  /** Whether more may be handled: at once, or when there is room. */
  goOn?(): Promise<void> | void
  /** The session is over: it waits no more. */
  leave?(): void
}

/**
 * Bytes that sessions of devices have sent and the relay has not handled yet, over all of them: messages that wait or are being handled, and transfers
 * under way. What each session may have is bounded too, but so many of them there may be that only a sum bounds memory.
 */
export class InboundBudget implements InboundAccount {
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
