import type { DocumentId, EncodedFrame, Erased, LogId, RelayId, VersionVector } from "@polylogue/protocol"
import { encodeEntries, entriesFrame, NOTHING_ERASED } from "@polylogue/protocol"
import type { Applied, DocumentHead, LogItem, NewLogItem } from "@polylogue/storage"
import { AppendDoor, type SubmittedRow } from "./append-door.ts"
import type { CommitTarget } from "./committer.ts"
import { codeOf, RelayError } from "./errors.ts"
import { HandOverTurns } from "./hand-over-turns.ts"
import { ItemCache } from "./item-cache.ts"
import { MAX_HOPS } from "./links/asked-prefixes.ts"
import { Replication } from "./links/replication.ts"
import type { SharedFrame } from "./outlet.ts"
import { type ItemSource, receivedBytes } from "./received-items.ts"
import type { RelayCore } from "./relay-core.ts"
import type { RoomReader } from "./room-reader.ts"
import type { DocumentDiff, DocumentState } from "./yjs/compaction-job.ts"

/** What is stored, and the vector that it belongs to. */
interface StoredState {
  readonly vector: VersionVector
  readonly state: DocumentState
  readonly erased: Erased
}

/** What is stored beyond some state vector, and the position up to which it was read. */
interface StoredDiff {
  readonly position: number
  readonly vector: VersionVector
  readonly erased: Erased | undefined
  readonly diff: DocumentDiff
}

/** Items of the log as bytes, and the frames that bring them, by handle. */
interface EncodedRange {
  readonly from: number
  readonly to: number
  readonly bytes: Uint8Array
  readonly frames: Map<number, SharedFrame>
}

/**
 * The relay's state of a document in use: where its log stands, who reads it and its recent entries. No Y.Doc. Everything
 * but readers can be read again from the store, so a room without readers leaves memory.
 *
 * A room that fails is quarantined: its readers are told, nothing of it is written, and after a while its store is tried again.
 */
export class Room implements CommitTarget {
  readonly documentId: DocumentId
  readonly readers = new Set<RoomReader>()
  readonly #core: RelayCore
  #cache: ItemCache | undefined
  // Made when first needed, for most rooms of a device that has thousands of documents open are only ever listened to.
  #door: AppendDoor | undefined
  /** The last frame that was encoded for each handle. */
  #encoded: EncodedRange | undefined
  #diffs: Map<string, Promise<StoredDiff>> | undefined
  #replication: Replication | undefined
  #handOvers: HandOverTurns | undefined
  /** Sessions of devices, and who else reads it here. */
  #users = 0
  /** Readers of relays at which it is in use, and through how many relays that may be said further on. */
  #usedBy: Map<RoomReader, number> | undefined
  #head: DocumentHead
  #state: { readonly position: number; readonly result: ReturnType<Room["state"]> } | undefined
  #quarantinedUntil: number | undefined
  /** Batches from other relays that wait to be let in. */
  #arriving = 0
  #lastUsed: number

  constructor(core: RelayCore, documentId: DocumentId, head: DocumentHead) {
    this.#core = core
    this.documentId = documentId
    this.#head = head
    this.#lastUsed = core.clock.monotonic()
  }

  /** Where the durable log stands. */
  get head(): DocumentHead {
    return this.#head
  }

  /** Whether the document is closed to everybody for now. */
  get quarantined(): boolean {
    return this.#quarantinedUntil !== undefined
  }

  /** Recent items; most rooms have none. */
  get cache(): ItemCache | undefined {
    return this.#cache
  }

