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
} from "@polylogue/storage"
import { MemoryDisk, MemoryEntryLog } from "@polylogue/storage"

/** A memory store that a test can watch, hold up and let fail. */
export class WatchedLog implements EntryLog {
  readonly disk: MemoryDisk
  readonly #inner: MemoryEntryLog
  /** Every commit that was asked for, whatever became of it. */
  readonly commits: (readonly Change[])[] = []
  reads = 0
  feedReads = 0
  opens = 0
  /** Called before each commit; throws to let it fail, waits to hold it up. */
  beforeCommit: (changes: readonly Change[]) => Promise<void> | void = () => undefined
  /** Called after each commit is durable; throws to let it be reported as failed. */
  afterCommit: (changes: readonly Change[]) => Promise<void> | void = () => undefined
  beforeRead: (documentId: string) => Promise<void> | void = () => undefined
  beforeChanges: () => Promise<void> | void = () => undefined
  beforePurge: (documentIds: readonly string[]) => Promise<void> | void = () => undefined
  beforeOpen: () => void = () => undefined

  constructor(disk: MemoryDisk = new MemoryDisk()) {
    this.disk = disk
    this.#inner = new MemoryEntryLog({ disk })
  }

  async open(): Promise<void> {
    this.opens++
    this.beforeOpen()
    await this.#inner.open()
  }

  close(): Promise<void> {
    return this.#inner.close()
  }

  documents(prefix?: string): Promise<string[]> {
    return this.#inner.documents(prefix)
  }

  async head(documentId: string): Promise<DocumentHead> {
    await this.beforeRead(documentId)
    return await this.#inner.head(documentId)
  }

  async read(documentId: string, after: number, limits?: PageLimits): Promise<Page> {
    this.reads++
    await this.beforeRead(documentId)
    return await this.#inner.read(documentId, after, limits)
  }

  async snapshot(documentId: string): Promise<StoredSnapshot | undefined> {
    return await this.#inner.snapshot(documentId)
  }

  outbox(documentId: string, after?: number): Promise<OutboxRow[]> {
    return this.#inner.outbox(documentId, after)
  }

  pendingDocuments(): Promise<string[]> {
    return this.#inner.pendingDocuments()
  }

  record(key: string): Promise<Uint8Array | undefined> {
    return this.#inner.record(key)
  }

  recordKeys(prefix: string, page?: KeysPage): Promise<string[]> {
    return this.#inner.recordKeys(prefix, page)
  }

  async changes(query: ChangesQuery): Promise<ChangesPage> {
    this.feedReads++
    await this.beforeChanges()
    return await this.#inner.changes(query)
  }

  async purge(documentIds: readonly string[]): Promise<void> {
    await this.beforePurge(documentIds)
    await this.#inner.purge(documentIds)
  }

  async commit(changes: readonly Change[]): Promise<readonly Applied[]> {
    this.commits.push(changes)
    await this.beforeCommit(changes)
    const applied = await this.#inner.commit(changes)
    await this.afterCommit(changes)
    return applied
  }

  /** All items of a document that are stored. */
  async items(documentId: string): Promise<readonly LogItem[]> {
    const { base } = await this.#inner.head(documentId)
    const page = await this.#inner.read(documentId, base, { maxItems: Infinity, maxBytes: Infinity })
    return page.kind === "items" ? page.items : []
  }
}

/** A promise and the function that resolves it. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open: () => open() }
}
