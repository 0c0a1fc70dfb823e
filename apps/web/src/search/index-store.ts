import type { StoredPlace } from "@polylogue/replica"
import { isShardRecord, type ShardRecord } from "./shard.ts"

/*
 * Where the index rests: a database of its own, beside the device's store, that can be thrown away at any time.
 *
 *   shards      number      → ShardRecord
 *   documents   documentId  → IndexedDocument
 *   meta        "state"     → IndexState
 *
 * A commit is one transaction: shards, documents and state are always of one piece, whatever is cut off.
 */

/** The form of what is stored, tokens included: another form is thrown away and built anew. */
const INDEX_FORMAT = 1

/** What the index knows of a document. */
export interface IndexedDocument {
  /** Where it stood in the device's store when it was read. */
  readonly place: StoredPlace
  /** The shard with its messages; null when it has none. */
  readonly shard: number | null
}

/** A shard as the state lists it. */
export interface ShardEntry {
  readonly id: number
  /** The commit that wrote it last. */
  readonly generation: number
  readonly messages: number
}

/** What the whole index is. */
export interface IndexState {
  readonly format: number
  /** Counts commits. */
  readonly generation: number
  /** How far the feed of the device's store was taken in. */
  readonly cursor: number
  /** Whether the feed was once taken in to its end: before that, things are missing. */
  readonly complete: boolean
  /** Numbers from here on were never those of a shard. */
  readonly nextShard: number
  readonly shards: readonly ShardEntry[]
}

/** The state of an index in which nothing is. */
export const EMPTY_INDEX: IndexState = Object.freeze({
  format: INDEX_FORMAT,
  generation: 0,
  cursor: 0,
  complete: false,
  nextShard: 1,
  shards: Object.freeze([]),
})

/** What one commit writes. */
export interface IndexChange {
  /** The generation that it builds on: another one there means that somebody else has written. */
  readonly from: number
  readonly state: IndexState
  readonly shards: readonly ShardRecord[]
  readonly removedShards: readonly number[]
  readonly documents: ReadonlyMap<string, IndexedDocument>
}

/** Why the index cannot be used: it is to be thrown away and built anew. */
class IndexDamaged extends Error {
  readonly code = "index-damaged"
}

/** Somebody else has written to the index: to be read again. */
class IndexMoved extends Error {
  readonly code = "index-moved"
}

const STORES = ["shards", "documents", "meta"] as const

type StoreName = (typeof STORES)[number]

/** An open database of an index. */
export class IndexStore {
  readonly #database: IDBDatabase

  private constructor(database: IDBDatabase) {
    this.#database = database
    // Another tab throws the index away, or the person clears the site's data.
    database.addEventListener("versionchange", () => database.close())
  }

  /** Opens the database `name`; one that is not of this form, or cannot be opened, is thrown away first. Rejects where the browser has none. */
  static async open(name: string): Promise<IndexStore> {
    try {
      return new IndexStore(await openDatabase(name))
    } catch {
      await requested(indexedDB.deleteDatabase(name))
      return new IndexStore(await openDatabase(name))
    }
  }

  close(): void {
    this.#database.close()
  }

  /** The state; that of an empty index for none, or for one of another form. */
  async state(): Promise<IndexState> {
    const value: unknown = await requested(this.#read("meta").get("state"))
    return isIndexState(value) ? value : EMPTY_INDEX
  }

  /** What is known of a document; undefined for one that was never read. */
  async document(documentId: string): Promise<IndexedDocument | undefined> {
    const value = (await requested(this.#read("documents").get(documentId))) as IndexedDocument | undefined
    return value !== undefined && typeof value.place?.head === "number" ? value : undefined
  }

  /** How many documents are known. */
  documentCount(): Promise<number> {
    return requested(this.#read("documents").count())
  }

  /** A shard that the state lists. @throws IndexDamaged when it is not there or cannot be read. */
  async shard(id: number): Promise<ShardRecord> {
    const value: unknown = await requested(this.#read("shards").get(id))
    if (!isShardRecord(value)) throw new IndexDamaged(`shard ${id} of the index cannot be read`)
    return value
  }

  /** Writes a change, all or nothing. @throws IndexMoved when somebody else has written since. */
  async commit({ from, state, shards, removedShards, documents }: IndexChange): Promise<void> {
    // What is lost in a power cut is read again: the cursor is lost with it.
    const transaction = this.#database.transaction(STORES, "readwrite", { durability: "relaxed" })
    const before: unknown = await requested(transaction.objectStore("meta").get("state"))
    if ((isIndexState(before) ? before.generation : 0) !== from) {
      transaction.abort()
      throw new IndexMoved("somebody else has written to the index")
    }
    for (const shard of shards) transaction.objectStore("shards").put(shard, shard.id)
    for (const id of removedShards) transaction.objectStore("shards").delete(id)
    for (const [documentId, known] of documents) transaction.objectStore("documents").put(known, documentId)
    transaction.objectStore("meta").put(state, "state")
    await completed(transaction)
  }

  /** Empties it. Commits and shards go on counting: what others have in memory of the old ones is not taken for new. */
  async clear(): Promise<void> {
    const transaction = this.#database.transaction(STORES, "readwrite")
    const before: unknown = await requested(transaction.objectStore("meta").get("state"))
    const { generation, nextShard } = isIndexState(before) ? before : EMPTY_INDEX
    for (const name of STORES) transaction.objectStore(name).clear()
    transaction.objectStore("meta").put({ ...EMPTY_INDEX, generation: generation + 1, nextShard }, "state")
    await completed(transaction)
  }

  #read(name: StoreName): IDBObjectStore {
    return this.#database.transaction(name, "readonly").objectStore(name)
  }
}

async function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, INDEX_FORMAT)
  request.addEventListener("upgradeneeded", () => {
    const { result } = request
    for (const known of result.objectStoreNames) result.deleteObjectStore(known)
    for (const wanted of STORES) result.createObjectStore(wanted)
  })
  const database = await requested(request)
  if (STORES.every((wanted) => database.objectStoreNames.contains(wanted))) return database
  database.close()
  throw new IndexDamaged(`${name} is no index`)
}

function isIndexState(value: unknown): value is IndexState {
  if (typeof value !== "object" || value === null) return false
  const { format, generation, cursor, nextShard, shards } = value as Partial<IndexState>
  const numbers = [generation, cursor, nextShard].every((number) => Number.isSafeInteger(number))
  return format === INDEX_FORMAT && numbers && Array.isArray(shards)
}

function requested<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result))
    request.addEventListener("error", () => reject(request.error ?? new Error("the request failed")))
    request.addEventListener("blocked", () => reject(new Error("another tab keeps the index open")))
  })
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve())
    transaction.addEventListener("abort", () => reject(transaction.error ?? new Error("the transaction was aborted")))
  })
}
