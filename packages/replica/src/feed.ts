import { type DocumentId, type Frame, type FrameOf, isWithin, type LogId, vectorHash } from "@polylogue/protocol"
import type { DocumentHead } from "@polylogue/storage"
import type { Environment } from "./environment.ts"
import { type FeedRecord, feedRecordChange, readFeedRecord } from "./feed-record.ts"

/*
 * One watched prefix in one session:
 *
 *   record ─┬─ of this relay, read with this token ─▶ resuming ─ caught up ─▶ following ─┬─ a log never compared, after a while ─▶ comparing
 *           └─ none ─▶ comparing ─ caught up: what the relay did not name is brought to it ─▶ following
 *
 * The cursor alone would not show that a relay was wiped, or restored from a backup: it names what it has, not what it lost. So once per start of
 * a relay everything is compared.
 */

/** What a {@link Feed} needs of its session. */
export interface FeedHost {
  readonly environment: Environment
  /** Address of the relay. */
  readonly relay: string
  /** Names the token of the session. */
  mark(): string
  nextHandle(): number
  send(frame: Frame): void
  closeHandle(handle: number): void
  /** The relay has another version of the document: with `hash`, when it said which. `live` when it changed while this device was looking. */
  differs(documentId: DocumentId, hash: string | undefined, live: boolean, head: DocumentHead | undefined): void
  /** The relay has the version that is here. */
  equal(documentId: DocumentId): void
  /** Documents of `prefix` that were named and are not yet here, at most so many. */
  unsettled(prefix: string, most: number): readonly DocumentId[]
  /** A feed frame was worked through. */
  taken(): void
}

const NO_LOG: LogId = "0".repeat(16)
/** While more documents than this are on their way the cursor is not recorded: the record would grow with them. */
const MAX_UNSETTLED = 128
/** Heads that are read at once. */
const HEADS_AT_ONCE = 256

/** Follows which documents of a prefix change at the relay. */
export class Feed {
  readonly prefix: string
  readonly #host: FeedHost
  #handle = 0
  #mark = ""
  #log: LogId = NO_LOG
  #cursor = 0
  #compared: LogId = ""
  /** While comparing: what the relay has named. */
  #named: Set<DocumentId> | undefined
  #caughtUp = false
  #dirty = false
  #writing = false
  #writtenAt = -Infinity
  #cancelWrite: (() => void) | undefined
  #cancelCompare: (() => void) | undefined
  #ended = false

  constructor(host: FeedHost, prefix: string) {
    this.#host = host
    this.prefix = prefix
  }

  get handle(): number {
    return this.#handle
  }

