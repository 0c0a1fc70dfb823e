import { inspect } from "node:util"
import type { Clock, RegisterKey, Socket, VersionVector } from "@polylogue/protocol"
import {
  type Compactor,
  type LinkOptions,
  type LinkPeer,
  openRelay,
  type Relay,
  type RelayLimits,
  type RelayStats,
  runCompaction,
} from "@polylogue/relay"
import type { Applied, Change, MemoryDisk } from "@polylogue/storage"
import { MemoryDisk as EmptyDisk } from "@polylogue/storage"
import { SimulatedDisk } from "./disk.ts"
import { relayToken } from "./issuer.ts"
import type { Random } from "./random.ts"
import type { DiskEvent } from "./register-history.ts"
import { isLinkSabotage, sabotagedDial } from "./sabotaged-link.ts"
import type { Sabotage } from "./simulation-options.ts"
import { SimulatedProcess } from "./simulated-process.ts"
import { StoreWatch } from "./store-watch.ts"
import { isMirrored, type RelayPlan } from "./topology.ts"
import type { World } from "./world.ts"
import { yjsUrl } from "./yjs-client.ts"

/** Why a relay takes nothing more of what another one gives: effects before their causes. */
const OUT_OF_ORDER: ReadonlySet<string> = new Set(["gap", "bad-update"])
/** How the records of registers are named on the disk of a relay. */
const REGISTER_RECORDS = "register/"
/** Programs that speak y-websocket in one run, those that ended included. */
export const MAX_YJS_CLIENTS = 6

interface Backup {
  readonly content: MemoryDisk
  readonly watch: StoreWatch
  readonly registers: ReadonlyMap<RegisterKey, readonly Buffer[]>
}

/** One relay: its disk, which outlives it, and the process that runs on it at the moment, if one does. */
export class RelayNode {
  readonly name: string
  readonly url: string
  readonly disk: SimulatedDisk
  watch: StoreWatch
  /** What became of the disk since the last time that a device was handed over to it. */
  lost: "nothing" | "wiped" | "restored" = "nothing"
  /** What was on disks of it that are gone: others may not have heard yet that they are. */
  readonly ghosts: StoreWatch[] = []
  /** Whether anything on the disk was ever destroyed. */
  everLost = false
  /** Whether it is gone for good, with its disk. */
  retired = false
  readonly plan: RelayPlan
  readonly #world: World
  readonly #random: Random
  /** The logs of its starts. */
  readonly logIds: string[] = []
  /** Whether it has joined the others. */
  #joined: boolean
  /** The addresses that it dials. */
  #peers: readonly string[] = []
  #process: SimulatedProcess | undefined
  #relay: Relay | undefined
  #starts = 0
  #backup: Backup | undefined
  /** Records of registers that were ever durable on the disk. */
  #registers = new Map<RegisterKey, readonly Buffer[]>()
  readonly #everRegisters = new Map<RegisterKey, Buffer[]>()
  #compacting = 0
  #calm = false

  constructor(world: World, index: number, plan: RelayPlan) {
    this.#world = world
    this.plan = plan
    this.#joined = plan.joins === 0
    this.name = `relay-${index}`
    this.url = `ws://${this.name}/sync`
    this.#random = world.random.fork(this.name)
    this.watch = new StoreWatch(this.name, "relay", world.ledger, world.complain)
    const { relayCommitMs: commitMs, readMs, storeFailureRate: failureRate, sabotage } = world.options
    this.disk = new SimulatedDisk(
      this.name,
      world.clock,
      this.#random.fork("disk"),
      {
        commitMs,
        readMs,
        failureRate,
        acknowledgesEarly: sabotage === "relay acknowledges before it is durable",
        ignoresBase: sabotage === "pages without base",
      },
      {
        durable: (_disk, changes, applied) => this.#durable(changes, applied),
        failed: () => world.count("relay store failed"),
        compactedPage: () => world.count("reader met a compacted log"),
      },
    )
  }

  get running(): boolean {
    return this.#process?.alive === true
  }

  /** Whether it runs and does what it is asked. */
  get usable(): boolean {
    return this.running && this.#relay !== undefined && this.#process?.frozen === false
  }

  get relay(): Relay | undefined {
    return this.running ? this.#relay : undefined
  }

  /** Whether it holds a document whoever uses it. */
  mirrors(documentId: string): boolean {
    return isMirrored(this.plan.mirror, documentId)
  }

  /** What it says of itself while it runs. */
  stats(): RelayStats | undefined {
    return this.relay?.stats()
  }

  /** Connections of it that stand, those included that it has dialled. */
  get connections(): number {
    return this.running ? this.#world.network.ends(this.#process!) : 0
  }

  /** What is durable of a document. */
  vector(documentId: string): VersionVector {
    return this.watch.vector(documentId)
  }

  /** The addresses that it dials, from now on. */
  dial(peers: readonly string[]): void {
    this.#peers = peers
    this.#process?.enter(() => this.relay?.setPeers(this.#linkPeers()))
  }

