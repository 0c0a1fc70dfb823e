import type { Clock } from "@polylogue/protocol"

/** How often either end sends something at least is `heartbeatMs`; after so many times as long in silence it is taken for gone. */
const SILENCES = 3

/** What a {@link Heartbeat} asks and tells its session. */
export interface HeartbeatPulse {
  /** When something was last sent, in monotonic milliseconds. */
  lastSent(): number
  /** Send something now. */
  beat(): void
  /** Whether nothing can be heard for now, because what came before still waits. */
  deaf(): boolean
  /** Nothing was heard for too long. */
  lost(): void
}

/** Watches one session: keeps it heard, and notices when the other end is gone. */
export class Heartbeat {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #pulse: HeartbeatPulse
  #heardAt: number
  #cancel: (() => void) | undefined

  constructor(clock: Clock, intervalMs: number, pulse: HeartbeatPulse) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#pulse = pulse
    this.#heardAt = clock.monotonic()
  }

  start(): void {
    this.#cancel ??= this.#clock.setTimer(this.#check, this.#intervalMs / 2)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** Something arrived. */
  heard(): void {
    this.#heardAt = this.#clock.monotonic()
  }

  /** Twice per interval, so that the other end never waits longer than the interval and a half. */
  readonly #check = (): void => {
    this.#cancel = undefined
    const now = this.#clock.monotonic()
    if (this.#pulse.deaf()) this.#heardAt = now
    if (now - this.#heardAt >= this.#intervalMs * SILENCES) {
      this.#pulse.lost()
      return
    }
    if (now - this.#pulse.lastSent() >= this.#intervalMs / 2) this.#pulse.beat()
    this.start()
  }
}
