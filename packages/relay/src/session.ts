import {
  type Code,
  codeNumber,
  type EncodedFrame,
  encodeFrame,
  type Frame,
  type FrameOf,
  FrameReader,
  isDocumentId,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  type RowId,
  type Socket,
} from "@polylogue/protocol"
import { closeReason, closingOf, codeOf, RelayError } from "./errors.ts"
import { Feed } from "./feed.ts"
import { Grants } from "./grants.ts"
import { Heartbeat } from "./heartbeat.ts"
import { Inbox } from "./inbox.ts"
import { announcedLimits } from "./limits.ts"
import type { Principal, RelayOptions } from "./options.ts"
import { Outlet } from "./outlet.ts"
import { RateMeter } from "./rate-meter.ts"
import { Reader } from "./reader.ts"
import { SessionRegisters } from "./registers/session-registers.ts"
import type { RelayCore } from "./relay-core.ts"
import type { Rooms } from "./rooms.ts"
import { SessionBounds } from "./session-bounds.ts"
import { TransferWatch } from "./transfer-watch.ts"

/*
 *   hello ──authenticated──> open ──────────────> closed
 *     │                        │ bad frame, lost, overloaded, draining     ^
 *     └─refused, too late──────┴──── close frame, then the socket ─────────┘
 *
 * A frame that is wrong ends this session with a code and touches no other. Whatever is said to the device goes through the outlet.
 */

/** What a session is given by its relay. */
export interface SessionContext {
  readonly core: RelayCore
  readonly rooms: Rooms
  readonly authenticate: NonNullable<RelayOptions["authenticate"]>
  /** Whom the HTTP upgrade was authenticated as. */
  readonly principal: Principal | undefined
  /** Number of the session, for events. */
  readonly session: number
  ended(session: Session): void
}

/** One authenticated socket that speaks polylogue.v1. */
export class Session {
  readonly #context: SessionContext
  readonly #core: RelayCore
  readonly #socket: Socket
  readonly #outlet: Outlet
  readonly #inbox: Inbox
  readonly #heartbeat: Heartbeat
  readonly #rate: RateMeter
  readonly #readers = new Map<number, Reader>()
  readonly #feeds = new Map<number, Feed>()
  #frames: FrameReader
  readonly #grants: Grants
  readonly #registers: SessionRegisters
  #agent = ""
  #highestHandle = 0
  #answerBytes = 0
  /** Of transfers under way to the relay. */
  #transferBytes = 0
  readonly #bounds: SessionBounds
  readonly #transfers: TransferWatch
  #closed = false

