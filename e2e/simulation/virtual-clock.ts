/*
 * Virtual time. Everything that happens is an event at an instant; events run one after another, by time and then in the order in which they
 * were scheduled. After each event the promises that it set going run until none is left, so the next event finds the code at rest, and a
 * run depends on nothing but its seed.
 */

interface VirtualEvent {
  readonly at: number
  readonly order: number
  action: (() => void) | undefined
}

/** Milliseconds since 1970 at which every simulation begins. */
const START_MS = 1_700_000_000_000

/** The event queue of a simulation, and its time. */
export class VirtualClock {
  #now = START_MS
  #order = 0
  /** A binary heap by (at, order). */
  readonly #heap: VirtualEvent[] = []
  #events = 0

  /** Virtual milliseconds since 1970. Never goes back; processes see it through clocks of their own, which may be wrong. */
  get now(): number {
    return this.#now
  }

  /** Milliseconds since the simulation began. */
  get elapsedMs(): number {
    return this.#now - START_MS
  }

  /** How many events have run. */
  get events(): number {
    return this.#events
  }

  /** Runs `action` once, `delayMs` (0 or more) from now; the returned function cancels it. */
  schedule(delayMs: number, action: () => void): () => void {
    if (!(delayMs >= 0)) throw new RangeError(`a delay is 0 or more, not ${delayMs}`)
    const event: VirtualEvent = { at: this.#now + delayMs, order: this.#order++, action }
    if (delayMs !== Infinity) this.#push(event)
    return () => {
      event.action = undefined
    }
  }

  /**
   * Runs events until the time is `elapsedMs` after the start, or `stop`, asked after each event, says so.
   * @returns whether `stop` ended it.
   */
  async runUntil(elapsedMs: number, stop: () => boolean = () => false): Promise<boolean> {
    const end = START_MS + elapsedMs
    // What was set going from outside comes first, and may schedule events.
    await settle()
    for (;;) {
      const event = this.#heap[0]
      if (event === undefined || event.at > end) break
      this.#pop()
      if (event.action === undefined) continue
      this.#now = event.at
      this.#events++
      event.action()
      await settle()
      if (stop()) return true
    }
    this.#now = Math.max(this.#now, end)
    return false
  }

  /** Runs events for `durationMs`. */
  async runFor(durationMs: number, stop?: () => boolean): Promise<boolean> {
    return this.runUntil(this.elapsedMs + durationMs, stop)
  }

  /**
   * Lets `work` go on, with all the time it needs, until it is done.
   * @throws Error when it is not done after `limitMs`; what `work` throws.
   */
  async complete<T>(work: Promise<T>, limitMs: number, what: string): Promise<T> {
    let done = false
    const finish = (): void => {
      done = true
    }
    work.then(finish, finish)
    await settle()
    if (!done) await this.runFor(limitMs, () => done)
    if (!done) throw new Error(`${what} is not done after ${limitMs} virtual ms`)
    return work
  }

  #push(event: VirtualEvent): void {
    const heap = this.#heap
    let index = heap.length
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
  }
}

function isBefore(left: VirtualEvent, right: VirtualEvent): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order)
}

/** Node runs an immediate only when no promise is left to run, however many they set going in turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
