import type { DocumentId } from "@polylogue/protocol"
import type { IDBPTransaction } from "idb"
import { decodeHead, decodeItem, decodeSnapshot, encodeHead, encodeItem, encodeSnapshot } from "../at-rest.ts"
import type { BatchSource, BatchWrites, DocumentWrites } from "../batch.ts"
import type { Change, DocumentPlace, LogItem, OutboxRow, StoredSnapshot } from "../entry-log.ts"
import { StorageError } from "../errors.ts"
import { liesBelow } from "../feed.ts"
import type { RestingHead } from "../head.ts"
import type { RowValue, Schema, StoreName } from "./database.ts"

/*
 * What happens inside one transaction. It stays active only while it has requests: nothing here may await anything but requests of the
 * transaction itself.
 */

/** A transaction of one commit. Its scope holds the stores that {@link storesOf} named, and only those are touched. */
export type WriteTransaction = IDBPTransaction<Schema, StoreName[], "readwrite">
/** A transaction of any mode whose scope holds what is read. */
export type ReadTransaction = IDBPTransaction<Schema, StoreName[], "readonly" | "readwrite">

/** Items that one request asks for: it begins small, because items may be large, and doubles. */
const FIRST_STEP = 4
const LAST_STEP = 256

/** The stores that `changes` need. */
export function storesOf(changes: readonly Change[]): StoreName[] {
  return [...new Set(changes.flatMap(storesOfChange))]
}

function storesOfChange(change: Change): readonly StoreName[] {
  switch (change.type) {
    case "append":
      return change.settled === undefined ? ["heads", "changes", "items"] : ["heads", "changes", "items", "outbox"]
    case "compact":
      return ["heads", "items", "snapshots"]
    case "reset":
      return ["heads", "changes", "items", "snapshots", "outbox"]
    case "outbox":
      return ["heads", "outbox", "meta"]
    case "record":
      return ["records"]
  }
}

/** What a batch reads, from inside its own transaction. */
export function sourceOf(transaction: ReadTransaction): BatchSource {
  return {
    head: (documentId) => readHead(transaction, documentId),
    visitItems: (documentId, after, to, visit) =>
      walkItems(transaction, documentId, after, to, (item) => {
        visit(item)
        return true
      }),
    snapshot: (documentId) => readSnapshot(transaction, documentId),
    row: async (documentId, row) => rowOf(await transaction.objectStore("outbox").index("row").get([documentId, row])),
    rows: (documentId) => readRows(transaction, documentId, 0),
    lastOrder: async () => (await transaction.objectStore("meta").get("lastOrder")) ?? 0,
    lastChange: () => readLastChange(transaction),
  }
}

export async function readHead(transaction: ReadTransaction, documentId: DocumentId): Promise<RestingHead | undefined> {
  const bytes = await transaction.objectStore("heads").get(documentId)
  return bytes && decodeHead(() => `heads ${JSON.stringify(documentId)}`, bytes)
}

export async function readSnapshot(transaction: ReadTransaction, documentId: DocumentId): Promise<StoredSnapshot | undefined> {
  const bytes = await transaction.objectStore("snapshots").get(documentId)
  return bytes && decodeSnapshot(() => `snapshots ${JSON.stringify(documentId)}`, bytes)
}

/** The last place in the feed: whoever changed last stands there still. */
export async function readLastChange(transaction: ReadTransaction): Promise<number> {
  const last = await transaction.objectStore("changes").openKeyCursor(null, "prev")
  return last?.primaryKey ?? 0
}

/** Places in the feed of documents below `prefix`, after `after`, at most `limit`. */
export async function readChanges(
  transaction: ReadTransaction,
  { prefix, after, limit }: { readonly prefix: string; readonly after: number; readonly limit: number },
): Promise<DocumentPlace[]> {
  const changes: DocumentPlace[] = []
  const places = transaction.objectStore("changes")
  for (let cursor = await places.openCursor(IDBKeyRange.lowerBound(after, true)); cursor !== null; cursor = await cursor.continue()) {
    const { primaryKey: position, value: documentId } = cursor
    if (!liesBelow(documentId, prefix)) continue
    const resting = await readHead(transaction, documentId)
    if (resting?.change !== position)
      throw new StorageError("corrupt", `changes ${position} names ${JSON.stringify(documentId)}, which is not there`)
    changes.push({ position, documentId, vector: resting.head.vector })
    if (changes.length >= limit) break
  }
  return changes
}

