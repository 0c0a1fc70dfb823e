import type { BlobHash, Code, Entry, RowId, Stamp } from "@polylogue/protocol"
import type { LogItem } from "@polylogue/storage"
import { ErasedContent } from "./erased-content.ts"
import { equalBytes } from "./equal-bytes.ts"
import { codeOf, RelayError } from "./errors.ts"
import type { RelayCore } from "./relay-core.ts"
import type { RoomReader } from "./room-reader.ts"
import type { Room } from "./room.ts"
import { cutUpdate, summarizeUpdate, type UpdateSummary } from "./yjs/closed-update.ts"
import { redactUpdate } from "./yjs/redact-update.ts"
import { DocumentSummary } from "./yjs/document-summary.ts"

/*
 * The door of one room: rows are judged one at a time, in the order in which they came, each against the document as it will be when
 * everything accepted before is durable. What passes gets its stamp here and goes to the committer.
 *
 *   submit ─> waiting ─> known row? ─> too large? ─> summary (large ones: worker) ─> judge ─> stamp ─> committer
 *                            │             │                     │                     │
 *                        old stamp       refused              refused               refused
 *
 * What it needs is read from the store at the first row and dropped when the room has been quiet for a while.
 */

/** A row on its way through the door. */
export interface SubmittedRow {
  readonly from: RoomReader
  readonly principal: string
  readonly row: RowId
  readonly handOver: boolean
  readonly update: Uint8Array
  /** Present on an erasure: blobs that go with the ranges that it deletes. */
  readonly erases?: readonly BlobHash[] | undefined
  /** Not to be stored when it adds nothing (a y-websocket client's whole state). */
  readonly onlyNews?: boolean
  /** Refused, unless it adds nothing. */
  readonly forbidden?: boolean
}

/** Where a row stands in the window: its seq and, once durable, its position. */
interface KnownRow {
  readonly stamp: Stamp
  position: number | undefined
  /** Its update while its commit is under way. */
  update: Uint8Array | undefined
}

interface DoorState {
  readonly summary: DocumentSummary
  /** In the order of the log. */
  readonly rows: Map<RowId, KnownRow>
  readonly erased: ErasedContent
  nextSeq: number
}

/** Judges the rows of one room. */
export class AppendDoor {
  readonly #core: RelayCore
  readonly #room: Room
  readonly #waiting: SubmittedRow[] = []
  /** Who sent the entries whose commit is under way, by seq: several, when two tabs or connections of a device sent the same row. */
  readonly #writers = new Map<number, Set<RoomReader>>()
  #state: DoorState | undefined
  /** While {@link #state} is being read. */
  #loading: Promise<DoorState> | undefined
  #running: Promise<void> | undefined
  #pins = 0
  #lastUsed: number

  constructor(core: RelayCore, room: Room) {
    this.#core = core
    this.#room = room
    this.#lastUsed = core.clock.monotonic()
  }

  /** Whether rows wait or are under way, so that nothing may be dropped. */
  get busy(): boolean {
    return this.#running !== undefined || this.#waiting.length > 0 || this.#writers.size > 0
  }

  /** Resolves when no row waits to be judged. */
  async quiet(): Promise<void> {
    await this.#running
  }

  /** Takes a row; its `from` is told when it was refused or known, and gets it at its place in the log otherwise. */
  submit(row: SubmittedRow): void {
    this.#lastUsed = this.#core.clock.monotonic()
    if (!this.#core.committer.reserve(row.update.length)) {
      row.from.overloaded("too many rows wait to be written")
      return
    }
    this.#waiting.push(row)
    this.#running ??= this.#run()
  }

