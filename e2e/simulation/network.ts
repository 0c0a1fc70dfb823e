import type { Dial, Socket, SocketHandlers } from "@polylogue/protocol"
import { Lane, type Parcel, Pipe } from "./pipe.ts"
import type { Random } from "./random.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import type { VirtualClock } from "./virtual-clock.ts"

/** The two lanes between a device and a relay. */
export interface Link {
  readonly up: Lane
  readonly down: Lane
}

/** Sees every message as it is sent, before it is under way. */
export interface Tap {
  connected(connection: Connection): void
  sent(connection: Connection, from: "device" | "relay", message: Uint8Array): void
}

interface Listener {
  readonly process: SimulatedProcess
  accept(socket: Socket): void
}

/** How long a closing end waits for the other before it gives up. */
const CLOSE_TIMEOUT_MS = 5_000

/** WebSockets over virtual time: addresses, the links to them, and the connections on these. */
export class Network {
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #tap: Tap
  readonly #listeners = new Map<string, Listener>()
  readonly #links = new Map<string, Link>()
  readonly #makeLane: () => Lane
  #connections = new Set<Connection>()

  constructor(clock: VirtualClock, random: Random, tap: Tap, makeLane: () => Lane) {
    this.#clock = clock
    this.#random = random
    this.#tap = tap
    this.#makeLane = makeLane
  }

  /** From now on connections to `url` go to `accept`, inside `process`, until the process dies. */
  listen(url: string, process: SimulatedProcess, accept: (socket: Socket) => void): void {
    this.#listeners.set(url, { process, accept })
  }

  /** The lanes between `host` and `url`. */
  link(host: string, url: string): Link {
    const key = `${host} ${url}`
    const link = this.#links.get(key) ?? { up: this.#makeLane(), down: this.#makeLane() }
    this.#links.set(key, link)
    return link
  }

  links(): Link[] {
    return [...this.#links.values()]
  }

  /** How `process`, running on `host`, dials. */
  dialFrom(host: string, process: SimulatedProcess): Dial {
    return (url) => {
      const listener = this.#listeners.get(url)
      const connection = new Connection(this.#clock, this.#random, this.#tap, {
        host,
        url,
        link: this.link(host, url),
        device: process,
        target: listener?.process.alive === true ? listener : undefined,
        answers: () => this.#listeners.get(url)?.process.alive === true,
      })
      this.#connections = new Set([...this.#connections].filter(({ over }) => !over)).add(connection)
      return connection.device
    }
  }

