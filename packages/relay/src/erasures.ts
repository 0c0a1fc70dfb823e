import { decodeVersionVector, type DocumentId, encodeVersionVector, type Stamp, type VersionVector } from "@polylogue/protocol"
import { doubledMs } from "./doubling.ts"
import { codeOf, RelayError } from "./errors.ts"
import type { BlobEraser } from "./options.ts"
import type { RelayCore } from "./relay-core.ts"
import type { Room } from "./room.ts"
import type { Rooms } from "./rooms.ts"

/*
 * An erasure is an entry like any other until it is durable. Then it is carried out, here and at every other relay and replica:
 *
 *   accepted ─> pending (a record, durable no later than the entry) ─> the whole log becomes a snapshot without the content
 *            ─> its blobs ─> the store's files ─> done (a record: up to which vector) ─> every session of the document is told
 *
 * What a crash interrupts begins again at the next start; every step may be done twice. Rows go on being accepted: what the door takes in after
 * an erasure has no erased content (`redactUpdate`), so nothing has to wait.
 *
 *   erasing/<documentId> = nothing          erased/<documentId> = version vector
 */

const PENDING = "erasing/"
const DONE = "erased/"
/** Documents whose files are rewritten together: a purge reads and writes much more than they have. */
const MAX_BATCH = 64
/** Failures of one document, by no fault that passes, after which it is closed to everybody: it would go on showing what is to be erased. */
const MAX_FAILURES = 3
/** Waits between attempts, doubled from the first to the last. */
const FIRST_WAIT_MS = 50
const LAST_WAIT_MS = 60_000
/** Failures that say nothing of the document. */
const PASSING = new Set(["closed", "io", "unavailable", "overloaded", "quarantined", "stale-compaction"])

/** Erasures of one document, counted: what is accepted is durable later, and carried out later still. */
interface Pending {
  accepted: number
  durable: number
  carriedOut: number
  failures: number
}

interface CarriedOut {
  readonly documentId: DocumentId
  readonly vector: VersionVector
  /** How many were durable before the document was read. */
  readonly erasures: number
}

/** The erasures of one relay: which are pending, and carrying them out, one batch of documents at a time. */
export class Erasures {
  readonly #core: () => RelayCore
  readonly #blobs: BlobEraser | undefined
  readonly #pending = new Map<DocumentId, Pending>()
  readonly #done = new Set<DocumentId>()
  #rooms: Rooms | undefined
  #running = false
  #attempts = 0
  #cancelRetry: (() => void) | undefined
  #closed = false

  constructor(core: () => RelayCore, blobs: BlobEraser | undefined) {
    this.#core = core
    this.#blobs = blobs
  }

  /** Takes up what earlier starts left undone. @throws StorageError */
  async start(rooms: Rooms): Promise<void> {
    this.#rooms = rooms
    const [pending, done] = await this.#core().store.read((log) => Promise.all([log.recordKeys(PENDING), log.recordKeys(DONE)]))
    for (const key of done) this.#done.add(key.slice(DONE.length))
    for (const key of pending) this.#pending.set(key.slice(PENDING.length), { accepted: 1, durable: 1, carriedOut: 0, failures: 0 })
  }

  /** Goes on with it, once those can be told who wait for it. */
  begin(): void {
    this.#go()
  }

