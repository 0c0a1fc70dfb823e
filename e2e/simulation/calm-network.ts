import { openRelay, type Relay, runCompaction } from "@polylogue/relay"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import { MemoryEntryLog } from "@polylogue/storage"
import { Network, type Tap } from "./network.ts"
import { Lane } from "./pipe.ts"
import { Random } from "./random.ts"
import { SimulatedProcess } from "./simulated-process.ts"
import { VirtualClock } from "./virtual-clock.ts"

const NO_TAP: Tap = { connected: () => undefined, sent: () => undefined }
const URL = "ws://relay/sync"

/** One relay and replicas around it, with nothing that fails: for data whose outcome is known. All replicas belong to one principal. */
export class CalmNetwork {
  readonly clock = new VirtualClock()
  readonly relayLog = new MemoryEntryLog()
  /** What replicas reported; with nothing that fails there is nothing to report. */
  readonly problems: string[] = []
  readonly #random: Random
  readonly #network: Network
  #relay: Relay | undefined
  #replicas = 0

  constructor(seed: number) {
    this.#random = new Random(seed)
    const lane = (): Lane => new Lane({ latencyMs: 5, jitterMs: 5, bytesPerMs: Infinity })
    this.#network = new Network(this.clock, this.#random.fork("network"), NO_TAP, lane)
  }

  async open(): Promise<void> {
    const process = new SimulatedProcess(this.clock, "relay", 0)
    const random = this.#random.fork("relay")
    const opening = openRelay({
      log: this.relayLog,
      clock: process.clock,
      randomBytes: (length) => random.bytes(length),
      compactor: { run: async (job) => runCompaction(job) },
    })
    const relay = await this.clock.complete(opening, 1_000, "openRelay")
    this.#relay = relay
    this.#network.listen(URL, process, (socket) => relay.accept(socket))
  }

  async addReplica(): Promise<Replica> {
    const name = `replica-${++this.#replicas}`
    const process = new SimulatedProcess(this.clock, name, 0)
    const random = this.#random.fork(name)
    const opening = openReplica({
      store: new MemoryEntryLog(),
      relays: [URL],
      dial: this.#network.dialFrom(name, process),
      clock: process.clock,
      randomBytes: (length) => random.bytes(length),
      report: ({ kind, documentId, error }) => this.problems.push(`${name}: ${kind} of ${documentId}: ${String(error)}`),
    })
    return this.clock.complete(opening, 1_000, "openReplica")
  }

  openDocument(replica: Replica, documentId: string): Promise<ReplicaDocument> {
    return this.clock.complete(replica.open(documentId), 1_000, `open ${documentId}`)
  }

  /** Runs until every document is in step with the relay and nothing is under way. @throws Error when that takes more than a virtual minute. */
  async settle(documents: readonly ReplicaDocument[]): Promise<void> {
    let rest: readonly ReplicaDocument[] = documents
    for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 100) {
      await this.clock.runFor(100)
      rest = rest.filter(({ status }) => !status.synced || status.unsavedUpdates > 0 || status.waitingRows > 0)
      if (rest.length > 0) continue
      // What was acknowledged to one is on its way to the others.
      await this.clock.runFor(200)
      return
    }
    throw new Error(
      `not settled: ${this.problems.join("; ")} ${rest.map(({ documentId, status }) => `${documentId} ${JSON.stringify(status)}`).join("; ")}`,
    )
  }

  async close(): Promise<void> {
    if (this.#relay !== undefined) await this.clock.complete(this.#relay.close(), 10_000, "close")
  }
}
