import { type Code, continuesVector, covers, coversStamp, EMPTY_VECTOR, type Entry, type VersionVector } from "@polylogue/protocol"
import type { NewLogItem, ReceivedSnapshot } from "@polylogue/storage"
import { bytesOfDocument } from "./document-bytes.ts"
import { type DoorState, updateOf } from "./door-state.ts"
import { RelayError } from "./errors.ts"
import { bytesOf } from "./item-cache.ts"
import type { RelayCore } from "./relay-core.ts"
import type { Room } from "./room.ts"
import { cut, redact, summarize } from "./update-checks.ts"
import type { UpdateSummary } from "./yjs/closed-update.ts"
import { IdRanges } from "./yjs/id-ranges.ts"

/*
 * The door of a room, for what another relay has: it has been judged there, and somebody was told that it is safe, so it keeps its stamp. What is
 * looked at again is what this log stands on, whoever else fails: no gap in any log, nothing that builds on what is not here, nothing erased.
 *
 *   receive ─> room in the budget? ─> waiting ─> known? ─> continues its log? ─> closed? ─> cut, redacted ─> committer ─> durable: the source is told
 *               (the caller waits)    with rows     │              │               │                                        in order
 *                                                dropped        refused         refused, and everything behind it
 *
 * What is refused ends the source: entries behind it may be effects of it, and in every log causes stand before effects.
 */

/**
 * Where items come from: one reading of what another relay has of one document, from `open` to `close`. Each {@link Room.receive} is answered once, in
 * the order of the calls.
 */
export interface ItemSource {
  /** What was given is durable here, whether it was known before or not: `vector` is what it stands for. */
  received(vector: VersionVector): void
  /**
   * Some of what was given was not taken, nor was what stood behind it, and nothing more of this source is: to go on, what the other relay has is read
   * anew, for its causes first. With `quarantined` the room has failed, and what was taken may be lost.
   */
  refused(code: Code, reason: string): void
}

/** Items that were given at once. */
export interface ReceivedBatch {
  readonly items: readonly NewLogItem[]
  readonly from: ItemSource
  /** What of the budget is theirs, until they are durable or refused. */
  readonly bytes: number
}

/** Why something was not taken. */
interface Refusal {
  readonly code: Code
  readonly reason: string
}

/** A batch that was judged: answered once its vector is durable. */
interface JudgedBatch {
  readonly batch: ReceivedBatch
  /** Of what was taken or known. */
  readonly vector: VersionVector
  readonly refusal: Refusal | undefined
}

/** What {@link ReceivedItems} needs of the door that it is a part of. */
export interface ReceivingDoor {
  /** What is known of the document, read from the store if need be. */
  load(): Promise<DoorState>
  /** Whether `state` is what is known still. */
  isCurrent(state: DoorState): boolean
  /** An entry goes to the committer: its row is known from now on. */
  awaitEntry(state: DoorState, entry: Entry, sent: Uint8Array): void
}

const QUARANTINED: Refusal = Object.freeze({ code: "quarantined", reason: "the document needs an operator" })
/** A snapshot may take a document to so much of what one transfer holds; the rest is for what stands beside its update. */
const TRANSFER_SHARE = 15 / 16

/** What is counted in the budget for `items`. */
export function receivedBytes(items: readonly NewLogItem[]): number {
  return items.reduce((sum, item) => sum + bytesOf(item), 0)
}

/** Judges what other relays have of one room's document. */
export class ReceivedItems {
  readonly #core: RelayCore
  readonly #room: Room
  readonly #door: ReceivingDoor
  readonly #judged: JudgedBatch[] = []
  /** The one being judged. */
  #current: ReceivedBatch | undefined
  /** Sources of which nothing more is taken, and why. */
  readonly #ended = new WeakMap<ItemSource, Refusal>()

  constructor(core: RelayCore, room: Room, door: ReceivingDoor) {
    this.#core = core
    this.#room = room
    this.#door = door
  }