  /** `process` is gone: the others hear of it, unless the power went (`silently`), when they hear nothing at all. */
  hangUp(process: SimulatedProcess, silently: boolean): void {
    for (const connection of this.#connections) connection.hangUp(process, silently)
  }

  /** All connections between `host` and `url` end, at both ends, with 1006; what is under way is lost. */
  reset(host: string, url: string): void {
    for (const connection of this.#connections) if (connection.host === host && connection.url === url) connection.reset()
  }

  /** How many ends of connections `process` has. */
  ends(process: SimulatedProcess): number {
    return [...this.#connections].flatMap(({ device, relay }) => [device, relay]).filter((end) => end.process === process && !end.closed)
      .length
  }

  /** How many connections between `host` and `url` stand. */
  connected(host: string, url: string): number {
    return [...this.#connections].filter((connection) => connection.host === host && connection.url === url && !connection.over).length
  }
}

interface ConnectionOptions {
  readonly host: string
  readonly url: string
  readonly link: Link
  readonly device: SimulatedProcess
  readonly target: Listener | undefined
  /** Whether somebody answers at `url` now. */
  readonly answers: () => boolean
}

/** One connection, from dialling to its end. */
export class Connection {
  readonly host: string
  readonly url: string
  readonly device: End
  readonly relay: End
  readonly #clock: VirtualClock
  readonly #target: Listener | undefined
  readonly #answers: () => boolean

  constructor(clock: VirtualClock, random: Random, tap: Tap, options: ConnectionOptions) {
    this.host = options.host
    this.url = options.url
    this.#clock = clock
    this.#target = options.target
    this.#answers = options.answers
    const up = new Pipe(
      clock,
      random,
      options.link.up,
      (parcel) => this.#atRelay(parcel),
      () => this.device.drained(),
    )
    const down = new Pipe(
      clock,
      random,
      options.link.down,
      (parcel) => this.device.take(parcel),
      () => this.relay.drained(),
    )
    this.device = new End(clock, options.device, up, (message) => tap.sent(this, "device", message))
    this.relay = new End(clock, options.target?.process, down, (message) => tap.sent(this, "relay", message))
    tap.connected(this)
    up.send({ kind: "opening" })
  }

  /** Whether neither end will hear anything more. */
  get over(): boolean {
    return this.device.closed && this.relay.closed
  }

  hangUp(process: SimulatedProcess, silently: boolean): void {
    for (const [gone, other] of [
      [this.device, this.relay],
      [this.relay, this.device],
    ] as const) {
      if (gone.process !== process) continue
      gone.vanish()
      if (!silently) this.#clock.schedule(1, () => other.fail())
    }
  }

  reset(): void {
    this.#clock.schedule(1, () => this.device.fail())
    this.#clock.schedule(1, () => this.relay.fail())
  }

  #atRelay(parcel: Parcel): void {
    const target = this.#target
    if (target?.process.alive !== true) {
      // A process that was started in the place of the dead one knows nothing of this connection and says so.
      if (parcel.kind === "opening" || this.#answers()) this.device.fail()
    } else if (parcel.kind === "opening") {
      target.process.enter(() => {
        if (this.relay.closed) return
        target.accept(this.relay)
        this.relay.welcome()
      })
    } else {
      this.relay.take(parcel)
    }
  }
}

/** One end of a connection. */
export class End implements Socket {
  readonly process: SimulatedProcess | undefined
  readonly #clock: VirtualClock
  readonly #out: Pipe
  readonly #sent: (message: Uint8Array) => void
  #handlers: SocketHandlers | undefined
  #state: "open" | "closing" | "closed" = "open"

  constructor(clock: VirtualClock, process: SimulatedProcess | undefined, out: Pipe, sent: (message: Uint8Array) => void) {
    this.#clock = clock
    this.process = process
    this.#out = out
    this.#sent = sent
  }

  get closed(): boolean {
    return this.#state === "closed"
  }

  get bufferedBytes(): number {
    return this.#out.bufferedBytes
  }

  listen(handlers: SocketHandlers): void {
    if (this.#handlers !== undefined) throw new TypeError("listen is called once")
    this.#handlers = handlers
  }

  send(message: Uint8Array): void {
    if (this.#state !== "open") return
    this.#sent(message)
    this.#out.send({ kind: "message", message })
  }

  close(code: number, reason: string): void {
    if (this.#state !== "open") return
    this.#state = "closing"
    this.#out.send({ kind: "close", code, reason })
    this.#clock.schedule(CLOSE_TIMEOUT_MS, () => this.fail())
  }

  /** Tells the end that dialled that the connection stands. */
  welcome(): void {
    this.#out.send({ kind: "opened" })
  }

  /** What arrived. */
  take(parcel: Parcel): void {
    this.process?.enter(() => {
      if (this.#state === "closed") return
      switch (parcel.kind) {
        case "opening":
          break
        case "opened":
          if (this.#state === "open") this.#handlers?.opened?.()
          break
        case "message":
          if (this.#state === "open") this.#handlers?.message(parcel.message)
          break
        case "close":
          if (this.#state === "open") this.#out.send(parcel)
          this.#end(parcel.code, parcel.reason)
          break
      }
    })
  }

  drained(): void {
    this.process?.enter(() => {
      if (this.#state === "open" && this.bufferedBytes === 0) this.#handlers?.drained?.()
    })
  }

  /** The connection is over without a close frame. */
  fail(): void {
    if (this.#state === "closed") return
    this.#out.discard()
    this.process?.enter(() => this.#end(1006, ""))
    if (this.process === undefined || !this.process.alive) this.#state = "closed"
  }

  /** The process of this end is gone. What it had handed over still travels. */
  vanish(): void {
    this.#out.stop()
    this.#state = "closed"
  }

  #end(code: number, reason: string): void {
    if (this.#state === "closed") return
    this.#state = "closed"
    this.#handlers?.closed(code, reason)
  }
}