  /** It is there for the first time. */
  join(): void {
    if (this.#joined) return
    this.#joined = true
    this.#world.trace(`${this.name} joins`)
    this.#world.count("relay joined late")
    this.start()
  }

  start(): void {
    if (this.#joined && !this.running && !this.retired) void this.#start()
  }

  /** It stands still, as a process that was stopped; what comes meanwhile waits. */
  freeze(): void {
    if (!this.running || this.#process!.frozen) return
    this.#world.trace(`${this.name} is frozen`)
    this.#world.count("relay frozen")
    this.#process!.freeze()
  }

  thaw(): void {
    this.#process?.thaw()
  }

  async #start(): Promise<void> {
    const world = this.#world
    const process = new SimulatedProcess(world.clock, `${this.name}.${++this.#starts}`, this.#skew())
    this.#process = process
    const random = this.#random.fork(`start ${this.#starts}`)
    world.trace(`${process.name} starts`)
    try {
      const relay = await this.#open(process, random)
      this.#relay = relay
      this.#checkLogId(relay.log)
      world.network.listen(this.url, process, (socket) => relay.accept(this.#sabotagedSocket(socket)))
      this.#listenToYjs(process, relay)
    } catch (error) {
      world.trace(`${process.name} does not start: ${String(error)}`)
      process.kill()
      world.clock.schedule(500, () => this.start())
    }
  }

  #listenToYjs(process: SimulatedProcess, relay: Relay): void {
    for (const documentId of this.#world.documents) {
      for (let index = 1; index <= MAX_YJS_CLIENTS; index++) {
        const name = `yjs-${index}`
        this.#world.network.listen(yjsUrl(this.name, documentId, name), process, (socket) =>
          relay.acceptYjs(socket, documentId, { token: "", agent: name }),
        )
      }
    }
  }

  #open(process: SimulatedProcess, random: Random): Promise<Relay> {
    const world = this.#world
    return openRelay({
      log: this.disk.open(process),
      clock: this.#clockOf(process),
      randomBytes: this.#randomBytes(random),
      compactor: this.#compactor(process, random.fork("compactor")),
      limits: { ...world.options.relayLimits, ...sabotagedLimits(world.options.sabotage) },
      authenticate: async ({ token, agent }) => world.issuer.read(token, agent, process.clock),
      ...(world.linked && { links: this.#links(process) }),
      events: (event) => {
        if (event.type === "compaction-failed") world.count("relay compaction failed")
        if (event.type === "items-refused" && OUT_OF_ORDER.has(event.code)) {
          world.complain("I4", `${process.name} was given by a relay what stands on what it has not got: ${event.reason}`)
        }
        if ((event.type === "failed" || event.type === "quarantined") && !isSimulated(event.error)) {
          world.complain("I7", `${process.name} reports ${event.type}: ${inspect(event.error, { depth: 4 })}`)
        }
      },
    })
  }

  #links(process: SimulatedProcess): LinkOptions {
    const { plan, name } = this
    const { sabotage } = this.#world.options
    const dial = this.#world.network.dialFrom(name, process)
    return {
      name,
      peers: this.#linkPeers(),
      dial: isLinkSabotage(sabotage) ? sabotagedDial(dial, sabotage, (ms, action) => this.#world.clock.schedule(ms, action)) : dial,
      mirror: plan.mirror,
      authority: plan.authority,
      replicas: this.#world.options.replicas,
    }
  }

  #linkPeers(): LinkPeer[] {
    return this.#peers.map((url) => ({ url, token: relayToken(this.name) }))
  }

  /** The process dies at this instant; with `silently` the machine too, and nobody's connection is told. */
  kill(silently: boolean): void {
    const process = this.#process
    if (process?.alive !== true) return
    const world = this.#world
    world.trace(`${process.name} ${silently ? "loses its power" : "is killed"}, ${this.disk.pending} commits in flight`)
    world.count(silently ? "relay lost its power" : "relay killed")
    if (this.disk.pending > 0) world.count("relay killed with a commit in flight")
    if (this.#compacting > 0) world.count("relay killed during a compaction")
    this.#compacting = 0
    process.kill()
    world.network.hangUp(process, silently)
    this.#relay = undefined
  }

  /** The process ends as an operator ends it, and another one starts. */
  async drain(): Promise<void> {
    const process = this.#process
    const relay = this.relay
    if (process === undefined || relay === undefined) return
    this.#world.trace(`${process.name} is drained`)
    this.#world.count("relay drained")
    await relay.drain()
    await relay.close()
    if (!process.alive) return
    process.kill()
    this.#world.network.hangUp(process, false)
    this.#relay = undefined
  }

  /** Whether the register at `key` was ever durably at `value`. */
  hasHeld(key: RegisterKey, value: string): boolean {
    return this.#registers.get(key)?.some((record) => record.includes(value)) === true
  }

  /** The same of all disks that it ever had: what it said of one may be under way when that is lost. */
  hasEverHeld(key: RegisterKey, value: string): boolean {
    return this.#everRegisters.get(key)?.some((record) => record.includes(value)) === true
  }

  backUp(): void {
    this.#disaster("copied")
    this.#backup = { content: this.disk.backup(), watch: this.watch.copy(this.name), registers: new Map(this.#registers) }
  }

  /** Everything on the disk is gone. The process must be dead. */
  wipe(): void {
    this.#world.trace(`${this.name} is wiped`)
    this.#world.count("relay wiped")
    this.lost = "wiped"
    this.everLost = true
    this.#disaster("wiped")
    this.#registers = new Map()
    this.disk.replace(new EmptyDisk())
    this.ghosts.push(this.watch)
    this.watch = new StoreWatch(this.name, "relay", this.#world.ledger, this.#world.complain)
  }

  /** The disk is again as it was at the last backup. The process must be dead. Returns whether there was a backup. */
  restore(): boolean {
    if (this.#backup === undefined) return false
    this.#world.trace(`${this.name} is restored from a backup`)
    this.#world.count("relay restored from a backup")
    this.lost = "restored"
    this.everLost = true
    this.#disaster("restored")
    this.#registers = new Map(this.#backup.registers)
    this.disk.replace(this.#backup.content.copy())
    this.ghosts.push(this.watch)
    this.watch = this.#backup.watch.copy(this.name)
    return true
  }

  /** It never comes back, nor does its disk. The process must be dead. */
  retire(): void {
    this.#world.trace(`${this.name} is gone for good`)
    this.retired = true
    this.ghosts.push(this.watch)
  }

  /** From now on nothing fails. */
  calm(): void {
    this.#calm = true
    this.disk.calm()
  }

  /** What becomes of the registers, if they are its own. */
  #disaster(kind: DiskEvent["kind"]): void {
    if (this.plan.authority) this.#world.registers.disk(kind)
  }

  #durable(changes: readonly Change[], applied: readonly Applied[]): void {
    for (const [index, change] of changes.entries()) {
      if (change.type === "record" && change.key.startsWith(REGISTER_RECORDS) && change.value !== null) {
        const key = change.key.slice(REGISTER_RECORDS.length)
        const record = Buffer.from(change.value)
        this.#registers.set(key, [...(this.#registers.get(key) ?? []), record])
        this.#everRegisters.set(key, [...(this.#everRegisters.get(key) ?? []), record])
      }
      if (change.type !== "compact") continue
      this.#world.count("relay compacted")
      this.#world.bounds.compacted(this.name, change, applied[index]!.head!)
      if (applied[index]!.head!.head > change.through) this.#world.count("append during a compaction")
    }
    this.watch.durable(changes, applied)
  }

  #sabotagedSocket(socket: Socket): Socket {
    if (this.#world.options.sabotage !== "relay overfills its sockets") return socket
    return {
      bufferedBytes: 0,
      listen: (handlers) => socket.listen(handlers),
      send: (message) => socket.send(message),
      close: (code, reason) => socket.close(code, reason),
    }
  }

  #clockOf({ clock }: SimulatedProcess): Clock {
    if (this.#world.options.sabotage !== "relay counts leases too fast") return clock
    return { ...clock, monotonic: () => clock.monotonic() * 3, setTimer: (action, delayMs) => clock.setTimer(action, delayMs / 3) }
  }

  #skew(): number {
    return this.#random.fraction() * this.#world.options.skewMs
  }

  /** The first eight bytes that a relay draws are its log's id. */
  #randomBytes(random: Random): (length: number) => Uint8Array {
    const sabotaged = this.#world.options.sabotage === "log id kept after a restore"
    const fixed = this.#random.fork("the same at every start")
    let first = true
    return (length) => {
      const source = first && sabotaged ? fixed : random
      first = false
      return source.bytes(length)
    }
  }

  #checkLogId(logId: string): void {
    const { sabotage } = this.#world.options
    if (this.logIds.includes(logId) && sabotage !== "log id kept after a restore")
      this.#world.complain("I1", `${this.name} uses log ${logId} again`)
    this.logIds.push(logId)
  }

  #compactor(process: SimulatedProcess, random: Random): Compactor {
    const { options } = this.#world
    return {
      run: (job) =>
        new Promise((resolve, reject) => {
          this.#compacting++
          process.clock.setTimer(() => {
            this.#compacting--
            if (!this.#calm && random.chance(options.compactionFailureRate)) {
              reject(new Error("simulated death of the worker"))
              return
            }
            try {
              resolve(runCompaction(structuredClone(job)))
            } catch (error) {
              reject(error)
            }
          }, random.fraction() * options.compactionMs)
        }),
    }
  }
}

/** Limits of a relay that is made wrong on purpose: other ones than are asked of it. */
function sabotagedLimits(sabotage: Sabotage | undefined): Partial<RelayLimits> {
  if (sabotage === "relay forgets attempts") return { registerMemoryMs: 1 }
  if (sabotage === "relay queues whatever comes") return { maxQueuedRows: Infinity, maxQueuedBytes: Infinity }
  return {}
}

/** Whether an error goes back to a failure that the simulation has caused. */
function isSimulated(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // A register whose record cannot be read at the moment.
  if ("code" in error && error.code === "unavailable") return true
  return error.message.includes("simulated") || isSimulated(error.cause)
}
