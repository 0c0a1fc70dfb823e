import type { DocumentId } from "@polylogue/protocol"
import type { ChangesPage } from "@polylogue/storage"
import { ByPrefix } from "./by-prefix.ts"
import type { Starts } from "./starts.ts"
import type { Store } from "./store.ts"

/** Who is told that a document below its prefix has changed. */
export interface FeedReader {
  readonly prefix: string
  wake(): void
}

/** The feeds of all sessions: tells those whose prefix a changed document lies below, and reads for those at the same place once. */
export class Feeds {
  readonly starts: Starts
  readonly #store: Store
  readonly #readers = new ByPrefix<FeedReader>()
  /** Reads under way, by what they ask. */
  readonly #reads = new Map<string, Promise<ChangesPage>>()
  /** The last that was read, for those at the same place whose turn comes a little later. */
  #last: { readonly key: string; readonly page: ChangesPage } | undefined
  /** Grows with every change: a read that began before one may miss it. */
  #changes = 0

  constructor(store: Store, starts: Starts) {
    this.#store = store
    this.starts = starts
  }

  /** How many there are. */
  get size(): number {
    return this.#readers.size
  }

  add(feed: FeedReader): void {
    this.#readers.add(feed)
  }

  delete(feed: FeedReader): void {
    this.#readers.delete(feed)
    if (this.size === 0) this.#last = undefined
  }

  /** A change of `documentId` is durable. */
  changed(documentId: DocumentId): void {
    if (this.size === 0) return
    this.#changes++
    this.#last = undefined
    for (const feed of this.#readers.above(documentId)) feed.wake()
  }

  /** What changed below `prefix` after `after`, all that was told by {@link changed} before this call included. @throws StorageError; RelayError `closed` */
  async read(prefix: string, after: number, limit: number): Promise<ChangesPage> {
    const key = `${this.#changes} ${after} ${prefix}`
    if (this.#last?.key === key) return this.#last.page
    const underWay = this.#reads.get(key)
    if (underWay !== undefined) return await underWay
    const read = this.#store.read((log) => log.changes({ prefix, after, limit })).finally(() => this.#reads.delete(key))
    this.#reads.set(key, read)
    const page = await read
    // Of a feed that begins anew nobody is at the same place.
    if (page.changes.length < limit && this.size > 0) this.#last = { key, page }
    return page
  }
}
