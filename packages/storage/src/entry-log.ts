import type { BlobHash, DocumentId, Entry, Erased, RowId, VersionVector } from "@polylogue/protocol"

/*
 * A store holds, per document:
 *
 *   snapshot ─ stands for every position up to `through`
 *   items    ─ positions base+1 … head, in the order in which they arrived here: entries, or snapshots taken over from a relay
 *   outbox   ─ the device's own rows that no relay has acknowledged yet, in the order in which they were written
 *
 *        base          through            head
 *          │              │                 │
 *   ░░░░░░░│ 101 102 103 104 │ 105 106 107 │        ░ deleted, stands in the snapshot
 *          └─ window ─────┘└──── tail ─────┘
 *
 * and, beside the documents, small records. Everything is written by `commit`, which is one atomic and durable batch.
 */

/** What stands for a prefix of a document's log: one update, and what is known with it. Made by compaction. */
export interface Snapshot {
  /** Everything the update stands for. */
  readonly vector: VersionVector
  /** One Yjs v1 update. */
  readonly update: Uint8Array
  /** The Yjs state vector of `update`, encoded by Yjs; empty bytes when its maker did not need it. */
  readonly stateVector: Uint8Array
  /** For each Yjs client id in `update`, the principal who used it first. Empty when its maker did not need it. */
  readonly owners: ReadonlyMap<number, string>
  /** All that was ever erased in the document; absent for nothing. Only grows from one snapshot to the next. */
  readonly erased?: Erased
}

/** A snapshot as it rests: it stands for every position up to `through`. */
export interface StoredSnapshot extends Snapshot {
  readonly through: number
}

/** A snapshot that was taken over from a relay, standing in the log like an entry. */
export interface ReceivedSnapshot {
  readonly vector: VersionVector
  readonly update: Uint8Array
  /** All that was ever erased in the document as far as `vector` goes; absent for nothing. */
  readonly erased?: Erased
  /** For each Yjs client id that it brings, the principal who used it first, as far as its maker knew; absent where nobody said, as on devices. */
  readonly owners?: ReadonlyMap<number, string>
}

/** What stands at one position of a document's log. Positions count 1, 2, 3 … per document, without gaps, and are never used again. */
export type LogItem =
  | { readonly kind: "entry"; readonly position: number; readonly entry: Entry }
  | { readonly kind: "snapshot"; readonly position: number; readonly snapshot: ReceivedSnapshot }

/** Where a document's log stands. */
export interface DocumentHead {
  /** The last position, 0 when nothing was ever appended. */
  readonly head: number
  /** Items up to here are deleted; 0 when none are. */
  readonly base: number
  /** All that is known: of the snapshot and of every item. */
  readonly vector: VersionVector
  /** What was known at `base`: a reader that covers it can be served from the items alone. */
  readonly baseVector: VersionVector
  /** What the stored snapshot stands for, 0 when there is none. */
  readonly through: number
  /** Bytes of the snapshot's update, 0 when there is none. */
  readonly snapshotBytes: number
  /** Bytes of the updates of all stored items. */
  readonly itemBytes: number
  /** How many times the document was reset (see {@link Change}); what was read under another count is void. */
  readonly resets: number
}

/** One of the device's own updates on its way to a relay. Never changed once written. */
export interface OutboxRow {
  readonly row: RowId
  /** Place in the outbox: larger than that of every row written before it to this store, whichever document. Given by the store. */
  readonly order: number
  readonly update: Uint8Array
  /** Whether it stands for more than the device's own words (a hand-over). */
  readonly handOver: boolean
  /** Present on an erasure: blobs that are erased with the ranges that `update` deletes. @see Entry.erases */
  readonly erases?: readonly BlobHash[]
}

/** An outbox row before the store has given it its `order`. */
export type NewOutboxRow = Omit<OutboxRow, "order">

