import type { Random } from "../simulation/random.ts"

/** What ails one direction between two places. */
export interface Faults {
  /** Milliseconds from end to end. */
  readonly delayMs: number
  /** Further milliseconds, from none to so many; what left later never arrives earlier. */
  readonly jitterMs: number
  /** Shared by all connections; `Infinity` for no limit. */
  readonly bytesPerSecond: number
  /** Probability that a segment, or what is sent in its place, is lost. What follows on its connection waits for it, as in TCP. */
  readonly loss: number
  /** Nothing arrives; what is under way is held, and connections stay open. */
  readonly cut: boolean
}

/** Nothing ails. */
const NO_FAULTS: Faults = Object.freeze({ delayMs: 0, jitterMs: 0, bytesPerSecond: Infinity, loss: 0, cut: false })

/** Bytes that are lost together: what a packet of an Ethernet holds. */
export const SEGMENT_BYTES = 1448
/** Milliseconds after which TCP takes a segment for lost and sends it again, doubled each time: the least that Linux waits. */
export const RESEND_MS = 200

/** What a line was given, and what of it arrived. */
export interface LineCounts {
  readonly bytes: number
  readonly arrivedBytes: number
  readonly segments: number
  readonly losses: number
}

/** One direction between two places, as all connections between them share it. Its luck comes from `random`. */
export class FaultLine {
  readonly #random: Random
  readonly #changed = new Set<() => void>()
  #faults = NO_FAULTS
  /** When the last byte that was given to it has left, in the milliseconds of `performance.now()`. */
  #freeAt = 0
  #bytes = 0
  #arrivedBytes = 0
  #segments = 0
  #losses = 0

  constructor(random: Random) {
    this.#random = random
  }

  get faults(): Faults {
    return this.#faults
  }

  /** All since it was made. */
  get counts(): LineCounts {
    return { bytes: this.#bytes, arrivedBytes: this.#arrivedBytes, segments: this.#segments, losses: this.#losses }
  }

  /** From now on these and no others; what is under way has its delay already, and a cut holds it all the same. */
  set(faults: Partial<Faults>): void {
    this.#faults = { ...NO_FAULTS, ...faults }
    for (const changed of this.#changed) changed()
  }

  /** Calls `changed` when its faults change; returns a function that ends it. */
  watch(changed: () => void): () => void {
    this.#changed.add(changed)
    return () => this.#changed.delete(changed)
  }

  /** Takes one segment at `now`. @returns when it is at the other end, if nothing before it is later, and nothing cuts the line. */
  take(bytes: number, now: number): number {
    const { delayMs, jitterMs, bytesPerSecond, loss } = this.#faults
    this.#bytes += bytes
    this.#segments++
    this.#freeAt = Math.max(this.#freeAt, now) + (bytes / bytesPerSecond) * 1000
    const stalledMs = loss > 0 ? this.#stall(loss) : 0
    return this.#freeAt + delayMs + (jitterMs > 0 ? this.#random.fraction() * jitterMs : 0) + stalledMs
  }

  /** So many bytes are at the other end. */
  arrived(bytes: number): void {
    this.#arrivedBytes += bytes
  }

  /** Milliseconds until a segment gets through that is sent again and again. */
  #stall(loss: number): number {
    let stalledMs = 0
    for (let wait = RESEND_MS; this.#random.chance(loss); wait *= 2) {
      this.#losses++
      stalledMs += wait
    }
    return stalledMs
  }
}
