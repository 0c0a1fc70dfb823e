import { type Code, covers, type DocumentId, type VersionVector } from "@polylogue/protocol"
import { RelayError } from "./errors.ts"
import type { RelayCore } from "./relay-core.ts"
import type { Room } from "./room.ts"
import type { RoomReader } from "./room-reader.ts"
import type { Rooms } from "./rooms.ts"

/** A whole document as it is on the relay's disk. */
export interface ReadDocument {
  /** What `update` holds at least. */
  readonly vector: VersionVector
  /** All of it as one Yjs v1 update, without what was deleted. */
  readonly update: Uint8Array
}

/** Documents of a relay, for this program: nobody's permission is asked, so the caller has asked it. */
export interface RelayDocuments {
  /**
   * Resolves with what the log has of `documentId` as soon as that covers `vector`, and after `deadlineMs` with what it has then. Meanwhile the document is
   * in use here, so that a relay with links brings what it lacks.
   * @param deadlineMs - 0: only looks. Finite.
   * @throws RelayError `overloaded` when as many wait as may, `quarantined`, `draining`, `closed`; StorageError.
   */
  waitFor(documentId: DocumentId, vector: VersionVector, deadlineMs: number): Promise<VersionVector>
  /**
   * Has what links can bring of `documentId` brought here. `true` when it is here, as far as the relays have it that can be reached, at once where nothing
   * is to be brought; `false` when the deadline came first, or no link stands that would bring it: then what is not here may be elsewhere.
   * @param deadlineMs - more than 0; finite.
   * @throws as `waitFor`
   */
  bring(documentId: DocumentId, deadlineMs: number): Promise<boolean>
  /**
   * Reads a whole document, in the worker, one at a time.
   * @throws RelayError `overloaded` when as many wait as may, `unsound`, `quarantined`, `closed`; StorageError.
   */
  read(documentId: DocumentId): Promise<ReadDocument>
}

/** A state vector of nothing, as Yjs encodes it. */
const NOTHING = Uint8Array.of(0)

/** Reads documents beside the sessions, for whoever asks over HTTP. */
export class DocumentReads implements RelayDocuments {
  readonly #core: RelayCore
  readonly #rooms: Rooms
  readonly #waiting = new Set<Waiter>()
  #reading = 0

  constructor(core: RelayCore, rooms: Rooms) {
    this.#core = core
    this.#rooms = rooms
  }

  async waitFor(documentId: DocumentId, vector: VersionVector, deadlineMs: number): Promise<VersionVector> {
    const room = await this.#rooms.room(documentId)
    if (deadlineMs > 0) await this.#wait(room, () => covers(room.head.vector, vector), deadlineMs)
    return room.head.vector
  }

  async bring(documentId: DocumentId, deadlineMs: number): Promise<boolean> {
    const room = await this.#rooms.room(documentId)
    const { arrivals } = this.#core.links
    await this.#wait(room, () => arrivals.has(documentId, undefined), deadlineMs)
    return arrivals.has(documentId, undefined)
  }

  /** Is in the room until `isReached`, or the deadline. */
  async #wait(room: Room, isReached: () => boolean, deadlineMs: number): Promise<void> {
    if (isReached()) return
    const { clock, limits, links } = this.#core
    if (this.#waiting.size >= limits.maxWaits) throw new RelayError("overloaded", "too many wait for documents")
    if (room.readers.size >= limits.maxReaders) throw new RelayError("overloaded", "too many sessions read the document")
    const waiter = new Waiter(room.documentId, isReached)
    const cancel = clock.setTimer(() => waiter.expire(), deadlineMs)
    this.#waiting.add(waiter)
    room.join(waiter)
    links.arrivals.wait(waiter, () => waiter.wake())
    try {
      await waiter.reached
    } finally {
      cancel()
      links.arrivals.leave(waiter)
      this.#waiting.delete(waiter)
      room.leave(waiter)
    }
  }

  async read(documentId: DocumentId): Promise<ReadDocument> {
    if (this.#reading >= this.#core.limits.maxWholeReads) throw new RelayError("overloaded", "too many documents are being read")
    this.#reading++
    try {
      const room = await this.#rooms.room(documentId)
      const { diff, vector } = await room.diff(NOTHING)
      return { vector, update: diff.update }
    } finally {
      this.#reading--
    }
  }

  /** Ends all that wait: the relay takes no sessions any more. */
  drain(): void {
    for (const waiter of this.#waiting) waiter.end("draining", "the relay is being stopped")
  }
}

/** Somebody in a room who only wants to know when its log has got so far. */
class Waiter implements RoomReader {
  readonly documentId: DocumentId
  readonly reached: Promise<void>
  refusal: Code | undefined
  readonly link = undefined
  /** What is waited for may be at another relay. */
  readonly uses = true
  readonly #isReached: () => boolean
  #resolve!: () => void
  #reject!: (error: RelayError) => void

  constructor(documentId: DocumentId, isReached: () => boolean) {
    this.documentId = documentId
    this.#isReached = isReached
    this.reached = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  wake(): void {
    if (this.#isReached()) this.expire()
  }

  /** Its time is over. */
  expire(): void {
    this.#resolve()
  }

  end(code: Code, reason: string): void {
    this.#reject(new RelayError(code, reason))
  }

  // It has no rows, shows nobody, and holds nothing that an erasure could reach.

  awarenessChanged(): void {}

  refused(): void {}

  stored(): void {}

  erasures(): void {}

  replicated(): void {}

  overloaded(): void {}
}
