import type { Dial } from "@polylogue/protocol"
import { type LinkOptions, openRelay, type Permission, type Principal, type Relay, runCompaction } from "@polylogue/relay"
import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"
import { openReplica, type Replica, type ReplicaOptions } from "../../src/index.ts"
import { ManualClock } from "./manual-clock.ts"
import { type MemorySocket, socketPair } from "./memory-socket.ts"
import { seededBytes } from "./random.ts"

/** The real relay and real replicas in memory. */
export class Town {
  readonly clock = new ManualClock()
  /** What each token's principal may do; `undefined`: everybody may do everything. */
  may: ((token: string, documentId: string) => Permission) | undefined
  /** How many messages of the replica the next connection lives for; `undefined`: for all. The last of them may be heard. */
  lives: (() => number) | undefined
  cuts = 0
  readonly sockets = new Set<MemorySocket>()
  relay!: Relay
  #seed = 0

  /** Opens the relay that devices reach. */
  async raise(disk: MemoryDisk, links?: LinkOptions): Promise<void> {
    this.relay = await this.open(disk, links)
  }

  /** Opens a relay. */
  async open(disk: MemoryDisk, links?: LinkOptions): Promise<Relay> {
    const opening = openRelay({
      log: new MemoryEntryLog({ disk }),
      clock: this.clock,
      randomBytes: seededBytes(500 + this.#seed++),
      ...(this.may && { authenticate: ({ token }) => Promise.resolve(this.#principal(token)) }),
      compactor: { run: async (job) => runCompaction(job) },
      ...(links && { links }),
    })
    // It writes down who it is, which takes a tick.
    if (links !== undefined) await Promise.race([opening, this.clock.pass(100)])
    return await opening
  }

  readonly dial: Dial = () => {
    const [near, far] = socketPair()
    this.relay.accept(far)
    near.open()
    this.sockets.add(near)
    if (this.lives !== undefined) this.#breakAfter(near, this.lives())
    return near
  }

  #breakAfter(socket: MemorySocket, messages: number): void {
    const send = socket.send.bind(socket)
    let left = messages
    socket.send = (message) => {
      send(message)
      if (--left !== 0) return
      this.cuts++
      void Promise.resolve().then(() => socket.break())
    }
  }

  /** Every connection breaks, without a word. */
  breakAll(): void {
    for (const socket of this.sockets) socket.break()
    this.sockets.clear()
  }

  #principal(token: string): Principal {
    return { name: token, grants: token, may: (documentId) => this.may!(token, documentId) }
  }

  replica(disk = new MemoryDisk(), options: Partial<ReplicaOptions> = {}): Promise<Replica> {
    const store = new MemoryEntryLog({ disk })
    const randomBytes = seededBytes(900 + this.#seed++)
    return openReplica({ store, relays: ["ws://town/sync"], dial: this.dial, clock: this.clock, randomBytes, ...options })
  }
}
