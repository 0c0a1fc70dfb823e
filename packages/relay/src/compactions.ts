import type { DocumentId, Erased, VersionVector } from "@polylogue/protocol"
import type { DocumentHead, LogItem, StoredSnapshot } from "@polylogue/storage"
import { ErasedContent } from "./erased-content.ts"
import { codeOf, RelayError } from "./errors.ts"
import { bytesOf, ITEM_OVERHEAD_BYTES } from "./item-cache.ts"
import type { RelayCore } from "./relay-core.ts"
import type { Room } from "./room.ts"
import { updateOf } from "./door-state.ts"
import type { StoredDocument } from "./yjs/compaction-job.ts"

/*
 * Compaction: snapshot and tail, as they rest, become a new snapshot; recent entries stay beside it.
 *
 *   due ─> queued ─> read snapshot + items up to the head at that moment ─> worker: load, encode, read back, walk
 *                                                                             │                      │
 *                                     commit (snapshot, through, base) <──sound┘                      └─unsound or died: the entries
 *                                                                                                        stay, tried again at twice the tail
 *
 * One at a time per relay: it is background work. What is appended meanwhile stands after `through` and is not touched.
 */

/** A document as it rests, up to `through`. */
export interface LoadedDocument {
  readonly document: StoredDocument
  readonly vector: VersionVector
  /** All that was ever erased in it. */
  readonly erased: Erased | undefined
  readonly through: number
  /** Items beside or after the snapshot, in order, with their bytes; `undefined` when the window holds the bytes of all of them. */
  readonly kept: readonly { readonly position: number; readonly bytes: number }[] | undefined
  readonly bytes: number
}

/** Compacts the rooms of a relay when they are due. */
export class Compactions {
  readonly #core: () => RelayCore
  /** With how many entries behind the snapshot each is worth it. */
  readonly #queue = new Map<Room, number>()
  /** After a failure: how long the tail has to be before it is tried again. */
  readonly #poisoned = new Map<DocumentId, number>()
  /** Rooms that are to be compacted with nothing left beside the snapshot, and who waits for that. */
  readonly #whole = new Map<Room, { readonly resolve: (vector: VersionVector) => void; readonly reject: (error: unknown) => void }>()
  #current: Room | undefined
  #running = false
  #closed = false

  constructor(core: () => RelayCore) {
    this.#core = core
  }

  /** Whether one is queued or under way. */
  get busy(): boolean {
    return this.#running
  }

