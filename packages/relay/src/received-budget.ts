import { RelayError } from "./errors.ts"

/**
 * Bytes of what came from other relays and is not durable yet, over all of them. Who brings more waits, for a link that were closed would bring the
 * same again; rows of devices have bounds of their own, so that neither keeps the other out.
 */
export class ReceivedBudget {
  readonly #maxBytes: number
  readonly #waiting: { readonly bytes: number; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []
  #bytes = 0
  #closed = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes that are counted at the moment, without those that wait. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Counts `bytes` more: at once, or when they fit, in the order of calls. Where nothing else is counted they go whatever they are, or they would never go.
   * @throws RelayError `closed`
   */
  take(bytes: number): Promise<void> | void {
    if (this.#closed) return Promise.reject(new RelayError("closed", "the relay was closed"))
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#bytes += bytes
      return
    }
    return new Promise((resolve, reject) => this.#waiting.push({ bytes, resolve, reject }))
  }

  /** Counts `bytes` less. */
  giveBack(bytes: number): void {
    this.#bytes -= bytes
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#bytes += next.bytes
      next.resolve()
    }
  }

  /** Who waits, waits no more. */
  close(): void {
    this.#closed = true
    for (const { reject } of this.#waiting.splice(0)) reject(new RelayError("closed", "the relay was closed"))
  }

  #fits(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#maxBytes
  }
}
