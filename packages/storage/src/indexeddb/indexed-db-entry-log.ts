import type { DocumentId } from "@polylogue/protocol"
import { Batch } from "../batch.ts"
import { checkChanges, checkPosition } from "../change.ts"
import type {
  Applied,
  Change,
  ChangesPage,
  ChangesQuery,
  DocumentHead,
  EntryLog,
  KeysPage,
  OutboxRow,
  Page,
  PageLimits,
  StoredSnapshot,
} from "../entry-log.ts"
import type { StorageError } from "../errors.ts"
import { changesPage, changesQuery } from "../feed.ts"
import { EMPTY_HEAD } from "../head.ts"
import { Lifecycle } from "../lifecycle.ts"
import { keysPage, PageBuilder, pageLimits } from "../page.ts"
import { abort, begin, type Database, indexedDbError, nameOf, openDatabase, type StoreName } from "./database.ts"
import {
  readChanges,
  readHead,
  readLastChange,
  readRows,
  readSnapshot,
  type ReadTransaction,
  sourceOf,
  storesOf,
  walkItems,
  writeBatch,
  type WriteTransaction,
} from "./transaction.ts"

/** Options of {@link IndexedDbEntryLog}. */
export interface IndexedDbEntryLogOptions {
  /** Name of the database; made when it is missing. */
  readonly name: string
}

interface Opened {
  readonly database: Database
  /** Settles when the last commit asked for is done. */
  queue: Promise<unknown>
}

/**
 * An {@link EntryLog} in IndexedDB. Several tabs may have the same database open: each commit is one transaction with
 * `durability: "strict"`, positions are given inside it, and it counts as done only when the transaction is complete.
 *
 * When a newer version of the app wants to upgrade the database, or the browser drops it, the store closes by itself (`closed`).
 */
export class IndexedDbEntryLog implements EntryLog {
  readonly #name: string
  readonly #lifecycle: Lifecycle<Opened>

  constructor({ name }: IndexedDbEntryLogOptions) {
    this.#name = name
    this.#lifecycle = new Lifecycle(`the database ${name}`)
  }

  open(): Promise<void> {
    return this.#lifecycle.open(async () => {
      const opened = (database: Database): Opened => ({ database, queue: Promise.resolve() })
      return opened(await openDatabase(this.#name, (database) => this.#lifecycle.lost((held) => held.database === database)))
    })
  }

