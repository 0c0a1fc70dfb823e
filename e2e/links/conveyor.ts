import { type FaultLine, SEGMENT_BYTES } from "./fault-line.ts"

/** Bytes under way on one connection in one direction beyond which nothing more is taken: what the buffers of two systems hold. */
export const MAX_UNDER_WAY = 256 * 1024

/** What a connection brings: that it begins, bytes, that one end has no more, that it is gone. */
export type Parcel = { readonly bytes: Uint8Array } | "begin" | "end" | "gone"

/** Where parcels go. */
export interface Sink {
  /** Takes the next one. False: no more until {@link Conveyor.resume}. */
  deliver(parcel: Parcel): boolean
  /** More may be given than before (`true`), or nothing for now. */
  wants(more: boolean): void
}

/** Brings parcels over a line, in order and each after its time. */
export class Conveyor {
  readonly #line: FaultLine
  readonly #sink: Sink
  readonly #queue: { readonly parcel: Parcel; readonly dueAt: number }[] = []
  readonly #unwatch: () => void
  #underWay = 0
  #lastDueAt = 0
  #timer: NodeJS.Timeout | undefined
  #blocked = false
  #full = false
  #over = false

  constructor(line: FaultLine, sink: Sink) {
    this.#line = line
    this.#sink = sink
    this.#unwatch = line.watch(() => this.#move())
  }

  /** Queues a parcel; bytes are cut into segments, of which each has its own luck. */
  take(parcel: Parcel): void {
    if (this.#over) return
    if (typeof parcel === "string") this.#enqueue(parcel, 0)
    else
      for (let offset = 0; offset < parcel.bytes.length; offset += SEGMENT_BYTES) {
        const bytes = parcel.bytes.subarray(offset, offset + SEGMENT_BYTES)
        this.#enqueue({ bytes }, bytes.length)
      }
    this.#move()
  }

  /** The sink takes more. */
  resume(): void {
    this.#blocked = false
    this.#move()
  }

  /** Drops what is under way. */
  destroy(): void {
    this.#over = true
    this.#queue.length = 0
    clearTimeout(this.#timer)
    this.#unwatch()
  }

  #enqueue(parcel: Parcel, bytes: number): void {
    // An earlier segment that is late holds up all that follow it.
    this.#lastDueAt = Math.max(this.#lastDueAt, this.#line.take(bytes, performance.now()))
    this.#queue.push({ parcel, dueAt: this.#lastDueAt })
    this.#underWay += bytes
    this.#tell()
  }

  #move(): void {
    clearTimeout(this.#timer)
    while (!this.#over && !this.#blocked && !this.#line.faults.cut) {
      const [next] = this.#queue
      if (next === undefined) return
      const waitMs = next.dueAt - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#move(), Math.ceil(waitMs))
        return
      }
      this.#queue.shift()
      if (typeof next.parcel !== "string") this.#arrived(next.parcel.bytes.length)
      this.#blocked = !this.#sink.deliver(next.parcel)
      this.#tell()
    }
  }

  #arrived(bytes: number): void {
    this.#underWay -= bytes
    this.#line.arrived(bytes)
  }

  #tell(): void {
    const full = this.#underWay >= MAX_UNDER_WAY
    if (full === this.#full) return
    this.#full = full
    this.#sink.wants(!full)
  }
}
