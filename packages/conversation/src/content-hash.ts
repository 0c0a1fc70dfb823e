/**
 * SHA-256 (FIPS 180-4) over strings, cut to 128 bits: synchronous, the same on every device and in every release.
 *
 * Two devices that import one export must agree on every id, so the hash may not depend on the environment. A cryptographic
 * one, because what is hashed comes from strangers: with a fast non-cryptographic hash a made-up export could give two
 * messages one id, and one of them would vanish. At 122 bits a clash by accident needs some 10^18 messages.
 *
 * Strings are hashed as generalised UTF-8 (a lone surrogate becomes its own three bytes) with their length before them, so
 * different lists of strings never give the same input.
 */
export function hash128(...fields: readonly string[]): Uint8Array {
  const sha = new Sha256()
  for (const field of fields) {
    const bytes = encodeUtf8(field)
    sha.update(lengthPrefix(bytes.length))
    sha.update(bytes)
  }
  return sha.digest().subarray(0, 16)
}

/** {@link hash128} as 32 hex digits. */
export function hexHash(...fields: readonly string[]): string {
  return toHex(hash128(...fields))
}

/** SHA-256 of `bytes` as 64 hex digits: the name of a blob. */
export function sha256Hex(bytes: Uint8Array): string {
  const sha = new Sha256()
  sha.update(bytes)
  return toHex(sha.digest())
}

/** Lower-case hex of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  let hex = ""
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0")
  return hex
}

function lengthPrefix(length: number): Uint8Array {
  return Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length)
}

/** `text` as UTF-8; a lone surrogate becomes its own three bytes, so that different texts never have equal bytes. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3)
  let end = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index) ?? 0
    if (code < 0x80) bytes[end++] = code
    else if (code < 0x800) {
      bytes[end++] = 0xc0 | (code >> 6)
      bytes[end++] = 0x80 | (code & 63)
    } else if (code < 0x10000) {
      bytes[end++] = 0xe0 | (code >> 12)
      bytes[end++] = 0x80 | ((code >> 6) & 63)
      bytes[end++] = 0x80 | (code & 63)
    } else {
      // Four bytes stand for two UTF-16 units, so three bytes per unit are always enough.
      bytes[end++] = 0xf0 | (code >> 18)
      bytes[end++] = 0x80 | ((code >> 12) & 63)
      bytes[end++] = 0x80 | ((code >> 6) & 63)
      bytes[end++] = 0x80 | (code & 63)
      index++
    }
  }
  return bytes.subarray(0, end)
}

/** The first 32 bits of the fractional parts of `root` of the first `count` primes (FIPS 180-4, sections 4.2.2 and 5.3.3). */
function fractions(count: number, root: (value: number) => number): Int32Array {
  const words = new Int32Array(count)
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let prime = true
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false
    if (prime) words[found++] = Math.floor((root(candidate) % 1) * 0x1_0000_0000)
  }
  return words
}

const K = fractions(64, Math.cbrt)
const INITIAL = fractions(8, Math.sqrt)

// Signed words throughout: an engine computes those as integers, while unsigned ones beyond 2^31 make it all floating point, ten times slower.
class Sha256 {
  readonly #state = INITIAL.slice()
  readonly #block = new Uint8Array(64)
  readonly #view = new DataView(this.#block.buffer)
  readonly #words = new Int32Array(64)
  #filled = 0
  #length = 0

  update(bytes: Uint8Array): void {
    this.#length += bytes.length
    for (let offset = 0; offset < bytes.length;) {
      const taken = Math.min(64 - this.#filled, bytes.length - offset)
      this.#block.set(bytes.subarray(offset, offset + taken), this.#filled)
      this.#filled += taken
      offset += taken
      if (this.#filled === 64) this.#compress()
    }
  }

  digest(): Uint8Array {
    const bits = this.#length * 8
    this.#block[this.#filled++] = 0x80
    this.#block.fill(0, this.#filled)
    if (this.#filled > 56) {
      this.#compress()
      this.#block.fill(0)
    }
    const view = this.#view
    view.setUint32(56, Math.floor(bits / 0x1_0000_0000))
    view.setUint32(60, bits >>> 0)
    this.#compress()
    const digest = new Uint8Array(32)
    const out = new DataView(digest.buffer)
    this.#state.forEach((word, index) => out.setUint32(index * 4, word))
    return digest
  }

  #compress(): void {
    const w = this.#words
    const state = this.#state
    const view = this.#view
    for (let t = 0; t < 16; t++) w[t] = view.getInt32(t * 4)
    for (let t = 16; t < 64; t++) {
      const x = w[t - 15]!
      const y = w[t - 2]!
      const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)
      const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)
      w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0
    }
    let a = state[0]!
    let b = state[1]!
    let c = state[2]!
    let d = state[3]!
    let e = state[4]!
    let f = state[5]!
    let g = state[6]!
    let h = state[7]!
    for (let t = 0; t < 64; t++) {
      const t1 = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[t]! + w[t]!) | 0
      const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    // Storing makes 32 bits of a sum.
    state[0] = state[0]! + a
    state[1] = state[1]! + b
    state[2] = state[2]! + c
    state[3] = state[3]! + d
    state[4] = state[4]! + e
    state[5] = state[5]! + f
    state[6] = state[6]! + g
    state[7] = state[7]! + h
    this.#filled = 0
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}