  /** Takes the feed up where it was left. Never rejects: without a record it begins anew. */
  async start(): Promise<void> {
    const { environment, relay } = this.#host
    this.#mark = this.#host.mark()
    let record: FeedRecord | undefined
    try {
      record = await readFeedRecord(environment.store, relay, this.prefix)
    } catch (error) {
      environment.report({ kind: "store-failed", documentId: undefined, error })
    }
    if (this.#ended) return
    for (const documentId of record?.unsettled ?? []) this.#host.differs(documentId, undefined, false, undefined)
    if (record === undefined || record.mark !== this.#mark) return this.#compare()
    this.#log = record.log
    this.#cursor = record.cursor
    this.#compared = record.compared
    this.#watch()
  }

  /** Compares everything anew: other grants may have opened documents that were passed over. */
  restart(): void {
    if (this.#ended || this.#handle === 0) return
    this.#mark = this.#host.mark()
    this.#leave()
    this.#compare()
  }

  /** One frame of the feed, in order. @throws StorageError when the store cannot be read. */
  async take(frame: FrameOf<"feed">): Promise<void> {
    const { changes } = frame
    for (let from = 0; from < changes.length; from += HEADS_AT_ONCE) {
      const some = changes.slice(from, from + HEADS_AT_ONCE)
      const heads = await Promise.all(some.map(({ documentId }) => this.#host.environment.store.head(documentId)))
      if (this.#ended) return
      for (const [index, { documentId, hash }] of some.entries()) {
        const head = heads[index]!
        this.#named?.add(documentId)
        if (vectorHash(head.vector) === hash) this.#host.equal(documentId)
        else this.#host.differs(documentId, hash, this.#caughtUp, head)
      }
    }
    this.#log = frame.log
    this.#cursor = frame.cursor
    if (frame.caughtUp) await this.#reached()
    if (this.#ended) return
    this.touch()
    this.#host.taken()
  }

  /** Something that the record tells has changed. */
  touch(): void {
    this.#dirty = true
    void this.#write()
  }

  /** Ends it; `politely` tells the relay so. */
  end(politely: boolean): void {
    if (this.#ended) return
    this.#ended = true
    this.#cancelWrite?.()
    this.#cancelCompare?.()
    if (politely) this.#leave()
  }

  #watch(): void {
    this.#handle = this.#host.nextHandle()
    this.#caughtUp = false
    this.#host.send({ type: "watch", handle: this.#handle, prefix: this.prefix, log: this.#log, cursor: this.#cursor })
  }

  #leave(): void {
    if (this.#handle === 0) return
    this.#host.closeHandle(this.#handle)
  }

  #compare(): void {
    this.#cancelCompare?.()
    this.#log = NO_LOG
    this.#cursor = 0
    this.#named = new Set()
    this.#watch()
  }

  /** The relay has named all that it had to name. */
  async #reached(): Promise<void> {
    const named = this.#named
    if (named !== undefined) {
      await this.#bring(named)
      this.#named = undefined
      this.#compared = this.#log
    } else if (!this.#caughtUp && this.#compared !== this.#log) this.#compareLater()
    this.#caughtUp = true
  }

  /** What is here and unknown to the relay: opening it hands over what the relay lacks. */
  async #bring(named: ReadonlySet<DocumentId>): Promise<void> {
    const { store } = this.#host.environment
    for (const documentId of await store.documents(this.prefix)) {
      if (named.has(documentId) || !isWithin(documentId, this.prefix)) continue
      const head = await store.head(documentId)
      if (this.#ended) return
      if (head.vector.size > 0) this.#host.differs(documentId, undefined, false, head)
    }
  }

  /** At some moment of a while: all devices of a relay that was started anew would ask at once. */
  #compareLater(): void {
    const { clock, limits, randomBytes } = this.#host.environment
    const share = (randomBytes(1)[0] ?? 0) / 256
    this.#cancelCompare = clock.setTimer(
      () => {
        this.#leave()
        this.#compare()
      },
      Math.floor(limits.feedCompareMs * share),
    )
  }

  /** Records the place, now and then: what a crash takes of it costs a comparison of hashes. */
  async #write(): Promise<void> {
    const { environment, relay } = this.#host
    const { clock, limits, store } = environment
    if (!this.#dirty || this.#writing || this.#ended || this.#log === NO_LOG || this.#cancelWrite !== undefined) return
    const waitMs = this.#writtenAt + limits.feedRecordMs - clock.monotonic()
    if (waitMs > 0) {
      this.#cancelWrite = clock.setTimer(() => {
        this.#cancelWrite = undefined
        void this.#write()
      }, waitMs)
      return
    }
    const unsettled = this.#host.unsettled(this.prefix, MAX_UNSETTLED + 1)
    if (unsettled.length > MAX_UNSETTLED) return
    this.#dirty = false
    this.#writing = true
    this.#writtenAt = clock.monotonic()
    const record = { log: this.#log, cursor: this.#cursor, compared: this.#compared, mark: this.#mark, unsettled }
    try {
      await store.commit([feedRecordChange(relay, this.prefix, record)])
    } catch (error) {
      // The next change tries again; until then the record tells less than is true, which costs a comparison of hashes.
      if (!this.#ended) environment.report({ kind: "store-failed", documentId: undefined, error })
    } finally {
      this.#writing = false
    }
    void this.#write()
  }
}
