import type { DocumentId } from "@polylogue/protocol"
import { ClassicLevel } from "classic-level"
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
import { changesQuery } from "../feed.ts"
import { EMPTY_HEAD } from "../head.ts"
import { Lifecycle } from "../lifecycle.ts"
import { keysPage, pageLimits } from "../page.ts"
import { ActiveReads } from "./active-reads.ts"
import { classicLevel, type LevelDatabase, levelError, openDatabase } from "./database.ts"
import { dump } from "./dump.ts"
import { bringToFormat } from "./format.ts"
import { GroupCommit } from "./group-commit.ts"
import { KIND } from "./key.ts"
import { purge } from "./purge.ts"
import { LevelReader } from "./reader.ts"

/** Options of {@link LevelEntryLog}. */
export interface LevelEntryLogOptions {
  /** The folder of the store; made when it is missing. Nothing else may be in it. */
  readonly location: string
  /** Heads kept in memory, so that an append reads nothing; some 500 bytes each. Default 4,096; 0 keeps none. */
  readonly maxCachedHeads?: number
  /** Opens the database at `location`, once for each `open`. Default LevelDB through classic-level; tests pass one that fails. */
  readonly database?: (location: string) => LevelDatabase
}

interface Opened {
  readonly database: LevelDatabase
  readonly reader: LevelReader
  readonly commits: GroupCommit
  readonly reads: ActiveReads
}

/**
 * An {@link EntryLog} in a LevelDB folder, which one process at a time may have open (`locked`).
 *
 * A commit is one batch with fsync; commits that are made while one is under way go to disk together with the next. When a write fails,
 * what is on disk is not known: everything is refused with `io` until the store is closed and opened again.
 */
export class LevelEntryLog implements EntryLog {
  readonly #location: string
  readonly #maxCachedHeads: number
  readonly #database: (location: string) => LevelDatabase
  readonly #lifecycle: Lifecycle<Opened>

  constructor({ location, maxCachedHeads = 4096, database = classicLevel }: LevelEntryLogOptions) {
    if (!(maxCachedHeads >= 0)) throw new RangeError(`maxCachedHeads is a count, not ${maxCachedHeads}`)
    this.#location = location
    this.#maxCachedHeads = maxCachedHeads
    this.#database = database
    this.#lifecycle = new Lifecycle(location)
  }

  open(): Promise<void> {
    return this.#lifecycle.open(async () => {
      const database = this.#database(this.#location)
      await openDatabase(database, this.#location, bringToFormat)
      const reader = new LevelReader(database)
      return { database, reader, commits: new GroupCommit(database, reader, this.#maxCachedHeads), reads: new ActiveReads() }
    })
  }

  close(): Promise<void> {
    return this.#lifecycle.close(async ({ database, commits, reads }) => {
      reads.close()
      await commits.idle()
      try {
        await database.close()
      } catch (error) {
        throw levelError(`closing ${this.#location}`, error)
      }
    })
  }

  documents(prefix = ""): Promise<DocumentId[]> {
    return this.#read("listing documents", ({ reader }) => reader.texts(KIND.head, prefix))
  }

  head(documentId: DocumentId): Promise<DocumentHead> {
    return this.#read(`reading the head of ${documentId}`, async ({ reader, commits }) => {
      return (commits.cachedHead(documentId) ?? (await reader.head(documentId)))?.head ?? EMPTY_HEAD
    })
  }

  async read(documentId: DocumentId, after: number, limits?: PageLimits): Promise<Page> {
    checkPosition(after, "after")
    const bounds = pageLimits(limits)
    return await this.#read(`reading items of ${documentId}`, ({ reader }) => reader.page(documentId, after, bounds))
  }

  snapshot(documentId: DocumentId): Promise<StoredSnapshot | undefined> {
    return this.#read(`reading the snapshot of ${documentId}`, ({ reader }) => reader.snapshot(documentId))
  }

  outbox(documentId: DocumentId, after = 0): Promise<OutboxRow[]> {
    return this.#read(`reading the outbox of ${documentId}`, ({ reader }) => reader.rows(documentId, after))
  }

  pendingDocuments(): Promise<DocumentId[]> {
    return this.#read("listing pending documents", ({ reader }) => reader.pendingDocuments())
  }

  record(key: string): Promise<Uint8Array | undefined> {
    return this.#read(`reading record ${key}`, ({ reader }) => reader.record(key))
  }

  async recordKeys(prefix: string, page?: KeysPage): Promise<string[]> {
    const { after, limit } = keysPage(prefix, page)
    return await this.#read("listing records", ({ reader }) => reader.texts(KIND.record, prefix, after, limit))
  }

  async changes(query: ChangesQuery): Promise<ChangesPage> {
    const wanted = changesQuery(query)
    return await this.#read("reading the feed", ({ reader }) => reader.changes(wanted))
  }

  /**
   * After it resolves no file of the folder holds bytes of updates of entries and rows, or of snapshots, that were deleted or replaced in these
   * documents before the call. Their keys (which name documents and rows, no content) may stand in LevelDB's notes on its files. It takes as long
   * as merging what the documents have takes, and it waits for readers that began before, a dump under way included. What a repair has put aside
   * in the folder `lost` goes too.
   */
  async purge(documentIds: readonly DocumentId[]): Promise<void> {
    await this.#guard("purging", async (opened) => {
      await purge(opened, documentIds)
      if (documentIds.length > 0) await ClassicLevel.destroy(`${this.#location}/lost`)
    })
  }

  /**
   * All that the store holds at the instant at which the first chunk is asked for, while commits go on; for `restoreLevel`. Chunks are at most
   * 1 MiB. Until the last is taken, or the iteration is left, disk space of what is deleted meanwhile is not given back, and a purge waits.
   * @throws StorageError `closed`, `io`, `corrupt` while it is iterated.
   */
  async *dump(): AsyncGenerator<Uint8Array, void, void> {
    const { database, commits, reads } = this.#lifecycle.resource
    commits.checkDoubt()
    let end = (): void => undefined
    void reads.track(
      new Promise<void>((resolve) => {
        end = resolve
      }),
    )
    try {
      yield* dump(database)
    } catch (error) {
      throw levelError("dumping", error)
    } finally {
      end()
    }
  }

  async commit(changes: readonly Change[]): Promise<readonly Applied[]> {
    checkChanges(changes)
    const { commits } = this.#lifecycle.resource
    return await commits.commit(changes)
  }

  #read<T>(doing: string, read: (opened: Opened) => Promise<T>): Promise<T> {
    return this.#guard(doing, (opened) => opened.reads.track(read(opened)))
  }

  async #guard<T>(doing: string, act: (opened: Opened) => Promise<T>): Promise<T> {
    const opened = this.#lifecycle.resource
    opened.commits.checkDoubt()
    try {
      return await act(opened)
    } catch (error) {
      throw levelError(doing, error)
    }
  }
}