/**
 * One change of a batch.
 * - `append`: items go to the end of the document's log, in order; an entry whose stamp, or a snapshot whose whole vector, is known already is
 *   left out; an entry that would leave a gap in its log fails the batch with `gap`. Rows of the outbox named in
 *   `settled` are removed in the same step, whether or not the entry was new.
 * - `compact`: `snapshot` replaces the stored one and stands for every position up to `through`; items up to `base` (at most `through`)
 *   are deleted. Fails with `stale-compaction` when the stored snapshot stands for more, when `base` would go back, when `through` exceeds
 *   the head or lies before the last reset, when the snapshot lacks something that would be deleted, or knows what the log does not, and when
 *   what is replaced or deleted speaks of erasures (the stored snapshot, erasures and received snapshots among the items) and the new snapshot
 *   has no `erased` or lacks a blob of theirs. The ranges are opaque here: that they only grow is up to the caller.
 * - `reset`: items, snapshot and outbox of the document are removed, its vectors become empty, `resets` grows by one; positions go on
 *   counting (`base` becomes `head`).
 * - `outbox`: adds rows at the end of the outbox, then removes the rows named in `settled`. A row id that is there already is left as it is.
 * - `record`: sets or, with `null`, removes a record.
 *
 * With `resets` a change is for the document as its writer read it: it fails the batch with `reset` when the document was reset another number of
 * times. Without, what one tab wrote upon a log that another has emptied would stand alone in the new one.
 *
 * With `outboxEnd` a change is for the outbox as its writer read it: it fails the batch with `outbox-grown` when the document has a row of a
 * larger order. Without, a reset would remove rows that its writer had not seen and could not keep aside, and a row that stands for earlier ones
 * would go behind another tab's that builds on them.
 */
export type Change =
  | {
      readonly type: "append"
      readonly documentId: DocumentId
      readonly items: readonly NewLogItem[]
      readonly settled?: readonly RowId[]
      readonly resets?: number
    }
  | {
      readonly type: "compact"
      readonly documentId: DocumentId
      readonly snapshot: Snapshot
      readonly through: number
      readonly base: number
    }
  | { readonly type: "reset"; readonly documentId: DocumentId; readonly resets?: number; readonly outboxEnd?: number }
  | {
      readonly type: "outbox"
      readonly documentId: DocumentId
      readonly rows: readonly NewOutboxRow[]
      readonly settled?: readonly RowId[]
      readonly resets?: number
      readonly outboxEnd?: number
    }
  | { readonly type: "record"; readonly key: string; readonly value: Uint8Array | null }

/** An item before the store has given it its position. */
export type NewLogItem =
  | { readonly kind: "entry"; readonly entry: Entry }
  | { readonly kind: "snapshot"; readonly snapshot: ReceivedSnapshot }

/**
 * What became of one change: the items of an `append` that were new; for each row of an `outbox` change, in their order, the row as stored
 * under its id; else empty.
 */
export interface Applied {
  readonly items: readonly LogItem[]
  readonly rows: readonly OutboxRow[]
  /** The document's head after the batch; `undefined` for a `record`. */
  readonly head: DocumentHead | undefined
}

/**
 * One page of a document's items: those after the position asked for, in order, without a gap. `compacted` instead when items after
 * that position have been deleted: the reader must take the snapshot first and go on after its `through`, never with the next item.
 */
export type Page =
  | { readonly kind: "items"; readonly items: readonly LogItem[]; readonly head: DocumentHead }
  | { readonly kind: "compacted"; readonly head: DocumentHead }

/** How much one page may hold: at least one item is returned when there is one, whatever its size. */
export interface PageLimits {
  /** Most items. Default 1,024. */
  readonly maxItems?: number
  /** Most bytes of updates. Default 1 MiB. */
  readonly maxBytes?: number
}

/** Which part of a list of keys is asked for. */
export interface KeysPage {
  /** Only keys behind this one, which need not be there. Default: from the first. */
  readonly after?: string
  /** Most keys. Default, and `Infinity`: all. */
  readonly limit?: number
}

/** Which changes a reader of the feed asks for. */
export interface ChangesQuery {
  /** Only the document of this id, and those whose id begins with it and "/": whole segments of the path. Default, and "": all. */
  readonly prefix?: string
  /** The reader's place in the feed: only what changed after it; 0 for all. */
  readonly after: number
  /** Most changes. Default 1,024; `Infinity` means no limit. */
  readonly limit?: number
}