  get door(): AppendDoor {
    return (this.#door ??= new AppendDoor(this.#core, this))
  }

  /** Whether rows, or what another relay has, wait at the door or for their commit. */
  get busy(): boolean {
    return this.#arriving > 0 || (this.#door?.busy ?? false)
  }

  /** What other relays have of the document. */
  get replication(): Replication {
    const told = (vector: VersionVector): void => {
      for (const reader of this.readers) reader.replicated(vector)
    }
    const learned = (relay: RelayId, vector: VersionVector): void =>
      this.#core.fleet.learned(this.documentId, this.#head.vector, relay, vector)
    const { links } = this.#core
    const counts = (relay: RelayId): boolean => !links.introductions.isSuperseded(relay)
    return (this.#replication ??= new Replication(links.replicas, () => this.#head.vector, told, learned, counts))
  }

  /** What `relay` has of the document is still to be heard, or never will be. */
  forgetRelay(relay: RelayId): void {
    this.#replication?.forget(relay)
  }

  /** Whose turn it is to bring what is missing here; most rooms miss nothing. */
  get handOvers(): HandOverTurns {
    return (this.#handOvers ??= new HandOverTurns(this.#core.clock, this.#core.limits, () => this.#head.vector))
  }

  get hasHandOvers(): boolean {
    return this.#handOvers !== undefined
  }

  /**
   * Through how many relays further on it may be said to `relay` that the document is in use: here, or at others that read it from here. 0: it is not.
   * @param isFollowed - whether `relay` tells what changes in the document: then it is read from there for devices of this relay alone.
   */
  useBeyond(relay: RelayId, isFollowed: boolean): number {
    if (this.#users > 0) return MAX_HOPS
    if (isFollowed || this.#usedBy === undefined) return 0
    return Math.max(0, ...Array.from(this.#usedBy, ([{ link }, hops]) => (link === relay ? 0 : hops - 1)))
  }

  /** Through how many relays it may be said further on that the document is in use at `relay`; 0: it is not, or that was not said. */
  usedAt(relay: RelayId): number {
    return Math.max(0, ...Array.from(this.#usedBy ?? [], ([{ link }, hops]) => (link === relay ? hops : 0)))
  }

  /** The document is in use at the relay of `reader`, or with 0 hops not any more. */
  use(reader: RoomReader, hops: number): void {
    if (!this.readers.has(reader) || (this.#usedBy?.get(reader) ?? 0) === hops) return
    this.#usedBy ??= new Map()
    if (hops > 0) this.#usedBy.set(reader, Math.min(hops, MAX_HOPS))
    else this.#usedBy.delete(reader)
    this.#core.links.useChanged(this)
  }

  /** A reader comes; from now on it is told of what is appended. */
  join(reader: RoomReader): void {
    this.readers.add(reader)
    if (reader.uses && ++this.#users === 1) this.#core.links.useChanged(this)
    if (reader.link === undefined) for (const state of this.#core.presence.all(this.documentId)) reader.awarenessChanged(state)
  }

  /** A reader goes, and its client ids with it. Idempotent. */
  leave(reader: RoomReader): void {
    if (!this.readers.delete(reader)) return
    if ((reader.uses && --this.#users === 0) || this.#usedBy?.delete(reader) === true) this.#core.links.useChanged(this)
    this.#lastUsed = this.#core.clock.monotonic()
    this.#core.presence.leave(this.documentId, reader)
  }

  /** A row for the door. */
  append(row: SubmittedRow): void {
    if (this.quarantined) row.from.end("quarantined", "the document needs an operator")
    else this.door.submit(row)
  }

  /**
   * Takes in what another relay has, in the order of its log, snapshots included: what is new of it, under the stamps that entries have, in one order
   * with the rows of this relay. `from` is answered when it is durable; give the same one for all of one reading. The room has to be in use, or asked
   * for just before: others leave memory.
   *
   * @returns when more may be given: the next call with the same source has to wait for that, and its link with it.
   * @throws RelayError `closed`
   */
  async receive(items: readonly NewLogItem[], from: ItemSource): Promise<void> {
    const bytes = receivedBytes(items)
    const { received } = this.#core
    this.#arriving++
    try {
      const room = received.take(bytes)
      if (room !== undefined) await room
    } finally {
      this.#arriving--
    }
    if (!this.quarantined) return this.door.receive({ items, from, bytes })
    received.giveBack(bytes)
    from.refused("quarantined", "the document needs an operator")
  }

  async committed(applied: Applied, given: readonly NewLogItem[]): Promise<void> {
    const before = this.#head.head
    // Fewer than were given: an attempt that was reported as failed had written them. Where they stand, only the store knows.
    const items = applied.items.length === given.length ? applied.items : await this.#itemsAfter(before)
    this.#head = applied.head!
    this.#encoded = undefined
    const cache = (this.#cache ??= new ItemCache(this.#core.limits))
    for (const item of items) {
      this.door.committed(item)
      cache.add(item)
      const erases = item.kind === "entry" ? item.entry.erases : item.snapshot.erased
      if (erases !== undefined) this.#core.erasures.durable(this.documentId)
    }
    this.door.settle()
    for (const reader of this.readers) reader.wake()
    this.#replication?.grew(logsOf(items))
    this.#core.feeds.changed(this.documentId)
    this.#core.fleet.committed(this.documentId, this.#head.vector, items)
    this.#core.compactions.consider(this)
  }

  /** A compaction of this room is durable. */
  compacted(head: DocumentHead): void {
    // Items of the same batch are told next; until then the log ends for readers where it ended.
    this.#head = { ...head, head: this.#head.head, vector: this.#head.vector }
    this.#door?.forget(head.base)
    this.#cache?.forget(head.base)
    this.#encoded = undefined
  }

  failed(error: unknown): void {
    if (this.quarantined || codeOf(error) === "closed") return
    this.#quarantinedUntil = this.#core.clock.monotonic() + this.#core.limits.quarantineMs
    this.#core.events({ type: "quarantined", documentId: this.documentId, error })
    this.#core.quarantines.close(this.documentId, error)
    this.#door?.abandon()
    this.#core.erasures.abandoned(this.documentId)
    this.#cache = undefined
    for (const reader of this.readers) reader.end("quarantined", "the document needs an operator")
    this.readers.clear()
  }

  /** An `entries` frame of items that stand together in the log: encoded once for all readers, and put together once for those with the same handle. */
  entriesFrame(handle: number, items: readonly LogItem[]): EncodedFrame {
    const from = items[0]!.position
    const to = items.at(-1)!.position
    const known = this.#encoded?.from === from && this.#encoded.to === to ? this.#encoded : undefined
    const range = known ?? this.#encode(items)
    // Only what several readers are about to take: those who read from the store are each at a place of their own.
    if (to === this.#head.head) this.#encoded = range
    let frame = range.frames.get(handle)
    if (frame === undefined) {
      frame = { ...entriesFrame(handle, range.bytes), message: undefined }
      range.frames.set(handle, frame)
    }
    return frame
  }

  #encode(items: readonly LogItem[]): EncodedRange {
    this.#core.counters.rangesEncoded++
    const entries = items.flatMap((item) => (item.kind === "entry" ? [item.entry] : []))
    return { from: items[0]!.position, to: items.at(-1)!.position, bytes: encodeEntries(entries), frames: new Map() }
  }

  /** State vector and delete set of what is stored, and the vector they belong to; computed once per position. */
  async state(): Promise<StoredState> {
    const position = this.#head.head
    if (this.#state?.position !== position) this.#state = { position, result: this.#computeState() }
    try {
      return await this.#state.result
    } catch (cause) {
      this.#state = undefined
      throw new RelayError("unsound", "the document cannot be loaded", { cause })
    }
  }

  #computeState(): Promise<StoredState> {
    return this.#core.turns.take(async () => {
      const { document, vector, erased = NOTHING_ERASED } = await this.#core.compactions.load(this)
      return { vector, erased, state: await this.#core.compactor.run({ kind: "state", document }) }
    })
  }

  /** What is stored beyond `stateVector` (as Yjs encodes it), and the position up to which it was read. */
  async diff(stateVector: Uint8Array): Promise<StoredDiff> {
    // Providers that come back together mostly have the same: each would load the whole document.
    const key = `${this.#head.head} ${stateVector.join()}`
    this.#diffs ??= new Map()
    const underWay = this.#diffs.get(key)
    const result = underWay ?? this.#core.turns.take(() => this.#diff(stateVector)).finally(() => this.#diffs?.delete(key))
    if (underWay === undefined) this.#diffs.set(key, result)
    return await result
  }

  async #diff(stateVector: Uint8Array): Promise<StoredDiff> {
    const { document, through: position, vector, erased } = await this.#core.compactions.load(this)
    return { position, vector, erased, diff: await this.#core.compactor.run({ kind: "diff", document, stateVector }) }
  }

  /** Drops what has not been used since `since` (monotonic milliseconds); whether the whole room may leave memory. */
  sweep(since: number): boolean {
    if (this.#quarantinedUntil !== undefined) {
      // What is still being written would grow the log behind the next room's back.
      return this.#core.clock.monotonic() >= this.#quarantinedUntil && !this.#core.committer.holds(this)
    }
    this.#door?.sweep(since)
    this.#encoded = undefined
    if (this.#lastUsed >= since || this.busy) return false
    this.#cache = undefined
    this.#state = undefined
    return this.readers.size === 0 && !this.#core.compactions.isUnderWay(this)
  }

  /** Notes that the room is in use. */
  touch(): void {
    this.#lastUsed = this.#core.clock.monotonic()
  }

  /** Whether what is stored loads: what a quarantined document has to show before it is opened again. */
  async isSound(): Promise<boolean> {
    try {
      await this.state()
      // What kept it from being erased closed it; as long as that lasts, opened it would show what is to be gone.
      if (this.#core.erasures.isPending(this.documentId)) await this.#core.compactions.compactWhole(this)
      return true
    } catch (error) {
      const cause = error instanceof RelayError && error.cause !== undefined ? error.cause : error
      if (codeOf(cause) === "closed") throw error
      this.failed(cause)
      return false
    }
  }

  async #itemsAfter(position: number): Promise<LogItem[]> {
    const items: LogItem[] = []
    for (let after = position; ; after = items.at(-1)!.position) {
      const page = await this.#core.store.read((log) => log.read(this.documentId, after))
      if (page.kind === "compacted") throw new RelayError("unsound", `positions after ${after} are gone`)
      items.push(...page.items)
      if (page.items.length === 0 || items.at(-1)!.position >= page.head.head) return items
    }
  }
}

/** The logs of which `items` bring something. */
function logsOf(items: readonly LogItem[]): Set<LogId> {
  return new Set(items.flatMap((item) => (item.kind === "entry" ? [item.entry.stamp.log] : [...item.snapshot.vector.keys()])))
}
