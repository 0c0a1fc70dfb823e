import type { DocumentId, RowId } from "@polylogue/protocol"
import type { OutboxRow } from "@polylogue/storage"
import type { Environment } from "./environment.ts"
import { MergeWindow } from "./merge-window.ts"

/** What {@link WaitingRows} ask about rows. */
export interface RowFacts {
  readonly environment: Environment
  /** Whether a row still waits to be acknowledged. */
  readonly index: { has(documentId: DocumentId, row: RowId): boolean }
  /** Whether a row was written here and no relay was ever given it. */
  readonly unsent: { has(documentId: DocumentId, row: RowId): boolean }
}

/** Rows of one document that were read from the outbox and not yet sent in this session, in the order in which they are to be sent. */
export class WaitingRows {
  readonly #facts: RowFacts
  readonly #documentId: DocumentId
  readonly #merge: MergeWindow
  #rows: OutboxRow[] = []
  /** They are being joined with a row that is being written. */
  #claimed = false

  /** @param over - called when rows that were held may leave. */
  constructor(facts: RowFacts, documentId: DocumentId, over: () => void) {
    this.#facts = facts
    this.#documentId = documentId
    this.#merge = new MergeWindow(facts.environment, over)
  }

  get first(): OutboxRow | undefined {
    return this.#rows[0]
  }

  /** Whether an erasure is among them. */
  get erases(): boolean {
    return this.#rows.some(({ erases }) => erases !== undefined)
  }

  /** Adds those of `rows` that were not settled or replaced since they were read. */
  add(rows: readonly OutboxRow[]): void {
    const waiting = rows.filter((row) => this.#waits(row))
    // A hand-over contains whatever the rows around it build on, wherever another tab's row came to stand.
    this.#rows.push(...waiting.filter((row) => row.handOver), ...waiting.filter((row) => !row.handOver))
  }

  /** The first is sent now. */
  shift(): void {
    this.#rows.shift()
    this.#merge.sent()
  }

  clear(): void {
    this.#rows = []
  }

  /** Whether the first has to wait. `underWay`: a row of the document was sent and not yet acknowledged. */
  held(underWay: boolean): boolean {
    if (this.#claimed) return true
    const [first] = this.#rows
    return first !== undefined && this.#joinable(first) && this.#merge.holds(this.#bytes(), underWay)
  }

  /** All of them, if they wait to be joined with the next one that is written. None is sent before `release`. */
  claim(underWay: boolean): readonly OutboxRow[] {
    if (this.#claimed || !this.#rows.every((row) => this.#joinable(row)) || !this.held(underWay)) return []
    this.#claimed = true
    return [...this.#rows]
  }

  /** What became of the rows that were claimed is known. */
  release(): void {
    this.#claimed = false
    this.#rows = this.#rows.filter((row) => this.#waits(row))
  }

  end(): void {
    this.#merge.end()
    this.clear()
  }

  #waits({ row }: OutboxRow): boolean {
    return this.#facts.index.has(this.#documentId, row)
  }

  #joinable({ row, handOver, erases }: OutboxRow): boolean {
    return !handOver && erases === undefined && this.#facts.unsent.has(this.#documentId, row)
  }

  #bytes(): number {
    return this.#rows.reduce((sum, { update }) => sum + update.length, 0)
  }
}