  constructor(context: SessionContext, socket: Socket) {
    const { core } = context
    this.#context = context
    this.#core = core
    this.#socket = socket
    this.#outlet = new Outlet(core, socket)
    this.#inbox = new Inbox(
      core,
      (message) => this.#handleMessage(message),
      (error) => this.#failed(error),
      (reading) => socket.setReading?.(reading),
    )
    this.#rate = new RateMeter(core.clock, core.limits.maxFramesPerSecond)
    this.#frames = new FrameReader({ ...core.limits, maxTransfers: 0 }, this.#meter)
    this.#heartbeat = new Heartbeat(core.clock, core.limits.heartbeatMs, {
      lastSent: () => this.#outlet.lastSent,
      beat: () => {
        // One that waits is enough, however long a slow reader takes.
        if (this.#outlet.ownBytes === 0) this.#outlet.push(encodeFrame({ type: "ping", nonce: 0 }))
      },
      deaf: () => this.#inbox.full,
      lost: () => this.close("heartbeat-lost", "nothing was heard"),
    })
    this.#grants = new Grants(core.clock, () => this.close("unauthenticated", "the grants have expired"))
    this.#registers = new SessionRegisters(core, this.#outlet, this.#grants)
    this.#bounds = new SessionBounds(core, () => this.close("handshake-timeout", "not welcomed in time"))
    const stalled = (): void => this.close("heartbeat-lost", "a transfer stands still")
    this.#transfers = new TransferWatch(core.clock, core.limits.transferStallMs, () => this.#frames.progress(), stalled)
    socket.listen({
      message: (message) => this.#receive(message),
      drained: this.#outlet.flush,
      closed: (code, reason) => this.#end(code, reason),
    })
  }

  /** Whom it acts for, or will unless it brings a token of its own; `undefined` while that is not known. */
  get principal(): Principal | undefined {
    return this.#grants.principal ?? this.#context.principal
  }

  /** Ends the session: a `close` frame, then the socket, both with `code`. Idempotent. */
  close(code: Code, reason: string): void {
    if (this.#closed) return
    const text = closeReason(reason)
    this.#outlet.push(encodeFrame({ type: "close", handle: 0, code: codeNumber(code), reason: text }))
    this.#outlet.close()
    this.#socket.close(codeNumber(code), text)
    this.#end(codeNumber(code), text)
  }

  /** Takes nothing more in: what was not accepted is not acknowledged, and is sent again elsewhere. */
  stopReading(): void {
    this.#inbox.close()
  }

  #receive(message: Uint8Array): void {
    if (this.#closed) return
    this.#heartbeat.heard()
    this.#core.counters.bytesReceived += message.length
    if (message.length > this.#core.limits.maxFrameBytes) return this.close("frame-too-large", `a message of ${message.length} bytes`)
    try {
      this.#bounds.received(message.length)
    } catch (error) {
      return this.#failed(error)
    }
    if (!this.#inbox.push(message)) this.close("overloaded", "more messages wait than may")
  }

  #end(code: number, reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#bounds.end()
    this.#transfers.stop()
    this.#heartbeat.stop()
    this.#grants.stop()
    this.#inbox.close()
    this.#core.inbound.giveBack(this.#transferBytes)
    this.#transferBytes = 0
    this.#outlet.close()
    for (const reader of this.#readers.values()) reader.leave()
    for (const feed of this.#feeds.values()) feed.leave()
    this.#registers.leave()
    this.#core.audits.leave(this.#owner)
    this.#readers.clear()
    this.#feeds.clear()
    this.#core.events({ type: "session-closed", session: this.#context.session, code, reason })
    this.#context.ended(this)
  }

  #failed(error: unknown): void {
    const known = closingOf(error)
    if (known !== undefined) return this.close(known.code, known.reason)
    this.#core.events({ type: "failed", where: "session", error })
    this.close("internal", "the relay failed")
  }

  #handleMessage(message: Uint8Array): Promise<void> | void {
    const frames = this.#frames.read(message)
    const before = this.#transferBytes
    this.#transferBytes = this.#frames.heldBytes
    if (this.#transferBytes > 0) this.#transfers.watch()
    if (!this.#core.inbound.take(this.#transferBytes - before))
      throw new RelayError("overloaded", "more is under way to the relay than it may hold")
    // Rooms of one message are loaded side by side, though its frames are handled in order.
    if (this.#grants.principal !== undefined && frames.length > 1) {
      for (const frame of frames)
        if (frame.type === "open" && isDocumentId(frame.document) && this.#grants.may(frame.document) !== "none")
          this.#context.rooms.prefetch(frame.document)
    }
    return this.#handleFrames(frames, 0)
  }

  #handleFrames(frames: readonly Frame[], from: number): Promise<void> | void {
    for (let index = from; index < frames.length && !this.#closed; index++) {
      this.#core.counters.framesReceived++
      const handled = this.#handle(frames[index]!)
      if (handled !== undefined) return handled.then(() => this.#handleFrames(frames, index + 1))
    }
  }

  /** Every frame costs, those too that are unknown or only a part. */
  readonly #meter = (frames: number): void => {
    if (!this.#rate.take(frames)) throw new RelayError("rate-limited", "too many frames")
  }

  #handle(frame: Frame): Promise<void> | void {
    if (this.#grants.principal === undefined) {
      if (frame.type === "hello") return this.#hello(frame)
      throw new RelayError("bad-frame", `${frame.type} before hello`)
    }
    switch (frame.type) {
      case "open":
        return this.#open(frame)
      case "append":
        return this.#append(frame)
      case "awareness":
        return this.#reader(frame.handle)?.receiveAwareness(frame.update)
      case "audit":
        return this.#reader(frame.handle)?.audit(frame.vector, frame.digest)
      case "askState":
        return this.#reader(frame.handle)?.askState()
      case "state":
        return this.#reader(frame.handle)?.receiveState(frame.stateVector)
      case "close":
        return this.#closeFrame(frame)
      case "ping":
        return this.#say(encodeFrame({ type: "pong", nonce: frame.nonce, time: Math.floor(this.#core.clock.now()) }))
      case "pong":
        return
      case "watch":
        return this.#watch(frame)
      case "get":
        return this.#registers.ask(frame)
      case "cas":
        this.#registers.ask(frame)
        return this.#slowDown(frame.value?.length ?? 0)
      case "observe":
        return this.#observe(frame)
      case "token":
        return this.#token(frame)
      default:
        throw new RelayError("bad-frame", `${frame.type} is not for a relay`)
    }
  }

  async #hello({ version, minVersion, agent, token }: FrameOf<"hello">): Promise<void> {
    const spoken = Math.min(version, PROTOCOL_VERSION)
    if (spoken < minVersion || spoken < MIN_PROTOCOL_VERSION) {
      throw new RelayError("unsupported-version", `this relay speaks ${MIN_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`)
    }
    const { principal: upgraded } = this.#context
    const authenticated = token === "" && upgraded !== undefined ? upgraded : await this.#context.authenticate({ token, agent })
    if (this.#closed) return
    const principal = this.#grants.take(authenticated)
    this.#bounds.welcomed(principal)
    this.#agent = agent
    this.#registers.version = spoken
    const { clock, limits, logId, events } = this.#core
    this.#frames = new FrameReader(limits, this.#meter)
    this.#outlet.push(
      encodeFrame({
        type: "welcome",
        version: spoken,
        log: logId,
        time: Math.floor(clock.now()),
        principal: principal.name,
        liveLinks: false,
        expiresAt: this.#grants.expiresAt,
        ...announcedLimits(limits),
      }),
    )
    this.#heartbeat.start()
    events({ type: "session-opened", session: this.#context.session, kind: "polylogue", principal: principal.name, agent })
  }

  /** Grants anew: what is open stays so only as it is still permitted. A token that is refused ends the session, for it would act on the old ones. */
  async #token({ token }: FrameOf<"token">): Promise<void> {
    const authenticated = await this.#context.authenticate({ token, agent: this.#agent })
    if (this.#closed) return
    const { name } = this.#grants.take(authenticated)
    this.#say(encodeFrame({ type: "granted", principal: name, expiresAt: this.#grants.expiresAt }))
    for (const reader of this.#readers.values()) {
      const permission = this.#grants.may(reader.documentId)
      if (permission === "none") reader.end("forbidden", "no access any more")
      else if (permission !== reader.permission) reader.end("reopen", "the permission changed")
    }
    for (const feed of this.#feeds.values()) feed.regrant()
    this.#registers.regrant()
  }

  async #open({ handle, document, vector, resume }: FrameOf<"open">): Promise<void> {
    this.#take(handle)
    try {
      if (!isDocumentId(document)) throw new RelayError("bad-document-id", "that is no document id")
      const permission = this.#grants.may(document)
      if (permission === "none") throw new RelayError("forbidden", "no access")
      if (this.#readers.size >= this.#core.limits.maxDocuments) throw new RelayError("too-many-documents", "too many documents are open")
      const room = await this.#context.rooms.room(document)
      if (this.#closed) return
      if (room.readers.size >= this.#core.limits.maxReaders) throw new RelayError("overloaded", "too many sessions read the document")
      this.#bounds.openDocument()
      const reader = new Reader(this.#core, room, this.#outlet, this.#owner, { handle, vector, resume, permission })
      this.#readers.set(handle, reader)
    } catch (error) {
      this.#refuseDocument(handle, document, error)
    }
  }

  #watch({ handle, prefix, log, cursor }: FrameOf<"watch">): void {
    this.#take(handle)
    const { limits } = this.#core
    if (!isDocumentId(prefix)) return this.#refuseDocument(handle, prefix, new RelayError("bad-document-id", "that is no prefix"))
    if (this.#feeds.size >= limits.maxFeeds)
      return this.#refuseDocument(handle, prefix, new RelayError("too-many-documents", "too many feeds are open"))
    this.#feeds.set(handle, new Feed(this.#core, this.#outlet, this.#grants, this.#owner, { handle, prefix, log, cursor }))
  }

  #observe(frame: FrameOf<"observe">): void {
    this.#registers.check(frame)
    this.#take(frame.handle)
    try {
      this.#registers.observe(frame)
    } catch (error) {
      this.#refuseDocument(frame.handle, frame.prefix, error)
    }
  }

  /** A handle for a document, a feed or an observer. @throws RelayError `bad-frame` when it is in use */
  #take(handle: number): void {
    if (this.#readers.has(handle) || this.#feeds.has(handle) || this.#registers.has(handle))
      throw new RelayError("bad-frame", `handle ${handle} is in use`)
    this.#highestHandle = Math.max(this.#highestHandle, handle)
  }

  #refuseDocument(handle: number, documentId: string, error: unknown): void {
    if (this.#closed || codeOf(error) === "closed") return
    const known = closingOf(error)
    const { code, reason } = known ?? { code: "unavailable", reason: "the document cannot be read" }
    if (known === undefined) this.#core.events({ type: "failed", where: "open", error })
    this.#core.events({
      type: "document-closed",
      session: this.#context.session,
      documentId: isDocumentId(documentId) ? documentId : "",
      code,
      reason,
    })
    this.#say(encodeFrame({ type: "close", handle, code: codeNumber(code), reason }))
  }

  /** An answer of the session itself; what a session provokes and does not take is bounded. */
  #say(frame: EncodedFrame): void {
    this.#outlet.push(frame)
    if (this.#outlet.ownBytes > this.#core.limits.maxAnswerBytes) this.close("overloaded", "more answers wait than may")
  }

  #append({ handle, row, handOver, update, erases }: FrameOf<"append">): Promise<void> | void {
    const reader = this.#reader(handle)
    if (reader === undefined) return
    if (reader.permission === "read") return this.#forbid(reader, row)
    // A copy: a view would keep the whole message in memory for as long as the entry is.
    reader.append({ principal: this.#grants.principal!.name, row, handOver, update: update.slice(), erases })
    return this.#slowDown(update.length, reader.rowDelayMs())
  }

  /** What was sent is taken, and what follows waits: nothing is lost of who sends too fast, and its socket holds what it cannot send. */
  #slowDown(bytes: number, leastMs = 0): Promise<void> | void {
    const delayMs = Math.max(this.#bounds.rowDelayMs(bytes), leastMs)
    if (delayMs > 0) return this.#bounds.wait(delayMs)
  }

  /** A row of who may only read. It never reaches the door of the document, which would have counted it. */
  #forbid(reader: Reader, row: RowId): void {
    const refusal = { code: "forbidden", reason: "no permission to write" } as const
    this.#core.counters.rowsRefused++
    this.#core.events({ type: "row-refused", documentId: reader.documentId, principal: this.#grants.principal!.name, ...refusal })
    reader.refused(row, refusal.code, new Uint8Array(), refusal.reason)
  }

  #closeFrame({ handle }: FrameOf<"close">): void {
    if (handle === 0) return this.close("normal", "closed by the replica")
    this.#reader(handle)?.leave()
    if (this.#readers.delete(handle)) this.#bounds.closeDocument()
    this.#feeds.get(handle)?.leave()
    this.#feeds.delete(handle)
    this.#registers.close(handle)
  }

  /** The reader of `handle`, `undefined` for one that has ended: what is under way then is ignored. */
  #reader(handle: number): Reader | undefined {
    const reader = this.#readers.get(handle)
    if (reader === undefined && handle > this.#highestHandle) throw new RelayError("bad-frame", `handle ${handle} was never opened`)
    return reader
  }

  readonly #owner = {
    ended: (reader: Reader, code: Code, reason: string): void => {
      if (this.#readers.delete(reader.handle)) this.#bounds.closeDocument()
      this.#core.events({ type: "document-closed", session: this.#context.session, documentId: reader.documentId, code, reason })
    },
    feedEnded: (feed: Feed): void => void this.#feeds.delete(feed.handle),
    overloaded: (reason: string): void => this.close("overloaded", reason),
    answersWaiting: (deltaBytes: number): void => {
      this.#answerBytes += deltaBytes
      if (deltaBytes > 0 && this.#answerBytes > this.#core.limits.maxAnswerBytes) this.close("overloaded", "more answers wait than may")
    },
  }
}
