import { decodeMessage, type Dial, encodeFrames } from "@polylogue/protocol"
import { openRelay, type Permission, type Relay, runCompaction } from "@polylogue/relay"
import { openReplica, type Replica } from "@polylogue/replica"
import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { ManualClock } from "../../replica/test/support/manual-clock.ts"
import { type MemorySocket, socketPair } from "../../replica/test/support/memory-socket.ts"
import { seededBytes } from "../../replica/test/support/random.ts"
import { createPolylogue, type Polylogue, Publisher } from "../src/index.ts"

/** One device of a person: the real replica, what hooks stand on, and what publishes. */
export interface TownDevice {
  readonly replica: Replica
  readonly polylogue: Polylogue
  readonly publisher: Publisher
  readonly disk: MemoryDisk
}

/** The real relay with its registers and real replicas, in memory, in a time that stands still until it is moved. */
export class Town {
  readonly clock = new ManualClock()
  /** What people may do, by name; others may write. */
  readonly permissions = new Map<string, Permission>()
  disk = new MemoryDisk()
  relay!: Relay
  /** Counts down with each frame of anybody; at 0 the relay is gone, with what was on its disk at that instant. */
  framesToCrash = Number.POSITIVE_INFINITY
  /** Frames from devices of these types are lost on the way. */
  readonly lost = new Set<string>()
  readonly #sockets = new Set<MemorySocket>()
  #seed = 0
  #down = true

  async raise(disk = this.disk): Promise<void> {
    this.relay = await openRelay({
      log: new MemoryEntryLog({ disk }),
      clock: this.clock,
      randomBytes: seededBytes(500 + this.#seed++),
      compactor: { run: async (job) => runCompaction(job) },
      authenticate: async ({ token: name }) => ({ name, may: () => this.permissions.get(name) ?? "write" }),
    })
    this.#down = false
  }

  /** Ends the relay that crashed, or kills the one that runs, and raises another over what was on the disk. */
  async restart(): Promise<void> {
    if (!this.#down) this.#crash()
    await this.relay.close()
    this.framesToCrash = Number.POSITIVE_INFINITY
    await this.raise()
  }

  readonly dial: Dial = () => {
    const [near, far] = socketPair()
    if (this.#down) {
      near.close(1006, "")
      return near
    }
    this.#sockets.add(near)
    for (const end of [near, far]) {
      const send = end.send.bind(end)
      end.send = (message) => {
        if (!this.#down && --this.framesToCrash <= 0) this.#crash()
        if (!this.#down) send(end === near ? this.#left(message) : message)
      }
    }
    this.relay.accept(far)
    near.open()
    return near
  }

  /** What is left of a device's message on its way. */
  #left(message: Uint8Array): Uint8Array {
    return encodeFrames(...decodeMessage(message).filter(({ type }) => !this.lost.has(type)))
  }

  #crash(): void {
    this.#down = true
    this.disk = this.disk.copy()
    for (const socket of this.#sockets) socket.break()
    this.#sockets.clear()
  }

  async device(person: string, writer: string, disk = new MemoryDisk()): Promise<TownDevice> {
    const { clock } = this
    const randomBytes = seededBytes(900 + this.#seed++)
    const store = new MemoryEntryLog({ disk })
    const replica = await openReplica({ store, relays: ["ws://town/sync"], dial: this.dial, clock, randomBytes, token: person })
    const author = () => ({ id: person, kind: "person", name: person })
    const polylogue = createPolylogue({ replica, writer, author, now: () => clock.now(), randomBytes, lingerMs: 0 })
    const publisher = new Publisher(polylogue, (ms, run) => clock.setTimer(run, ms))
    return { replica, polylogue, publisher, disk }
  }
}
