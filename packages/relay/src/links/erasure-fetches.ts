import { covers, type DocumentId, unionVectors, type VersionVector } from "@polylogue/protocol"
import { codeOf } from "../errors.ts"
import type { RelayCore } from "../relay-core.ts"
import type { RoomReader } from "../room-reader.ts"
import type { Room } from "../room.ts"
import type { Rooms } from "../rooms.ts"

/** Documents that are fetched at once; others wait. */
const MAX_FETCHES = 64
/** Documents that wait; more are fetched when their erasures are told again, with the next link. */
const MAX_WAITING = 20_000
/** Milliseconds after which a document is given up that no link brings. */
const PATIENCE_MS = 60_000

/**
 * Fetches documents of which something was erased elsewhere, at a relay that holds only what is in use: what it has of them from earlier would
 * keep the words, and it could not say that it has none. For as long as one is fetched it is in use.
 */
export class ErasureFetches {
  readonly #core: () => RelayCore
  readonly #waiting = new Map<DocumentId, VersionVector>()
  readonly #fetching = new Map<DocumentId, Fetch | undefined>()
  #rooms: Rooms | undefined
  #closed = false

  constructor(core: () => RelayCore) {
    this.#core = core
  }

  start(rooms: Rooms): void {
    this.#rooms = rooms
  }

  /** Sees to it that `vector` of the document comes here, if a link brings it. */
  want(documentId: DocumentId, vector: VersionVector): void {
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(documentId)) return
    this.#waiting.set(documentId, unionVectors(this.#waiting.get(documentId) ?? new Map(), vector))
    this.#fill()
  }

  close(): void {
    this.#closed = true
    this.#waiting.clear()
    for (const fetch of this.#fetching.values()) fetch?.stop()
  }

  #fill(): void {
    for (const [documentId, vector] of this.#waiting) {
      if (this.#fetching.size >= MAX_FETCHES) return
      if (this.#fetching.has(documentId)) continue
      this.#waiting.delete(documentId)
      this.#fetching.set(documentId, undefined)
      void this.#begin(documentId, vector)
    }
  }

  async #begin(documentId: DocumentId, vector: VersionVector): Promise<void> {
    const ended = (): void => {
      this.#fetching.delete(documentId)
      if (!this.#closed) this.#fill()
    }
    try {
      const room = await this.#rooms!.room(documentId)
      if (this.#closed || covers(room.head.vector, vector)) return ended()
      this.#fetching.set(documentId, new Fetch(this.#core(), room, vector, ended))
    } catch (error) {
      ended()
      if (codeOf(error) !== "closed") this.#core().events({ type: "failed", where: "erasure-fetch", error })
    }
  }
}

/** One document, in use until it is there. */
class Fetch implements RoomReader {
  refusal: undefined
  readonly link = undefined
  readonly uses = true
  readonly #room: Room
  readonly #vector: VersionVector
  readonly #ended: () => void
  readonly #cancel: () => void
  #over = false

  constructor(core: RelayCore, room: Room, vector: VersionVector, ended: () => void) {
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
    this.#ended()
  }

  // It sends nothing, and has nobody to tell.
  refused(): void {}
  stored(): void {}
  erased(): void {}
  erasedBy(): void {}
  replicated(): void {}
  overloaded(): void {}
  awarenessChanged(): void {}
}
