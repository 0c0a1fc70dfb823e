import type { Clock } from "@polylogue/protocol"

interface Timer {
  readonly at: number
  readonly action: () => void
}

/** Time that stands still until it is moved. */
export class ManualClock implements Clock {
  #now = 1_700_000_000_000
  #elapsed = 0
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#elapsed
  }

  setTimer(action: () => void, delayMs: number): () => void {
    const timer = { at: this.#elapsed + delayMs, action }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  get pending(): number {
    return this.#timers.size
  }

  /** Moves time on, a timer at a time, letting everything that follows from each happen before the next. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds
    for (;;) {
      await settle()
      const next = [...this.#timers].filter((timer) => timer.at <= end).toSorted((left, right) => left.at - right.at)[0]
      if (next === undefined) break
      this.#timers.delete(next)
      this.#advance(Math.max(next.at, this.#elapsed))
      next.action()
    }
    this.#advance(end)
    await settle()
  }

  #advance(to: number): void {
    this.#now += to - this.#elapsed
    this.#elapsed = to
  }
}

/** Lets everything happen that waits for promises only. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A device's view of a clock: it can be frozen as a tab is. Timers that were due meanwhile go off when it thaws. */
export class DeviceClock implements Clock {
  readonly #clock: ManualClock
  #due: (() => void)[] | undefined

  constructor(clock: ManualClock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  setTimer(action: () => void, delayMs: number): () => void {
    let cancelled = false
    const cancel = this.#clock.setTimer(() => {
      if (this.#due === undefined) action()
      else this.#due.push(() => cancelled || action())
    }, delayMs)
    return () => {
      cancelled = true
      cancel()
    }
  }

  /** Stops all timers until the returned function is called. */
  freeze(): () => void {
    this.#due ??= []
    return () => {
      const due = this.#due ?? []
      this.#due = undefined
      for (const action of due) action()
    }
  }
}
