import { covers, coversStamp, EMPTY_VECTOR, unionVectors, type VersionVector } from "@polylogue/protocol"
import type { LogItem } from "@polylogue/storage"
import type { RelayCore } from "./relay-core.ts"
import type { Standing } from "./returning.ts"
import type { Room } from "./room.ts"

/*
 * A reader's place in the log of one document. It holds no queue: what the reader has not taken yet stays in the room's cache or in
 * the store, so that a reader that takes nothing costs nothing, and goes on without a gap when it takes again.
 *
 *   pull ─> at the end: nothing
 *        ─> in the room's cache: items
 *        ─> else from the store, one page at a time: items
 *                                                 or, when they were compacted away: the snapshot, then what follows `through`
 */

/** What a reader takes next. `wait`: it is being read from the store, and `ready` will be called. */
export type Pulled =
  | { readonly kind: "items"; readonly items: readonly LogItem[] }
  | { readonly kind: "snapshot"; readonly snapshot: Standing }
  | { readonly kind: "wait" }
  | { readonly kind: "end" }

/** Bytes of items that a reader takes at once: small enough that documents of one session take turns, and that several items need no transfer. */
const PAGE_BYTES = 64 * 1024
const PAGE_ITEMS = 1024
/** Items in the last pages that are searched for what a returning replica lacks; doubled each time. */
const FIRST_SEARCH_ITEMS = 32
const MAX_SEARCH_BYTES = 4 * 1024 * 1024

/** Logs that a replica knows and that may be unknown here: with more, only known ones are kept. */
const MAX_KEPT_LOGS = 32

/** What a cursor asks and tells its reader. */
export interface CursorOwner {
  /** Whether a page may be read now; when not, the reader pulls again later. */
  mayFetch(): boolean
  /** What the replica lacks of the document; `undefined` when it is to take the whole snapshot. */
  diff?(): Promise<Standing | undefined>
  /** What `vector` covers is here, is known at the other end, and is left out without being looked at. */
  skipped?(vector: VersionVector): void
  /** A page was read: pull again. */
  wake(): void
  /** The store failed for this document. */
  failed(error: unknown): void
}

/** A place in the log of one room. */
export class Cursor {
  readonly #core: RelayCore
  readonly #room: Room
  readonly #owner: CursorOwner
  #position: number
  /** What the replica knows beyond what stands up to `position`: such items are left out. */
  #known: VersionVector
  #needsSnapshot: boolean
  /** Whether the replica had something before this, or was given something since. */
  #begun: boolean
  #searched: boolean
  #fetched: Pulled | undefined
  #fetching = false
  readonly #pageBytes: number

  /** Stands where a replica that knows `known` has to begin. */
  constructor(core: RelayCore, room: Room, known: VersionVector, owner: CursorOwner) {
    this.#core = core
    this.#room = room
    this.#owner = owner
    this.#pageBytes = Math.min(PAGE_BYTES, Math.ceil(core.limits.maxFrameBytes / 2))
    const { head, base, vector, baseVector } = room.head
    const hasAll = covers(known, vector)
    this.#position = hasAll ? head : base
    // Logs that nothing here is of are mostly not kept, for how many there are is up to the replica: what comes of one later is sent, known or not. A few
    // are, where other relays may bring them in a moment: those who lost their relay together would all be sent what they have.
    const isFew = core.links.live.size > 0 && known.size <= MAX_KEPT_LOGS
    const here = isFew ? known : onlyLogsOf(known, vector)
    this.#known = hasAll ? withoutCovered(here, vector) : here
    this.#needsSnapshot = !hasAll && !covers(known, baseVector)
    this.#begun = known.size > 0
    this.#searched = known.size === 0 || hasAll || this.#needsSnapshot
  }

  /** Everything up to here was taken or is known. */
  get position(): number {
    return this.#position
  }

  /** Bytes of the snapshot that comes next, as far as is known; 0 when items come. */
  get snapshotBytes(): number {
    return this.#needsSnapshot ? this.#room.head.snapshotBytes : 0
  }

  /** Whether something is left in the log, or under a snapshot that nothing stands behind. */
  get behind(): boolean {
    return this.#needsSnapshot || this.#position < this.#room.head.head
  }

  /** Whether nothing is left to take, nor to be given back when the end is reached. */
  get atEnd(): boolean {
    return !this.behind && this.#fetched === undefined && this.#known.size === 0
  }

  /** Whether the replica has to be sent everything from here on. */
  get knowsNothing(): boolean {
    return this.#known.size === 0
  }