  close(): Promise<void> {
    return this.#lifecycle.close(async ({ database, queue }) => {
      await queue
      database.close()
    })
  }

  documents(prefix = ""): Promise<DocumentId[]> {
    return this.#read("listing documents", ["heads"], (transaction) => transaction.objectStore("heads").getAllKeys(prefixRange(prefix)))
  }

  head(documentId: DocumentId): Promise<DocumentHead> {
    return this.#read(`reading the head of ${documentId}`, ["heads"], async (transaction) => {
      return (await readHead(transaction, documentId))?.head ?? EMPTY_HEAD
    })
  }

  async read(documentId: DocumentId, after: number, limits?: PageLimits): Promise<Page> {
    checkPosition(after, "after")
    const bounds = pageLimits(limits)
    return await this.#read(`reading items of ${documentId}`, ["heads", "items"], async (transaction): Promise<Page> => {
      const head = (await readHead(transaction, documentId))?.head ?? EMPTY_HEAD
      if (after < head.base) return { kind: "compacted", head }
      const page = new PageBuilder(bounds)
      await walkItems(transaction, documentId, after, Math.min(head.head, after + bounds.maxItems), (item) => page.add(item))
      return { kind: "items", items: page.items, head }
    })
  }

  snapshot(documentId: DocumentId): Promise<StoredSnapshot | undefined> {
    return this.#read(`reading the snapshot of ${documentId}`, ["snapshots"], (transaction) => readSnapshot(transaction, documentId))
  }

  outbox(documentId: DocumentId, after = 0): Promise<OutboxRow[]> {
    return this.#read(`reading the outbox of ${documentId}`, ["outbox"], (transaction) => readRows(transaction, documentId, after))
  }

  pendingDocuments(): Promise<DocumentId[]> {
    return this.#read("listing pending documents", ["outbox"], async (transaction) => {
      const documents: DocumentId[] = []
      let cursor = await transaction.objectStore("outbox").openKeyCursor()
      while (cursor !== null) {
        const [documentId] = cursor.key
        documents.push(documentId)
        // An array sorts after every number: this is past every order of the document, and before the next document.
        cursor = await cursor.continue([documentId, []] as unknown as [DocumentId, number])
      }
      return documents
    })
  }

  record(key: string): Promise<Uint8Array | undefined> {
    return this.#read(`reading record ${key}`, ["records"], (transaction) => transaction.objectStore("records").get(key))
  }

  async recordKeys(prefix: string, page?: KeysPage): Promise<string[]> {
    const { after, limit } = keysPage(prefix, page)
    const count = limit === Infinity ? undefined : limit
    return await this.#read("listing records", ["records"], (transaction) =>
      transaction.objectStore("records").getAllKeys(prefixRange(prefix, after), count),
    )
  }

  async changes(query: ChangesQuery): Promise<ChangesPage> {
    const wanted = changesQuery(query)
    return await this.#read("reading the feed", ["heads", "changes"], async (transaction) => {
      return changesPage(await readChanges(transaction, wanted), wanted, await readLastChange(transaction))
    })
  }

  /**
   * What was deleted or replaced is out of reach of every page as soon as the strict transaction is complete. When its bytes leave the disk is up
   * to the browser: IndexedDB has no call for it, and the databases below it (SQLite, LevelDB) overwrite freed space as they go on.
   */
  async purge(_documentIds: readonly DocumentId[]): Promise<void> {
    await this.#lifecycle.resource.queue
  }

  async commit(changes: readonly Change[]): Promise<readonly Applied[]> {
    checkChanges(changes)
    const opened = this.#lifecycle.resource
    // One after the other: transactions of different scope would complete, and so survive a crash, in any order.
    const commit = opened.queue.then(() => writeChanges(opened.database, changes))
    opened.queue = commit.catch(() => undefined)
    return await commit
  }

  async #read<T>(doing: string, stores: StoreName[], read: (transaction: ReadTransaction) => Promise<T>): Promise<T> {
    const transaction = begin(this.#lifecycle.resource.database, stores, "readonly")
    // The read itself reports what fails.
    transaction.done.catch(() => undefined)
    try {
      return await read(transaction)
    } catch (error) {
      throw indexedDbError(doing, error)
    }
  }
}

async function writeChanges(database: Database, changes: readonly Change[]): Promise<readonly Applied[]> {
  if (changes.length === 0) return []
  const transaction = begin(database, storesOf(changes), "readwrite", { durability: "strict" })
  const requests: Promise<unknown>[] = []
  try {
    const batch = new Batch(sourceOf(transaction))
    const applied = await batch.add(changes)
    // A request that succeeded is not yet durable, and its transaction may still abort (quota): only `complete` counts.
    writeBatch(transaction, batch.writes(), requests)
    await Promise.all([...requests, transaction.done])
    return applied
  } catch (error) {
    const reason = await aborted(transaction, error)
    await Promise.allSettled(requests)
    throw reason
  }
}

/** Sees to it that nothing of `transaction` stays, and says why it failed. */
async function aborted(transaction: WriteTransaction, error: unknown): Promise<StorageError> {
  abort(transaction)
  const reason: unknown = await transaction.done.catch((why: unknown) => why)
  return indexedDbError("committing", AFTER_ABORT.has(nameOf(error)) ? reason : error)
}

/** What requests of an aborted transaction, and attempts to make some, answer: the transaction itself knows why it aborted. */
const AFTER_ABORT: ReadonlySet<string | undefined> = new Set(["AbortError", "InvalidStateError", "TransactionInactiveError"])

/** All strings that begin with `prefix`, which sort as JavaScript compares them; of those the ones behind `after`, which begins with it too. */
function prefixRange(prefix: string, after?: string): IDBKeyRange | undefined {
  let length = prefix.length
  while (prefix[length - 1] === "\uffff") length--
  if (length > 0) {
    const end = prefix.slice(0, length - 1) + String.fromCharCode(prefix.charCodeAt(length - 1) + 1)
    return IDBKeyRange.bound(after ?? prefix, end, after !== undefined, true)
  }
  if (after !== undefined) return IDBKeyRange.lowerBound(after, true)
  return prefix === "" ? undefined : IDBKeyRange.lowerBound(prefix)
}
