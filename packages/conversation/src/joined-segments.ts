import * as Y from "yjs"
import type { MessageRecords } from "./message.ts"
import { JoinedIndex } from "./record-key.ts"
import { checkSegmentNumber, notedSegment, SEGMENTS } from "./segment.ts"
import { RECORD_MAPS, type RecordMap, type SegmentObserver, SegmentStore } from "./segment-store.ts"

/**
 * The segments of a conversation that are attached, and which of them are *joined*: read as one. Joined are the last attached one and those before it
 * without a gap. Segment 0 is always attached, and joined with segment 1, or while nobody has noted that there are others.
 */
export class JoinedSegments {
  /** Segment 0. */
  first: SegmentStore
  /** The records of all joined segments. */
  readonly records: MessageRecords & Readonly<Record<RecordMap, JoinedIndex>>
  readonly #observer: SegmentObserver
  readonly #alone: boolean
  readonly #attached = new Map<number, SegmentStore>()
  readonly #joined = new Set<SegmentStore>()
  readonly #holders = new Map<string, SegmentStore[]>()
  #noted = 0
  /** A note was read since segments were last joined. */
  #stale = false
  /** There were messages to read before the present transaction. */
  #shown = false

  constructor(documents: Y.Doc | ReadonlyMap<number, Y.Doc>, observer: SegmentObserver) {
    this.#observer = observer
    this.#alone = documents instanceof Y.Doc
    this.records = { flags: new JoinedIndex(), reactions: new JoinedIndex(), feedback: new JoinedIndex(), state: new JoinedIndex() }
    const given = documents instanceof Y.Doc ? new Map([[0, documents]]) : documents
    const first = given.get(0)
    if (first === undefined) throw new RangeError("a conversation is read with its segment 0")
    this.first = this.#add(0, first)
    for (const [segment, ydoc] of given) if (segment !== 0) this.#add(segment, ydoc)
    this.#readNotes()
    this.#join()
  }

  /** Whether messages before those that are read stand in segments that are not joined. */
  get partial(): boolean {
    return !this.#joined.has(this.first)
  }

  /** Number of the oldest joined segment; -1 while none is. */
  get oldest(): number {
    let oldest = -1
    for (const { segment } of this.#joined) if (oldest === -1 || segment < oldest) oldest = segment
    return oldest
  }

  /** Number of the last segment that is attached or noted. */
  get last(): number {
    return Math.max(this.#noted, this.#lastAttached())
  }

  /** Number of the last segment that a writer has noted. */
  get noted(): number {
    return this.#noted
  }

  /** The documents of the attached segments, in their order. */
  documents(): ReadonlyMap<number, Y.Doc> {
    const order = [...this.#attached].sort(([left], [right]) => left - right)
    return new Map(order.map(([segment, { ydoc }]) => [segment, ydoc]))
  }

  /** Takes a segment in, in the place of the document it had before. */
  attach(segment: number, ydoc: Y.Doc): void {
    const before = this.#attached.get(checkSegmentNumber(segment))
    if (before?.ydoc === ydoc) return
    if (before !== undefined) {
      before.detach()
      this.#part(before)
    }
    const store = this.#add(segment, ydoc)
    if (segment === 0) {
      this.first = store
      this.#readNotes()
      this.#observer.meta("head")
      for (const owner of store.meta.owners()) this.#observer.meta(owner)
    }
    this.#join()
  }

  /** The attached segment with this number. */
  attached(segment: number): SegmentStore | undefined {
    return this.#attached.get(segment)
  }

  /** The joined segments in which a message stands under `owner`, in their order. */
  holdersOf(owner: string): readonly SegmentStore[] {
    return this.#holders.get(owner) ?? NOBODY
  }

  /** Whether there is more than one text under `owner`. */
  hasSeveralSources(owner: string): boolean {
    let count = 0
    for (const { maps, imported } of this.holdersOf(owner)) {
      if (maps.messages.has(owner)) count++
      for (const _ of imported.keysOf(owner)) count++
    }
    return count > 1
  }

  /** Lets go of all documents. Idempotent. */
  detach(): void {
    for (const store of this.#attached.values()) store.detach()
  }

  #lastAttached(): number {
    return Math.max(...this.#attached.keys())
  }

  #add(segment: number, ydoc: Y.Doc): SegmentStore {
    const store = new SegmentStore(segment, ydoc)
    this.#attached.set(segment, store)
    const isJoined = (): boolean => this.#joined.has(store)
    store.observe({
      messages: (owner) => {
        if (isJoined()) this.#note(store, owner)
      },
      inside: (owner) => {
        if (isJoined()) this.#observer.inside(owner)
      },
      record: (map, owner) => {
        if (!isJoined()) return
        this.records[map].note(store.records[map], owner)
        this.#observer.record(map, owner)
      },
      meta: (owner) => {
        if (segment !== 0) return
        if (owner === SEGMENTS) this.#readNotes()
        this.#observer.meta(owner)
      },
      flush: () => {
        if (this.#stale) this.#join()
        this.#shown = this.#holders.size > 0
        this.#observer.flush()
      },
    })
    return store
  }

  /** Brings what is joined in line with what is attached and noted. */
  #join(): void {
    const last = this.#lastAttached()
    const wanted = new Set<SegmentStore>()
    for (let segment = last; segment > 0; segment--) {
      const store = this.#attached.get(segment)
      if (store === undefined) break
      wanted.add(store)
    }
    // Messages that somebody reads do not go away when another device notes a segment: that one will be attached behind them.
    const whole = last === 0 ? this.#noted === 0 || (this.#shown && !this.partial) : wanted.size === last
    if (whole) wanted.add(this.first)
    this.#stale = false
    for (const store of this.#joined) if (!wanted.has(store)) this.#part(store)
    for (const store of wanted) if (!this.#joined.has(store)) this.#read(store)
  }

  #read(store: SegmentStore): void {
    this.#joined.add(store)
    for (const map of RECORD_MAPS) {
      this.records[map].join(store.records[map])
      for (const owner of store.records[map].owners()) this.#observer.record(map, owner)
    }
    for (const owner of store.owners()) this.#note(store, owner)
  }

  #part(store: SegmentStore): void {
    if (!this.#joined.delete(store)) return
    for (const map of RECORD_MAPS) {
      this.records[map].part(store.records[map])
      for (const owner of store.records[map].owners()) this.#observer.record(map, owner)
    }
    for (const [owner, holders] of this.#holders) {
      if (!holders.includes(store)) continue
      this.#holders.set(
        owner,
        holders.filter((holder) => holder !== store),
      )
      this.#observer.messages(owner)
    }
  }

  #note(store: SegmentStore, owner: string): void {
    const holders = this.#holders.get(owner)
    if (holders === undefined) this.#holders.set(owner, [store])
    else if (!holders.includes(store)) {
      this.#holders.set(
        owner,
        [...holders, store].sort((left, right) => left.segment - right.segment),
      )
    }
    this.#observer.messages(owner)
  }

  #readNotes(): void {
    this.#noted = this.#alone ? 0 : notedSegment(this.first.ydoc)
    this.#stale = true
  }
}

const NOBODY: readonly SegmentStore[] = []
