import type { Dial, Socket, SocketHandlers } from "@polylogue/protocol"
import type { LinkOptions, RelayOptions } from "@polylogue/relay"
import { ManualClock, openTestBed, settle, type TestBed } from "./test-relay.ts"

/** One end of a connection between two relays: what is sent arrives in order, one turn of the event loop later, unless the wire is cut. */
class WireEnd implements Socket {
  readonly wire: Wire
  other: WireEnd | undefined
  handlers: SocketHandlers | undefined
  closed = false
  /** Messages that this end has sent. */
  readonly sent: Uint8Array[] = []
  #held: Uint8Array[] = []

  constructor(wire: Wire) {
    this.wire = wire
  }

  get bufferedBytes(): number {
    return this.#held.reduce((sum, { length }) => sum + length, 0)
  }

  listen(handlers: SocketHandlers): void {
    this.handlers = handlers
  }

  send(message: Uint8Array): void {
    if (this.closed) return
    if (this.wire.cut) {
      this.#held.push(message)
      return
    }
    this.wire.sent.push(message)
    this.sent.push(message)
    setImmediate(() => {
      if (this.other?.closed === false) this.other.handlers?.message(message)
    })
  }

  close(code: number, reason: string): void {
    if (this.closed) return
    this.closed = true
    setImmediate(() => this.handlers?.closed(code, reason))
    if (!this.wire.cut) setImmediate(() => this.other?.gone(code, reason))
  }

  gone(code: number, reason: string): void {
    if (this.closed) return
    this.closed = true
    this.handlers?.closed(code, reason)
  }

  /** What was held goes out. */
  heal(): void {
    const held = this.#held
    this.#held = []
    for (const message of held) this.send(message)
    this.handlers?.drained?.()
  }
}

/** One connection between two relays. */
export class Wire {
  readonly ends: readonly [WireEnd, WireEnd]
  /** Messages that went over it, in both directions. */
  readonly sent: Uint8Array[] = []
  cut = false

  constructor() {
    this.ends = [new WireEnd(this), new WireEnd(this)]
    this.ends[0].other = this.ends[1]
    this.ends[1].other = this.ends[0]
  }

  /** The connection breaks, and both ends hear it. */
  break(): void {
    for (const end of this.ends) end.gone(1006, "")
  }

  heal(): void {
    this.cut = false
    for (const end of this.ends) end.heal()
  }
}

/** Relays in memory that dial each other by name. */
export class RelayNetwork {
  readonly clock = new ManualClock()
  readonly beds = new Map<string, TestBed>()
  /** All connections that were ever made, by `from>to`. */
  readonly wires = new Map<string, Wire>()
  /** Names that cannot be reached. */
  readonly away = new Set<string>()

  /** Opens the relay `name`, which dials `peers`. */
  async open(
    name: string,
    peers: readonly string[] = [],
    { links = {}, ...rest }: Partial<Omit<RelayOptions, "links">> & { disk?: TestBed["disk"]; links?: Partial<LinkOptions> } = {},
  ): Promise<TestBed> {
    const bed = await openTestBed({
      clock: this.clock,
      ...rest,
      links: { name, peers: peers.map((url) => ({ url })), dial: this.dialFrom(name), ...links },
    })
    this.beds.set(name, bed)
    await this.settle()
    return bed
  }

  bed(name: string): TestBed {
    return this.beds.get(name)!
  }

  wire(from: string, to: string): Wire {
    return this.wires.get(`${from}>${to}`)!
  }

  /** Lets what is under way between the relays come to rest. */
  async settle(): Promise<void> {
    await settle(120)
  }

  async close(): Promise<void> {
    for (const bed of this.beds.values()) await bed.relay.close()
  }

  /** How the relay `from` dials. */
  dialFrom(from: string): Dial {
    return (to) => {
      const wire = new Wire()
      this.wires.set(`${from}>${to}`, wire)
      const [near, far] = wire.ends
      setImmediate(() => {
        const bed = this.beds.get(to)
        if (bed === undefined || this.away.has(to)) return wire.break()
        bed.relay.accept(far)
        near.handlers?.opened?.()
      })
      return near
    }
  }
}
