import { type ConnectionFacts, type ConnectionHost, type ConnectionPart, unknownFacts } from "./connection-part.ts"
import type { Session } from "./session.ts"

/** Milliseconds after which code that could not be loaded is asked for again. */
const LOAD_AGAIN_MS = 5_000

/** A connection whose code comes after the page: what is on the device is shown without it. */
export class LaterConnection implements ConnectionPart {
  readonly #host: ConnectionHost
  readonly #load: () => Promise<ConnectionPart>
  #part: ConnectionPart | undefined
  #facts: ConnectionFacts
  #wanted = false
  #loading = false
  #cancel: (() => void) | undefined

  constructor(host: ConnectionHost, load: () => Promise<ConnectionPart>) {
    this.#host = host
    this.#load = load
    this.#facts = unknownFacts(host.relays)
  }

  get facts(): ConnectionFacts {
    return this.#part?.facts ?? this.#facts
  }

  get session(): Session | undefined {
    return this.#part?.session
  }

  start(): void {
    this.#wanted = true
    if (this.#part !== undefined) this.#part.start()
    else if (this.#host.relays.length > 0) void this.#come()
  }

  stop(): void {
    this.#wanted = false
    this.#cancel?.()
    if (this.#part === undefined) this.#show("offline")
    else this.#part.stop()
  }

  wake(): void {
    if (this.#part !== undefined) this.#part.wake()
    else if (this.#wanted) void this.#come()
  }

  reconnect(): void {
    if (this.#part === undefined) this.wake()
    else this.#part.reconnect()
  }

  renew(): void {
    this.#part?.renew()
  }

  async #come(): Promise<void> {
    if (this.#loading) return
    this.#loading = true
    this.#cancel?.()
    this.#show("connecting")
    try {
      this.#part ??= await this.#load()
      if (this.#wanted) this.#part.start()
    } catch {
      if (!this.#wanted) return
      this.#show("offline")
      this.#cancel = this.#host.environment.clock.setTimer(() => void this.#come(), LOAD_AGAIN_MS)
    } finally {
      this.#loading = false
    }
  }

  #show(connection: ConnectionFacts["connection"]): void {
    this.#facts = { ...this.#facts, connection }
    this.#host.connectionChanged(this.#facts)
  }
}