  /** Queues `room` when its tail is long enough: `minItems`, or as many as the limits say. */
  consider(room: Room, minItems = this.#core().limits.compactItems): void {
    if (this.#closed || room.quarantined || !this.isDue(room.documentId, room.head, minItems)) return
    this.#queue.set(room, minItems)
    if (!this.#running) void this.#run()
  }

  /**
   * Compacts all that `room` has, and keeps no entries beside it: for an erasure. Asked for once at a time per room.
   * @returns what the snapshot stands for, which is at least what the room's log had when this was called.
   * @throws StorageError; RelayError `unsound`, `closed`; what the worker died of.
   */
  compactWhole(room: Room): Promise<VersionVector> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new RelayError("closed", "the relay was closed"))
      this.#whole.set(room, { resolve, reject })
      this.#queue.set(room, 1)
      if (!this.#running) void this.#run()
    })
  }

  isUnderWay(room: Room): boolean {
    return this.#current === room || this.#queue.has(room)
  }

  /** Starts nothing more; what the one under way yields is dropped. */
  close(): void {
    this.#closed = true
    this.#queue.clear()
    for (const { reject } of this.#whole.values()) reject(new RelayError("closed", "the relay was closed"))
    this.#whole.clear()
  }

  /**
   * Reads the document of `room` as it is stored, up to its head: the present one each time that a compaction comes between.
   * @throws StorageError; RelayError `unsound` when what is stored has holes.
   */
  async load(room: Room): Promise<LoadedDocument> {
    for (;;) {
      const loaded = await this.#load(room)
      if (loaded !== undefined) return loaded
    }
  }

  /** Whether the tail is long enough. Large snapshots are rewritten only for one that is worth it. */
  isDue(documentId: DocumentId, { head, through, base, itemBytes, snapshotBytes }: DocumentHead, minItems: number): boolean {
    const { limits } = this.#core()
    const items = head - through
    if (items < 1 || items < (this.#poisoned.get(documentId) ?? 0)) return false
    // Items of the window count by their share: the store keeps no sum of the tail alone.
    const bytes = Math.round((itemBytes * items) / Math.max(1, head - base))
    if (items >= minItems && bytes * 8 >= snapshotBytes) return true
    return bytes >= Math.max(limits.compactBytes, snapshotBytes)
  }

  async #run(): Promise<void> {
    this.#running = true
    for (const [room, minItems] of this.#queue) {
      this.#queue.delete(room)
      const whole = this.#whole.get(room)
      if (whole === undefined && (room.quarantined || !this.isDue(room.documentId, room.head, minItems))) continue
      this.#whole.delete(room)
      this.#current = room
      if (whole === undefined) await this.#compactWhenDue(room)
      else await this.#compact(room, true).then(whole.resolve, whole.reject)
      this.#current = undefined
      // A long compaction may leave a tail that is due again.
      this.consider(room)
    }
    this.#running = false
  }

  async #compactWhenDue(room: Room): Promise<void> {
    const { counters, events, quarantines } = this.#core()
    const { documentId } = room
    const items = room.head.head - room.head.through
    try {
      await this.#compact(room, false)
    } catch (error) {
      if (this.#closed || codeOf(error) === "closed") return
      this.#poisoned.set(documentId, items * 2)
      quarantines.keepWhole(documentId, error)
      counters.compactionsFailed++
      events({ type: "compaction-failed", documentId, items, error })
    }
  }

  /** @returns what the snapshot stands for. */
  async #compact(room: Room, whole: boolean): Promise<VersionVector> {
    const { clock, compactor, committer, counters, events, quarantines } = this.#core()
    const { documentId } = room
    const { head, through: before, base: start, vector: known } = room.head
    if (whole && start === head && (before === head || head === 0)) return known
    const startedAt = clock.monotonic()
    const loaded = await this.load(room)
    const { vector, through, erased } = loaded
    const result = await compactor.run({ kind: "compact", document: loaded.document })
    if (this.#closed || room.quarantined) throw new RelayError("closed", "the room was closed meanwhile")
    const base = whole ? through : this.#baseOf(room, loaded)
    const snapshot = { vector, ...result, ...(erased !== undefined && { erased }) }
    await committer.write({ type: "compact", documentId, snapshot, through, base }, (applied) => room.compacted(applied.head!))
    this.#poisoned.delete(documentId)
    quarantines.lift(documentId, "compaction")
    counters.compactions++
    events({
      type: "compacted",
      documentId,
      items: head - before,
      bytesBefore: loaded.bytes,
      bytesAfter: result.update.length,
      durationMs: clock.monotonic() - startedAt,
    })
    return vector
  }

  /** As much as the window holds stays, counted from the end. */
  #baseOf(room: Room, { kept, through }: LoadedDocument): number {
    const { windowItems, windowBytes } = this.#core().limits
    if (kept === undefined) return Math.max(through - windowItems, room.head.base)
    let base = through
    let bytes = 0
    for (const item of kept.toReversed()) {
      bytes += item.bytes
      if (bytes > windowBytes || through - item.position >= windowItems) break
      base = item.position - 1
    }
    return Math.max(base, room.head.base)
  }

  async #load(room: Room): Promise<LoadedDocument | undefined> {
    const { documentId } = room
    const to = room.head.head
    const { store, limits } = this.#core()
    const snapshot = await store.read((log) => log.snapshot(documentId))
    const through = snapshot?.through ?? 0
    if (through > to) {
      // Rows were told, and a compaction took them in, before this came to read. Beyond what was told none goes.
      if (room.head.head > to) return undefined
      throw new RelayError("unsound", `${documentId} was compacted beyond ${to}`)
    }
    const items: LogItem[] = []
    const { base, head, itemBytes, through: present } = await store.read((log) => log.head(documentId))
    // Where the items go is read behind the snapshot: a compaction in between has taken some of them into another one.
    if (present !== through) return undefined
    // Mostly so: then nothing has to be known of what the snapshot stands for, and it need not be read again with every compaction.
    const windowHoldsAll = itemBytes + (head - base) * ITEM_OVERHEAD_BYTES <= limits.windowBytes
    let after = windowHoldsAll ? Math.max(base, through) : base
    while (after < to) {
      const page = await store.read((log) => log.read(documentId, after))
      if (page.kind === "compacted" || page.head.through !== through) return undefined
      items.push(...page.items.filter(({ position }) => position <= to))
      if (page.items.length === 0) throw new RelayError("unsound", `positions after ${after} are missing`)
      after = page.items.at(-1)!.position
    }
    const kept = windowHoldsAll ? undefined : items.map((item) => ({ position: item.position, bytes: bytesOf(item) }))
    return { ...loadedOf(snapshot, items, to), kept }
  }
}

function loadedOf(snapshot: StoredSnapshot | undefined, items: readonly LogItem[], through: number): Omit<LoadedDocument, "kept"> {
  const tail = items.filter(({ position }) => position > (snapshot?.through ?? 0))
  const vector = new Map(snapshot?.vector)
  for (const item of tail) {
    const known = item.kind === "entry" ? [[item.entry.stamp.log, item.entry.stamp.seq] as const] : item.snapshot.vector
    for (const [log, seq] of known) if (seq > (vector.get(log) ?? 0)) vector.set(log, seq)
  }
  const entries = tail.map((item) => {
    if (item.kind === "snapshot") return updateOf(item.snapshot)
    const { update, principal, handOver } = item.entry
    return { update, principal, handOver }
  })
  const content = new ErasedContent()
  content.take(snapshot?.erased)
  for (const item of tail) content.takeItem(item)
  const bytes = (snapshot?.update.length ?? 0) + tail.reduce((sum, item) => sum + bytesOf(item), 0)
  const stored = snapshot === undefined ? undefined : { update: snapshot.update, owners: snapshot.owners }
  return { document: { snapshot: stored, entries }, vector, erased: content.erased, through, bytes }
}