export async function readRows(transaction: ReadTransaction, documentId: DocumentId, after: number): Promise<OutboxRow[]> {
  const values = await transaction.objectStore("outbox").getAll(placesAfter(documentId, after, Infinity))
  return values.map((value) => rowOf(value))
}

/** Walks along the items after `after` up to `to` until `visit` says no. @throws StorageError `corrupt` when one is missing. */
export async function walkItems(
  transaction: ReadTransaction,
  documentId: DocumentId,
  after: number,
  to: number,
  visit: (item: LogItem) => boolean,
): Promise<void> {
  const items = transaction.objectStore("items")
  let at = after
  for (let step = FIRST_STEP; at < to; step = Math.min(step * 2, LAST_STEP)) {
    const end = Math.min(at + step, to)
    const values = await items.getAll(placesAfter(documentId, at, end))
    if (values.length < end - at) {
      throw new StorageError("corrupt", `of items ${JSON.stringify(documentId)} ${at + 1} to ${end} only ${values.length} are there`)
    }
    for (const bytes of values) {
      const position = ++at
      if (!visit(decodeItem(() => `items ${JSON.stringify(documentId)} ${position}`, bytes, position))) return
    }
  }
}

/**
 * Issues the requests for `writes`, deletions of a document before what is added to it, and pushes each to `requests`: also when issuing
 * one throws, the caller has those before it.
 */
export function writeBatch(transaction: WriteTransaction, writes: BatchWrites, requests: Promise<unknown>[]): void {
  for (const document of writes.documents) writeDocument(transaction, document, requests)
  for (const [key, value] of writes.records) {
    const records = transaction.objectStore("records")
    requests.push(value === null ? records.delete(key) : records.put(value.slice(), key))
  }
  if (writes.lastOrder !== undefined) requests.push(transaction.objectStore("meta").put(writes.lastOrder, "lastOrder"))
}

function writeDocument(transaction: WriteTransaction, writes: DocumentWrites, requests: Promise<unknown>[]): void {
  const { documentId, head, leftChange, deletedItems, items, snapshot, deletedRows, rows } = writes
  if (deletedItems.to > deletedItems.after) {
    requests.push(transaction.objectStore("items").delete(placesAfter(documentId, deletedItems.after, deletedItems.to)))
  }
  for (const { order } of deletedRows) requests.push(transaction.objectStore("outbox").delete([documentId, order]))
  for (const item of items) requests.push(transaction.objectStore("items").put(encodeItem(item), [documentId, item.position]))
  for (const row of rows) requests.push(transaction.objectStore("outbox").put(rowValue(documentId, row)))
  if (snapshot === null) requests.push(transaction.objectStore("snapshots").delete(documentId))
  else if (snapshot) requests.push(transaction.objectStore("snapshots").put(encodeSnapshot(snapshot), documentId))
  if (leftChange !== undefined && head !== undefined) {
    if (leftChange > 0) requests.push(transaction.objectStore("changes").delete(leftChange))
    requests.push(transaction.objectStore("changes").put(documentId, head.change))
  }
  if (head !== undefined) requests.push(transaction.objectStore("heads").put(encodeHead(head), documentId))
}

/** Keys [documentId, n] with n after `after` up to `to`. */
function placesAfter(documentId: DocumentId, after: number, to: number): IDBKeyRange {
  return IDBKeyRange.bound([documentId, after], [documentId, to], true, false)
}

/** The value of a row. The update is copied: IndexedDB would store the whole buffer that it is a view of. */
function rowValue(documentId: DocumentId, { row, order, update, handOver, erases }: OutboxRow): RowValue {
  return { documentId, order, row, update: update.slice(), handOver, ...(erases && { erases: [...erases] }) }
}

function rowOf(value: RowValue): OutboxRow
function rowOf(value: RowValue | undefined): OutboxRow | undefined
function rowOf(value: RowValue | undefined): OutboxRow | undefined {
  if (value === undefined) return undefined
  const { row, order, update, handOver, erases } = value
  return { row, order, update, handOver, ...(erases && { erases }) }
}
