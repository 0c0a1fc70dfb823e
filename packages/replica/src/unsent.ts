import type { DocumentId, RowId } from "@polylogue/protocol"
import type { OutboxRow } from "@polylogue/storage"
import type { Environment } from "./environment.ts"
import type { OutboxIndex } from "./outbox-index.ts"

/**
 * Rows that this tab wrote while it held the socket and that it never gave to one: only these may be joined, for a row once sent is never
 * changed. An hour of typing without a network then leaves a few hundred rows, not tens of thousands.
 */
export class Unsent {
  readonly #environment: Environment
  readonly #index: OutboxIndex
  readonly #documents = new Map<DocumentId, Set<RowId>>()

  constructor(environment: Environment, index: OutboxIndex) {
    this.#environment = environment
    this.#index = index
  }

  add(documentId: DocumentId, rows: readonly OutboxRow[]): void {
    const known = this.#documents.get(documentId) ?? new Set()
    this.#documents.set(documentId, known)
    for (const { row } of rows) known.add(row)
  }

  remove(documentId: DocumentId, rows: readonly RowId[]): void {
    const known = this.#documents.get(documentId)
    for (const row of rows) known?.delete(row)
    if (known?.size === 0) this.#documents.delete(documentId)
  }

  has(documentId: DocumentId, row: RowId): boolean {
    return this.#documents.get(documentId)?.has(row) ?? false
  }

  /** Another tab holds the socket: what it sends is not known here. */
  clear(): void {
    this.#documents.clear()
  }

  /** The rows at the end of the outbox that were never sent, when they are many and small enough to be joined; else none. */
  async joinable(documentId: DocumentId): Promise<readonly OutboxRow[]> {
    const { limits, store } = this.#environment
    const known = this.#documents.get(documentId)
    if (known === undefined || known.size < limits.maxUnsentRows || this.#index.countOf(documentId) < limits.maxUnsentRows) return []
    const rows = await store.outbox(documentId)
    let bytes = 0
    let from = rows.length
    for (; from > 0; from--) {
      const row = rows[from - 1]!
      bytes += row.update.length
      // A row that is large already stays as it is: joining it again and again would write it again and again.
      if (!known.has(row.row) || row.handOver || row.erases !== undefined || bytes > limits.maxBatchBytes / 4) break
    }
    return rows.length - from > limits.maxUnsentRows / 2 ? rows.slice(from) : []
  }
}
