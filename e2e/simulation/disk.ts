import {
  type Applied,
  type Change,
  type ChangesPage,
  type ChangesQuery,
  type EntryLog,
  type KeysPage,
  MemoryDisk,
  MemoryEntryLog,
  type OutboxRow,
  type Page,
  type PageLimits,
  StorageError,
  type StoredSnapshot,
} from "@polylogue/storage"
import type { DocumentId } from "@polylogue/protocol"
import type { Random } from "./random.ts"
import type { SimulatedProcess } from "./simulated-process.ts"
import type { VirtualClock } from "./virtual-clock.ts"

/** How a disk behaves. Times are the longest, in milliseconds; what happens lies between 0 and them. */
export interface DiskOptions {
  readonly commitMs: number
  readonly readMs: number
  /** How likely a commit fails. */
  readonly failureRate: number
  /** Controls: ways in which a store must not behave, to see whether the checks notice. */
  readonly acknowledgesEarly?: boolean
  readonly ignoresBase?: boolean
}

/** Hears of every batch at the instant at which it is durable. */
export interface DiskObserver {
  durable(disk: SimulatedDisk, changes: readonly Change[], applied: readonly Applied[]): void
  failed(disk: SimulatedDisk, code: string): void
  /** A reader asked for items that a compaction had deleted. */
  compactedPage?(): void
}

/**
 * A disk over virtual time. A commit takes its time and is durable at one instant; a process that dies before it loses the commit, one that
 * dies after it does not, even when it never heard. Commits of all processes of the disk come one after another.
 */
export class SimulatedDisk {
  readonly name: string
  readonly clock: VirtualClock
  readonly random: Random
  options: DiskOptions
  readonly observer: DiskObserver
  #memory: MemoryDisk
  #busyUntil = 0
  #pending = 0
  /** Commits that still fail, whatever the rate. */
  failNext: ("io" | "quota-exceeded")[] = []
  #fullUntil = 0
  #slowUntil = 0

  constructor(name: string, clock: VirtualClock, random: Random, options: DiskOptions, observer: DiskObserver, memory = new MemoryDisk()) {
    this.name = name
    this.clock = clock
    this.random = random
    this.options = options
    this.observer = observer
    this.#memory = memory
  }

  /** What is on it now. */
  get content(): MemoryDisk {
    return this.#memory
  }

  /** Commits that are under way. */
  get pending(): number {
    return this.#pending
  }

  /** For `forMs` nothing fits on it: every commit fails. */
  fill(forMs: number): void {
    this.#fullUntil = this.clock.elapsedMs + forMs
  }

  /** For `forMs` a commit takes twenty times as long. */
  slowDown(forMs: number): void {
    this.#slowUntil = this.clock.elapsedMs + forMs
  }

  /** Nothing fails and nothing is slow any more. */
  calm(): void {
    this.options = { ...this.options, failureRate: 0 }
    this.failNext = []
    this.#fullUntil = 0
    this.#slowUntil = 0
  }

  begin(): void {
    this.#pending++
  }

  /** A commit of a dead process may end after the disk was replaced, which has forgotten it. */
  end(): void {
    this.#pending = Math.max(0, this.#pending - 1)
  }

  /** A copy of what is durable now. */
  backup(): MemoryDisk {
    return this.#memory.copy()
  }

  /** Puts `content` in the place of what was there. Nobody may have it open. */
  replace(content: MemoryDisk): void {
    this.#memory = content
    this.#busyUntil = 0
    this.#pending = 0
    this.failNext = []
  }

  /** The store as `process` uses it. */
  open(process: SimulatedProcess): EntryLog {
    return new SimulatedEntryLog(this, process)
  }

