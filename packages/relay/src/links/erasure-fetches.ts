import { covers, type DocumentId, type VersionVector } from "@polylogue/protocol"
import { doubledMs } from "../doubling.ts"
import { codeOf } from "../errors.ts"
import type { RelayCore } from "../relay-core.ts"
import type { RoomReader } from "../room-reader.ts"
import type { Room } from "../room.ts"
import type { Rooms } from "../rooms.ts"

/*
 * What was erased elsewhere, and is not known here, is owed until it is:
 *
 *   said by another relay, beyond what is here ─> owed (a record, durable no later than what was said) ─> what is here covers it ─> not owed
 *
 *   owed ──a link begins, or some time later──> fetched, where nothing else brings it ──not brought in time──> owed
 */

const OWED = "erasing-fetch/"
/** Documents that are fetched at once; others wait. */
const MAX_FETCHES = 64
/** Milliseconds for which one document is waited for, so that others have their turn. */
export const PATIENCE_MS = 60_000
/** Milliseconds until what no link has brought is tried again: doubled from the first to the last, and begun anew with each link. */
const FIRST_RETRY_MS = 60_000
const LAST_RETRY_MS = 3_600_000

/** What fetches ask. */
export interface ErasureFetchesOwner {
  /** Whether the document comes here whenever it changes, whoever uses it. */
  holds(documentId: DocumentId): boolean
  /** All that other relays have said of the document, as it is on disk. @throws StorageError */
  said(documentId: DocumentId): Promise<VersionVector>
}

/**
 * Fetches documents of which something was erased elsewhere, at a relay that does not follow them: what it has of them from earlier would keep the words, and
 * it could not say that it has none. For as long as one is fetched it is in use. What is owed is kept over restarts, for as long as no link brings it.
 */
export class ErasureFetches {
  readonly #core: () => RelayCore
  readonly #owner: ErasureFetchesOwner
  readonly #owed = new Set<DocumentId>()
  /** Of those, the ones whose turn comes. */
  readonly #waiting = new Set<DocumentId>()
  readonly #running = new Map<DocumentId, Fetch | undefined>()
  #links = 0
  #retries = 0
  #cancelRetry: (() => void) | undefined
  #rooms: Rooms | undefined
  #closed = false

  constructor(core: () => RelayCore, owner: ErasureFetchesOwner) {
    this.#core = core
    this.#owner = owner
  }

