import type { Random } from "./random.ts"
import type { VirtualClock } from "./virtual-clock.ts"

/** One direction of a link between two hosts, shared by all their connections. */
export class Lane {
  readonly latencyMs: number
  readonly jitterMs: number
  /** Bytes per millisecond; `Infinity` for no limit. */
  readonly bytesPerMs: number
  /** Parcels that travel on it now. */
  underWay = 0
  #cut = false
  readonly #waiting: (() => void)[] = []

  constructor(options: { latencyMs: number; jitterMs: number; bytesPerMs: number }) {
    this.latencyMs = options.latencyMs
    this.jitterMs = options.jitterMs
    this.bytesPerMs = options.bytesPerMs
  }

  /** While cut, nothing gets through, and nobody is told. */
  get cut(): boolean {
    return this.#cut
  }

  setCut(cut: boolean): void {
    this.#cut = cut
    if (cut) return
    for (const go of this.#waiting.splice(0)) go()
  }

  /** Calls `go` once, when the lane is healed. */
  onHeal(go: () => void): void {
    this.#waiting.push(go)
  }
}

/** What travels: a message, or the close of the connection. */
export type Parcel =
  | { readonly kind: "opening" }
  | { readonly kind: "opened" }
  | { readonly kind: "message"; readonly message: Uint8Array }
  | { readonly kind: "close"; readonly code: number; readonly reason: string }

/**
 * One direction of one connection: reliable and in order, as TCP. What is sent waits in the sender's buffer until the lane takes it, then
 * travels for as long as the lane says. A cut lane takes nothing and delivers nothing, and goes on where it was when healed; only
 * `discard`, the death of the connection, loses what is under way.
 */
export class Pipe {
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #lane: Lane
  readonly #deliver: (parcel: Parcel) => void
  readonly #drained: () => void
  #queue: Parcel[] = []
  #travelling: Parcel[] = []
  #bufferedBytes = 0
  #departing = false
  #arriving = false
  #lastArrival = 0
  #dead = false

  constructor(clock: VirtualClock, random: Random, lane: Lane, deliver: (parcel: Parcel) => void, drained: () => void) {
    this.#clock = clock
    this.#random = random
    this.#lane = lane
    this.#deliver = deliver
    this.#drained = drained
  }

  /** Bytes that the lane has not taken yet. */
  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  send(parcel: Parcel): void {
    if (this.#dead) return
    this.#queue.push(parcel)
    this.#bufferedBytes += sizeOf(parcel)
    this.#depart()
  }

  /** Everything under way is lost; nothing more is sent or delivered. */
  discard(): void {
    this.#dead = true
    this.#lane.underWay -= this.#travelling.length
    this.#queue = []
    this.#travelling = []
    this.#bufferedBytes = 0
  }

  /** What has departed still arrives; nothing more departs. */
  stop(): void {
    this.#queue = []
    this.#bufferedBytes = 0
    if (this.#travelling.length === 0) this.#dead = true
  }

  #depart(): void {
    if (this.#departing || this.#dead || this.#queue.length === 0) return
    this.#departing = true
    const first = this.#queue[0]!
    this.#clock.schedule(this.#lane.bytesPerMs === Infinity ? 0 : sizeOf(first) / this.#lane.bytesPerMs, () => {
      this.#departing = false
      if (this.#dead) return
      if (this.#lane.cut) {
        this.#departing = true
        this.#lane.onHeal(() => {
          this.#departing = false
          this.#depart()
        })
        return
      }
      const leaving = this.#lane.bytesPerMs === Infinity ? this.#queue.splice(0) : this.#queue.splice(0, 1)
      for (const parcel of leaving) this.#travel(parcel)
      if (this.#queue.length > 0) this.#depart()
      else if (leaving.length > 0) this.#drained()
    })
  }

  #travel(parcel: Parcel): void {
    this.#bufferedBytes -= sizeOf(parcel)
    const delay = this.#lane.latencyMs + this.#random.fraction() * this.#lane.jitterMs
    this.#lastArrival = Math.max(this.#lastArrival, this.#clock.elapsedMs + delay)
    this.#travelling.push(parcel)
    this.#lane.underWay++
    this.#clock.schedule(Math.max(0, this.#lastArrival - this.#clock.elapsedMs), () => {
      this.#arrive()
    })
  }

  /** Delivers the oldest parcel under way; a cut holds it and all that follow. */
  #arrive(): void {
    if (this.#dead) return
    if (this.#arriving) return
    if (this.#lane.cut) {
      this.#arriving = true
      this.#lane.onHeal(() => {
        this.#clock.schedule(this.#lane.latencyMs, () => {
          this.#arriving = false
          this.#deliverDue()
        })
      })
      return
    }
    this.#deliverNext()
  }

  #deliverNext(): void {
    const parcel = this.#travelling.shift()
    if (parcel === undefined) return
    this.#lane.underWay--
    this.#deliver(parcel)
  }

  /** After a heal everything that was held arrives, one parcel after another; what is not due yet has its own event, which then finds less. */
  #deliverDue(): void {
    if (this.#dead) return
    if (this.#lane.cut) {
      this.#arrive()
      return
    }
    this.#deliverNext()
    if (this.#travelling.length === 0) return
    this.#clock.schedule(0, () => {
      this.#deliverDue()
    })
  }
}

function sizeOf(parcel: Parcel): number {
  return parcel.kind === "message" ? parcel.message.length : 0
}
