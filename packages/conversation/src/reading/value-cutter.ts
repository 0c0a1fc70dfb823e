/** What a {@link ValueCutter} says of the value that it was fed. */
export type CutState = "inside" | "complete" | "broken"

const QUOTE = 0x22
const BACKSLASH = 0x5c
const NEWLINE = 0x0a
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const COMMA = 0x2c
/** Deeper brackets are counted, and not told apart: a reader refuses such a value anyway, and the memory stays bounded. */
const MAX_KNOWN_DEPTH = 1024

/**
 * Finds where one JSON value ends in bytes that come in chunks of any size. It looks at brackets, strings and escapes only; whether what is in
 * between is JSON is for a parser to say. In UTF-8 no byte of a longer character looks like one of those, so no decoding is needed.
 */
export class ValueCutter {
  readonly #kinds = new Uint8Array(MAX_KNOWN_DEPTH)
  #depth = 0
  #inString = false
  #escaped = false
  #scalar = false
  #state: CutState = "inside"

  get state(): CutState {
    return this.#state
  }

  /** Begins another value. */
  begin(): void {
    this.#depth = 0
    this.#inString = false
    this.#escaped = false
    this.#scalar = false
    this.#state = "inside"
  }

  /**
   * Takes the bytes of `chunk` from `start` as far as they belong to the value; the first must be its first byte after {@link begin}.
   * @returns the index after the last byte taken. A value that is `broken` ends at a bracket that closes nothing, or at a line break within a
   * string when `lineBreaks` is false.
   */
  feed(chunk: Uint8Array, start: number, lineBreaks: boolean): number {
    let index = start
    while (index < chunk.length && this.#state === "inside") {
      index = this.#inString ? this.#string(chunk, index, lineBreaks) : this.#structure(chunk, index)
    }
    return index
  }

  #string(chunk: Uint8Array, start: number, lineBreaks: boolean): number {
    for (let index = start; index < chunk.length; index++) {
      const byte = chunk[index]
      if (this.#escaped) this.#escaped = false
      else if (byte === BACKSLASH) this.#escaped = true
      else if (byte === QUOTE) {
        this.#inString = false
        if (this.#depth === 0) this.#state = "complete"
        return index + 1
      } else if (byte === NEWLINE && !lineBreaks) {
        this.#state = "broken"
        return index
      }
    }
    return chunk.length
  }

  #structure(chunk: Uint8Array, start: number): number {
    for (let index = start; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0
      if (this.#scalar) {
        if (!endsScalar(byte)) continue
        this.#state = "complete"
        return index
      }
      if (byte === QUOTE) {
        this.#inString = true
        return index + 1
      }
      if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        if (this.#depth < MAX_KNOWN_DEPTH) this.#kinds[this.#depth] = byte
        this.#depth++
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        if (!this.#closes(byte)) {
          this.#state = "broken"
          return index
        }
        if (this.#depth === 0) {
          this.#state = "complete"
          return index + 1
        }
      } else if (this.#depth === 0) this.#scalar = true
    }
    return chunk.length
  }

  #closes(byte: number): boolean {
    if (this.#depth === 0) return false
    this.#depth--
    const opened = this.#depth < MAX_KNOWN_DEPTH ? this.#kinds[this.#depth] : undefined
    return opened === undefined || opened === (byte === CLOSE_OBJECT ? OPEN_OBJECT : OPEN_LIST)
  }
}

/** Whether `byte` is one of JSON's white space. */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09
}

function endsScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT || isSpace(byte)
}
