import type { DocumentId, RowId } from "@polylogue/protocol"
import { Batch, type BatchSource, type BatchWrites, type DocumentWrites } from "./batch.ts"
import { checkChanges, checkPosition } from "./change.ts"
import type {
  Applied,
  Change,
  ChangesPage,
  ChangesQuery,
  DocumentHead,
  EntryLog,
  KeysPage,
  LogItem,
  OutboxRow,
  Page,
  PageLimits,
  StoredSnapshot,
} from "./entry-log.ts"
import { changesPage, changesQuery, liesBelow } from "./feed.ts"
import { EMPTY_HEAD, type RestingHead } from "./head.ts"
import { Lifecycle } from "./lifecycle.ts"
import { keysPage, PageBuilder, pageLimits } from "./page.ts"

interface MemoryDocument {
  resting: RestingHead | undefined
  snapshot: StoredSnapshot | undefined
  /** The item at position p stands at index p - base - 1. */
  items: LogItem[]
  /** By row id, in order. */
  rows: Map<RowId, OutboxRow>
}

/**
 * What a {@link MemoryEntryLog} writes to: lives as long as it is referred to, whether a log on it is open or not. Several logs on one
 * disk behave like several tabs on one database.
 */
export class MemoryDisk {
  /** @internal */
  readonly documents = new Map<DocumentId, MemoryDocument>()
  /** @internal */
  readonly records = new Map<string, Uint8Array>()
  /** @internal */
  lastOrder = 0
  /** @internal */
  lastChange = 0
  /** @internal Commits of all logs on this disk, one at a time. */
  queue: Promise<unknown> = Promise.resolve()

  /** A second disk with the same content, as a backup or a cloned profile has it. Bytes are shared, for nobody changes them. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk()
    for (const [id, { resting, snapshot, items, rows }] of this.documents) {
      copy.documents.set(id, { resting, snapshot, items: [...items], rows: new Map(rows) })
    }
    for (const [key, value] of this.records) copy.records.set(key, value)
    copy.lastOrder = this.lastOrder
    copy.lastChange = this.lastChange
    return copy
  }
}

/** Options of {@link MemoryEntryLog}. */
export interface MemoryEntryLogOptions {
  /** What it writes to. Default a disk of its own. */
  readonly disk?: MemoryDisk
}

/** An {@link EntryLog} in memory: for tests, for simulations, and for a device that has no store. Durable as long as its disk is. */
export class MemoryEntryLog implements EntryLog {
  readonly #disk: MemoryDisk
  readonly #lifecycle = new Lifecycle<MemoryDisk>("the memory store")

  constructor(options: MemoryEntryLogOptions = {}) {
    this.#disk = options.disk ?? new MemoryDisk()
  }

  open(): Promise<void> {
    return this.#lifecycle.open(async () => this.#disk)
  }