/** A document's place in the feed. */
export interface DocumentPlace {
  /** Larger than that of every change before it in this store, whichever document; never used again. */
  readonly position: number
  readonly documentId: DocumentId
  /** What is known of the document at the instant at which the page is read. */
  readonly vector: VersionVector
}

/** One page of the feed. */
export interface ChangesPage {
  /** Ascending by position; each document at most once. */
  readonly changes: readonly DocumentPlace[]
  /** Where the reader goes on: every change up to here that it asked for is in this page or one before it. */
  readonly last: number
}

/**
 * Where entries rest: one store of many documents. Implementations: `MemoryEntryLog`, `IndexedDbEntryLog` (`/indexeddb`), `LevelEntryLog`
 * (`/level`); all keep the rules `ENTRY_LOG_RULES`.
 *
 * Byte arrays given to a store are not changed by it and must not be changed by the caller afterwards; byte arrays it returns belong to
 * the caller, who must not change them either (they may be shared). Every method but `open` and `close` throws StorageError
 * `closed` unless the store is open, and `io` or `corrupt` when reading fails.
 */
export interface EntryLog {
  /** Acquires the store and makes it ready. @throws StorageError `unavailable`, `locked`, `newer`, `io`, `corrupt`. */
  open(): Promise<void>
  /** Waits for commits under way, then releases the store. Idempotent; the store may be opened again. */
  close(): Promise<void>
  /** Ids of the documents that have a head (a first item or a reset), ascending by UTF-16 code units, from `prefix` on as long as they begin with it. */
  documents(prefix?: string): Promise<DocumentId[]>
  /** Where the log of `documentId` stands; all zero and empty for a document never written. */
  head(documentId: DocumentId): Promise<DocumentHead>
  /** Items after position `after` (0 or more), read at one instant together with the head. */
  read(documentId: DocumentId, after: number, limits?: PageLimits): Promise<Page>
  /** The stored snapshot, or `undefined`. */
  snapshot(documentId: DocumentId): Promise<StoredSnapshot | undefined>
  /** Outbox rows of `documentId` with an order greater than `after` (default 0), ascending. */
  outbox(documentId: DocumentId, after?: number): Promise<OutboxRow[]>
  /** Ids of the documents that have outbox rows, ascending. */
  pendingDocuments(): Promise<DocumentId[]>
  /** The record at `key`, or `undefined`. */
  record(key: string): Promise<Uint8Array | undefined>
  /**
   * Keys of the records that begin with `prefix`, ascending by UTF-16 code units; of those the first `limit` after `after`.
   * @throws RangeError when `after` does not begin with `prefix`, or `limit` is below 1.
   */
  recordKeys(prefix: string, page?: KeysPage): Promise<string[]>
  /**
   * The feed: every document that has a head stands in it once, at the place that the last commit gave it that changed its vector or reset it.
   * Read at one instant. A page with fewer than `limit` changes is the last for now; its `last` is then the last position ever given out.
   */
  changes(query: ChangesQuery): Promise<ChangesPage>
  /**
   * Sees to it that content of these documents that was deleted or replaced before the call (updates of entries and rows, snapshots) is gone
   * from where it rests, not only out of reach. Readers that began before are waited for; commits go on. Each implementation says how far its
   * ground lets it keep this. Idempotent: after a rejection, or a crash, it is called again.
   */
  purge(documentIds: readonly DocumentId[]): Promise<void>
  /**
   * Writes `changes`, all or none, in their order. Resolves once they are durable: neither a crash of the process nor a power cut takes them
   * back. Calls take effect in the order in which they were made; other tabs of the same store may come between two calls, never into one.
   * After a rejection nothing of the batch is there; only after `io` it may be, all of it, which is known once the store was reopened.
   * @returns one {@link Applied} per change.
   * @throws StorageError `quota-exceeded`, `gap`, `stale-compaction`, `reset`, `outbox-grown`, `io`, `corrupt` (what the commit builds on does not decode).
   * @throws TypeError or RangeError for arguments that nobody may give, with nothing written.
   */
  commit(changes: readonly Change[]): Promise<readonly Applied[]>
}
