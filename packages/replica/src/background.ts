import { type DocumentId, type FrameOf, isWithin } from "@polylogue/protocol"
import type { DocumentHead } from "@polylogue/storage"
import type { DocumentSync } from "./document-sync.ts"
import { Feed, type FeedHost } from "./feed.ts"
import { Fetching, type FetchingHost } from "./fetching.ts"
import { Tidying } from "./tidying.ts"

/** What background sync needs of its session. */
export interface BackgroundHost extends Omit<FetchingHost, "settled">, Omit<FeedHost, "differs" | "equal" | "unsettled" | "taken"> {
  /** More documents may be waiting to be opened. */
  openNext(): void
}

/** Keeps the documents of watched prefixes fresh in one session: feeds say what changed, and that is fetched. */
export class Background {
  readonly fetching: Fetching
  readonly #host: BackgroundHost
  readonly #feeds = new Map<string, Feed>()
  readonly #tidying: Tidying

  constructor(host: BackgroundHost) {
    this.#host = host
    this.#tidying = new Tidying(host.environment, (documentId) => host.wanted(documentId))
    this.fetching = new Fetching({
      environment: host.environment,
      syncOf: (documentId) => host.syncOf(documentId),
      wanted: (documentId) => host.wanted(documentId),
      close: (documentId) => host.close(documentId),
      settled: () => {
        for (const feed of this.#feeds.values()) feed.touch()
      },
    })
  }

  /** Follows these prefixes, and no others. */
  watch(prefixes: readonly string[]): void {
    for (const [prefix, feed] of this.#feeds) {
      if (prefixes.includes(prefix)) continue
      this.#feeds.delete(prefix)
      feed.end(true)
    }
    for (const prefix of prefixes) {
      if (this.#feeds.has(prefix)) continue
      const feed = new Feed(this.#feedHost(), prefix)
      this.#feeds.set(prefix, feed)
      void feed.start()
    }
  }

  /** What is granted has changed. */
  restart(): void {
    for (const feed of this.#feeds.values()) feed.restart()
  }

  /** A frame of a feed; one of a feed that has ended is ignored. @throws StorageError when the store cannot be read. */
  async take(frame: FrameOf<"feed">): Promise<void> {
    for (const feed of this.#feeds.values()) if (feed.handle === frame.handle) return feed.take(frame)
  }

  /** The relay has ended the feed with this handle, if there is one: it is not asked again in this session. */
  closed(handle: number): void {
    for (const feed of this.#feeds.values()) if (feed.handle === handle) feed.end(false)
  }

  /** The document was emptied here, and is to be loaded anew if it is watched. */
  emptied(documentId: DocumentId): void {
    if (this.#watches(documentId)) this.fetching.differs(documentId, undefined, false, undefined)
  }

  /** Something of the document became durable. */
  stored(sync: DocumentSync, head: DocumentHead): void {
    this.fetching.stored(sync.documentId, head)
    this.#tidying.grown(sync.documentId, head)
  }

  end(): void {
    for (const feed of this.#feeds.values()) feed.end(false)
    this.fetching.end()
    this.#tidying.end()
  }

  #watches(documentId: DocumentId): boolean {
    return [...this.#feeds.keys()].some((prefix) => isWithin(documentId, prefix))
  }

  #feedHost(): FeedHost {
    const { environment, relay } = this.#host
    const { fetching } = this
    return {
      environment,
      relay,
      mark: () => this.#host.mark(),
      nextHandle: () => this.#host.nextHandle(),
      send: (frame) => this.#host.send(frame),
      closeHandle: (handle) => this.#host.closeHandle(handle),
      differs: (...named) => fetching.differs(...named),
      equal: (documentId) => fetching.equal(documentId),
      unsettled: (prefix, most) => some(fetching.unsettled(), most, (documentId) => isWithin(documentId, prefix)),
      taken: () => this.#host.openNext(),
    }
  }
}

/** The first of `ids` that `matches`, at most `most`: it is asked at every document that arrives, and thousands may be on their way. */
function some(ids: Iterable<DocumentId>, most: number, matches: (id: DocumentId) => boolean): DocumentId[] {
  const found: DocumentId[] = []
  for (const id of ids) {
    if (matches(id)) found.push(id)
    if (found.length >= most) break
  }
  return found
}
