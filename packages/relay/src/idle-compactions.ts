import type { DocumentId } from "@polylogue/protocol"
import type { DocumentHead } from "@polylogue/storage"
import { codeOf } from "./errors.ts"
import type { RelayCore } from "./relay-core.ts"
import type { Rooms } from "./rooms.ts"

/*
 * Documents that nobody has open any more rest with the tail that they had. When the relay has nothing to do they are compacted, one after
 * the other, so that whoever opens one later is sent a snapshot and not a hundred entries.
 *
 *   start ─> walk through the store ─┐
 *   room leaves memory ──────────────┴─> due, by a shorter tail than in use? ─> one at a time, while nothing else is written
 */

/** Documents that wait; more are found again at the next start. */
const MAX_WAITING = 10_000
/** Heads that are read in one step of the walk. */
const PAGE = 64

/** Compacts what rests. */
export class IdleCompactions {
  readonly #core: RelayCore
  readonly #rooms: Rooms
  readonly #waiting = new Set<DocumentId>()
  /** How far the walk has come; `undefined` when it is over. */
  #walked: number | undefined = 0
  #commits = 0
  #cancel: (() => void) | undefined
  #closed = false

  constructor(core: RelayCore, rooms: Rooms) {
    this.#core = core
    this.#rooms = rooms
  }

  start(): void {
    this.#schedule()
  }

  /** Nobody uses the document any more. */
  left(documentId: DocumentId, head: DocumentHead): void {
    if (!this.#isDue(documentId, head) || this.#waiting.size >= MAX_WAITING) return
    this.#waiting.add(documentId)
    this.#schedule()
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  #isDue(documentId: DocumentId, head: DocumentHead): boolean {
    return this.#core.compactions.isDue(documentId, head, this.#core.limits.compactIdleItems)
  }

  #schedule(): void {
    const { compactIdleMs } = this.#core.limits
    if (this.#closed || this.#cancel !== undefined || compactIdleMs === Infinity) return
    if (this.#walked === undefined && this.#waiting.size === 0) return
    this.#cancel = this.#core.clock.setTimer(() => void this.#step(), compactIdleMs)
  }

  async #step(): Promise<void> {
    try {
      if (this.#isIdle()) await this.#compactOne()
    } catch (error) {
      // The document, or the walk, waits for the next start; what failed in a room was reported by it.
      if (codeOf(error) !== "closed") this.#core.events({ type: "failed", where: "idle-compaction", error })
      this.#walked = undefined
    } finally {
      this.#cancel = undefined
      this.#schedule()
    }
  }

  /** Whether nothing was written since the last step, and nothing is being compacted. */
  #isIdle(): boolean {
    const { committer, compactions } = this.#core
    const { commits, queuedRows } = committer.stats
    const idle = commits === this.#commits && queuedRows === 0 && !compactions.busy && !committer.failing
    this.#commits = commits
    return idle
  }

  async #compactOne(): Promise<void> {
    const documentId = await this.#next()
    if (documentId === undefined || this.#closed) return
    try {
      const room = await this.#rooms.room(documentId)
      this.#core.compactions.consider(room, this.#core.limits.compactIdleItems)
    } catch (error) {
      // Quarantined, or too many rooms: no time to work on it.
      if (codeOf(error) === "closed") throw error
    }
  }

  /** The next document that is due and not in use. */
  async #next(): Promise<DocumentId | undefined> {
    for (const documentId of this.#waiting) {
      this.#waiting.delete(documentId)
      if (!this.#rooms.has(documentId)) return documentId
    }
    if (this.#walked === undefined) return undefined
    const { store } = this.#core
    const after = this.#walked
    const { changes } = await store.read((log) => log.changes({ prefix: "", after, limit: PAGE }))
    for (const { documentId, position } of changes) {
      this.#walked = position
      if (this.#rooms.has(documentId)) continue
      if (this.#isDue(documentId, await store.read((log) => log.head(documentId)))) return documentId
    }
    if (changes.length < PAGE) this.#walked = undefined
    return undefined
  }
}
