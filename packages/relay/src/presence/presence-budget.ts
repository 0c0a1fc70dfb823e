/** Bytes of what is kept because of links, over all documents. */
export class PresenceBudget {
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Takes `bytes`, or gives them back when they are negative; `false` when they are too many. */
  take(bytes: number): boolean {
    if (bytes > 0 && this.#bytes + bytes > this.#maxBytes) return false
    this.#bytes += bytes
    return true
  }
}
