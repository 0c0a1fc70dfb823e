import type { RowId, Stamp } from "@polylogue/protocol"

/** What a row costs that waits for its ack. */
const OWN_ROW_BYTES = 64

/** Rows of one session that are durable at positions which its reader has not passed: acked there, or behind the snapshot that stands for them. */
export class OwnRows {
  readonly #counted: (deltaBytes: number) => void
  #rows: Map<number, { readonly row: RowId; readonly stamp: Stamp }> | undefined

  /** `counted` is told how many bytes more or less wait. */
  constructor(counted: (deltaBytes: number) => void) {
    this.#counted = counted
  }

  get none(): boolean {
    return this.#rows === undefined
  }

  has(position: number): boolean {
    return this.#rows?.has(position) === true
  }

  add(position: number, row: RowId, stamp: Stamp): void {
    this.#rows ??= new Map()
    this.#rows.set(position, { row, stamp })
    this.#counted(OWN_ROW_BYTES)
  }

  /** The one at `position`, which waits no more. */
  take(position: number): { readonly row: RowId; readonly stamp: Stamp } | undefined {
    const own = this.#rows?.get(position)
    if (own === undefined) return undefined
    this.#rows?.delete(position)
    if (this.#rows?.size === 0) this.#rows = undefined
    this.#counted(-OWN_ROW_BYTES)
    return own
  }

  /** The positions up to `last`, as they were added. */
  upTo(last: number): number[] {
    return [...(this.#rows?.keys() ?? [])].filter((position) => position <= last)
  }

  /** They will not be acked in this session. */
  drop(): void {
    this.#counted(-OWN_ROW_BYTES * (this.#rows?.size ?? 0))
    this.#rows = undefined
  }
}
