import type { Clock } from "@polylogue/protocol"

/**
 * Collects what is to be done once at the end of the running tick, however often it was asked for: so a tick's frames leave in
 * one write per socket, and its appends in one commit.
 */
export class Ticker {
  readonly #clock: Clock
  readonly #failed: (error: unknown) => void
  #tasks = new Set<() => void>()
  #cancel: (() => void) | undefined

  constructor(clock: Clock, failed: (error: unknown) => void) {
    this.#clock = clock
    this.#failed = failed
  }

  /** Runs `task` once at the end of the tick, in order of the first request. */
  schedule(task: () => void): void {
    this.#tasks.add(task)
    this.#cancel ??= this.#clock.setTimer(() => this.flush(), 0)
  }

  /** Ends the tick now. A task that throws does not keep others from running. */
  flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const tasks = this.#tasks
    if (tasks.size === 0) return
    this.#tasks = new Set()
    for (const task of tasks) {
      try {
        task()
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}
