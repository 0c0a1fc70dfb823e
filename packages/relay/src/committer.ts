import type { DocumentId } from "@polylogue/protocol"
import type { Applied, Change, NewLogItem } from "@polylogue/storage"
import { codeOf, RelayError } from "./errors.ts"
import type { RelayEvents } from "./events.ts"
import type { RelayLimits } from "./limits.ts"
import { backoffMs, type Store } from "./store.ts"
import type { Ticker } from "./ticker.ts"

/*
 * Group commit: one commit at a time, of all that was appended since the one before it began.
 *
 *   append ─> collecting ──end of tick, none under way──> writing ──durable──> each target told, then the tick is flushed
 *                 ^                                          │
 *                 └── what comes meanwhile                   └─failed─> reopen the store, write the same again, with backoff;
 *                                                                       a second failure: document by document
 *
 * Nothing is told before its commit has resolved, and nothing is dropped but what its own document's store refuses: that fails
 * its target alone. Entries that an attempt wrote after all are left out by the store the next time, for their stamps are known.
 */

/** Whose items these are: a room. */
export interface CommitTarget {
  readonly documentId: DocumentId
  /** Its items are durable. Called in the order of appends; awaited before the next commit. */
  committed(applied: Applied, items: readonly NewLogItem[]): Promise<void> | void
  /** Its items cannot be written, and none of it is under way any more. */
  failed(error: unknown): void
}

/** An item that waits to be written. */
interface Append {
  readonly item: NewLogItem
  /** What was reserved for it as a row; `undefined` for what came from another relay. */
  readonly rowBytes: number | undefined
}

interface Job {
  readonly change: Change
  /** Of the rows in it, and their number: what was reserved for them. */
  readonly bytes: number
  readonly rows: number
  failures: number
  done(applied: Applied): Promise<void> | void
  failed(error: unknown): void
}

/** Codes that speak of one document, not of the store. */
const OF_ONE_DOCUMENT = new Set(["gap", "corrupt", "stale-compaction"])
/** Failures of one document, while the store takes other writes, after which it fails alone. */
const MAX_FAILURES = 3
/** A record that is removed, though it was never there, to see whether the store writes. */
const PROBE = "relay/probe"

/** Writes what all rooms append. */
export class Committer {
  readonly #store: Store
  readonly #ticker: Ticker
  readonly #limits: RelayLimits
  readonly #events: RelayEvents
  #appends = new Map<CommitTarget, Append[]>()
  #others: Job[] = []
  readonly #writing = new Set<CommitTarget>()
  #running: Promise<void> | undefined
  #queuedBytes = 0
  #queuedRows = 0
  #commits = 0
  #failedAttempts = 0
  /** When the first append came that no batch has taken yet. */
  #oldestAt: number | undefined
  /** Of the batch being written. */
  #durable = { rows: 0, bytes: 0 }
  #failed: () => void = () => undefined
  #closed = false

  constructor(store: Store, ticker: Ticker, limits: RelayLimits, events: RelayEvents) {
    this.#store = store
    this.#ticker = ticker
    this.#limits = limits
    this.#events = events
  }

  /** Whether the last attempt to write failed. */
  get failing(): boolean {
    return this.#failedAttempts > 0
  }

  get stats(): { readonly queuedBytes: number; readonly queuedRows: number; readonly commits: number } {
    return { queuedBytes: this.#queuedBytes, queuedRows: this.#queuedRows, commits: this.#commits }
  }

  /** `failed` is called each time that an attempt to write has failed: what was being written goes on being tried. */
  onFailure(failed: () => void): void {
    this.#failed = failed
  }

  /** Takes a row of `bytes` into account, from its door to its commit; `false` when it no longer fits the bounds of what waits. */
  reserve(bytes: number): boolean {
    const fits = this.#queuedRows < this.#limits.maxQueuedRows && this.#queuedBytes + bytes <= this.#limits.maxQueuedBytes
    // A single row goes whatever its size, or it would never go.
    if (!fits && this.#queuedRows > 0) return false
    this.#queuedBytes += bytes
    this.#queuedRows++
    return true
  }

  /** Rows that were reserved wait no more. */
  release(bytes: number, rows: number): void {
    this.#queuedBytes -= bytes
    this.#queuedRows -= rows
  }

  /**
   * Queues `item` behind all that `target` appended before. Of a row `rowBytes` have been reserved; they are released when it was written or failed.
   */
  append(target: CommitTarget, item: NewLogItem, rowBytes?: number): void {
    const appends = this.#appends.get(target)
    if (rowBytes !== undefined) this.#oldestAt ??= this.#store.monotonic()
    if (appends === undefined) this.#appends.set(target, [{ item, rowBytes }])
    else appends.push({ item, rowBytes })
    this.#start()
  }

  /**
   * Writes a change that is no append, in the same order. `done` is called before anything that was written later is told.
   * @throws StorageError of its own document; RelayError `closed`.
   */
  write(change: Change, done: (applied: Applied) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const written = (applied: Applied): void => {
        done(applied)
        resolve()
      }
      this.#others.push({ change, bytes: 0, rows: 0, failures: 0, done: written, failed: reject })
      this.#start()
    })
  }

  /** Whether items of `target` wait or are being written. */
  holds(target: CommitTarget): boolean {
    return this.#appends.has(target) || this.#writing.has(target)
  }

  /** Resolves when nothing waits to be written. */
  async idle(): Promise<void> {
    while (this.#appends.size > 0 || this.#others.length > 0 || this.#running !== undefined) {
      this.#ticker.flush()
      await this.#running
    }
  }

