import { type BlobHash, type DocumentId, mintId, type RowId } from "@polylogue/protocol"
import type { Applied, Change, EntryLog, NewOutboxRow, OutboxRow } from "@polylogue/storage"
import { Backoff } from "./backoff.ts"
import type { Environment } from "./environment.ts"
import { erasureChange } from "./erasing/erasure-record.ts"
import { codeOf, isOfOneDocument, ReplicaError } from "./errors.ts"
import { joinStrings } from "./join-strings.ts"
import { hasStruct, mergeInOrder, structRanges, type StructRanges } from "./update.ts"

/*
 * The way of a local update to the disk. Per document a queue; per replica one commit at a time, which takes all that is queued:
 *
 *   Y.Doc ─ add ─▶ queued ─▶ one row per document ─▶ store.commit ─▶ written (other tabs and the socket hear of it here)
 *                    ▲                                    │
 *                    └──────── failed: back to the head ──┘
 *
 * Yjs hides everything that follows a missing update, at every reader, so a later update never overtakes one that failed: it joins it.
 * What failed may be on the disk all the same, which is why a retry takes fresh row ids: under an old id the store would keep the old bytes.
 */

interface Queued {
  readonly update: Uint8Array
  readonly ranges: StructRanges
  readonly serial: number
  /** How often the document had been reset when the update was made. */
  readonly resets: number
  /** The update erases for good, and so stands in a row of its own. */
  readonly erasure?: QueuedErasure | undefined
}

/** What is known of a queued update that erases. */
export interface QueuedErasure {
  readonly blobs: readonly BlobHash[]
  /** Told the row that the erasure has become, when it is durable. */
  written(row: RowId): void
}

interface Batch {
  readonly documentId: DocumentId
  readonly queued: readonly Queued[]
}

interface Waiter {
  readonly documentId: DocumentId
  readonly serial: number
  resolve(): void
  reject(error: Error): void
}

/** What a {@link Flush} tells its owner. */
export interface FlushOwner {
  /** Rows are durable, `replaced` is gone from the outbox in the same commit. Called in commit order, before anybody waiting for them resumes. */
  written(documentId: DocumentId, rows: readonly OutboxRow[], replaced: readonly RowId[]): void
  /** The document was reset by another tab: what is queued of it can never be written, and has to be replaced. */
  outdated(documentId: DocumentId): void
  /** How the write at the head stands: the error of its last attempt, `undefined` once it went through. */
  failing(error: unknown): void
  /** Rows at the end of the document's outbox that were never sent and may be joined with the next one; mostly none. */
  joinable(documentId: DocumentId): Promise<readonly OutboxRow[]>
  /** Whether the rows that `joinable` gave last are gone, which `written` has told, or stay as they are. */
  unclaimed(documentId: DocumentId): void
  /** The number of updates in memory changed. */
  changed(documentId: DocumentId): void
}

/** Queues local updates and writes them to the outbox in order. See the picture above. */
export class Flush {
  readonly #environment: Environment
  readonly #store: EntryLog
  readonly #owner: FlushOwner
  readonly #backoff: Backoff
  readonly #queues = new Map<DocumentId, Queued[]>()
  /** Documents that another tab has reset: their queues wait to be discarded. */
  readonly #outdated = new Set<DocumentId>()
  readonly #tasks: (() => Promise<void>)[] = []
  #waiters: Waiter[] = []
  #serial = 0
  #running: Promise<void> | undefined
  #failing = false
  #stopped = false
  #gaveUp = false

  constructor(environment: Environment, owner: FlushOwner) {
    this.#environment = environment
    this.#store = environment.store
    this.#owner = owner
    this.#backoff = new Backoff({ ...environment, ...environment.limits })
  }

