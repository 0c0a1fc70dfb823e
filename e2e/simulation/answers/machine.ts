import type { Clock, DocumentId } from "@polylogue/protocol"
import { openReplica, type Replica, type ReplicaDocument } from "@polylogue/replica"
import type * as Y from "yjs"
import { SimulatedDisk } from "../disk.ts"
import type { Random } from "../random.ts"
import { SimulatedProcess } from "../simulated-process.ts"
import type { World } from "../world.ts"

/** What runs on a machine, from its start to its end. */
export interface Running {
  readonly session: string
  readonly process: SimulatedProcess
  /** The process's clock; its wall time may be set. */
  readonly clock: Clock
  readonly random: Random
  readonly replica: Replica
}

/** One computer: a disk that outlives its processes, and a replica in the one that runs. */
export abstract class Machine {
  readonly name: string
  protected readonly world: World
  protected readonly random: Random
  readonly disk: SimulatedDisk
  readonly #urls: readonly string[]
  #process: SimulatedProcess | undefined
  #running: Running | undefined
  #starts = 0
  #jumpMs = 0
  #calm = false

  constructor(world: World, name: string, urls: readonly string[]) {
    this.world = world
    this.name = name
    this.#urls = urls
    this.random = world.random.fork(name)
    const { deviceCommitMs: commitMs, readMs, storeFailureRate: failureRate } = world.options
    this.disk = new SimulatedDisk(name, world.clock, this.random.fork("disk"), { commitMs, readMs, failureRate }, SILENT)
  }

  /** What runs and can act at this moment. */
  get running(): Running | undefined {
    return this.#process?.alive === true && !this.#process.frozen ? this.#running : undefined
  }

  get process(): SimulatedProcess | undefined {
    return this.#process?.alive === true ? this.#process : undefined
  }

  /** Begins to use the replica of a process that has just started. */
  protected abstract begin(running: Running): Promise<void>

  start(): void {
    if (this.process === undefined) void this.#start()
  }

  /** The process is gone from one instant to the next; with `silently` nobody's connection is told. */
  kill(silently: boolean): void {
    const process = this.process
    if (process === undefined) return
    this.world.trace(`${process.name} ${silently ? "loses its power" : "is killed"}`)
    process.kill()
    this.world.network.hangUp(process, silently)
    this.#running = undefined
  }

  freeze(): void {
    this.world.trace(`${this.name} is frozen`)
    this.process?.freeze()
  }

  thaw(): void {
    if (this.process?.frozen === true) this.world.trace(`${this.name} wakes`)
    this.process?.thaw()
  }

  /** Its wall clock is wrong by so much from now on. */
  setClock(byMs: number): void {
    this.world.trace(`the clock of ${this.name} is set to ${byMs} ms beside the time`)
    this.#jumpMs = byMs
  }

  setCutOff(cutOff: boolean): void {
    const { running } = this
    if (running === undefined) return
    this.world.trace(`${this.name} is ${cutOff ? "cut off" : "connected"}`)
    running.replica.setCutOff(cutOff)
  }

  /** From now on nothing fails. */
  calm(): void {
    this.#calm = true
    this.disk.calm()
    this.thaw()
    this.start()
    this.process?.enter(() => this.#running?.replica.setCutOff(false))
  }

  async #start(): Promise<void> {
    const { world } = this
    const session = `${this.name}.${++this.#starts}`
    const process = new SimulatedProcess(world.clock, session, this.random.fraction() * world.options.skewMs)
    this.#process = process
    const random = this.random.fork(session)
    world.trace(`${session} starts`)
    const clock: Clock = { ...process.clock, now: () => process.clock.now() + this.#jumpMs }
    try {
      const replica = await openReplica({
        store: this.disk.open(process),
        relays: this.#urls,
        dial: world.network.dialFrom(this.name, process),
        clock,
        randomBytes: (length) => random.bytes(length),
        agent: this.name,
        limits: world.options.replicaLimits,
        report: ({ kind, documentId, error }) => {
          world.trace(`${session} reports ${kind} of ${documentId}: ${String(error)}`)
          if (kind !== "bad-frame" && kind !== "bad-entry" && kind !== "listener-failed") return
          world.complain("I7", `${session} reports ${kind} of ${documentId}: ${String((error as Error | undefined)?.stack ?? error)}`)
        },
      })
      mintClientIds(replica, random.fork("client ids"))
      const running = { session, process, clock, random, replica }
      await this.begin(running)
      if (this.process === process) this.#running = running
    } catch (error) {
      world.trace(`${session} does not start: ${String(error)}`)
      if (this.#calm) world.complain("I7", `${session} does not start when all is healed: ${String((error as Error).stack)}`)
      process.kill()
      world.network.hangUp(process, false)
      world.clock.schedule(500, () => this.start())
    }
  }
}

const SILENT = { durable: (): void => undefined, failed: (): void => undefined }

/** Yjs draws client ids from the system's randomness, which no run could repeat: every document that the replica opens gets one of the seed. */
function mintClientIds(replica: Replica, random: Random): void {
  onOpened(replica, (_documentId, ydoc) => {
    ydoc.clientID = random.uint32()
  })
}

/** Calls `listener` for each Y.Doc that the replica opens, once, before anybody has it. */
export function onOpened(replica: Replica, listener: (documentId: DocumentId, ydoc: Y.Doc) => void): void {
  const open = replica.open.bind(replica)
  const known = new WeakSet<ReplicaDocument>()
  const opened = async (documentId: DocumentId): Promise<ReplicaDocument> => {
    const document = await open(documentId)
    if (known.has(document)) return document
    known.add(document)
    listener(documentId, document.ydoc)
    document.onReset(() => listener(documentId, document.ydoc))
    return document
  }
  Object.defineProperty(replica, "open", { value: opened, configurable: true })
}
