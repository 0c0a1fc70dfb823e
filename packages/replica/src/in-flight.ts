import type { RowId } from "@polylogue/protocol"
import type { OutboxRow } from "@polylogue/storage"

/** Rows of a document that were sent and not yet answered. */
export class InFlight {
  readonly #rows = new Map<RowId, OutboxRow>()
  #bytes = 0

  get size(): number {
    return this.#rows.size
  }

  /** Bytes of their updates. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether one of them is a hand-over. */
  get handOver(): boolean {
    for (const row of this.#rows.values()) if (row.handOver) return true
    return false
  }

  get(row: RowId): OutboxRow | undefined {
    return this.#rows.get(row)
  }

  add(row: OutboxRow): void {
    this.#rows.set(row.row, row)
    this.#bytes += row.update.length
  }

  /** The row, which is answered now. */
  take(row: RowId): OutboxRow | undefined {
    const sent = this.#rows.get(row)
    if (sent === undefined) return undefined
    this.#rows.delete(row)
    this.#bytes -= sent.update.length
    return sent
  }

  clear(): void {
    this.#rows.clear()
    this.#bytes = 0
  }
}
