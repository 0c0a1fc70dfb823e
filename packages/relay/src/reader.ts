import {
  ACK_LEVELS,
  type Code,
  codeNumber,
  covers,
  type DocumentId,
  type EncodedFrame,
  encodeFrame,
  LINK_PROTOCOL_VERSION,
  messageBytes,
  type RelayId,
  type Resumption,
  type RowId,
  splitFrame,
  type Stamp,
  type VersionVector,
} from "@polylogue/protocol"
import type { LogItem, ReceivedSnapshot } from "@polylogue/storage"
import type { SubmittedRow } from "./append-door.ts"
import { Cursor, type CursorOwner } from "./cursor.ts"
import { ErasureWords } from "./erasure-words.ts"
import type { ErasureReport } from "./links/erasure-reports.ts"
import { runsOf } from "./item-runs.ts"
import { sentMessageBytes } from "./limits.ts"
import type { Opening } from "./opening.ts"
import type { Permission } from "./options.ts"
import type { FrameSource, Outlet } from "./outlet.ts"
import { OwnRows } from "./own-rows.ts"
import { type AwarenessState, encodeAwareness, rememberLast } from "./presence/awareness-update.ts"
import { RateMeter } from "./rate-meter.ts"
import type { ReaderOwner } from "./reader-owner.ts"
import type { RelayCore } from "./relay-core.ts"
import type { RoomReader } from "./room-reader.ts"
import { isAsked, type Standing, StateQuestion } from "./returning.ts"
import type { Room } from "./room.ts"
import { snapshotFrames } from "./snapshot-frames.ts"
import { StateAnswer } from "./state-answer.ts"

/**
 * One document in one session: the stream of frames with its handle, strictly in order. Answers (opened, ack, reject, close) come from a
 * queue, everything else is made when the session's outlet asks for it: entries and snapshots from the log, the latest awareness,
 * the state when it was asked for.
 */
export class Reader implements RoomReader, FrameSource, CursorOwner {
  readonly documentId: DocumentId
  readonly handle: number
  /** What the session was told that it may do: at least read. */
  readonly permission: Permission
  readonly link: RelayId | undefined
  readonly uses: boolean
  readonly #core: RelayCore
  readonly #room: Room
  readonly #outlet: Outlet
  readonly #owner: ReaderOwner
  readonly #cursor: Cursor
  /** Frames in order: what was pulled, and answers that belong behind it. */
  #frames: EncodedFrame[] = []
  refusal: Code | undefined
  readonly #own: OwnRows
  /** Answers among the frames: their bytes are bounded per session, for nothing else bounds how many a replica provokes. */
  #answers: Set<EncodedFrame> | undefined
  #awareness: Map<number, AwarenessState> | undefined
  #erasures: ErasureWords | undefined
  #transfer: { readonly number: number; readonly parts: Generator<EncodedFrame, void> } | undefined
  /** A transfer that was begun before its frame was read, so that a session never holds more large frames than it may send at once. */
  #reserved: number | undefined
  readonly #state: StateAnswer
  /** What is on other relays' disks and the session was not told yet; only for who speaks a version that has a word for it. */
  #replicated: VersionVector | undefined
  readonly #hearsOfLinks: boolean
  /** What this relay had when the document was opened. */
  readonly #announced: VersionVector
  /** What the replica has of a document of which the window does not cover it. */
  #question: StateQuestion | undefined
  #rowRate: RateMeter | undefined
  #resume: Resumption | undefined
  #ending: { readonly code: Code; readonly reason: string } | undefined
  #left = false