  /** What the document is known to have, read from the store at the first call. */
  async summary(): Promise<DocumentSummary> {
    this.#lastUsed = this.#core.clock.monotonic()
    return (await this.#load()).summary
  }

  /** An entry is durable: whoever sent it is told. */
  committed(item: LogItem): void {
    if (item.kind !== "entry" || item.entry.stamp.log !== this.#core.logId) return
    const { row, stamp } = item.entry
    const known = this.#state?.rows.get(row)
    if (known !== undefined && known.stamp.seq === stamp.seq) {
      known.position = item.position
      known.update = undefined
    }
    for (const writer of this.#writers.get(stamp.seq) ?? []) writer.stored(row, stamp, item.position)
    this.#writers.delete(stamp.seq)
  }

  /** Items up to `base` have left the window. */
  forget(base: number): void {
    for (const [row, { position }] of this.#state?.rows ?? []) {
      if (position === undefined || position > base) return
      this.#state!.rows.delete(row)
    }
  }

  /** Drops what can be read again, when it was not used since `since` (monotonic milliseconds). */
  sweep(since: number): void {
    if (!this.busy && this.#pins === 0 && this.#lastUsed < since) this.#state = undefined
  }

  /** Keeps what was read, deletions included, until the returned function is called: for a y-websocket session. */
  pin(): () => void {
    this.#pins++
    return () => {
      this.#pins--
      if (this.#pins === 0) this.#state?.summary.dropDeletes()
    }
  }

  /** Rows that wait or are under way are given up; they were never acknowledged. */
  abandon(): void {
    for (const { update } of this.#waiting) this.#core.committer.release(update.length, 1)
    this.#waiting.length = 0
    this.#writers.clear()
    this.#state = undefined
  }

  async #run(): Promise<void> {
    try {
      for (let row = this.#waiting.shift(); row !== undefined; row = this.#waiting.shift()) {
        const stored = await this.#handle(row)
        this.#core.committer.release(row.update.length - stored, stored > 0 ? 0 : 1)
      }
    } finally {
      this.#running = undefined
    }
  }

  /** Bytes that went to the committer, 0 when none did. */
  async #handle(row: SubmittedRow): Promise<number> {
    let state: DoorState | undefined
    try {
      for (;;) {
        state = this.#state ?? (await this.#load())
        const stored = await this.#judge(state, row)
        if (stored !== undefined) return stored
        // The room has failed: its readers were told, and the row is given up like those that waited.
        if (this.#room.quarantined) return 0
      }
    } catch (error) {
      if (error instanceof RelayError && error.code !== "closed" && error.code !== "unsound")
        this.#refuse(row, error.code, error.message, state)
      else this.#room.failed(error)
      return 0
    }
  }

  /**
   * Bytes that went to the committer; `undefined` when `state` became void meanwhile, and the row has to be judged again.
   * @throws RelayError why the row is refused.
   */
  async #judge(state: DoorState, row: SubmittedRow): Promise<number | undefined> {
    if (await this.#isKnown(state, row)) {
      this.#core.counters.rowsKnown++
      return 0
    }
    this.#checkBounds(row)
    const summary = await this.#summarize(row.update)
    if (row.onlyNews === true && state.summary.hasAll(summary)) return 0
    if (row.forbidden === true) throw new RelayError("forbidden", `no permission to ${row.erases === undefined ? "write" : "erase"}`)
    // Behind the count of its clients, which is none, everything is the delete set: that is how others read it.
    if (row.erases !== undefined && row.update[0] !== 0) throw new RelayError("bad-update", "an erasure brings nothing")
    // They stand in every snapshot from then on, which has to fit a transfer.
    if (row.erases !== undefined && state.erased.blobsWith(row.erases) > this.#core.limits.maxErasedBlobs)
      throw new RelayError("row-too-large", "the document has erased as many blobs as it may")
    const verdict = state.summary.judge(summary, row)
    if (verdict !== undefined) throw new RelayError(verdict.code, verdict.reason)
    const cut = await this.#cut(row.update, state.summary.cutAt(summary))
    const update = await this.#redact(cut, summary, state.erased)
    if (this.#state !== state) return undefined
    state.summary.take(summary, row)
    row.from.refusal = undefined
    this.#accept(state, row, update)
    return update.length
  }

  /** @throws RelayError */
  #checkBounds({ from, handOver, update, erases }: SubmittedRow): void {
    const { maxDocumentBytes, maxRowBytes } = this.#core.limits
    const { itemBytes, snapshotBytes } = this.#room.head
    if (from.refusal !== undefined && !(from.refusal === "gap" && handOver))
      throw new RelayError(from.refusal, "a row before it was refused")
    if (update.length > maxRowBytes) throw new RelayError("row-too-large", `a row of ${update.length} bytes exceeds ${maxRowBytes}`)
    // What a full document needs most is an erasure.
    if (erases === undefined && itemBytes + snapshotBytes + update.length > maxDocumentBytes)
      throw new RelayError("row-too-large", "the document is full")
  }

  #refuse({ from, row, principal, handOver }: SubmittedRow, code: Code, reason: string, state: DoorState | undefined): void {
    this.#core.counters.rowsRefused++
    // Only what the door itself judged brings the state: of hundreds of rows under way behind it each would bring the same again.
    const behind = from.refusal === "gap" && !handOver
    from.refusal = code
    this.#core.events({ type: "row-refused", documentId: this.#room.documentId, principal, code, reason })
    from.refused(row, code, code === "gap" && !behind && state !== undefined ? state.summary.stateVector() : new Uint8Array(), reason)
  }

  /** Small updates are summed up here, at about a microsecond each; large ones would hold up every other room. */
  async #summarize(update: Uint8Array): Promise<UpdateSummary> {
    if (update.length <= this.#core.limits.workerCheckBytes) return summarizeUpdate(update)
    for (let attempt = 1; ; attempt++) {
      try {
        const check = await this.#core.compactor.run({ kind: "check", update })
        if ("bad" in check) throw new RelayError("bad-update", check.bad)
        return check.summary
      } catch (error) {
        if (error instanceof RelayError) throw error
        // The worker died. Once may be another job's doing; an update that does it twice is not worth a third worker.
        if (attempt === 2) throw new RelayError("bad-update", "the update cannot be checked", { cause: error })
      }
    }
  }

  async #cut(update: Uint8Array, stateVector: Uint8Array | undefined): Promise<Uint8Array> {
    if (stateVector === undefined) return update
    if (update.length <= this.#core.limits.workerCheckBytes) return cutUpdate(update, stateVector)
    return (await this.#core.compactor.run({ kind: "cut", update, stateVector })).update
  }

  /** What was erased is taken from nobody: its length stands for it. */
  async #redact(update: Uint8Array, { runs }: UpdateSummary, { ranges }: ErasedContent): Promise<Uint8Array> {
    if (ranges.isEmpty || !runs.some(({ client, from, to }) => ranges.within(client, from, to - from).length > 0)) return update
    if (update.length <= this.#core.limits.workerCheckBytes) return redactUpdate(update, ranges)
    return (await this.#core.compactor.run({ kind: "redact", update, ranges: ranges.encode() })).update
  }

  /** `update` is that of the row, or what of it was not known yet and is not erased. */
  #accept(state: DoorState, { from, principal, row, handOver, update: sent, erases }: SubmittedRow, update: Uint8Array): void {
    const stamp = { log: this.#core.logId, seq: state.nextSeq++ }
    const entry: Entry = {
      stamp,
      receivedAt: Math.floor(this.#core.clock.now()),
      principal,
      row,
      handOver,
      update,
      ...(erases !== undefined && { erases }),
    }
    // Deleted first: a row id used again with other bytes stands at its new place in the order.
    state.rows.delete(row)
    state.rows.set(row, { stamp, position: undefined, update: sent })
    this.#writers.set(stamp.seq, new Set([from]))
    this.#core.counters.rowsAppended++
    if (erases !== undefined) {
      state.erased.takeEntry(entry)
      this.#core.erasures.announce(this.#room.documentId)
    }
    this.#core.committer.append(this.#room, entry)
  }

  /** Whether the row was sent before, with the same id and the same bytes, and is still in the window. */
  async #isKnown(state: DoorState, { from, row, update }: SubmittedRow): Promise<boolean> {
    const known = state.rows.get(row)
    if (known === undefined) return false
    if (known.position === undefined) {
      if (known.update === undefined || !equalBytes(known.update, update)) return false
      this.#writers.get(known.stamp.seq)?.add(from)
      return true
    }
    const position = known.position
    const page = await this.#core.store.read((log) => log.read(this.#room.documentId, position - 1, { maxItems: 1 }))
    const item = page.kind === "items" ? page.items[0] : undefined
    if (item?.kind !== "entry" || !equalBytes(item.entry.update, update)) return false
    from.stored(row, known.stamp, position)
    return true
  }

  /**
   * What is known of the document. One reading at a time, whoever asks: a second state would give stamps again that rows accepted
   * under the first one have.
   */
  async #load(): Promise<DoorState> {
    if (this.#state !== undefined) return this.#state
    this.#loading ??= this.#readAndKeep()
    return await this.#loading
  }

  async #readAndKeep(): Promise<DoorState> {
    try {
      const state = await this.#read()
      // Of a room that failed meanwhile nothing may be kept.
      if (!this.#room.quarantined) this.#state = state
      return state
    } finally {
      this.#loading = undefined
    }
  }

  /** Reads state vector and owners from the snapshot, the rest from the tail, and the row ids from the window. */
  async #read(): Promise<DoorState> {
    const { store, logId } = this.#core
    const { documentId } = this.#room
    for (;;) {
      const snapshot = await store.read((log) => log.snapshot(documentId))
      const summary = new DocumentSummary(snapshot)
      const rows = new Map<RowId, KnownRow>()
      const erased = new ErasedContent()
      erased.take(snapshot?.erased)
      let after = (await store.read((log) => log.head(documentId))).base
      for (;;) {
        const page = await store.read((log) => log.read(documentId, after))
        // A compaction came between; from here on none can, unless it is this room's own, which begins anew too.
        if (page.kind === "compacted" || page.head.through !== (snapshot?.through ?? 0)) break
        for (const item of page.items) {
          learn(item, snapshot?.through ?? 0, summary, rows)
          erased.takeItem(item)
        }
        after = page.items.at(-1)?.position ?? after
        if (after < page.head.head) continue
        return { summary, rows, erased, nextSeq: (page.head.vector.get(logId) ?? 0) + 1 }
      }
    }
  }
}

function learn(item: LogItem, through: number, summary: DocumentSummary, rows: Map<RowId, KnownRow>): void {
  const entry = item.kind === "entry" ? item.entry : { update: item.snapshot.update, principal: "", handOver: true }
  if (item.kind === "entry") {
    rows.delete(item.entry.row)
    rows.set(item.entry.row, { stamp: item.entry.stamp, position: item.position, update: undefined })
  }
  if (item.position <= through) return
  try {
    summary.take(summarizeUpdate(entry.update), entry)
  } catch (cause) {
    throw new RelayError("unsound", `position ${item.position} (${codeOf(cause) ?? "unknown"})`, { cause })
  }
}
