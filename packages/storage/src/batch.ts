import type { DocumentId, Erased, RowId } from "@polylogue/protocol"
import type { Applied, Change, DocumentHead, LogItem, NewOutboxRow, OutboxRow, StoredSnapshot } from "./entry-log.ts"
import { StorageError } from "./errors.ts"
import {
  appendTo,
  checkCompaction,
  checkErased,
  checkResets,
  type Compaction,
  compactTo,
  EMPTY_RESTING_HEAD,
  erasedBy,
  itemBytes,
  learn,
  resetFrom,
  type RestingHead,
} from "./head.ts"

/*
 * From changes to writes. A Batch collects one or more commits, each all or none, on drafts of the documents that they touch; it reads
 * what it needs from the store and writes nothing. What has to be written is then their net effect, which the store brings to rest in
 * one step. Drafts are never changed but replaced, so that a commit that fails half-way leaves those before it as they are.
 *
 *   changes ──> Batch.add ──> drafts ──> Batch.writes ──> one atomic write of the store
 *                   │
 *                   └── BatchSource: heads, items to delete, outbox rows, as they rest
 */

/** What a batch reads from its store. The store must not change between the first read and the write. */
export interface BatchSource {
  /** The head at rest, `undefined` when the document has none. */
  head(documentId: DocumentId): Promise<RestingHead | undefined>
  /** Visits the items at rest after position `after` up to `to`. */
  visitItems(documentId: DocumentId, after: number, to: number, visit: (item: LogItem) => void): Promise<void>
  /** The snapshot at rest. */
  snapshot(documentId: DocumentId): Promise<StoredSnapshot | undefined>
  /** The outbox row at rest. */
  row(documentId: DocumentId, row: RowId): Promise<OutboxRow | undefined>
  /** All outbox rows at rest, in any order. */
  rows(documentId: DocumentId): Promise<readonly OutboxRow[]>
  /** Order of the last outbox row ever written, 0 when there was none. */
  lastOrder(): Promise<number>
  /** The last place in the feed that was ever given out, 0 when there was none. */
  lastChange(): Promise<number>
}

/** Net effect of a batch on one document. Deletions come first, then what is added. */
export interface DocumentWrites {
  readonly documentId: DocumentId
  /** `undefined` when it stays as it is. */
  readonly head: RestingHead | undefined
  /** The place in the feed that `head` leaves (0 when it had none); `undefined` when it keeps it. */
  readonly leftChange: number | undefined
  /** Items at rest to delete: positions after `after` up to `to`; none when equal. */
  readonly deletedItems: { readonly after: number; readonly to: number }
  readonly items: readonly LogItem[]
  /** `null` to delete the stored one, `undefined` to leave it. */
  readonly snapshot: StoredSnapshot | null | undefined
  readonly deletedRows: readonly OutboxRow[]
  readonly rows: readonly OutboxRow[]
}

/** Net effect of a batch. */
export interface BatchWrites {
  readonly documents: readonly DocumentWrites[]
  readonly records: ReadonlyMap<string, Uint8Array | null>
  /** The new last order of the outbox, `undefined` when it stays. */
  readonly lastOrder: number | undefined
  /** The new last place in the feed, `undefined` when it stays. */
  readonly lastChange: number | undefined
}

interface Draft {
  readonly documentId: DocumentId
  readonly atRest: RestingHead
  readonly head: DocumentHead
  readonly change: number
  readonly items: readonly LogItem[]
  readonly snapshot: StoredSnapshot | null | undefined
  readonly deletedRows: ReadonlyMap<RowId, OutboxRow>
  readonly rows: ReadonlyMap<RowId, OutboxRow>
}

/** State of the commits in a batch; a commit under way has a layer of its own above it. */
interface Layer {
  readonly drafts: Map<DocumentId, Draft>
  readonly records: Map<string, Uint8Array | null>
  lastOrder: number | undefined
  lastChange: number | undefined
}

/** One or more commits on their way to one atomic write. */
export class Batch {
  readonly #source: BatchSource
  readonly #layer: Layer = { drafts: new Map(), records: new Map(), lastOrder: undefined, lastChange: undefined }

  constructor(source: BatchSource) {
    this.#source = source
  }

