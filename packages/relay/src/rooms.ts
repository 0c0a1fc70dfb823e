import type { DocumentId } from "@polylogue/protocol"
import { RelayError } from "./errors.ts"
import { IdleCompactions } from "./idle-compactions.ts"
import type { RelayCore } from "./relay-core.ts"
import { Room } from "./room.ts"

/** The rooms in memory: loaded when somebody opens the document, gone when it was idle. */
export class Rooms {
  readonly #core: RelayCore
  readonly #rooms = new Map<DocumentId, Room>()
  readonly #loading = new Map<DocumentId, Promise<Room>>()
  readonly #idle: IdleCompactions
  #sweepTimer: (() => void) | undefined
  #lastSweep: number
  #loadedSince = 0

  constructor(core: RelayCore) {
    this.#core = core
    this.#lastSweep = core.clock.monotonic()
    this.#idle = new IdleCompactions(core, this)
  }

  get size(): number {
    return this.#rooms.size
  }

  /**
   * The room of `documentId`, from memory or the store.
   * @throws RelayError `overloaded`, `quarantined`, `closed`; StorageError.
   */
  async room(documentId: DocumentId): Promise<Room> {
    const room = this.#rooms.get(documentId) ?? (await this.#load(documentId))
    if (room.quarantined && room.sweep(0)) {
      // Its time is over: what the store says now counts.
      this.#rooms.delete(documentId)
      return await this.room(documentId)
    }
    if (room.quarantined) throw new RelayError("quarantined", "the document needs an operator")
    room.touch()
    return room
  }

  /** Those that are in memory. */
  get all(): Iterable<Room> {
    return this.#rooms.values()
  }

  /** Begins to work on what nobody uses. */
  start(): void {
    this.#idle.start()
  }

  has(documentId: DocumentId): boolean {
    return this.#rooms.has(documentId)
  }

  /** The room of `documentId` if it is in memory. */
  peek(documentId: DocumentId): Room | undefined {
    return this.#rooms.get(documentId)
  }

  /** Begins to load a room that is about to be asked for. */
  prefetch(documentId: DocumentId): void {
    if (!this.#rooms.has(documentId)) void this.#load(documentId).catch(() => undefined)
  }

  /** Resolves when no row waits at a door or for its commit. */
  async quiet(): Promise<void> {
    for (;;) {
      await this.#core.committer.idle()
      const busy = [...this.#rooms.values()].filter((room) => !room.quarantined && room.busy)
      if (busy.length === 0) return
      await Promise.all(busy.map((room) => room.door.quiet()))
    }
  }

  /** Forgets all rooms. */
  close(): void {
    this.#idle.close()
    this.#sweepTimer?.()
    this.#sweepTimer = undefined
    this.#rooms.clear()
  }

  #load(documentId: DocumentId): Promise<Room> {
    const loading = this.#loading.get(documentId)
    if (loading !== undefined) return loading
    const promise = this.#read(documentId).finally(() => this.#loading.delete(documentId))
    this.#loading.set(documentId, promise)
    return promise
  }

  async #read(documentId: DocumentId): Promise<Room> {
    if (this.#rooms.size + this.#loading.size >= this.#core.limits.maxRooms) throw new RelayError("overloaded", "too many documents in use")
    const { quarantines, store } = this.#core
    const closed = quarantines.mustBeSound(documentId)
    const head = await store.read((log) => log.head(documentId))
    const room = new Room(this.#core, documentId, head)
    if (closed && (await room.isSound())) quarantines.lift(documentId, "document")
    this.#rooms.set(documentId, room)
    this.#scheduleSweep()
    // Who goes through thousands of documents leaves no more rooms behind than this, however fast.
    if (++this.#loadedSince >= this.#core.limits.sweepRooms) this.#sweep()
    // A tail that grew before the last start, which nobody has appended to since.
    this.#core.compactions.consider(room)
    return room
  }

  #scheduleSweep(): void {
    this.#sweepTimer ??= this.#core.clock.setTimer(() => {
      this.#sweepTimer = undefined
      this.#sweep()
      if (this.#rooms.size > 0) this.#scheduleSweep()
    }, this.#core.limits.roomIdleMs)
  }

  #sweep(): void {
    const since = this.#lastSweep
    this.#loadedSince = 0
    this.#lastSweep = this.#core.clock.monotonic()
    for (const [documentId, room] of this.#rooms) {
      if (!room.sweep(since)) continue
      this.#rooms.delete(documentId)
      if (!room.quarantined) this.#idle.left(documentId, room.head)
    }
  }
}
