import type { BlobHash, Code, Entry, RowId, Stamp } from "@polylogue/protocol"
import type { LogItem } from "@polylogue/storage"
import { bytesOfDocument } from "./document-bytes.ts"
import { type DoorState, readDoorState } from "./door-state.ts"
import { equalBytes } from "./equal-bytes.ts"
import { RelayError } from "./errors.ts"
import { type ReceivedBatch, ReceivedItems } from "./received-items.ts"
import type { RelayCore } from "./relay-core.ts"
import type { RoomReader } from "./room-reader.ts"
import type { Room } from "./room.ts"
import { cut, redact, summarize } from "./update-checks.ts"
import type { DocumentSummary } from "./yjs/document-summary.ts"

/*
 * The door of one room: rows are judged one at a time, in the order in which they came, each against the document as it will be when
 * everything accepted before is durable. What passes gets its stamp here and goes to the committer.
 *
 *   submit ─> waiting ─> known row? ─> too large? ─> summary (large ones: worker) ─> judge ─> stamp ─> committer
 *                            │             │                     │                     │
 *                        old stamp       refused              refused               refused
 *
 * What another relay has waits among them, and is judged by `ReceivedItems`: one order for all that goes to the log.
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

/** Judges what is to be appended in one room. */
export class AppendDoor {
  readonly #core: RelayCore
  readonly #room: Room
  readonly #waiting: (SubmittedRow | ReceivedBatch)[] = []
  /** Who sent the entries whose commit is under way: several, when two tabs or connections of a device sent the same row; nobody, when a relay had it. */
  readonly #writers = new Map<string, Set<RoomReader>>()
  #received: ReceivedItems | undefined
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
    return this.#running !== undefined || this.#waiting.length > 0 || this.#writers.size > 0 || this.#received?.busy === true
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