  /** Takes up what earlier starts owe. @throws StorageError */
  async start(rooms: Rooms): Promise<void> {
    this.#rooms = rooms
    for (const key of await this.#core().store.read((log) => log.recordKeys(OWED))) this.#owed.add(key.slice(OWED.length))
  }

  /** A link stands, which may bring what others did not. */
  linked(): void {
    this.#links++
    this.#retries = 0
    this.#stopRetry()
    this.#again()
  }

  /** A link is over. */
  left(): void {
    if (--this.#links > 0) return
    this.#waiting.clear()
    this.#stopRetry()
    for (const fetch of this.#running.values()) fetch?.stop()
  }

  /** Whether something that `vector` covers of the document is not here. @throws StorageError */
  async lacks(documentId: DocumentId, vector: VersionVector): Promise<boolean> {
    const { vector: here } = this.#rooms!.peek(documentId)?.head ?? (await this.#core().store.read((log) => log.head(documentId)))
    return !covers(here, vector)
  }

  /** Owes the document, durable no later than what is written after the call. @throws StorageError */
  async owe(documentId: DocumentId): Promise<void> {
    if (this.#owed.has(documentId)) return
    this.#owed.add(documentId)
    await this.#core().committer.write({ type: "record", key: OWED + documentId, value: new Uint8Array() }, () => undefined)
  }

  /** What is owed of the document has been said, or more of it. */
  fetch(documentId: DocumentId): void {
    if (this.#links === 0 || this.#closed) return
    this.#waiting.add(documentId)
    this.#fill()
  }

  close(): void {
    this.#closed = true
    this.#waiting.clear()
    this.#stopRetry()
    for (const fetch of this.#running.values()) fetch?.stop()
  }

  #again(): void {
    for (const documentId of this.#owed) if (!this.#running.has(documentId)) this.#waiting.add(documentId)
    this.#fill()
  }

  #fill(): void {
    for (const documentId of this.#waiting) {
      if (this.#running.size >= MAX_FETCHES || this.#closed) return
      if (this.#running.has(documentId)) continue
      this.#waiting.delete(documentId)
      this.#running.set(documentId, undefined)
      void this.#begin(documentId)
    }
    if (this.#running.size === 0) this.#retryLater()
  }

  async #begin(documentId: DocumentId): Promise<void> {
    try {
      const vector = await this.#owner.said(documentId)
      if (!(await this.lacks(documentId, vector))) return this.#ended(documentId, true)
      if (this.#owner.holds(documentId)) return this.#ended(documentId, false)
      const room = await this.#rooms!.room(documentId)
      if (this.#closed || this.#links === 0) return this.#ended(documentId, false)
      const fetch = new Fetch(this.#core(), room, vector, (brought) => this.#ended(documentId, brought))
      this.#running.set(documentId, fetch)
      fetch.wake()
    } catch (error) {
      this.#ended(documentId, false)
      if (codeOf(error) !== "closed") this.#failed(error)
    }
  }

  #ended(documentId: DocumentId, brought: boolean): void {
    this.#running.delete(documentId)
    if (this.#closed) return
    // What was said meanwhile is looked at before it counts as brought.
    if (brought && !this.#waiting.has(documentId)) this.#pay(documentId)
    this.#fill()
  }

  #pay(documentId: DocumentId): void {
    if (!this.#owed.delete(documentId)) return
    const written = this.#core().committer.write({ type: "record", key: OWED + documentId, value: null }, () => undefined)
    written.catch((error: unknown) => this.#failed(error))
  }

  /** What is left is tried again, should no link begin before. */
  #retryLater(): void {
    if (this.#cancelRetry !== undefined || this.#owed.size === 0 || this.#links === 0) return
    const delayMs = doubledMs(FIRST_RETRY_MS, LAST_RETRY_MS, this.#retries++)
    this.#cancelRetry = this.#core().clock.setTimer(() => {
      this.#cancelRetry = undefined
      this.#again()
    }, delayMs)
  }

  #stopRetry(): void {
    this.#cancelRetry?.()
    this.#cancelRetry = undefined
  }

  #failed(error: unknown): void {
    if (!this.#closed) this.#core().events({ type: "failed", where: "erasure-fetch", error })
  }
}

/** One document, in use until it is there. */
class Fetch implements RoomReader {
  refusal: undefined
  readonly link = undefined
  readonly uses = true
  readonly #room: Room
  readonly #vector: VersionVector
  readonly #ended: (brought: boolean) => void
  readonly #cancel: () => void
  #over = false

  constructor(core: RelayCore, room: Room, vector: VersionVector, ended: (brought: boolean) => void) {
    this.#room = room
    this.#vector = vector
    this.#ended = ended
    this.#cancel = core.clock.setTimer(() => this.stop(), PATIENCE_MS)
    room.join(this)
  }

  wake(): void {
    if (covers(this.#room.head.vector, this.#vector)) this.stop()
  }

  end(): void {
    this.stop()
  }

  stop(): void {
    if (this.#over) return
    this.#over = true
    this.#cancel()
    this.#room.leave(this)
    this.#ended(covers(this.#room.head.vector, this.#vector))
  }

  // It sends nothing, and has nobody to tell.
  refused(): void {}
  stored(): void {}
  erasures(): void {}
  replicated(): void {}
  overloaded(): void {}
  awarenessChanged(): void {}
}