  close(): Promise<void> {
    return this.#lifecycle.close(async (disk) => {
      await disk.queue
    })
  }

  async documents(prefix = ""): Promise<DocumentId[]> {
    const { documents } = this.#lifecycle.resource
    return [...documents]
      .filter(([id, { resting }]) => resting !== undefined && id.startsWith(prefix))
      .map(firstOf)
      .toSorted()
  }

  async head(documentId: DocumentId): Promise<DocumentHead> {
    return this.#lifecycle.resource.documents.get(documentId)?.resting?.head ?? EMPTY_HEAD
  }

  async read(documentId: DocumentId, after: number, limits?: PageLimits): Promise<Page> {
    checkPosition(after, "after")
    const bounds = pageLimits(limits)
    const document = this.#lifecycle.resource.documents.get(documentId)
    const head = document?.resting?.head ?? EMPTY_HEAD
    if (after < head.base) return { kind: "compacted", head }
    const page = new PageBuilder(bounds)
    for (const item of document?.items.slice(after - head.base, after - head.base + bounds.maxItems) ?? []) if (!page.add(item)) break
    return { kind: "items", items: page.items, head }
  }

  async snapshot(documentId: DocumentId): Promise<StoredSnapshot | undefined> {
    return this.#lifecycle.resource.documents.get(documentId)?.snapshot
  }

  async outbox(documentId: DocumentId, after = 0): Promise<OutboxRow[]> {
    const { documents } = this.#lifecycle.resource
    return [...(documents.get(documentId)?.rows.values() ?? [])].filter(({ order }) => order > after)
  }

  async pendingDocuments(): Promise<DocumentId[]> {
    const { documents } = this.#lifecycle.resource
    return [...documents]
      .filter(([, { rows }]) => rows.size > 0)
      .map(firstOf)
      .toSorted()
  }

  async record(key: string): Promise<Uint8Array | undefined> {
    return this.#lifecycle.resource.records.get(key)
  }

  async recordKeys(prefix: string, page?: KeysPage): Promise<string[]> {
    const { after, limit } = keysPage(prefix, page)
    const keys = [...this.#lifecycle.resource.records.keys()].filter(
      (key) => key.startsWith(prefix) && (after === undefined || key > after),
    )
    return keys.toSorted().slice(0, limit)
  }

  async changes(query: ChangesQuery): Promise<ChangesPage> {
    const wanted = changesQuery(query)
    const { documents, lastChange } = this.#lifecycle.resource
    const places = [...documents]
      .flatMap(([documentId, { resting }]) => (resting ? [{ position: resting.change, documentId, vector: resting.head.vector }] : []))
      .filter(({ position, documentId }) => position > wanted.after && liesBelow(documentId, wanted.prefix))
      .toSorted((left, right) => left.position - right.position)
    return changesPage(places.slice(0, wanted.limit), wanted, lastChange)
  }

  /** What was deleted or replaced is nowhere on the disk as soon as the commit is done; copies of the disk are others' backups. */
  async purge(_documentIds: readonly DocumentId[]): Promise<void> {
    await this.#lifecycle.resource.queue
  }

  async commit(changes: readonly Change[]): Promise<readonly Applied[]> {
    checkChanges(changes)
    const disk = this.#lifecycle.resource
    const commit = disk.queue.then(async () => {
      const batch = new Batch(sourceOf(disk))
      const applied = await batch.add(changes)
      write(disk, batch.writes())
      return applied
    })
    disk.queue = commit.catch(() => undefined)
    return commit
  }
}

function firstOf([key]: readonly [string, unknown]): string {
  return key
}

function sourceOf(disk: MemoryDisk): BatchSource {
  return {
    head: async (documentId) => disk.documents.get(documentId)?.resting,
    async visitItems(documentId, after, to, visit) {
      const document = disk.documents.get(documentId)
      for (const item of document?.items ?? []) if (item.position > after && item.position <= to) visit(item)
    },
    snapshot: async (documentId) => disk.documents.get(documentId)?.snapshot,
    row: async (documentId, row) => disk.documents.get(documentId)?.rows.get(row),
    rows: async (documentId) => [...(disk.documents.get(documentId)?.rows.values() ?? [])],
    lastOrder: async () => disk.lastOrder,
    lastChange: async () => disk.lastChange,
  }
}

function write(disk: MemoryDisk, writes: BatchWrites): void {
  for (const document of writes.documents) writeDocument(disk, document)
  for (const [key, value] of writes.records) {
    if (value === null) disk.records.delete(key)
    else disk.records.set(key, value)
  }
  disk.lastOrder = writes.lastOrder ?? disk.lastOrder
  disk.lastChange = writes.lastChange ?? disk.lastChange
}

function writeDocument(disk: MemoryDisk, writes: DocumentWrites): void {
  const document: MemoryDocument = disk.documents.get(writes.documentId) ?? {
    resting: undefined,
    snapshot: undefined,
    items: [],
    rows: new Map(),
  }
  document.resting = writes.head ?? document.resting
  document.items.splice(0, writes.deletedItems.to - writes.deletedItems.after)
  for (const item of writes.items) document.items.push(item)
  if (writes.snapshot !== undefined) document.snapshot = writes.snapshot ?? undefined
  for (const { row } of writes.deletedRows) document.rows.delete(row)
  for (const row of writes.rows) document.rows.set(row.row, row)
  if (document.resting !== undefined || document.rows.size > 0) disk.documents.set(writes.documentId, document)
  else disk.documents.delete(writes.documentId)
}
