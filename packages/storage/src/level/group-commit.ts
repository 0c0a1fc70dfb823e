import type { DocumentId } from "@polylogue/protocol"
import { encodeHead, encodeItem, encodeRow, encodeSnapshot, encodeUint } from "../at-rest.ts"
import { Batch, type BatchSource, type BatchWrites, type DocumentWrites } from "../batch.ts"
import type { Applied, Change } from "../entry-log.ts"
import { StorageError } from "../errors.ts"
import { firstSegment } from "../feed.ts"
import type { RestingHead } from "../head.ts"
import { type LevelDatabase, levelError, type LevelOperation } from "./database.ts"
import { HeadCache } from "./head-cache.ts"
import { KIND, numberKey, plainKey, textKey } from "./key.ts"
import type { LevelReader } from "./reader.ts"

/*
 * Commits wait in a queue; while one fsync is under way the next ones gather, and go to disk together with the next.
 *
 *   idle ──commit──> planning ──> writing ──ok──> resolve all, next group or idle
 *                       │            └──failed──> in doubt: all rejected, now and later, until the store is reopened
 *                       └── a commit that fails here (`gap`, `stale-compaction`) is rejected alone
 *
 * After a failed fsync the kernel may have dropped the pages, so that a second fsync would lie: nothing is written again.
 */

/** Most commits in one group, and most bytes of changes (the first commit of a group fits always). */
const MAX_GROUP_COMMITS = 4096
const MAX_GROUP_BYTES = 16 * 1024 * 1024

interface Waiting {
  readonly changes: readonly Change[]
  readonly resolve: (applied: readonly Applied[]) => void
  readonly reject: (error: unknown) => void
}

/** A write of the store itself, which has its turn among the commits. */
interface Interlude {
  readonly plan: () => Promise<LevelOperation[]>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Writes commits to one open database, in call order, as many at a time as gather while it writes. */
export class GroupCommit {
  readonly #database: LevelDatabase
  readonly #reader: LevelReader
  readonly #heads: HeadCache
  #lastOrder: number | undefined
  #lastChange: number | undefined
  #waiting: (Waiting | Interlude)[] = []
  #running: Promise<void> | undefined
  #doubt: StorageError | undefined

  /** @param maxCachedHeads - see {@link HeadCache}. */
  constructor(database: LevelDatabase, reader: LevelReader, maxCachedHeads: number) {
    this.#database = database
    this.#reader = reader
    this.#heads = new HeadCache(maxCachedHeads)
  }

  /** The head as of the last commit, when it is at hand. */
  cachedHead(documentId: DocumentId): RestingHead | undefined {
    return this.#heads.get(documentId)
  }

  /** @throws StorageError `io` once a write has failed: what is on disk is not known. */
  checkDoubt(): void {
    if (this.#doubt !== undefined) throw new StorageError("io", "a write failed, the store has to be reopened", { cause: this.#doubt })
  }

  commit(changes: readonly Change[]): Promise<readonly Applied[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /**
   * Writes what `plan` answers, durably, in a turn of its own: after the commits made before, with none of them under way. It must not touch what
   * commits read, other than by writing what is there. What fails is thrown as LevelDB throws it; a failed write leaves the store in doubt.
   */
  between(plan: () => Promise<LevelOperation[]>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ plan, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when no commit is waiting or under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // One turn of the microtask queue, so that commits made in one go share the first fsync.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting
      if (first !== undefined && "plan" in first) {
        this.#waiting.shift()
        await this.#writeInterlude(first)
      } else await this.#writeGroup(this.#takeGroup())
    }
    this.#running = undefined
  }

  /** The commits at the front, as many as a group holds; not past an interlude. */
  #takeGroup(): Waiting[] {
    const group: Waiting[] = []
    let bytes = 0
    for (const waiting of this.#waiting) {
      if ("plan" in waiting || group.length >= MAX_GROUP_COMMITS) break
      bytes += changesBytes(waiting.changes)
      if (group.length > 0 && bytes > MAX_GROUP_BYTES) break
      group.push(waiting)
    }
    this.#waiting.splice(0, group.length)
    return group
  }

  async #writeInterlude({ plan, resolve, reject }: Interlude): Promise<void> {
    try {
      this.checkDoubt()
      await this.#write(await plan())
      resolve()
    } catch (error) {
      reject(error)
    }
  }

