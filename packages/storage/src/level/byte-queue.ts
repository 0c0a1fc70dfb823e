/** Bytes that come in parts of any size and go out in others. Parts are kept until they are taken, not copied before. */
export class ByteQueue {
  #parts: Uint8Array[] = []
  /** The first part that is not taken, and how much of it is. */
  #first = 0
  #taken = 0
  /** Bytes that are there. */
  length = 0

  add(part: Uint8Array): void {
    this.#parts.push(part)
    this.length += part.length
  }

  /** Takes the first `length` bytes, which must be there. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(length)
    let at = 0
    while (at < length) {
      const part = this.#parts[this.#first]!
      const piece = part.subarray(this.#taken, this.#taken + length - at)
      whole.set(piece, at)
      at += piece.length
      this.#taken += piece.length
      if (this.#taken < part.length) continue
      this.#first++
      this.#taken = 0
    }
    this.#parts.splice(0, this.#first)
    this.#first = 0
    this.length -= length
    return whole
  }
}