  /** The other end has `vector` from elsewhere: what of it stands behind the place is left out. */
  learn(vector: VersionVector): void {
    const news = withoutCovered(vector, this.#known)
    if (news.size > 0) this.#known = unionVectors(this.#known, news)
  }

  /** Goes on from `position`, without looking back. */
  jump(position: number): void {
    this.#position = position
    this.#needsSnapshot = false
    this.#searched = true
    this.#fetched = undefined
  }

  /** Whether the replica is known to have `item`. */
  has(item: LogItem): boolean {
    if (this.#known.size === 0) return false
    return item.kind === "entry" ? coversStamp(this.#known, item.entry.stamp) : covers(this.#known, item.snapshot.vector)
  }

  /** The next items, in log order, what the replica knows included (see {@link has}); at least one unless there are none. */
  pull(): Pulled {
    if (this.#fetched !== undefined) {
      const fetched = this.#fetched
      this.#fetched = undefined
      return this.#take(fetched)
    }
    if (this.#fetching) return { kind: "wait" }
    if (!this.behind) {
      // Nothing in the log is left that the replica could know already.
      if (this.#known.size > 0) this.#known = withoutCovered(this.#known, this.#room.head.vector)
      return { kind: "end" }
    }
    const cached = this.#searched && !this.#needsSnapshot ? this.#room.cache?.after(this.#position, this.#pageBytes) : undefined
    if (cached !== undefined) return this.#take({ kind: "items", items: cached })
    if (!this.#owner.mayFetch()) return { kind: "wait" }
    this.#fetching = true
    void this.#fetch()
    return { kind: "wait" }
  }

  #take(pulled: Pulled): Pulled {
    if (pulled.kind === "items") this.#position = pulled.items.at(-1)?.position ?? this.#position
    if (pulled.kind === "snapshot" && this.#begun) this.#core.counters.resyncs++
    this.#begun = true
    if (pulled.kind === "snapshot") {
      this.#known = unionVectors(this.#known, pulled.snapshot.vector)
      this.#position = pulled.snapshot.through
      this.#needsSnapshot = false
    }
    return pulled
  }

  async #fetch(): Promise<void> {
    try {
      const found = this.#searched ? undefined : await this.#search()
      this.#fetched = found ?? (await this.#read())
    } catch (error) {
      this.#owner.failed(error)
      return
    } finally {
      this.#fetching = false
    }
    this.#owner.wake()
  }

  async #read(): Promise<Pulled> {
    const { store, counters } = this.#core
    const { documentId } = this.#room
    for (;;) {
      counters.pagesRead++
      if (!this.#needsSnapshot) {
        const after = this.#position
        const page = await store.read((log) => log.read(documentId, after, { maxBytes: this.#pageBytes, maxItems: PAGE_ITEMS }))
        // Items beyond the room's head are durable but not told yet: their turn comes with their commit.
        const end = this.#room.head.head
        if (page.kind === "items") return { kind: "items", items: page.items.filter(({ position }) => position <= end) }
        this.#needsSnapshot = true
      }
      const snapshot = (await this.#owner.diff?.()) ?? (await store.read((log) => log.snapshot(documentId)))
      if (snapshot !== undefined) return { kind: "snapshot", snapshot }
      this.#needsSnapshot = false
      this.#position = this.#room.head.base
    }
  }

  /**
   * Finds the place of a replica that has all but a few recent entries, from the end: as many items as its vector lacks are to be found,
   * and everything before the first of them it has. Without this every returning device would read the whole window of every document.
   * Returns the items when the first page had them all.
   */
  async #search(): Promise<Pulled | undefined> {
    const { store, counters } = this.#core
    const { documentId, head } = this.#room
    let missing = 0
    for (const [log, seq] of head.vector) missing += Math.max(0, seq - (this.#known.get(log) ?? 0))
    let end = head.head
    for (let count = FIRST_SEARCH_ITEMS; missing > 0 && end > head.base; count *= 2) {
      const from = Math.max(head.base, end - count)
      counters.pagesRead++
      const page = await store.read((log) => log.read(documentId, from, { maxItems: end - from, maxBytes: MAX_SEARCH_BYTES }))
      // A compaction, more bytes than a search is worth, or snapshots taken over from a relay, which stand for many entries: begin at the beginning.
      if (page.kind === "compacted" || page.items.length < end - from || page.items.some(({ kind }) => kind === "snapshot")) break
      missing -= page.items.filter((item) => !this.has(item)).length
      if (missing <= 0 && end === head.head) {
        // Mostly so: then what was read is also what is sent.
        this.#searched = true
        if (from > this.#position) this.#tellSkipped(head.vector)
        return { kind: "items", items: page.items }
      }
      end = from
    }
    this.#searched = true
    if (missing > 0 || end <= this.#position) return undefined
    this.#position = end
    this.#tellSkipped(head.vector)
    return undefined
  }

  #tellSkipped(vector: VersionVector): void {
    const both = [...this.#known].map(([log, seq]) => [log, Math.min(seq, vector.get(log) ?? 0)] as const)
    this.#owner.skipped?.(new Map(both.filter(([, seq]) => seq > 0)))
  }
}

/** `known` of the logs that `vector` knows. */
function onlyLogsOf(known: VersionVector, vector: VersionVector): VersionVector {
  return known.size === 0 ? EMPTY_VECTOR : new Map([...known].filter(([log]) => vector.has(log)))
}

/** `known` without the logs of which `vector` knows as much. */
function withoutCovered(known: VersionVector, vector: VersionVector): VersionVector {
  if (covers(vector, known)) return EMPTY_VECTOR
  return new Map([...known].filter(([log, seq]) => (vector.get(log) ?? 0) < seq))
}
