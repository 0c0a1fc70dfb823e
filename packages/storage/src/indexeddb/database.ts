import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from "idb"
import type { BlobHash, DocumentId, RowId } from "@polylogue/protocol"
import { decodeHead, encodeHead } from "../at-rest.ts"
import { StorageError } from "../errors.ts"

/** The version of the stores and values that this package writes. It is the version of the database. */
const FORMAT = 2

/*
 *   heads      documentId                → bytes of the head with its place in the feed
 *   changes    place in the feed         → documentId
 *   items      [documentId, position]    → bytes of the item
 *   snapshots  documentId                → bytes of the snapshot
 *   outbox     [documentId, order]       → the row; index `row` by [documentId, row]
 *   records    key                       → bytes
 *   meta       "lastOrder"               → order of the last outbox row
 */

/** Object stores of the database. */
export interface Schema extends DBSchema {
  heads: { key: DocumentId; value: Uint8Array }
  changes: { key: number; value: DocumentId }
  items: { key: [DocumentId, number]; value: Uint8Array }
  snapshots: { key: DocumentId; value: Uint8Array }
  outbox: { key: [DocumentId, number]; value: RowValue; indexes: { row: [DocumentId, RowId] } }
  records: { key: string; value: Uint8Array }
  meta: { key: "lastOrder"; value: number }
}

/** An outbox row as IndexedDB holds it. */
export interface RowValue {
  readonly documentId: DocumentId
  readonly order: number
  readonly row: RowId
  readonly update: Uint8Array
  readonly handOver: boolean
  readonly erases?: readonly BlobHash[]
}

/** Names of the object stores. */
const STORES = ["heads", "changes", "items", "snapshots", "outbox", "records", "meta"] as const

/** One of {@link STORES}. */
export type StoreName = (typeof STORES)[number]

/** An open connection. */
export type Database = IDBPDatabase<Schema>

/**
 * Opens the database `name`, made when it is missing. It closes by itself when a newer version of the app wants to upgrade it, and may be
 * closed by the browser; `onLost` is called then, with `undefined` when it was never returned.
 * @throws StorageError `unavailable`, `newer`, `corrupt`.
 */
export async function openDatabase(name: string, onLost: (database: Database | undefined) => void, format = FORMAT): Promise<Database> {
  if (globalThis.indexedDB === undefined) throw new StorageError("unavailable", "there is no IndexedDB here")
  const database = await connect(name, onLost, format)
  try {
    checkStores(database, STORES)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** @throws StorageError `corrupt` unless `database` has all these stores: it is somebody else's. */
function checkStores(database: Database, stores: readonly StoreName[]): void {
  const missing = stores.filter((store) => !database.objectStoreNames.contains(store))
  if (missing.length > 0) throw new StorageError("corrupt", `${database.name} lacks the stores ${missing.join(", ")}`)
}

async function connect(name: string, onLost: (database: Database | undefined) => void, format: number): Promise<Database> {
  let giveUp: (error: StorageError) => void
  const blocked = new Promise<never>((_resolve, reject) => {
    giveUp = reject
  })
  let connection: Database | undefined
  let failure: unknown
  const lose = (): void => onLost(connection)
  const open = async (): Promise<Database> =>
    await openDB<Schema>(name, format, {
      upgrade(database, oldVersion, _newVersion, transaction) {
        // Whoever waits for the request is told that the transaction was aborted; why is known here only.
        upgradeStores(database, oldVersion, transaction).catch((cause: unknown) => {
          failure = cause
          abort(transaction)
        })
        transaction.done.catch(() => undefined)
      },
      // A tab that is frozen does not close its connection: waiting for it could take for ever.
      blocked: () => giveUp(new StorageError("unavailable", `another tab keeps an older version of ${name} open`)),
      blocking(_current, _wanted, event) {
        ;(event.target as IDBDatabase).close()
        lose()
      },
      terminated: lose,
    })
  const opening = open()
  try {
    connection = await Promise.race([opening, blocked])
    return connection
  } catch (error) {
    // Should it open later after all, nobody uses it.
    opening.then((late) => late.close()).catch(() => undefined)
    throw openError(name, failure ?? error)
  }
}

/** Sees to it that nothing of `transaction` stays. */
export function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort()
  } catch {
    // It has aborted already, because a request failed.
  }
}

/** From nothing, or from format 1, to {@link FORMAT}, within the transaction that upgrades; a rejection must abort it. */
async function upgradeStores(
  database: Database,
  oldVersion: number,
  transaction: IDBPTransaction<Schema, StoreName[], "versionchange">,
): Promise<void> {
  if (oldVersion === 0) {
    createStores(database, STORES)
    return
  }
  checkStores(
    database,
    STORES.filter((store) => store !== "changes"),
  )
  createStores(database, ["changes"])
  await fillFeed(transaction)
}

function createStores(database: Database, stores: readonly StoreName[]): void {
  for (const name of stores) {
    if (name === "outbox") database.createObjectStore(name, { keyPath: ["documentId", "order"] }).createIndex("row", ["documentId", "row"])
    else database.createObjectStore(name)
  }
}

/** Gives every document of format 1 a place in the feed. */
async function fillFeed(transaction: IDBPTransaction<Schema, StoreName[], "versionchange">): Promise<void> {
  let change = 0
  for (let cursor = await transaction.objectStore("heads").openCursor(); cursor !== null; cursor = await cursor.continue()) {
    const { primaryKey: documentId, value } = cursor
    const { head } = decodeHead(() => `heads ${JSON.stringify(documentId)}`, value)
    change++
    await Promise.all([cursor.update(encodeHead({ head, change })), transaction.objectStore("changes").put(documentId, change)])
  }
}

function openError(name: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause
  const code = nameOf(cause) === "VersionError" ? "newer" : "unavailable"
  const why = code === "newer" ? "was written by a newer version" : `cannot be opened: ${String(cause)}`
  return new StorageError(code, `${name} ${why}`, { cause })
}

/**
 * Begins a transaction.
 * @throws StorageError `closed` when the connection is closing or closed.
 */
export function begin<M extends "readonly" | "readwrite">(
  database: Database,
  stores: StoreName[],
  mode: M,
  options: IDBTransactionOptions = {},
): IDBPTransaction<Schema, StoreName[], M> {
  try {
    return database.transaction(stores, mode, options)
  } catch (cause) {
    if (nameOf(cause) === "InvalidStateError") throw new StorageError("closed", `${database.name} was closed`, { cause })
    throw indexedDbError("beginning a transaction", cause)
  }
}

/** The StorageError for what IndexedDB threw while `doing`; a StorageError stays itself. */
export function indexedDbError(doing: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error
  if (nameOf(error) === "QuotaExceededError") return new StorageError("quota-exceeded", `no room left while ${doing}`, { cause: error })
  return new StorageError("io", `${doing}: ${String(error)}`, { cause: error })
}

/** The name that an exception of IndexedDB is recognised by. */
export function nameOf(error: unknown): string | undefined {
  return (error as { name?: string } | undefined)?.name
}
