import type { Clock } from "@polylogue/protocol"

/** What a {@link Liveness} needs of its connection. */
export interface LivenessHost {
  readonly clock: Clock
  readonly limits: { readonly probeAfterMs: number; readonly probeTimeoutMs: number }
  ping(nonce: number): void
  /** Nothing was heard for too long; `probed`: after the device woke up, so that it may have been the device's own absence. */
  dead(reason: string, probed: boolean): void
}

/** A relay that asks for more frequent signs of life than this does not get them: timers cost battery. */
const MIN_HEARTBEAT_MS = 100

/** Gives signs of life on one connection when nothing else is sent, and says when the other end gives none. */
export class Liveness {
  readonly #host: LivenessHost
  readonly #heartbeatMs: number
  readonly #since: number
  #heardAt: number
  #sentAt: number
  #cancelBeat: () => void = () => undefined
  #cancelProbe: () => void = () => undefined

  constructor(host: LivenessHost, heartbeatMs: number) {
    this.#host = host
    this.#heartbeatMs = Math.max(MIN_HEARTBEAT_MS, heartbeatMs)
    this.#since = this.#heardAt = this.#sentAt = host.clock.monotonic()
    this.#beat()
  }

  /** Milliseconds that the connection has stood. */
  get stoodMs(): number {
    return this.#host.clock.monotonic() - this.#since
  }

  heard(): void {
    this.#heardAt = this.#host.clock.monotonic()
    this.#cancelProbe()
  }

  sent(): void {
    this.#sentAt = this.#host.clock.monotonic()
  }

  /** Makes sure that a connection that was silent for a while is alive. */
  probe(): void {
    const { clock, limits } = this.#host
    if (clock.monotonic() - this.#heardAt < limits.probeAfterMs) return
    this.#cancelProbe()
    this.#host.ping(1)
    this.#cancelProbe = clock.setTimer(() => this.#host.dead("a probe was not answered", true), limits.probeTimeoutMs)
  }

  stop(): void {
    this.#cancelBeat()
    this.#cancelProbe()
  }

  #beat(): void {
    const { clock } = this.#host
    const everyMs = Math.max(1, this.#heartbeatMs / 2)
    this.#cancelBeat = clock.setTimer(() => {
      const now = clock.monotonic()
      if (now - this.#heardAt >= 3 * this.#heartbeatMs) return this.#host.dead("nothing was heard from the relay", false)
      if (now - this.#sentAt >= everyMs) this.#host.ping(0)
      this.#beat()
    }, everyMs)
  }
}