  /** A store of its own on what is durable, free of delays, for those who check. */
  async inspect(): Promise<EntryLog> {
    const log = new MemoryEntryLog({ disk: this.#memory })
    await log.open()
    return log
  }

  /** How long from now until a commit that is asked for now is durable. */
  reserve(): number {
    const start = Math.max(this.#busyUntil, this.clock.elapsedMs)
    const slower = this.clock.elapsedMs < this.#slowUntil ? 20 : 1
    this.#busyUntil = start + this.random.fraction() * this.options.commitMs * slower
    return this.#busyUntil - this.clock.elapsedMs
  }

  /** Why the next commit fails, if it does. */
  nextFailure(): "io" | "quota-exceeded" | undefined {
    const forced = this.failNext.shift()
    if (forced !== undefined) return forced
    if (this.clock.elapsedMs < this.#fullUntil) return "quota-exceeded"
    if (!this.random.chance(this.options.failureRate)) return undefined
    return this.random.pick(["io", "quota-exceeded"] as const)
  }
}

class SimulatedEntryLog implements EntryLog {
  readonly #disk: SimulatedDisk
  readonly #process: SimulatedProcess
  readonly #log: MemoryEntryLog
  /** Commits under way, for `close` to wait for. */
  #underWay = 0
  #closing: (() => void)[] = []

  constructor(disk: SimulatedDisk, process: SimulatedProcess) {
    this.#disk = disk
    this.#process = process
    this.#log = new MemoryEntryLog({ disk: disk.content })
  }

  open(): Promise<void> {
    return this.#afterwards(() => this.#log.open())
  }

  async close(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#closing.push(resolve))
    await this.#log.close()
  }

  documents(prefix?: string): Promise<DocumentId[]> {
    return this.#afterwards(() => this.#log.documents(prefix))
  }

  head(documentId: DocumentId): ReturnType<EntryLog["head"]> {
    return this.#afterwards(() => this.#log.head(documentId))
  }

  read(documentId: DocumentId, after: number, limits?: PageLimits): Promise<Page> {
    return this.#afterwards(async () => {
      const page = await this.#log.read(documentId, after, limits)
      if (page.kind === "compacted") this.#disk.observer.compactedPage?.()
      if (page.kind === "compacted" && this.#disk.options.ignoresBase === true) {
        return this.#log.read(documentId, page.head.base, limits)
      }
      return page
    })
  }

  snapshot(documentId: DocumentId): Promise<StoredSnapshot | undefined> {
    return this.#afterwards(() => this.#log.snapshot(documentId))
  }

  outbox(documentId: DocumentId, after?: number): Promise<OutboxRow[]> {
    return this.#afterwards(() => this.#log.outbox(documentId, after))
  }

  pendingDocuments(): Promise<DocumentId[]> {
    return this.#afterwards(() => this.#log.pendingDocuments())
  }

  record(key: string): Promise<Uint8Array | undefined> {
    return this.#afterwards(() => this.#log.record(key))
  }

  recordKeys(prefix: string, page?: KeysPage): Promise<string[]> {
    return this.#afterwards(() => this.#log.recordKeys(prefix, page))
  }

  changes(query: ChangesQuery): Promise<ChangesPage> {
    return this.#afterwards(() => this.#log.changes(query))
  }

  purge(documentIds: readonly DocumentId[]): Promise<void> {
    return this.#afterwards(() => this.#log.purge(documentIds))
  }

  commit(changes: readonly Change[]): Promise<readonly Applied[]> {
    const disk = this.#disk
    const failure = disk.nextFailure()
    const delay = disk.reserve()
    this.#underWay++
    disk.begin()
    // A copy: what the caller does with its array afterwards is its own affair.
    const batch = [...changes]
    return new Promise((resolve, reject) => {
      const finish = (done: () => void): void => {
        disk.end()
        disk.clock.schedule(disk.random.chance(0.5) ? 0 : disk.random.fraction() * 2, () => {
          this.#process.enter(() => {
            this.#underWay--
            done()
            if (this.#underWay === 0) for (const go of this.#closing.splice(0)) go()
          })
        })
      }
      if (disk.options.acknowledgesEarly === true) this.#acknowledge(batch, resolve, reject)
      disk.clock.schedule(delay, () => {
        // A frozen process has handed its commit over: only death takes it back.
        if (!this.#process.alive) {
          disk.end()
          return
        }
        if (failure !== undefined) {
          finish(() => {
            disk.observer.failed(disk, failure)
            reject(new StorageError(failure, `simulated failure of ${disk.name}`))
          })
          return
        }
        void this.#apply(batch).then(
          (applied) => finish(() => resolve(applied)),
          (cause: unknown) => finish(() => reject(cause)),
        )
      })
    })
  }

  async #apply(batch: readonly Change[]): Promise<readonly Applied[]> {
    const applied = await this.#log.commit(batch)
    this.#disk.observer.durable(this.#disk, batch, applied)
    return applied
  }

  /** The control that answers from a copy, before anything is durable. */
  #acknowledge(changes: readonly Change[], resolve: (applied: readonly Applied[]) => void, reject: (cause: unknown) => void): void {
    const copy = new MemoryEntryLog({ disk: this.#disk.backup() })
    void copy
      .open()
      .then(() => copy.commit(changes))
      .then(resolve, reject)
  }

  async #afterwards<T>(read: () => Promise<T>): Promise<T> {
    const { clock, random, options } = this.#disk
    if (options.readMs === 0) return read()
    return new Promise<T>((resolve, reject) => {
      clock.schedule(random.fraction() * options.readMs, () => {
        if (!this.#process.alive) return
        read().then(
          (value) => this.#process.enter(() => resolve(value)),
          (cause: unknown) => this.#process.enter(() => reject(cause)),
        )
      })
    })
  }
}