  /** Whether somebody has still to be told. */
  get busy(): boolean {
    return this.#judged.length > 0
  }

  /** Takes in what is new. Never rejects. */
  async handle(batch: ReceivedBatch): Promise<void> {
    this.#current = batch
    const vector = new Map<string, number>()
    const refusal = this.#ended.get(batch.from) ?? (await this.#takeAll(batch, vector))
    // Gone when the room failed meanwhile: then it was answered with the others.
    if (this.#current !== batch) return
    this.#current = undefined
    this.#judged.push({ batch, vector, refusal })
    this.settle()
  }

  /** Answers those whose turn it is, now that the room's log is durable as far as it is. */
  settle(): void {
    for (let next = this.#judged[0]; next !== undefined && covers(this.#room.head.vector, next.vector); next = this.#judged[0]) {
      this.#judged.shift()
      this.#answer(next)
    }
  }

  /** The room has failed: nothing of what waits here or in `waiting` will be told to be durable. */
  abandon(waiting: readonly ReceivedBatch[]): void {
    const judged = this.#judged.splice(0).map(({ batch }) => batch)
    const current = this.#current === undefined ? [] : [this.#current]
    this.#current = undefined
    for (const batch of [...judged, ...current, ...waiting]) {
      this.#ended.set(batch.from, QUARANTINED)
      this.#answer({ batch, vector: EMPTY_VECTOR, refusal: QUARANTINED })
    }
  }

  #answer({ batch, vector, refusal }: JudgedBatch): void {
    this.#core.received.giveBack(batch.bytes)
    if (refusal === undefined) batch.from.received(vector)
    else batch.from.refused(refusal.code, refusal.reason)
  }