  /** Takes what another relay has; its source is told of everything. The bytes are counted in the budget already. */
  receive(batch: ReceivedBatch): void {
    this.#lastUsed = this.#core.clock.monotonic()
    this.#received ??= new ReceivedItems(this.#core, this.#room, {
      load: () => this.#load(),
      isCurrent: (state) => this.#state === state,
      awaitEntry: (state, entry, sent) => this.#await(state, entry, sent, []),
    })
    this.#waiting.push(batch)
    this.#running ??= this.#run()
  }

  /** What the document is known to have, read from the store at the first call. */
  async summary(): Promise<DocumentSummary> {
    this.#lastUsed = this.#core.clock.monotonic()
    return (await this.#load()).summary
  }

  /** An entry is durable: whoever sent it is told. */
  committed(item: LogItem): void {
    if (item.kind !== "entry") return
    const { row, stamp } = item.entry
    const key = keyOf(stamp)
    const known = this.#state?.rows.get(row)
    if (known !== undefined && keyOf(known.stamp) === key) {
      known.position = item.position
      known.update = undefined
    }
    for (const writer of this.#writers.get(key) ?? []) writer.stored(row, stamp, item.position)
    this.#writers.delete(key)
  }

  /** The room's head has moved: other relays are told what of theirs is durable. */
  settle(): void {
    this.#received?.settle()
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
    const waiting = this.#waiting.splice(0)
    for (const one of waiting) if (!isBatch(one)) this.#core.committer.release(one.update.length, 1)
    this.#writers.clear()
    this.#state = undefined
    this.#received?.abandon(waiting.filter(isBatch))
  }

  async #run(): Promise<void> {
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        if (isBatch(next)) {
          await this.#received!.handle(next)
          continue
        }
        const stored = await this.#handle(next)
        this.#core.committer.release(next.update.length - stored, stored > 0 ? 0 : 1)
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
    const summary = await summarize(this.#core, row.update)
    if (row.onlyNews === true && state.summary.hasAll(summary)) return 0
    if (row.forbidden === true) throw new RelayError("forbidden", `no permission to ${row.erases === undefined ? "write" : "erase"}`)
    // Behind the count of its clients, which is none, everything is the delete set: that is how others read it.
    if (row.erases !== undefined && row.update[0] !== 0) throw new RelayError("bad-update", "an erasure brings nothing")
    // They stand in every snapshot from then on, which has to fit a transfer.
    if (row.erases !== undefined && state.erased.blobsWith(row.erases) > this.#core.limits.maxErasedBlobs)
      throw new RelayError("row-too-large", "the document has erased as many blobs as it may")
    const verdict = state.summary.judge(summary, row)
    if (verdict !== undefined) throw new RelayError(verdict.code, verdict.reason)
    const news = await cut(this.#core, row.update, state.summary.cutAt(summary))
    const update = await redact(this.#core, news, summary, state.erased.ranges)
    if (this.#state !== state) return undefined
    state.summary.take(summary, row)
    row.from.refusal = undefined
    this.#accept(state, row, update)
    return update.length
  }

  /** @throws RelayError */
  #checkBounds({ from, handOver, update, erases }: SubmittedRow): void {
    const { maxDocumentBytes, maxRowBytes } = this.#core.limits
    if (from.refusal !== undefined && !(from.refusal === "gap" && handOver))
      throw new RelayError(from.refusal, "a row before it was refused")
    if (update.length > maxRowBytes) throw new RelayError("row-too-large", `a row of ${update.length} bytes exceeds ${maxRowBytes}`)
    // What a full document needs most is an erasure.
    if (erases === undefined && bytesOfDocument(this.#room.head) + update.length > maxDocumentBytes)
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

  /** `update` is that of the row, or what of it was not known yet and is not erased. */
  #accept(state: DoorState, { from, principal, row, handOver, update: sent, erases }: SubmittedRow, update: Uint8Array): void {
    const { logId } = this.#core
    const stamp = { log: logId, seq: (state.vector.get(logId) ?? 0) + 1 }
    state.vector.set(logId, stamp.seq)
    const entry: Entry = {
      stamp,
      receivedAt: Math.floor(this.#core.clock.now()),
      principal,
      row,
      handOver,
      update,
      ...(erases !== undefined && { erases }),
    }
    this.#await(state, entry, sent, [from])
    this.#core.counters.rowsAppended++
    if (erases !== undefined) {
      state.erased.takeEntry(entry)
      this.#core.erasures.announce(this.#room.documentId, stamp)
    }
    this.#core.committer.append(this.#room, { kind: "entry", entry }, update.length)
  }

  /** The row of `entry` is known from now on; `sent` are its bytes before they were cut. */
  #await({ rows }: DoorState, { row, stamp }: Entry, sent: Uint8Array, writers: readonly RoomReader[]): void {
    // Deleted first: a row id used again with other bytes stands at its new place in the order.
    rows.delete(row)
    rows.set(row, { stamp, position: undefined, update: sent })
    this.#writers.set(keyOf(stamp), new Set(writers))
  }

  /** Whether the row was sent before, with the same id and the same bytes, and is still in the window. */
  async #isKnown(state: DoorState, { from, row, update }: SubmittedRow): Promise<boolean> {
    const known = state.rows.get(row)
    if (known === undefined) return false
    if (known.position === undefined) {
      if (known.update === undefined || !equalBytes(known.update, update)) return false
      this.#writers.get(keyOf(known.stamp))?.add(from)
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
      const state = await readDoorState(this.#core, this.#room.documentId)
      // Of a room that failed meanwhile nothing may be kept.
      if (!this.#room.quarantined) this.#state = state
      return state
    } finally {
      this.#loading = undefined
    }
  }
}

function isBatch(waiting: SubmittedRow | ReceivedBatch): waiting is ReceivedBatch {
  return "items" in waiting
}

function keyOf({ log, seq }: Stamp): string {
  return `${log}:${seq}`
}