  /**
   * Adds one commit after those before it. One call at a time.
   * @throws StorageError `gap`, `stale-compaction`, `reset`, `outbox-grown`, or what reading throws; the batch is then as it was before.
   */
  async add(changes: readonly Change[]): Promise<readonly Applied[]> {
    const attempt = new Attempt(this.#source, this.#layer)
    const results: { documentId: DocumentId | undefined; items: readonly LogItem[]; rows: readonly OutboxRow[] }[] = []
    for (const change of changes) {
      const { items = [], rows = [] } = await attempt.apply(change)
      results.push({ documentId: change.type === "record" ? undefined : change.documentId, items, rows })
    }
    await attempt.accept()
    return results.map(({ documentId, items, rows }) => ({
      items,
      rows,
      head: documentId === undefined ? undefined : this.#layer.drafts.get(documentId)!.head,
    }))
  }

  /** What has to be written for all commits added. */
  writes(): BatchWrites {
    const { drafts, records, lastOrder, lastChange } = this.#layer
    return { documents: [...drafts.values()].map(writesOf), records, lastOrder, lastChange }
  }
}

function writesOf(draft: Draft): DocumentWrites {
  const { documentId, atRest, head, change, items, snapshot, deletedRows, rows } = draft
  return {
    documentId,
    head: head === atRest.head ? undefined : { head, change },
    leftChange: change === atRest.change ? undefined : atRest.change,
    deletedItems: { after: atRest.head.base, to: Math.min(head.base, atRest.head.head) },
    items,
    // A snapshot that came and went within the batch, or never was, needs no deletion.
    snapshot: snapshot === null && atRest.head.through === 0 ? undefined : snapshot,
    deletedRows: [...deletedRows.values()],
    rows: [...rows.values()],
  }
}

interface Outcome {
  readonly items?: readonly LogItem[]
  readonly rows?: readonly OutboxRow[]
}

/** One commit: works on a layer above that of the batch until it is accepted. */
class Attempt {
  readonly #source: BatchSource
  readonly #below: Layer
  readonly #drafts = new Map<DocumentId, Draft>()
  readonly #records = new Map<string, Uint8Array | null>()
  #lastOrder: number | undefined

  constructor(source: BatchSource, below: Layer) {
    this.#source = source
    this.#below = below
    this.#lastOrder = below.lastOrder
  }

  /** Gives what changed its places in the feed, in the order in which the commit named the documents, and puts the attempt into the layer below. */
  async accept(): Promise<void> {
    const changed = [...this.#drafts.values()].filter((draft) => this.#hasChanged(draft))
    const lastChange = changed.length === 0 ? 0 : (this.#below.lastChange ?? (await this.#source.lastChange()))
    for (const [index, draft] of changed.entries()) this.#put({ ...draft, change: lastChange + index + 1 })
    if (changed.length > 0) this.#below.lastChange = lastChange + changed.length
    for (const [documentId, draft] of this.#drafts) this.#below.drafts.set(documentId, draft)
    for (const [key, value] of this.#records) this.#below.records.set(key, value)
    this.#below.lastOrder = this.#lastOrder
  }

  /** Whether this commit let the document learn something, or reset it. What is known is only replaced, so that identity tells. */
  #hasChanged({ documentId, atRest, head }: Draft): boolean {
    const before = this.#below.drafts.get(documentId)?.head ?? atRest.head
    return before.vector !== head.vector || before.resets !== head.resets
  }

  async apply(change: Change): Promise<Outcome> {
    if (change.type === "record") {
      this.#records.set(change.key, change.value)
      return {}
    }
    const draft = await this.#draft(change.documentId)
    if (change.type !== "compact") checkResets(change.documentId, draft.head, change.resets)
    if ("outboxEnd" in change && change.outboxEnd !== undefined) await this.#checkOutbox(draft, change.outboxEnd)
    switch (change.type) {
      case "append": {
        const { head, items } = appendTo(change.documentId, draft.head, change.items)
        this.#put(await this.#settle({ ...draft, head, items: [...draft.items, ...items] }, change.settled))
        return { items }
      }
      case "compact":
        this.#put(await this.#compact(draft, change))
        return {}
      case "reset":
        this.#put(await this.#reset(draft))
        return {}
      case "outbox": {
        const { added, rows } = await this.#enqueue(draft, change.rows)
        this.#put(await this.#settle(added, change.settled))
        return { rows }
      }
    }
  }

  async #draft(documentId: DocumentId): Promise<Draft> {
    const known = this.#drafts.get(documentId) ?? this.#below.drafts.get(documentId)
    if (known !== undefined) return known
    const atRest = (await this.#source.head(documentId)) ?? EMPTY_RESTING_HEAD
    return { documentId, atRest, ...atRest, items: [], snapshot: undefined, deletedRows: new Map(), rows: new Map() }
  }

  #put(draft: Draft): void {
    this.#drafts.set(draft.documentId, draft)
  }

  async #compact(draft: Draft, compaction: Compaction): Promise<Draft> {
    const { snapshot, through, base } = compaction
    checkCompaction(draft.documentId, draft.head, compaction)
    const vector = new Map(draft.head.baseVector)
    const erased: Erased[] = []
    let bytes = 0
    const visit = (item: LogItem): void => {
      learn(vector, item)
      bytes += itemBytes(item)
      const erasure = erasedBy(item)
      if (erasure !== undefined) erased.push(erasure)
    }
    await this.#source.visitItems(draft.documentId, draft.head.base, Math.min(base, draft.atRest.head.head), visit)
    for (const item of draft.items) if (item.position <= base) visit(item)
    const replaced = await this.#snapshotOf(draft)
    if (replaced?.erased !== undefined) erased.push(replaced.erased)
    checkErased(draft.documentId, snapshot, erased)
    return {
      ...draft,
      head: compactTo(draft.documentId, draft.head, compaction, vector, bytes),
      items: draft.items.filter((item) => item.position > base),
      snapshot: { ...snapshot, through },
    }
  }

  /** The snapshot that `draft` has, read only when there is one at rest. */
  async #snapshotOf({ documentId, atRest, snapshot }: Draft): Promise<StoredSnapshot | null | undefined> {
    if (snapshot !== undefined || atRest.head.through === 0) return snapshot
    return await this.#source.snapshot(documentId)
  }

