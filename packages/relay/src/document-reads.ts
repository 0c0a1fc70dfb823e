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
    if (deadlineMs === 0 || covers(room.head.vector, vector)) return room.head.vector
    const { clock, limits } = this.#core
    if (this.#waiting.size >= limits.maxWaits) throw new RelayError("overloaded", "too many wait for documents")
    if (room.readers.size >= limits.maxReaders) throw new RelayError("overloaded", "too many sessions read the document")
    const waiter = new Waiter(room, vector)
    const cancel = clock.setTimer(() => waiter.expire(), deadlineMs)
    this.#waiting.add(waiter)
    room.join(waiter)
    try {
      return await waiter.reached
    } finally {
      cancel()
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
  readonly reached: Promise<VersionVector>
  refusal: Code | undefined
  readonly link = undefined
  /** What is waited for may be at another relay. */
  readonly uses = true
  readonly #room: Room
  readonly #vector: VersionVector
  #resolve!: (vector: VersionVector) => void
  #reject!: (error: RelayError) => void

  constructor(room: Room, vector: VersionVector) {
    this.#room = room
    this.#vector = vector
    this.reached = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  wake(): void {
    if (covers(this.#room.head.vector, this.#vector)) this.expire()
  }

  /** Its time is over: what is there now is the answer. */
  expire(): void {
    this.#resolve(this.#room.head.vector)
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
