import { type FrameOf, isDocumentId } from "@polylogue/protocol"
import { RelayError } from "./errors.ts"
import { Feed, type FeedOwner } from "./feed.ts"
import type { Grants } from "./grants.ts"
import type { ReaderKind } from "./opening.ts"
import type { Outlet } from "./outlet.ts"
import type { RelayCore } from "./relay-core.ts"

/** What the feeds of a session need of it. */
export interface SessionFeedsOwner {
  readonly core: RelayCore
  readonly outlet: Outlet
  readonly grants: Grants
  readonly kind: () => ReaderKind
}

interface Watched {
  readonly feed: Feed
  /** Ends that relays above are asked for what changes there; absent where the principal may read nothing. */
  release: (() => void) | undefined
}

/** The feeds of one session, by their handles. What may be read of them is brought from other relays, for as long as they are there. */
export class SessionFeeds {
  readonly #owner: SessionFeedsOwner
  readonly #feeds = new Map<number, Watched>()

  constructor(owner: SessionFeedsOwner) {
    this.#owner = owner
  }

  has(handle: number): boolean {
    return this.#feeds.has(handle)
  }

  /** @throws RelayError `bad-document-id`, `too-many-documents` */
  watch({ handle, prefix, log, cursor, hops }: FrameOf<"watch">, feedOwner: FeedOwner): void {
    const { core, grants, kind, outlet } = this.#owner
    const { limits } = core
    const isLink = kind().type === "link"
    if (!(isLink && prefix === "") && !isDocumentId(prefix)) throw new RelayError("bad-document-id", "that is no prefix")
    if (this.#feeds.size >= (isLink ? limits.maxLinkFeeds : limits.maxFeeds))
      throw new RelayError("too-many-documents", "too many feeds are open")
    const release = this.#ask(prefix, hops)
    this.#feeds.set(handle, { release, feed: new Feed(core, outlet, grants, feedOwner, { handle, prefix, log, cursor }) })
  }

  /** The other end, or the feed itself, has ended it. */
  close(handle: number): void {
    const watched = this.#feeds.get(handle)
    if (watched === undefined) return
    this.#feeds.delete(handle)
    watched.feed.leave()
    watched.release?.()
  }

  /** The grants of the session are new. `refused` is told of those that end because of it. */
  regrant(refused: (handle: number, prefix: string, error: unknown) => void): void {
    for (const [handle, watched] of this.#feeds) {
      const { feed, release } = watched
      watched.release = undefined
      try {
        watched.release = this.#ask(feed.prefix, undefined)
        feed.regrant()
      } catch (error) {
        this.close(handle)
        refused(handle, feed.prefix, error)
      }
      release?.()
    }
  }

  /** The session has ended. */
  leave(): void {
    for (const handle of this.#feeds.keys()) this.close(handle)
  }

  /** @throws RelayError `too-many-documents` */
  #ask(prefix: string, hops: number | undefined): (() => void) | undefined {
    const { core, grants, kind } = this.#owner
    const reader = kind()
    if (reader.type === "link") return core.links.ask(prefix, reader.relay, hops ?? 0)
    // Else whoever comes could have this relay bring, and keep, what they may not read.
    return grants.principal?.reaches?.(prefix) === false ? undefined : core.links.ask(prefix)
  }
}