  constructor(core: RelayCore, room: Room, outlet: Outlet, owner: ReaderOwner, { handle, vector, resume, permission, kind }: Opening) {
    this.#core = core
    this.#room = room
    this.#outlet = outlet
    this.#owner = owner
    this.documentId = room.documentId
    this.handle = handle
    this.permission = permission
    this.link = kind.type === "link" ? kind.relay : undefined
    this.uses = kind.type === "device"
    this.#hearsOfLinks = kind.type === "device" && kind.version >= LINK_PROTOCOL_VERSION
    this.#state = new StateAnswer(room, { vector, says: this.#hearsOfLinks, isLink: this.link !== undefined, wake: () => this.wake() })
    this.#own = new OwnRows((deltaBytes) => owner.answersWaiting(deltaBytes))
    this.#cursor = new Cursor(core, room, vector, this)
    this.#announced = room.head.vector
    if (this.#hearsOfLinks || this.link !== undefined)
      core.links.arrivals.tell(room, this, (said) => this.#answer(encodeFrame({ ...said, handle })))
    const [mayWrite, mayErase] = [permission !== "read", permission === "erase"]
    this.#answer(encodeFrame({ type: "opened", handle, generation: 0, vector: room.head.vector, mayWrite, mayErase }))
    this.#resume = resume
    // A relay takes the whole: it has to know who used each client id first, which a difference does not say.
    if (this.link === undefined && isAsked(room.head, vector, resume, core.limits.diffBytes)) {
      this.#question = new StateQuestion(core.clock, core.limits.diffAnswerMs, () => this.wake())
      this.#answer(encodeFrame({ type: "askState", handle }))
    }
    room.join(this)
    if (this.link !== undefined) this.peerHas(vector)
    this.replicated(room.replication.vector)
    void core.links.erasureReports.tell(room.documentId, this)
  }

  wake(): void {
    this.#outlet.activate(this)
  }

  failed(error: unknown): void {
    this.#room.failed(error)
  }

  awarenessChanged(state: AwarenessState): void {
    rememberLast((this.#awareness ??= new Map()), state, this.#core.limits.maxAwarenessStates * 2)
    this.wake()
  }

  refused(row: RowId, code: Code, stateVector: Uint8Array, reason: string): void {
    this.#answer(encodeFrame({ type: "reject", handle: this.handle, row, code: codeNumber(code), stateVector, reason }))
  }

  stored(row: RowId, stamp: Stamp, position: number): void {
    if (this.#left || this.#ending !== undefined) return
    this.#state.stored(row)
    if (position <= this.#cursor.position) this.#answer(this.#ackFrame(row, stamp))
    else this.#own.add(position, row, stamp)
  }

  overloaded(reason: string): void {
    this.#owner.overloaded(reason)
  }

  erasures(reports: readonly ErasureReport[], carriedOut: VersionVector | undefined): void {
    if (this.#left || this.#ending !== undefined) return
    this.#erasures ??= new ErasureWords()
    this.#erasures.take(this.#hearsOfLinks ? reports : [], carriedOut)
    this.wake()
  }

  replicated(vector: VersionVector): void {
    if (!this.#hearsOfLinks || vector.size === 0) return
    this.#replicated = vector
    this.wake()
  }

  /** The relay at the other end has `vector` durable, whether it said so or sent it here: that is not sent to it. A replica has compared. */
  peerHas(vector: VersionVector): void {
    if (this.link === undefined) return this.#state.compared()
    this.#cursor.learn(vector)
    this.#room.replication.learn(this.link, vector)
  }

  end(code: Code, reason: string): void {
    if (this.#ending !== undefined || this.#left) return
    this.#ending = { code, reason }
    this.#own.drop()
    this.#leaveRoom()
    this.wake()
  }

  /** A row of this document. */
  append(row: Omit<SubmittedRow, "from" | "forbidden" | "onlyNews">): void {
    // An erasure that may not be is refused by the door, so that what follows it in the session is too.
    const forbidden = row.erases !== undefined && this.permission !== "erase"
    this.#state.sends(row.row, row.handOver)
    if (this.#ending === undefined) this.#room.append({ ...row, from: this, forbidden })
  }

  /** Milliseconds that what follows a row has to wait, so that rows of this session come as fast as they may. */
  rowDelayMs(): number {
    this.#rowRate ??= new RateMeter(this.#core.clock, this.#core.limits.maxDocumentRowsPerSecond)
    return this.#rowRate.delayMs()
  }

  /** An awareness update of this session. @throws RelayError `bad-frame` */
  receiveAwareness(update: Uint8Array): void {
    if (this.#ending === undefined) this.#core.presence.update(this.#room.documentId, this, update)
  }

  /** The replica says what its copy encodes to. @throws RelayError `bad-frame`, `rate-limited` */
  audit(vector: VersionVector, digest: Uint8Array): void {
    if (this.#ending !== undefined) return
    const answer = (own: VersionVector, ownDigest: Uint8Array): void =>
      this.#answer(encodeFrame({ type: "audit", handle: this.handle, vector: own, digest: ownDigest }))
    this.#core.audits.submit({ room: this.#room, vector, digest, session: this.#owner, relay: this.link, answer })
  }

  /** The replica asks for the document's state. */
  askState(): void {
    if (this.#ending === undefined) this.#state.ask()
  }

  /** What the replica says that it has; ignored unless it was asked. @throws RelayError `bad-frame` */
  receiveState(stateVector: Uint8Array): void {
    this.#question?.receive(stateVector)
  }

  /** The session or the replica has ended the document. What is cut already is sent to its end, else its transfer would never be free. */
  leave(): void {
    if (this.#left) return
    this.#left = true
    this.#leaveRoom()
    this.#dropFrames()
    this.#releaseReserved()
    if (this.#transfer === undefined) this.#outlet.remove(this)
  }

  get hasMore(): boolean {
    // What is reserved is given back at the end of the log.
    if (this.#transfer !== undefined || this.#frames.length > 0 || this.#reserved !== undefined) return true
    if (this.#left) return false
    if (this.#ending !== undefined || this.#awareness !== undefined || this.#replicated !== undefined) return true
    return this.#erasures?.waiting === true || this.#state.wanted || !this.#cursor.atEnd
  }

  next(): EncodedFrame | undefined {
    for (;;) {
      if (this.#transfer !== undefined) {
        const { number, parts } = this.#transfer
        const part = parts.next()
        if (part.done !== true) return part.value
        this.#transfer = undefined
        this.#outlet.endTransfer(number)
        continue
      }
      const frame = this.#frames[0] ?? this.#produce()
      if (frame === undefined) return undefined
      const size = messageBytes(frame)
      const most = sentMessageBytes(this.#core.limits)
      if (size > most) {
        const number = this.#reserved ?? this.#outlet.beginTransfer(this)
        if (number === undefined) return undefined
        this.#reserved = undefined
        this.#shiftFrame()
        this.#transfer = { number, parts: splitFrame(frame, number, most) }
      } else {
        this.#shiftFrame()
        return frame
      }
    }
  }

  #answer(frame: EncodedFrame): void {
    if (this.#left || this.#ending !== undefined) return
    this.#frames.push(frame)
    this.#answers ??= new Set()
    this.#answers.add(frame)
    this.#owner.answersWaiting(messageBytes(frame))
    this.wake()
  }

  #ackFrame(row: RowId, stamp: Stamp): EncodedFrame {
    return encodeFrame({ type: "ack", handle: this.handle, row, ...stamp, level: ACK_LEVELS.stored })
  }

  #shiftFrame(): void {
    const frame = this.#frames.shift()!
    if (this.#answers?.delete(frame) === true) this.#owner.answersWaiting(-messageBytes(frame))
    if (this.#answers?.size === 0) this.#answers = undefined
    if (this.#frames.length > 0) return
    // Not emptied but left: an array keeps what it once needed.
    this.#frames = []
    this.#outlet.endRead(this)
  }

  async diff(): Promise<Standing | undefined> {
    const stateVector = this.#question?.stateVector
    this.#question = undefined
    return stateVector === undefined ? undefined : await this.#core.returning.diff(this.#room, stateVector)
  }

  mayFetch(): boolean {
    if (this.#question?.waiting === true) return false
    if (this.#cursor.snapshotBytes <= sentMessageBytes(this.#core.limits)) return this.#outlet.beginRead(this)
    this.#reserved ??= this.#outlet.beginTransfer(this)
    return this.#reserved !== undefined
  }

  #releaseReserved(): void {
    if (this.#reserved === undefined) return
    this.#outlet.endTransfer(this.#reserved)
    this.#reserved = undefined
  }

  #leaveRoom(): void {
    this.#question?.stop()
    this.#state.leave()
    this.#core.links.arrivals.leave(this)
    this.#room.leave(this)
    this.#awareness = undefined
    this.#erasures = undefined
  }

  #dropFrames(): void {
    for (const frame of this.#answers ?? []) this.#owner.answersWaiting(-messageBytes(frame))
    this.#answers = undefined
    this.#frames.length = 0
    this.#own.drop()
  }

  /** Makes frames of what there is to say; returns the first. */
  #produce(): EncodedFrame | undefined {
    if (this.#left) return undefined
    const { handle } = this
    if (this.#ending !== undefined) {
      const { code, reason } = this.#ending
      this.#left = true
      this.#owner.ended(this, code, reason)
      this.#frames.push(encodeFrame({ type: "close", handle, code: codeNumber(code), reason }))
    } else if (this.#awareness !== undefined) {
      const update = encodeAwareness([...this.#awareness.values()])
      this.#awareness = undefined
      this.#frames.push(encodeFrame({ type: "awareness", handle, update }))
    } else if (this.#replicated !== undefined) {
      this.#frames.push(encodeFrame({ type: "replicated", handle, others: this.#core.links.replicas, vector: this.#replicated }))
      this.#replicated = undefined
    } else if (this.#erasures?.waiting === true) {
      this.#frames.push(encodeFrame(this.#erasures.next(handle, this.documentId)!))
    } else {
      if (this.#state.wanted) void this.#computeState()
      this.#pull()
    }
    return this.#frames[0]
  }

  #pull(): void {
    while (this.#frames.length === 0) {
      const pulled = this.#cursor.pull()
      if (pulled.kind === "wait") return
      if (pulled.kind === "end") {
        this.#outlet.endRead(this)
        this.#releaseReserved()
        return
      }
      if (pulled.kind === "items") {
        this.#pushItems(pulled.items)
      } else {
        this.#pushSnapshot(pulled.snapshot)
        for (const position of this.#own.upTo(pulled.snapshot.through)) this.#frames.push(this.#takeOwn(position)!)
      }
    }
  }

  /** Entries in runs; in between, at their places, acks of this session's own and snapshots taken over from a relay. */
  #pushItems(items: readonly LogItem[]): void {
    if (items.length === 0) return
    if (this.#own.none && this.#cursor.knowsNothing && items.every(({ kind }) => kind === "entry")) {
      // Mostly so, and the same for all who only listen.
      this.#frames.push(this.#room.entriesFrame(this.handle, items))
      return
    }
    const { handle } = this
    const [isOwn, isKnown] = [(position: number) => this.#own.has(position), (item: LogItem) => this.#cursor.has(item)]
    for (const run of runsOf(items, isOwn, isKnown)) {
      if (run.kind === "entries") this.#frames.push(this.#room.entriesFrame(handle, run.items))
      else if (run.kind === "own") this.#frames.push(this.#takeOwn(run.position)!)
      else if (run.kind === "snapshot") this.#pushSnapshot(run.snapshot)
      else this.skipped(run.vector)
    }
  }

  /** Of what it is not sent it could not tell that it is here, too: a device would wait for it, and hand it over. */
  skipped(vector: VersionVector): void {
    if (this.#left || covers(this.#announced, vector) || (this.link === undefined && !this.#hearsOfLinks)) return
    this.#frames.push(encodeFrame({ type: "have", handle: this.handle, vector }))
  }

  /** The ack of the own row at `position`. */
  #takeOwn(position: number): EncodedFrame | undefined {
    const own = this.#own.take(position)
    return own && this.#ackFrame(own.row, own.stamp)
  }

  #pushSnapshot(snapshot: ReceivedSnapshot): void {
    const { counters } = this.#core
    const frames = snapshotFrames(snapshot, { handle: this.handle, resume: this.#resume, named: this.link !== undefined })
    this.#resume = undefined
    counters.snapshotsSent++
    if (frames.some(({ type }) => type === "rest")) counters.restsSent++
    for (const frame of frames) this.#frames.push(encodeFrame(frame))
  }

  async #computeState(): Promise<void> {
    try {
      const frame = await this.#state.compute(this.handle)
      if (this.#left || this.#ending !== undefined) return
      this.#frames.push(frame)
    } catch (error) {
      this.#core.events({ type: "failed", where: "state", error })
      this.end("quarantined", "the document cannot be loaded")
    }
    this.wake()
  }
}