  /** Queues one update of `documentId`; it is written after the running turn at the earliest. Never awaits: Yjs calls inside a transaction. */
  add(documentId: DocumentId, update: Uint8Array, resets: number, erasure?: QueuedErasure): void {
    if (this.#stopped) return
    const queue = this.#queues.get(documentId) ?? []
    this.#queues.set(documentId, queue)
    queue.push({ update, ranges: structRanges(update), serial: ++this.#serial, resets, erasure })
    this.#owner.changed(documentId)
    this.#start()
  }

  /** Updates of `documentId` that are in memory only. */
  countOf(documentId: DocumentId): number {
    return this.#queues.get(documentId)?.length ?? 0
  }

  /** The updates of `documentId` that are in memory only, in order. */
  unwritten(documentId: DocumentId): readonly Uint8Array[] {
    return this.#queues.get(documentId)?.map(({ update }) => update) ?? []
  }

  /** Whether an update in memory brings the struct at (`client`, `clock`). */
  brings(documentId: DocumentId, client: number, clock: number): boolean {
    return this.#queues.get(documentId)?.some(({ ranges }) => hasStruct(ranges, client, clock)) ?? false
  }

  /** Grows with each update of `documentId` that is in memory only; 0 when there is none. */
  lastOf(documentId: DocumentId): number {
    return this.#queues.get(documentId)?.at(-1)?.serial ?? 0
  }

  /** Resolves when every update of `documentId` added so far is durable; rejects when it was discarded, or the flush stopped before. */
  written(documentId: DocumentId): Promise<void> {
    const serial = this.#queues.get(documentId)?.at(-1)?.serial
    if (serial === undefined) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiters.push({ documentId, serial, resolve, reject }))
  }

  /** Runs `task` while no commit of this flush is under way; its failure is the caller's alone. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject))
      this.#backoff.wake()
      this.#start()
    })
  }

  /** Documents whose queued updates cannot be written, for another tab has emptied them. */
  outdated(): readonly DocumentId[] {
    return [...this.#outdated]
  }

  /** Forgets the queued updates of `documentId`, whose text its caller has kept aside; who waits for them gets `error`. */
  discard(documentId: DocumentId, error: Error): void {
    this.#queues.delete(documentId)
    this.#outdated.delete(documentId)
    this.#reject((waiter) => waiter.documentId === documentId, error)
    this.#owner.changed(documentId)
  }

  /** Tries the write that failed again at once. */
  wake(): void {
    this.#backoff.wake()
  }

  /** Takes nothing more; resolves when all is written, or at the next failed write. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#backoff.wake()
    while (this.#running !== undefined) await this.#running
    this.#reject(() => true, new ReplicaError("closed", "the replica was closed before the update was written"))
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (this.#tasks.length > 0 || (this.#writable().length > 0 && !this.#gaveUp)) this.#start()
    })
  }

  async #run(): Promise<void> {
    await this.#collect()
    for (;;) {
      const task = this.#tasks.shift()
      if (task !== undefined) await task()
      else if (this.#writable().length === 0) return this.#recovered()
      else if (!(await this.#write())) {
        this.#gaveUp = this.#stopped
        if (this.#gaveUp) return
        await this.#backoff.wait()
      }
    }
  }

  /** Nothing is left to be written: what failed was written, or discarded. */
  #recovered(): void {
    if (!this.#failing) return
    this.#failing = false
    this.#owner.failing(undefined)
  }

  #collect(): Promise<void> {
    const { clock, limits } = this.#environment
    if (limits.flushWindowMs === 0) return Promise.resolve()
    return new Promise((resolve) => clock.setTimer(resolve, limits.flushWindowMs))
  }

  /** One commit of all that is queued; false when something failed, which is then still at the head of its queue. */
  async #write(): Promise<boolean> {
    // A store that a newer app closed, or that is in doubt after a failure, may be opened again.
    if (this.#failing) await this.#environment.reopen()
    const taken = this.#writable().map(([documentId, queue]) => ({ documentId, queued: [...queue] }))
    const together = await this.#commit(taken)
    const error = isOfOneDocument(together) ? await this.#writeApart(taken, together) : together
    if (error !== undefined || this.#failing) this.#owner.failing(error)
    this.#failing = error !== undefined
    if (!this.#failing) this.#backoff.reset()
    return !this.#failing
  }

  /** A document whose stored bytes are damaged, or that was reset, holds up itself alone. */
  async #writeApart(taken: readonly Batch[], together: unknown): Promise<unknown> {
    let failure: unknown
    for (const batch of taken) {
      const error = taken.length === 1 ? together : await this.#commit([batch])
      if (codeOf(error) === "reset") {
        this.#outdated.add(batch.documentId)
        this.#owner.outdated(batch.documentId)
      } else failure = error ?? failure
    }
    return failure
  }

  #writable(): [DocumentId, Queued[]][] {
    return [...this.#queues].filter(([documentId]) => !this.#outdated.has(documentId))
  }

  /** Writes `batches`, all or none; what it failed with, or `undefined`. */
  async #commit(batches: readonly Batch[], joining = true): Promise<unknown> {
    let changes: Outgoing[]
    let applied: readonly Applied[]
    try {
      changes = await Promise.all(batches.map((batch) => this.#outgoing(batch.documentId, batch.queued, joining)))
      applied = await this.#store.commit([...changes.map(({ change }) => change), ...changes.flatMap(({ records }) => records)])
    } catch (error) {
      for (const { documentId } of batches) this.#owner.unclaimed(documentId)
      // Another tab has written since, perhaps upon the rows that were to be joined: in one row they would go behind it.
      if (joining && codeOf(error) === "outbox-grown") return this.#commit(batches, false)
      return error ?? new Error("the store failed without saying why")
    }
    for (const [index, { documentId, queued }] of batches.entries()) {
      this.#dequeue(documentId, queued.length)
      this.#owner.written(documentId, applied[index]!.rows, changes[index]!.replaced)
      this.#owner.unclaimed(documentId)
      for (const [row, erasure] of changes[index]!.erasures) erasure.written(row)
      this.#owner.changed(documentId)
      const last = queued.at(-1)!.serial
      this.#resolve((waiter) => waiter.documentId === documentId && waiter.serial <= last)
    }
    return undefined
  }

  async #outgoing(documentId: DocumentId, queued: readonly Queued[], joining: boolean): Promise<Outgoing> {
    const joined = joining ? await this.#owner.joinable(documentId) : []
    const rows: NewOutboxRow[] = []
    const erasures = new Map<RowId, QueuedErasure>()
    for (const group of this.#groups([...joined, ...queued])) {
      const row = mintId(this.#environment.randomBytes)
      const [{ erasure }] = group
      if (erasure !== undefined) erasures.set(row, erasure)
      const update = joinStrings(mergeInOrder(group.map((one) => one.update)))
      rows.push({ row, update, handOver: false, ...(erasure && { erases: erasure.blobs }) })
    }
    const replaced = joined.map(({ row }) => row)
    const { resets } = queued[0]!
    const outboxEnd = joined.at(-1)?.order
    const change = { type: "outbox", documentId, rows, settled: replaced, resets, ...(outboxEnd !== undefined && { outboxEnd }) } as const
    const records = [...erasures.keys()].map((row) => erasureChange(documentId, row, { stamp: undefined, done: [] }))
    return { change, replaced, records, erasures }
  }

  /** What becomes one row each: updates that follow each other, up to a size, and each erasure alone. */
  #groups(list: readonly Joinable[]): (readonly [Joinable, ...Joinable[]])[] {
    const groups: [Joinable, ...Joinable[]][] = []
    let bytes = 0
    for (const next of list) {
      const last = groups.at(-1)
      bytes += next.update.length
      const alone = last === undefined || next.erasure !== undefined || last[0].erasure !== undefined
      if (!alone && bytes <= this.#environment.limits.maxBatchBytes) last.push(next)
      else {
        groups.push([next])
        bytes = next.update.length
      }
    }
    return groups
  }

  #dequeue(documentId: DocumentId, count: number): void {
    const queue = this.#queues.get(documentId)
    queue?.splice(0, count)
    if (queue?.length === 0) this.#queues.delete(documentId)
  }

  #resolve(matches: (waiter: Waiter) => boolean): void {
    const done = this.#waiters.filter(matches)
    this.#waiters = this.#waiters.filter((waiter) => !matches(waiter))
    for (const waiter of done) waiter.resolve()
  }

  #reject(matches: (waiter: Waiter) => boolean, error: Error): void {
    const failed = this.#waiters.filter(matches)
    this.#waiters = this.#waiters.filter((waiter) => !matches(waiter))
    for (const waiter of failed) waiter.reject(error)
  }
}

type Joinable = Pick<Queued, "update" | "erasure">

interface Outgoing {
  readonly change: Change
  readonly replaced: readonly RowId[]
  /** What is remembered of the erasures among the rows. */
  readonly records: readonly Change[]
  readonly erasures: ReadonlyMap<RowId, QueuedErasure>
}