  async #reset(draft: Draft): Promise<Draft> {
    const deletedRows = new Map(draft.deletedRows)
    for (const row of await this.#source.rows(draft.documentId)) deletedRows.set(row.row, row)
    return { ...draft, head: resetFrom(draft.head), items: [], snapshot: null, deletedRows, rows: new Map() }
  }

  /** @throws StorageError `outbox-grown` when a row stands behind `outboxEnd`. */
  async #checkOutbox(draft: Draft, outboxEnd: number): Promise<void> {
    const atRest = (await this.#source.rows(draft.documentId)).filter(({ row }) => !draft.deletedRows.has(row))
    for (const { order } of [...atRest, ...draft.rows.values()]) {
      if (order <= outboxEnd) continue
      throw new StorageError(
        "outbox-grown",
        `row ${order} in the outbox of ${draft.documentId} is behind ${outboxEnd}, where its writer saw it end`,
      )
    }
  }

  async #enqueue(draft: Draft, wanted: readonly NewOutboxRow[]): Promise<{ added: Draft; rows: OutboxRow[] }> {
    const rows = new Map(draft.rows)
    const stored: OutboxRow[] = []
    for (const { row, update, handOver, erases } of wanted) {
      let there = rows.get(row) ?? (await this.#rowAtRest(draft, row))
      if (there === undefined) {
        this.#lastOrder = (this.#lastOrder ?? (await this.#source.lastOrder())) + 1
        there = { row, order: this.#lastOrder, update, handOver, ...(erases && { erases }) }
        rows.set(row, there)
      }
      stored.push(there)
    }
    return { added: { ...draft, rows }, rows: stored }
  }

  async #settle(draft: Draft, settled: readonly RowId[] = []): Promise<Draft> {
    if (settled.length === 0) return draft
    const rows = new Map(draft.rows)
    const deletedRows = new Map(draft.deletedRows)
    for (const row of settled) {
      if (rows.delete(row)) continue
      const there = await this.#rowAtRest(draft, row)
      if (there !== undefined) deletedRows.set(row, there)
    }
    return { ...draft, rows, deletedRows }
  }

  /** The row at rest, unless this batch deletes it. */
  async #rowAtRest(draft: Draft, row: RowId): Promise<OutboxRow | undefined> {
    return draft.deletedRows.has(row) ? undefined : await this.#source.row(draft.documentId, row)
  }
}