  /** Documents with erasures that this relay has accepted and not carried out, in the order in which they came. */
  get pending(): DocumentId[] {
    return [...this.#pending.keys()]
  }

  isPending(documentId: DocumentId): boolean {
    return this.#pending.has(documentId)
  }

  /** Whether erasures of the document were ever carried out here. */
  isDone(documentId: DocumentId): boolean {
    return this.#done.has(documentId)
  }

  /** An erasure is about to be appended: it is remembered no later than it is durable. `stamp` is that of the entry that it is, if it is one. */
  announce(documentId: DocumentId, stamp: Stamp | undefined): void {
    if (stamp !== undefined) this.#core().links.erasureReports.announce(documentId, stamp)
    const pending = this.#pending.get(documentId) ?? { accepted: 0, durable: 0, carriedOut: 0, failures: 0 }
    pending.accepted++
    this.#pending.set(documentId, pending)
    void this.#write(PENDING + documentId, new Uint8Array())
  }

  /** An erasure is durable. */
  durable(documentId: DocumentId): void {
    const pending = this.#pending.get(documentId)
    if (pending !== undefined) pending.durable++
    this.#go()
  }

  /**
   * What was accepted of a document will not be told to be durable, for its room failed; the store may have it all the same. Carried out is what it
   * has then.
   */
  abandoned(documentId: DocumentId): void {
    const pending = this.#pending.get(documentId)
    if (pending === undefined || pending.durable === pending.accepted) return
    pending.durable = pending.accepted
    this.#go()
  }

  /** The vector up to which the erasures of a document are carried out here; `undefined` when none was. @throws StorageError */
  async carriedOut(documentId: DocumentId): Promise<VersionVector | undefined> {
    if (!this.#done.has(documentId)) return undefined
    const value = await this.#core().store.read((log) => log.record(DONE + documentId))
    return value === undefined ? undefined : decodeVersionVector(value)
  }

  /** Begins nothing more. */
  close(): void {
    this.#closed = true
    this.#cancelRetry?.()
  }

  #go(): void {
    if (!this.#running && !this.#closed) void this.#run()
  }

  async #run(): Promise<void> {
    this.#running = true
    const failed = new Set<DocumentId>()
    for (let batch = this.#due(failed); batch.length > 0 && !this.#closed; batch = this.#due(failed)) {
      const done = await this.#carryOut(batch)
      for (const documentId of batch) if (!done.has(documentId)) failed.add(documentId)
    }
    this.#running = false
    this.#attempts = failed.size > 0 ? this.#attempts + 1 : 0
    if (failed.size > 0 && !this.#closed) this.#retryLater()
  }

  #due(failed: ReadonlySet<DocumentId>): DocumentId[] {
    const due = [...this.#pending].filter(([id, { durable, carriedOut }]) => durable > carriedOut && !failed.has(id))
    return due.slice(0, MAX_BATCH).map(([documentId]) => documentId)
  }

  #retryLater(): void {
    this.#cancelRetry?.()
    const delayMs = doubledMs(FIRST_WAIT_MS, LAST_WAIT_MS, this.#attempts)
    this.#cancelRetry = this.#core().clock.setTimer(() => this.#go(), delayMs)
  }

  /** Those of `documents` that are done. */
  async #carryOut(documents: readonly DocumentId[]): Promise<ReadonlySet<DocumentId>> {
    const rewritten: CarriedOut[] = []
    for (const documentId of documents) {
      const done = await this.#rewrite(documentId)
      if (done !== undefined) rewritten.push(done)
    }
    const ids = rewritten.map(({ documentId }) => documentId)
    if (rewritten.length === 0 || this.#closed) return new Set()
    try {
      await this.#core().store.purge(ids)
    } catch (error) {
      this.#report("erasure", error)
      return new Set()
    }
    for (const done of rewritten) this.#finish(done)
    return new Set(ids)
  }

  /** The document without its erased content, in the store and among the blobs. */
  async #rewrite(documentId: DocumentId): Promise<CarriedOut | undefined> {
    const pending = this.#pending.get(documentId)!
    const erasures = pending.durable
    let room: Room | undefined
    try {
      room = await this.#rooms!.room(documentId)
      const vector = await this.#core().compactions.compactWhole(room)
      const snapshot = await this.#core().store.read((log) => log.snapshot(documentId))
      const blobs = snapshot?.erased?.blobs ?? []
      if (blobs.length > 0) await this.#blobs?.erase(documentId, blobs)
      pending.failures = 0
      return { documentId, vector, erasures }
    } catch (error) {
      const code = codeOf(error)
      if (code !== "quarantined") this.#report("erasure", error)
      if (PASSING.has(code ?? "")) return undefined
      pending.failures++
      if (code === "unsound" || pending.failures >= MAX_FAILURES)
        room?.failed(error instanceof RelayError ? error : new RelayError("unsound", "an erasure cannot be carried out", { cause: error }))
      return undefined
    }
  }

  #finish({ documentId, vector, erasures }: CarriedOut): void {
    const { counters, events, links } = this.#core()
    this.#done.add(documentId)
    // Told to nobody before it is known for good: who asks later is answered from the disk.
    const written = this.#write(DONE + documentId, encodeVersionVector(vector))
    const pending = this.#pending.get(documentId)!
    pending.carriedOut = erasures
    // One that was accepted meanwhile, durable or not, stays pending: its turn comes.
    if (pending.accepted === erasures) {
      this.#pending.delete(documentId)
      void this.#write(PENDING + documentId, null)
    }
    counters.erasuresCarriedOut++
    events({ type: "erased", documentId })
    void written.then(() => links.erasureReports.carriedOut(documentId, vector))
  }

  /** Resolves once it is durable; what cannot be written is reported. */
  async #write(key: string, value: Uint8Array | null): Promise<void> {
    try {
      await this.#core().committer.write({ type: "record", key, value }, () => undefined)
    } catch (error) {
      this.#report("erasure-record", error)
    }
  }

  #report(where: string, error: unknown): void {
    if (!this.#closed && codeOf(error) !== "closed") this.#core().events({ type: "failed", where, error })
  }
}
