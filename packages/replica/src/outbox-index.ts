import type { DocumentId, RowId } from "@polylogue/protocol"
import type { EntryLog, OutboxRow } from "@polylogue/storage"
import { hasStruct, structRanges, type StructRanges } from "./update.ts"

interface Waiter {
  readonly rows: Set<RowId>
  resolve(): void
  reject(error: Error): void
}

/** Row ids that are remembered after they were removed: a reader that began before may still bring them. */
const REMEMBERED_REMOVALS = 8192

/** What happened to a document's rows while they were being read. */
interface Refresh {
  readonly added: Map<RowId, StructRanges>
}

/**
 * What is known of the outbox of every document: which rows wait and which structs they bring, not their bytes. The store is the truth; this
 * is kept up by what this tab does and re-read when another tab says that it did something.
 */
export class OutboxIndex {
  readonly #store: EntryLog
  readonly #changed: (documentId: DocumentId) => void
  readonly #documents = new Map<DocumentId, Map<RowId, StructRanges>>()
  readonly #waiters = new Map<DocumentId, Set<Waiter>>()
  /** One refresh of a document at a time: two that overlap could each take back what the other has found. */
  readonly #turns = new Map<DocumentId, Promise<void>>()
  readonly #refreshes = new Map<DocumentId, Refresh>()
  readonly #removed = new Set<RowId>()
  /** How many documents with rows there are at a path and below it. */
  readonly #below = new Map<string, number>()
  #count = 0

  constructor(store: EntryLog, changed: (documentId: DocumentId) => void) {
    this.#store = store
    this.#changed = changed
  }

  /** Rows that wait, over all documents. */
  get count(): number {
    return this.#count
  }

  /** Documents with rows that wait. */
  documents(): Iterable<DocumentId> {
    return this.#documents.keys()
  }

  /** Whether rows wait in document `prefix` or in one below it. */
  waits(prefix: string): boolean {
    return this.#below.has(prefix)
  }

  /** Rows of one document that wait. */
  countOf(documentId: DocumentId): number {
    return this.#documents.get(documentId)?.size ?? 0
  }

  /** Whether `row` waits. */
  has(documentId: DocumentId, row: RowId): boolean {
    return this.#documents.get(documentId)?.has(row) ?? false
  }