  /** Writes `operations`, if any; a failure leaves the store in doubt. */
  async #write(operations: LevelOperation[]): Promise<void> {
    if (operations.length === 0) return
    try {
      await this.#database.batch(operations, { sync: true })
    } catch (error) {
      this.#doubt = levelError("writing a batch", error)
      throw this.#doubt
    }
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const batch = new Batch(this.#source)
    const planned: { waiting: Waiting; applied: readonly Applied[] }[] = []
    for (const waiting of group) {
      try {
        this.checkDoubt()
        planned.push({ waiting, applied: await batch.add(waiting.changes) })
      } catch (error) {
        waiting.reject(levelError("planning a commit", error))
      }
    }
    const writes = batch.writes()
    try {
      await this.#write(operationsOf(writes))
    } catch (error) {
      for (const { waiting } of planned) waiting.reject(error)
      return
    }
    for (const { documentId, head } of writes.documents) if (head !== undefined) this.#heads.set(documentId, head)
    this.#lastOrder = writes.lastOrder ?? this.#lastOrder
    this.#lastChange = writes.lastChange ?? this.#lastChange
    for (const { waiting, applied } of planned) waiting.resolve(applied)
  }

  get #source(): BatchSource {
    return {
      head: async (documentId) => this.#heads.get(documentId) ?? (await this.#reader.head(documentId)),
      visitItems: (documentId, after, to, visit) => this.#reader.visitItems(documentId, after, to, visit),
      snapshot: (documentId) => this.#reader.snapshot(documentId),
      row: (documentId, row) => this.#reader.row(documentId, row),
      rows: (documentId) => this.#reader.rows(documentId),
      lastOrder: async () => this.#lastOrder ?? (await this.#reader.lastOrder()),
      lastChange: async () => this.#lastChange ?? (await this.#reader.lastChange()),
    }
  }
}

function changesBytes(changes: readonly Change[]): number {
  let bytes = 0
  for (const change of changes) {
    if (change.type === "append")
      for (const item of change.items) bytes += (item.kind === "entry" ? item.entry : item.snapshot).update.length
    else if (change.type === "compact") bytes += change.snapshot.update.length
    else if (change.type === "outbox") for (const row of change.rows) bytes += row.update.length
  }
  return bytes
}

/** The operations for `writes`; deletions of a document stand before what is added to it. */
function operationsOf(writes: BatchWrites): LevelOperation[] {
  const operations: LevelOperation[] = []
  for (const document of writes.documents) pushDocument(operations, document)
  for (const [text, value] of writes.records) {
    const key = textKey(KIND.record, text)
    operations.push(value === null ? { type: "del", key } : { type: "put", key, value })
  }
  if (writes.lastChange !== undefined)
    operations.push({ type: "put", key: plainKey(KIND.lastChange), value: encodeUint(writes.lastChange) })
  if (writes.lastOrder !== undefined) operations.push({ type: "put", key: plainKey(KIND.lastOrder), value: encodeUint(writes.lastOrder) })
  return operations
}

function pushDocument(operations: LevelOperation[], writes: DocumentWrites): void {
  const { documentId, head, leftChange, deletedItems, items, snapshot, deletedRows, rows } = writes
  for (let position = deletedItems.after + 1; position <= deletedItems.to; position++) {
    operations.push({ type: "del", key: numberKey(KIND.item, documentId, position) })
  }
  for (const { row, order } of deletedRows) {
    operations.push({ type: "del", key: numberKey(KIND.row, documentId, order) })
    operations.push({ type: "del", key: textKey(KIND.rowId, documentId, row) })
  }
  for (const item of items) operations.push({ type: "put", key: numberKey(KIND.item, documentId, item.position), value: encodeItem(item) })
  for (const row of rows) {
    operations.push({ type: "put", key: numberKey(KIND.row, documentId, row.order), value: encodeRow(row) })
    operations.push({ type: "put", key: textKey(KIND.rowId, documentId, row.row), value: encodeUint(row.order) })
  }
  if (snapshot === null) operations.push({ type: "del", key: textKey(KIND.snapshot, documentId) })
  else if (snapshot) operations.push({ type: "put", key: textKey(KIND.snapshot, documentId), value: encodeSnapshot(snapshot) })
  if (leftChange !== undefined && head !== undefined) {
    const workspace = firstSegment(documentId)
    if (leftChange > 0) operations.push({ type: "del", key: numberKey(KIND.change, workspace, leftChange) })
    operations.push({ type: "put", key: numberKey(KIND.change, workspace, head.change), value: textKey(KIND.head, documentId) })
  }
  if (head !== undefined) operations.push({ type: "put", key: textKey(KIND.head, documentId), value: encodeHead(head) })
}
