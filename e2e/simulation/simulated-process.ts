import type { Clock } from "@polylogue/protocol"
import type { VirtualClock } from "./virtual-clock.ts"

/*
 *             freeze()            thaw()
 *   running ──────────> frozen ──────────> running (what came meanwhile runs first, in order)
 *      │ kill()           │ kill()
 *      └────────> dead <──┘   nothing runs any more; what it had not made durable is gone
 */

/**
 * One running program: a relay, or a tab. Whatever reaches it from outside - timers, the network, its disk, other tabs - comes through
 * `enter`, so that a frozen one hears it later and a dead one never. The code inside knows nothing of it: its promises just do not resolve.
 */
export class SimulatedProcess {
  readonly name: string
  readonly clock: Clock
  readonly #virtual: VirtualClock
  #state: "running" | "frozen" | "dead" = "running"
  readonly #backlog: (() => void)[] = []
  #thawing = false

  /** @param skewMs - what its idea of the time differs by. */
  constructor(virtual: VirtualClock, name: string, skewMs: number) {
    this.name = name
    this.#virtual = virtual
    this.clock = {
      now: () => Math.floor(virtual.now + skewMs),
      monotonic: () => virtual.elapsedMs,
      setTimer: (action, delayMs) => {
        let cancelled = false
        const cancel = virtual.schedule(delayMs, () => {
          this.enter(() => {
            if (!cancelled) action()
          })
        })
        return () => {
          cancelled = true
          cancel()
        }
      },
    }
  }

  get alive(): boolean {
    return this.#state !== "dead"
  }

  get frozen(): boolean {
    return this.#state === "frozen"
  }

  /** Runs `action` inside: now, after the thaw, or never. Order is kept. */
  enter(action: () => void): void {
    if (this.#state === "dead") return
    if (this.#state === "frozen" || this.#thawing) this.#backlog.push(action)
    else action()
  }

  freeze(): void {
    if (this.#state === "running") this.#state = "frozen"
  }

  thaw(): void {
    if (this.#state !== "frozen") return
    this.#state = "running"
    if (this.#thawing) return
    this.#thawing = true
    this.#thawNext()
  }

  kill(): void {
    this.#state = "dead"
    this.#backlog.length = 0
  }

  #thawNext(): void {
    this.#virtual.schedule(0, () => {
      if (this.#state !== "running") {
        this.#thawing = false
        return
      }
      const action = this.#backlog.shift()
      if (action === undefined) {
        this.#thawing = false
        return
      }
      action()
      this.#thawNext()
    })
  }
}