  /** Whether a waiting row brings the struct at (`client`, `clock`). */
  brings(documentId: DocumentId, client: number, clock: number): boolean {
    for (const ranges of this.#documents.get(documentId)?.values() ?? []) if (hasStruct(ranges, client, clock)) return true
    return false
  }

  /** Reads all documents that have rows; once, at the start. */
  async load(): Promise<void> {
    for (const documentId of await this.#store.pendingDocuments()) await this.refresh(documentId)
  }

  /**
   * Reads the outbox of one document again, and returns its rows in order. `readLog` is called with them before they are taken over: it reads
   * the document's log and names the rows that it found there, for those are acknowledged; `undefined` when what was read is void: the
   * document was reset meanwhile.
   */
  refresh(
    documentId: DocumentId,
    readLog?: (rows: readonly OutboxRow[]) => Promise<readonly RowId[] | undefined>,
  ): Promise<readonly OutboxRow[]> {
    const turn = (this.#turns.get(documentId) ?? Promise.resolve()).then(() => this.#refresh(documentId, readLog))
    const done = turn.then(
      () => undefined,
      () => undefined,
    )
    this.#turns.set(documentId, done)
    void done.then(() => this.#turns.get(documentId) === done && this.#turns.delete(documentId))
    return turn
  }

  /** Rows were written. */
  add(documentId: DocumentId, rows: readonly Pick<OutboxRow, "row" | "update">[]): void {
    if (rows.length === 0) return
    const known = this.#documents.get(documentId) ?? new Map<RowId, StructRanges>()
    for (const { row, update } of rows) {
      if (known.has(row) || this.#removed.has(row)) continue
      const ranges = structRanges(update)
      known.set(row, ranges)
      this.#count++
      this.#refreshes.get(documentId)?.added.set(row, ranges)
    }
    this.#keep(documentId, known)
    this.#changed(documentId)
  }

  /** Rows are gone from the outbox: acknowledged, or replaced by rows that bring the same (those that wait for the old wait for the new). */
  remove(documentId: DocumentId, rows: readonly RowId[], replacedBy: readonly RowId[] = []): void {
    const known = this.#documents.get(documentId)
    for (const row of rows) {
      if (known?.delete(row)) this.#count--
      this.#remember(row)
      this.#refreshes.get(documentId)?.added.delete(row)
    }
    if (known !== undefined) this.#keep(documentId, known)
    for (const waiter of this.#waiters.get(documentId) ?? []) {
      const before = waiter.rows.size
      for (const row of rows) waiter.rows.delete(row)
      if (waiter.rows.size < before) for (const row of replacedBy) waiter.rows.add(row)
    }
    this.#settle(documentId)
    if (rows.length > 0) this.#changed(documentId)
  }

  /** The document was emptied and read anew: only `rows` wait. Whoever waits for others is told `error`: that they are gone is no acknowledgement. */
  restart(documentId: DocumentId, rows: readonly OutboxRow[], error: Error): void {
    this.fail(documentId, error)
    this.#become(documentId, new Map(rows.map(({ row, update }) => [row, structRanges(update)])))
  }

  /** Resolves when every row that waits now is acknowledged. */
  gone(documentId: DocumentId): Promise<void> {
    const rows = this.#documents.get(documentId)
    if (rows === undefined) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(documentId) ?? new Set()
      this.#waiters.set(documentId, waiters.add({ rows: new Set(rows.keys()), resolve, reject }))
    })
  }

  /** Whoever waits for rows of `documentId` is told that it will not happen. */
  fail(documentId: DocumentId, error: Error): void {
    const waiters = this.#waiters.get(documentId)
    this.#waiters.delete(documentId)
    for (const waiter of waiters ?? []) waiter.reject(error)
  }

  /** As `fail`, for all documents. */
  failAll(error: Error): void {
    for (const documentId of this.#waiters.keys()) this.fail(documentId, error)
  }

  async #refresh(
    documentId: DocumentId,
    readLog: ((rows: readonly OutboxRow[]) => Promise<readonly RowId[] | undefined>) | undefined,
  ): Promise<readonly OutboxRow[]> {
    const refresh: Refresh = { added: new Map() }
    this.#refreshes.set(documentId, refresh)
    try {
      const rows = await this.#store.outbox(documentId)
      if (readLog !== undefined) {
        const acknowledged = await readLog(rows)
        if (acknowledged === undefined) return rows
        this.remove(documentId, acknowledged)
      }
      const before = this.#documents.get(documentId)
      const read = rows.filter(({ row }) => !this.#removed.has(row))
      const next = new Map(read.map(({ row, update }) => [row, before?.get(row) ?? structRanges(update)]))
      for (const [row, ranges] of refresh.added) next.set(row, ranges)
      this.#become(documentId, next)
      return rows
    } finally {
      this.#refreshes.delete(documentId)
    }
  }

  #become(documentId: DocumentId, next: Map<RowId, StructRanges>): void {
    const before = this.#documents.get(documentId)
    this.#count += next.size - (before?.size ?? 0)
    for (const row of before?.keys() ?? []) if (!next.has(row)) this.#remember(row)
    this.#keep(documentId, next)
    for (const waiter of this.#waiters.get(documentId) ?? []) {
      // A row that is gone unseen may have been acknowledged, or replaced by any that is there now: the careful answer is to wait for those.
      const vanished = [...waiter.rows].filter((row) => !next.has(row))
      for (const row of vanished) waiter.rows.delete(row)
      if (vanished.length > 0) for (const row of next.keys()) waiter.rows.add(row)
    }
    this.#settle(documentId)
    this.#changed(documentId)
  }

  /** Has `rows` as those of a document; without any it is no document that waits. */
  #keep(documentId: DocumentId, rows: Map<RowId, StructRanges>): void {
    const waited = this.#documents.has(documentId)
    if (rows.size === 0) this.#documents.delete(documentId)
    else this.#documents.set(documentId, rows)
    const change = Number(rows.size > 0) - Number(waited)
    if (change === 0) return
    for (let end = documentId.length; end > 0; end = documentId.lastIndexOf("/", end - 1)) {
      const path = documentId.slice(0, end)
      const count = (this.#below.get(path) ?? 0) + change
      if (count === 0) this.#below.delete(path)
      else this.#below.set(path, count)
    }
  }

  #remember(row: RowId): void {
    this.#removed.add(row)
    if (this.#removed.size <= REMEMBERED_REMOVALS) return
    const [oldest] = this.#removed
    this.#removed.delete(oldest!)
  }

  #settle(documentId: DocumentId): void {
    const waiters = this.#waiters.get(documentId)
    for (const waiter of waiters ?? []) {
      if (waiter.rows.size > 0) continue
      waiters?.delete(waiter)
      waiter.resolve()
    }
    if (waiters?.size === 0) this.#waiters.delete(documentId)
  }
}
