/** Bytes gathered from chunks, up to a bound; beyond it they are counted and let go. */
export class HeldBytes {
  readonly #maxBytes: number
  #pieces: Uint8Array[] = []
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes added since the last `take` or `clear`, also those that were let go. */
  get length(): number {
    return this.#length
  }

  get overflown(): boolean {
    return this.#length > this.#maxBytes
  }

  /** Adds the bytes from `start` to `end`. The chunk is kept as it is and may not be changed until they are taken. */
  add(chunk: Uint8Array, start: number, end: number): void {
    if (end <= start) return
    this.#length += end - start
    if (this.overflown) this.#pieces = []
    else this.#pieces.push(chunk.subarray(start, end))
  }

  /** What is held, in one piece. Nothing when it was too much. */
  bytes(): Uint8Array {
    const [first] = this.#pieces
    if (this.#pieces.length === 1 && first !== undefined) return first
    const all = new Uint8Array(this.overflown ? 0 : this.#length)
    let at = 0
    for (const piece of this.#pieces) {
      all.set(piece, at)
      at += piece.length
    }
    this.#pieces = all.length === 0 ? [] : [all]
    return all
  }

  clear(): void {
    this.#pieces = []
    this.#length = 0
  }
}
