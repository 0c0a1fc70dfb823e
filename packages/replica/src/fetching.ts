import { type DocumentId, vectorHash } from "@polylogue/protocol"
import type { DocumentHead } from "@polylogue/storage"
import type { DocumentSync } from "./document-sync.ts"
import type { Environment } from "./environment.ts"

/*
 * A document that the relay has another version of, and that nobody here has open:
 *
 *   differs ─▶ queued ─▶ open at the relay ─ synced, nothing under way ─▶ closed                  (it changed before we looked)
 *                              │ synced
 *                              └─▶ followed ─ quiet for a while, or too many others ─▶ closed     (it changed while we looked)
 *
 * It is settled, so that the feed's cursor may pass it, when the store holds the version that was named, or one that the relay announced later.
 */

/** What a {@link Fetching} needs of its session. */
export interface FetchingHost {
  readonly environment: Environment
  /** The document's part of this session, if it is open in it. */
  syncOf(documentId: DocumentId): DocumentSync | undefined
  /** Whether somebody wants it open whatever the feed says. */
  wanted(documentId: DocumentId): boolean
  /** Gives the document back to the relay. */
  close(documentId: DocumentId): void
  /** A document was settled. */
  settled(): void
}

/** A document that was named and is not known to be here yet. */
interface Due {
  /** The version that was named; `undefined` when none was. */
  readonly hash: string | undefined
  /** The head that differed, as long as it was not used. */
  head: DocumentHead | undefined
  /** Opened after it was named: once that is synced, the version is here. */
  opened: DocumentSync | undefined
}

/** Brings documents here without a Y.Doc, a bounded number at once, and keeps those that go on changing open for a while. */
export class Fetching {
  readonly #host: FetchingHost
  readonly #due = new Map<DocumentId, Due>()
  readonly #queue = new Set<DocumentId>()
  /** Open at the relay for nobody but us; when something of it last came, the oldest first. */
  readonly #held = new Map<DocumentId, number>()
  /** Those of `held` that the relay has not brought here yet. */
  readonly #coming = new Set<DocumentId>()
  /** Opened after they were named, and synced: settled as soon as nothing of theirs is under way. */
  readonly #arrived = new Set<DocumentId>()
  /** Those of `held` that go on changing. */
  readonly #followed = new Set<DocumentId>()
  #cancelSweep: (() => void) | undefined
  #ended = false

  constructor(host: FetchingHost) {
    this.#host = host
  }

  /** Whether the document has to be open at the relay. */
  has(documentId: DocumentId): boolean {
    return this.#due.has(documentId) || this.#held.has(documentId)
  }

  /** Named documents that are not surely here. */
  unsettled(): Iterable<DocumentId> {
    return this.#due.keys()
  }

  /** The relay has another version. */
  differs(documentId: DocumentId, hash: string | undefined, live: boolean, head: DocumentHead | undefined): void {
    this.#due.set(documentId, { hash, head, opened: undefined })
    if (live) this.#follow(documentId)
    if (this.#host.syncOf(documentId) === undefined) this.#queue.add(documentId)
  }

  /** The store has what the relay has. */
  equal(documentId: DocumentId): void {
    this.#queue.delete(documentId)
    this.#settle(documentId)
  }

  /** The next document to be opened; `undefined` while enough are under way. `head` as it was when it differed, where that is known. */
  next(): { readonly documentId: DocumentId; readonly head: DocumentHead | undefined } | undefined {
    const { maxFetching } = this.#host.environment.limits
    for (const documentId of this.#queue) {
      if (this.#coming.size >= maxFetching) return undefined
      this.#queue.delete(documentId)
      const due = this.#due.get(documentId)
      if (due === undefined || this.#host.syncOf(documentId) !== undefined) continue
      const { head } = due
      due.head = undefined
      this.#held.set(documentId, this.#now())
      this.#coming.add(documentId)
      return { documentId, head }
    }
    return undefined
  }

  /** The document was opened at the relay. */
  began(sync: DocumentSync): void {
    const due = this.#due.get(sync.documentId)
    if (due === undefined) return
    due.opened = sync
    if (this.#host.wanted(sync.documentId)) this.giveUp(sync.documentId)
    else this.adopt(sync.documentId)
  }

  /** Nobody else wants the open document any more: it stays until what was named is here. */
  adopt(documentId: DocumentId): void {
    this.#held.set(documentId, this.#now())
    this.#sweepLater()
  }

  /** Somebody else wants the document from now on; whether it was held here before. */
  giveUp(documentId: DocumentId): boolean {
    this.#coming.delete(documentId)
    this.#followed.delete(documentId)
    return this.#held.delete(documentId)
  }

  /** All that the relay announced when the document was opened is here. */
  synced(sync: DocumentSync): void {
    const { documentId } = sync
    this.#coming.delete(documentId)
    if (this.#due.get(documentId)?.opened === sync) this.#arrived.add(documentId)
  }

  /** Something of the document became durable. */
  stored(documentId: DocumentId, head: DocumentHead): void {
    const due = this.#due.get(documentId)
    if (due !== undefined && due.hash === vectorHash(head.vector)) this.#settle(documentId)
    if (!this.#held.delete(documentId)) return
    this.#held.set(documentId, this.#now())
  }

  /** The document is not open at the relay any more. What was not settled is asked for again, unless the relay refused it for good. */
  ended(documentId: DocumentId, how: "closed" | "refused" | "failed"): void {
    this.giveUp(documentId)
    if (how === "refused") this.equal(documentId)
    const due = this.#due.get(documentId)
    if (due === undefined) return
    due.opened = undefined
    if (how === "closed") this.#queue.add(documentId)
  }

  /** Settles what has arrived, and gives back what is not followed. */
  sweep(): void {
    for (const documentId of this.#arrived) {
      const sync = this.#host.syncOf(documentId)
      const same = sync !== undefined && this.#due.get(documentId)?.opened === sync
      // What the relay lacks has to be there before the document counts as compared.
      if (same && !sync.atRest) continue
      this.#arrived.delete(documentId)
      if (same) this.#settle(documentId)
    }
    this.#close()
    if (this.#held.size + this.#arrived.size > 0) this.#sweepLater()
  }

  #close(): void {
    const { maxFollowed, followedIdleMs } = this.#host.environment.limits
    let over = this.#followed.size - maxFollowed
    for (const [documentId, at] of this.#held) {
      const followed = this.#followed.has(documentId)
      if (followed && over <= 0 && this.#now() - at < followedIdleMs) continue
      const sync = this.#host.syncOf(documentId)
      if (sync === undefined || !sync.atRest) continue
      if (followed) over--
      // Its version is not the one that was named, though all is here: it is asked once more.
      this.#host.close(documentId)
    }
  }

  end(): void {
    this.#ended = true
    this.#cancelSweep?.()
  }

  #follow(documentId: DocumentId): void {
    if (this.#host.wanted(documentId)) return
    this.#followed.add(documentId)
    if (this.#held.delete(documentId)) this.#held.set(documentId, this.#now())
  }

  #settle(documentId: DocumentId): void {
    if (!this.#due.delete(documentId)) return
    this.#host.settled()
  }

  #sweepLater(): void {
    if (this.#ended || this.#cancelSweep !== undefined) return
    const { clock, limits } = this.#host.environment
    this.#cancelSweep = clock.setTimer(
      () => {
        this.#cancelSweep = undefined
        this.sweep()
      },
      Math.max(1, limits.followedIdleMs),
    )
  }

  #now(): number {
    return this.#host.environment.clock.monotonic()
  }
}