  /** Why not all of it was taken; `vector` learns what was. */
  async #takeAll({ items, from }: ReceivedBatch, vector: Map<string, number>): Promise<Refusal | undefined> {
    const { counters, events } = this.#core
    try {
      for (const item of items) {
        await this.#take(item)
        learn(vector, item)
      }
    } catch (error) {
      const refusal = refusalOf(error)
      if (refusal === undefined) {
        this.#room.failed(error)
        return QUARANTINED
      }
      this.#ended.set(from, refusal)
      counters.itemsRefused++
      events({ type: "items-refused", documentId: this.#room.documentId, ...refusal })
      return refusal
    }
    return undefined
  }

  /** @throws RelayError why it is not taken; what the store or the worker throws. */
  async #take(item: NewLogItem): Promise<void> {
    for (;;) {
      const state = await this.#door.load()
      if (isKnown(state.vector, item)) {
        this.#core.counters.itemsKnown++
        return
      }
      this.#checkPlace(state, item)
      const checked = item.kind === "entry" ? await this.#checkEntry(state, item.entry) : await this.#checkSnapshot(state, item.snapshot)
      if (this.#door.isCurrent(state)) return this.#accept(state, item, checked)
      if (this.#room.quarantined) throw new RelayError("quarantined", QUARANTINED.reason)
    }
  }

  /** @throws RelayError */
  #checkPlace({ vector }: DoorState, item: NewLogItem): void {
    const { limits, logId } = this.#core
    const given = item.kind === "entry" ? item.entry.stamp.log === logId : (item.snapshot.vector.get(logId) ?? 0) > (vector.get(logId) ?? 0)
    // Whoever has such a stamp has it from another relay that gives out those of this log.
    if (given) throw new RelayError("same-relay", "a stamp of this relay's log that it has not given out")
    if (item.kind === "entry" && !continuesVector(vector, item.entry.stamp)) {
      const { log, seq } = item.entry.stamp
      throw new RelayError("gap", `entry ${seq} of log ${log} follows ${vector.get(log) ?? 0}`)
    }
    // What a full document needs most is an erasure.
    if (item.kind === "entry" && item.entry.erases !== undefined) return
    const { update } = item.kind === "entry" ? item.entry : item.snapshot
    if (bytesOfDocument(this.#room.head) + update.length > limits.maxTransferBytes * TRANSFER_SHARE)
      throw new RelayError("row-too-large", "the document is larger than can be handed on")
  }

  async #checkEntry(state: DoorState, entry: Entry): Promise<Checked> {
    const { update, erases } = entry
    const summary = await summarize(this.#core, update)
    if (erases !== undefined && update[0] !== 0) throw new RelayError("bad-update", "an erasure brings nothing")
    const taken = await this.#fit(state, update, summary)
    return { summary, item: { kind: "entry", entry: { ...entry, update: taken } }, erases: erases !== undefined }
  }

  async #checkSnapshot(state: DoorState, { erased, ...snapshot }: ReceivedSnapshot): Promise<Checked> {
    const summary = await summarize(this.#core, snapshot.update)
    const ranges = decodeRanges(erased?.ranges ?? new Uint8Array())
    const news = erased !== undefined && state.erased.lacks(ranges, erased.blobs)
    const update = await this.#fit(state, snapshot.update, summary)
    // Erasures that are known already stand in the log before it: said again they would be carried out again.
    return { summary, item: { kind: "snapshot", snapshot: { ...snapshot, update, ...(news && { erased }) } }, erases: news }
  }

  /** What of a closed update is not known in part and not erased. @throws RelayError `gap` */
  async #fit(state: DoorState, update: Uint8Array, summary: UpdateSummary): Promise<Uint8Array> {
    // As of a hand-over: whose client ids it uses was judged where it came from.
    const verdict = state.summary.judge(summary, { principal: "", handOver: true })
    if (verdict !== undefined) throw new RelayError(verdict.code, verdict.reason)
    const news = await cut(this.#core, update, state.summary.cutAt(summary))
    return await redact(this.#core, news, summary, state.erased.ranges)
  }

  #accept(state: DoorState, given: NewLogItem, { summary, item, erases }: Checked): void {
    const { committer, counters, erasures } = this.#core
    learn(state.vector, item)
    if (item.kind === "entry") {
      state.summary.take(summary, item.entry)
      this.#door.awaitEntry(state, item.entry, given.kind === "entry" ? given.entry.update : item.entry.update)
      state.erased.takeEntry(item.entry)
    } else {
      state.summary.take(summary, updateOf(item.snapshot))
      state.summary.learnOwners(item.snapshot.owners)
      state.erased.take(item.snapshot.erased)
    }
    counters.itemsReceived++
    if (erases) erasures.announce(this.#room.documentId, item.kind === "entry" ? item.entry.stamp : undefined)
    committer.append(this.#room, item)
  }
}

/** An item as it is to be stored. */
interface Checked {
  readonly summary: UpdateSummary
  readonly item: NewLogItem
  /** Whether it says of something that it was erased which nobody has said here. */
  readonly erases: boolean
}

function isKnown(vector: VersionVector, item: NewLogItem): boolean {
  return item.kind === "entry" ? coversStamp(vector, item.entry.stamp) : covers(vector, item.snapshot.vector)
}

function learn(vector: Map<string, number>, item: NewLogItem): void {
  const known = item.kind === "entry" ? [[item.entry.stamp.log, item.entry.stamp.seq] as const] : item.snapshot.vector
  for (const [log, seq] of known) if (seq > (vector.get(log) ?? 0)) vector.set(log, seq)
}

/** `undefined` when the error says nothing of what came. */
function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof RelayError) || error.code === "closed" || error.code === "unsound" || error.code === "quarantined")
    return undefined
  return { code: error.code, reason: error.message }
}

/** @throws RelayError `bad-update` */
function decodeRanges(bytes: Uint8Array): IdRanges {
  try {
    return IdRanges.of(bytes)
  } catch (cause) {
    throw new RelayError("bad-update", "erased ranges that do not decode", { cause })
  }
}
