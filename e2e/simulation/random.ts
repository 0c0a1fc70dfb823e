/**
 * Seeded randomness: the sfc32 generator, seeded from a text. A stream is forked by name, and what a fork yields depends on its name only, not
 * on how much was drawn before; so a change in one part of a simulation leaves the others' luck as it was.
 */
export class Random {
  readonly #name: string
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(name: string | number) {
    this.#name = String(name)
    const seed = hashes(this.#name)
    this.#a = seed[0]
    this.#b = seed[1]
    this.#c = seed[2]
    for (let round = 0; round < 15; round++) this.#next()
  }

  /** A stream of its own. */
  fork(name: string): Random {
    return new Random(`${this.#name}/${name}`)
  }

  /** From 0 up to, not including, 1. */
  fraction(): number {
    return this.#next() / 0x1_0000_0000
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1))
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** One of `list`, which must not be empty. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError("nothing to pick from")
    return list[this.between(0, list.length - 1)]!
  }

  /** A copy of `list` in random order. */
  shuffle<T>(list: readonly T[]): T[] {
    const shuffled = [...list]
    for (let index = shuffled.length - 1; index > 0; index--) {
      const other = this.between(0, index)
      ;[shuffled[index], shuffled[other]] = [shuffled[other]!, shuffled[index]!]
    }
    return shuffled
  }

  /** `length` fresh bytes. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let index = 0; index < length; index++) bytes[index] = this.#next() & 0xff
    return bytes
  }

  /** A whole number of 32 bits. */
  uint32(): number {
    return this.#next()
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) >>> 0
    this.#counter = (this.#counter + 1) >>> 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) >>> 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) >>> 0
    this.#c = (this.#c + sum) >>> 0
    return sum
  }
}

/** Three unlike 32 bit hashes of `text`, by FNV-1a with different offsets and a final mix. */
function hashes(text: string): [number, number, number] {
  const hash = (offset: number): number => {
    let value = offset
    for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0
    value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
    value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
    return (value ^ (value >>> 16)) >>> 0
  }
  return [hash(0x811c9dc5), hash(0x9e3779b9), hash(0x6c62272e)]
}