  /** Writes nothing more. What waits was never acknowledged. */
  async close(): Promise<void> {
    this.#closed = true
    this.#store.stop()
    await this.#running
    for (const job of this.#take(Infinity)) job.failed(new RelayError("closed", "the relay was closed"))
  }

  #start(): void {
    if (this.#running === undefined) this.#ticker.schedule(this.#run)
  }

  readonly #run = (): void => {
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined
      if (!this.#closed && (this.#appends.size > 0 || this.#others.length > 0)) this.#start()
    })
  }

  async #writeAll(): Promise<void> {
    while (!this.#closed) {
      const jobs = this.#take(this.#limits.maxCommitBytes)
      if (jobs.length === 0) return
      const since = this.#oldestAt
      if (this.#appends.size === 0) this.#oldestAt = undefined
      this.#durable = { rows: 0, bytes: 0 }
      await this.#write(jobs)
      if (since !== undefined && this.#durable.rows > 0)
        this.#events({ type: "committed", ...this.#durable, lagMs: this.#store.monotonic() - since })
      this.#ticker.flush()
    }
  }

  #take(maxBytes: number): Job[] {
    const jobs = this.#others
    this.#others = []
    let bytes = 0
    for (const [target, appends] of this.#appends) {
      if (bytes >= maxBytes) break
      this.#appends.delete(target)
      jobs.push(this.#jobOf(target, appends))
      for (const { item } of appends) bytes += (item.kind === "entry" ? item.entry : item.snapshot).update.length
    }
    return jobs
  }

  #jobOf(target: CommitTarget, appends: readonly Append[]): Job {
    const items = appends.map(({ item }) => item)
    this.#writing.add(target)
    return {
      change: { type: "append", documentId: target.documentId, items },
      ...reservedFor(appends),
      failures: 0,
      done: async (applied) => {
        this.#writing.delete(target)
        await target.committed(applied, items)
      },
      failed: (error) => {
        this.#writing.delete(target)
        // What it appended since builds on what just failed.
        const { bytes, rows } = reservedFor(this.#appends.get(target) ?? [])
        this.#appends.delete(target)
        this.release(bytes, rows)
        target.failed(error)
      },
    }
  }

  async #write(jobs: readonly Job[]): Promise<void> {
    let waiting = jobs
    for (let attempt = 0; waiting.length > 0 && !this.#closed; attempt++) {
      try {
        const applied = await this.#store.commit(waiting.map(({ change }) => change))
        this.#succeeded()
        for (const [index, job] of waiting.entries()) await this.#done(job, applied[index]!)
        return
      } catch (error) {
        if (this.#closed) break
        const ofOne = OF_ONE_DOCUMENT.has(codeOf(error) ?? "")
        if (!ofOne) await this.#failedOnce(error)
        if (ofOne || attempt > 0) waiting = await this.#writeOneByOne(waiting)
        if (!ofOne && waiting.length > 0) await this.#store.wait(backoffMs(attempt))
      }
    }
    for (const job of waiting) this.#fail(job, new RelayError("closed", "the relay was closed"))
  }

  /** Each document on its own; returns those that have to be tried again. */
  async #writeOneByOne(jobs: readonly Job[]): Promise<Job[]> {
    const rest: Job[] = []
    for (const [index, job] of jobs.entries()) {
      if (this.#closed) return [...rest, ...jobs.slice(index)]
      try {
        const [applied] = await this.#store.commit([job.change])
        this.#succeeded()
        await this.#done(job, applied!)
      } catch (error) {
        if (OF_ONE_DOCUMENT.has(codeOf(error) ?? "")) {
          this.#fail(job, error)
          continue
        }
        await this.#failedOnce(error)
        job.failures++
        if (job.failures >= MAX_FAILURES && (await this.#storeWrites())) this.#fail(job, error)
        // What a record announces (an erasure to be carried out) may not be durable before it, or a crash would forget it.
        else if (job.change.type === "record") return [...rest, ...jobs.slice(index)]
        else rest.push(job)
      }
    }
    return rest
  }

  /** Whether the store takes anything at all: then what it refuses again and again is the document's own fault. */
  async #storeWrites(): Promise<boolean> {
    try {
      await this.#store.commit([{ type: "record", key: PROBE, value: null }])
      this.#succeeded()
      return true
    } catch {
      // The answer is no; the failure of the document itself was reported.
      return false
    }
  }

  async #done(job: Job, applied: Applied): Promise<void> {
    this.release(job.bytes, job.rows)
    this.#durable.rows += job.rows
    this.#durable.bytes += job.bytes
    try {
      await job.done(applied)
    } catch (error) {
      // It is durable; its room could not take that in, and fails alone.
      job.failed(error)
    }
  }

  #fail(job: Job, error: unknown): void {
    this.release(job.bytes, job.rows)
    job.failed(error)
  }

  async #failedOnce(error: unknown): Promise<void> {
    this.#failedAttempts++
    this.#events({ type: "commit-failed", attempt: this.#failedAttempts, error })
    this.#failed()
    await this.#store.reopen()
  }

  #succeeded(): void {
    this.#commits++
    if (this.#failedAttempts === 0) return
    this.#events({ type: "store-recovered", attempts: this.#failedAttempts })
    this.#failedAttempts = 0
  }
}

/** What was reserved for the rows among `appends`. */
function reservedFor(appends: readonly Append[]): { readonly bytes: number; readonly rows: number } {
  const rows = appends.flatMap(({ rowBytes }) => rowBytes ?? [])
  return { bytes: rows.reduce((sum, bytes) => sum + bytes, 0), rows: rows.length }
}
