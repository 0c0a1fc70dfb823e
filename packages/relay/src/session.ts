import {
  type Code,
  codeNumber,
  type EncodedFrame,
  encodeFrame,
  type Frame,
  type FrameOf,
  FrameReader,
  isDocumentId,
  type LogId,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  type RowId,
  type Socket,
} from "@polylogue/protocol"
import { closeReason, closingOf, RelayError } from "./errors.ts"
import { Grants } from "./grants.ts"
import { Heartbeat } from "./heartbeat.ts"
import { Inbox } from "./inbox.ts"
import { announcedLimits } from "./limits.ts"
import type { Dialled } from "./links/dialled.ts"
import { admitBeforeLink, admitVersion } from "./links/link-handshake.ts"
import type { LinkEnd } from "./links/link-end.ts"
import type { Principal, RelayOptions } from "./options.ts"
import { Outlet } from "./outlet.ts"
import { holderOf } from "./principals.ts"
import { RateMeter } from "./rate-meter.ts"
import type { Reader } from "./reader.ts"
import { SessionRegisters } from "./registers/session-registers.ts"
import type { RelayCore } from "./relay-core.ts"
import type { Rooms } from "./rooms.ts"
import { SessionBounds } from "./session-bounds.ts"
import { SessionHandles } from "./session-handles.ts"
import { TransferWatch } from "./transfer-watch.ts"

/*
 *   hello ──authenticated──> open ──────────────> closed          ┌─ link: from then on each end reads from the other, too
 *     │                        │ bad frame, lost, overloaded, draining     ^
 *     └─refused, too late──────┴──── close frame, then the socket ─────────┘
 *   A session that this relay has dialled begins at the other end: it says hello and is welcomed, and then is a link or nothing.
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
  /** Present when this relay has dialled. */
  readonly dialled?: Dialled
  ended(session: Session): void
}

/** One authenticated socket that speaks polylogue.v1: of a device, or of another relay. */
export class Session {
  readonly #context: SessionContext
  readonly #core: RelayCore
  readonly #socket: Socket
  readonly #outlet: Outlet
  readonly #inbox: Inbox
  #heartbeat: Heartbeat
  readonly #rate: RateMeter
  readonly #handles: SessionHandles
  #link: LinkEnd | undefined
  #frames: FrameReader
  readonly #grants: Grants
  readonly #registers: SessionRegisters
  #agent = ""
  #version = 0
  /** Of the relay that was dialled. */
  #peerLog: LogId | undefined
  readonly #bounds: SessionBounds
  readonly #transfers: TransferWatch
  #bytesReceived = 0
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
    this.#heartbeat = this.#heartbeatOf(core.limits.heartbeatMs)
    this.#grants = new Grants(core.clock, () => this.close("unauthenticated", "the grants have expired"))
    this.#registers = new SessionRegisters(core, this.#outlet, this.#grants)
    this.#bounds = new SessionBounds(core, () => this.close("handshake-timeout", "not welcomed in time"))
    this.#handles = new SessionHandles({
      core,
      rooms: context.rooms,
      session: context.session,
      outlet: this.#outlet,
      grants: this.#grants,
      bounds: this.#bounds,
      registers: this.#registers,
      closed: () => this.#closed,
      kind: () => this.#link?.readerKind ?? { type: "device", version: this.#version },
      say: (frame) => this.#say(frame),
      close: (code, reason) => this.close(code, reason),
    })
    const stalled = (): void => this.close("heartbeat-lost", "a transfer stands still")
    // Of a link that waits here it is not the other end that stands still.
    const progress = () => (this.#link !== undefined && this.#inbox.busy ? undefined : this.#frames.progress())
    this.#transfers = new TransferWatch(core.clock, core.limits.transferStallMs, progress, stalled)
    socket.listen({
      opened: () => this.#greet(),
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
    this.#bytesReceived += message.length
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
    this.#outlet.close()
    this.#link?.leave(code, reason, this.#frames.cutSnapshots())
    this.#handles.leave()
    this.#core.events({ type: "session-closed", session: this.#context.session, code, reason })
    this.#context.ended(this)
    this.#context.dialled?.ended(code, reason)
  }

  #failed(error: unknown): void {
    const known = closingOf(error)
    if (known !== undefined) return this.close(known.code, known.reason)
    this.#core.events({ type: "failed", where: "session", error })
    this.close("internal", "the relay failed")
  }

  #handleMessage(message: Uint8Array): Promise<void> | void {
    const frames = this.#frames.read(message)
    const { heldBytes } = this.#frames
    if (heldBytes > 0) this.#transfers.watch()
    if (!this.#inbox.holds(heldBytes)) throw new RelayError("overloaded", "more is under way to the relay than it may hold")
    // Rooms of one message are loaded side by side, though its frames are handled in order.
    if (this.#grants.principal !== undefined && this.#link === undefined && frames.length > 1) {
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
    // What a link brings is what thousands of devices wrote: it is slowed down by its inbox, and never refused.
    if (this.#link === undefined && !this.#rate.take(frames)) throw new RelayError("rate-limited", "too many frames")
  }

  #handle(frame: Frame): Promise<void> | void {
    if (this.#grants.principal === undefined) {
      if (frame.type === "hello" && this.#context.dialled === undefined) return this.#hello(frame)
      if (frame.type === "welcome" && this.#context.dialled !== undefined) return this.#welcome(frame, this.#context.dialled)
      if (frame.type === "close" && this.#context.dialled !== undefined) return this.#closedBy(frame)
      throw new RelayError("bad-frame", `${frame.type} before ${this.#context.dialled === undefined ? "hello" : "welcome"}`)
    }
    if (frame.type === "close" && frame.handle === 0) return this.#closedBy(frame)
    if (this.#link?.takes(frame) === true) return this.#link.receive(frame)
    if (this.#context.dialled !== undefined && this.#link === undefined) admitBeforeLink(frame.type)
    switch (frame.type) {
      case "link":
        return this.#becomeLink(frame)
      case "open":
        return this.#handles.open(frame)
      case "append":
        return this.#append(frame)
      case "awareness":
        if (this.#link !== undefined) throw new RelayError("bad-frame", "presence goes over a link by its document")
        return this.#handles.reader(frame.handle)?.receiveAwareness(frame.update)
      case "have":
        return this.#handles.reader(frame.handle)?.peerHas(frame.vector)
      case "audit":
        return this.#handles.reader(frame.handle)?.audit(frame.vector, frame.digest)
      case "askState":
        return this.#handles.reader(frame.handle)?.askState()
      case "state":
        return this.#handles.reader(frame.handle)?.receiveState(frame.stateVector)
      case "close":
        return this.#handles.close(frame.handle)
      case "ping":
        return this.#say(encodeFrame({ type: "pong", nonce: frame.nonce, time: Math.floor(this.#core.clock.now()) }))
      case "pong":
        return
      case "watch":
        return this.#handles.watch(frame)
      case "get":
        return this.#registers.ask(frame)
      case "cas":
        this.#registers.ask(frame)
        return this.#slowDown(frame.value?.length ?? 0)
      case "use":
        return this.#handles.use(frame)
      case "observe":
        return this.#handles.observe(frame)
      case "token":
        return this.#token(frame)
      default:
        throw new RelayError("bad-frame", `${frame.type} is not for a relay`)
    }
  }

  async #hello({ version, minVersion, agent, token }: FrameOf<"hello">): Promise<void> {
    const spoken = Math.min(version, PROTOCOL_VERSION)
    if (spoken < minVersion || spoken < MIN_PROTOCOL_VERSION)
      throw new RelayError("unsupported-version", `this relay speaks ${MIN_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`)
    const { principal: upgraded } = this.#context
    const authenticated = token === "" && upgraded !== undefined ? upgraded : await this.#context.authenticate({ token, agent })
    if (this.#closed) return
    const principal = this.#grants.take(authenticated)
    this.#bounds.welcomed(principal)
    this.#agent = agent
    this.#version = spoken
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
        liveLinks: this.#core.links.live.size > 0,
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
    this.#handles.regrant()
  }

  /** An answer of the session itself; what a session provokes and does not take is bounded. */
  #say(frame: EncodedFrame): void {
    this.#outlet.push(frame)
    if (this.#outlet.ownBytes > this.#core.limits.maxAnswerBytes) this.close("overloaded", "more answers wait than may")
  }

  #append({ handle, row, handOver, update, erases }: FrameOf<"append">): Promise<void> | void {
    if (this.#link !== undefined) throw new RelayError("bad-frame", "nothing is appended over a link")
    const reader = this.#handles.reader(handle)
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

  #closedBy({ code, reason }: FrameOf<"close">): void {
    // What ends a link decides when it is dialled anew; a device is told that it was taken at its word.
    if (this.#context.dialled !== undefined) this.#end(code, reason)
    if (this.#context.dialled !== undefined) this.#socket.close(codeNumber("normal"), "")
    else this.close("normal", "closed by the replica")
  }

  #heartbeatOf(intervalMs: number): Heartbeat {
    return new Heartbeat(this.#core.clock, intervalMs, {
      lastSent: () => this.#outlet.lastSent,
      beat: () => {
        // One that waits is enough, however long a slow reader takes.
        if (this.#outlet.ownBytes === 0) this.#outlet.push(encodeFrame({ type: "ping", nonce: 0 }))
      },
      deaf: () => this.#inbox.full,
      lost: () => this.close("heartbeat-lost", "nothing was heard"),
    })
  }

  /** The socket that this relay dialled is open. */
  #greet(): void {
    const { dialled } = this.#context
    if (dialled === undefined || this.#closed) return
    this.#outlet.push(encodeFrame(dialled.hello))
  }

  /** @throws RelayError `unsupported-version` */
  #welcome(frame: FrameOf<"welcome">, dialled: Dialled): void {
    this.#peerLog = frame.log
    admitVersion(frame.version)
    this.#version = frame.version
    this.#registers.version = frame.version
    this.#grants.take(dialled.principal)
    const { limits } = this.#core
    const maxTransferBytes = Math.max(limits.maxTransferBytes, frame.maxTransferBytes)
    const maxTransfers = Math.max(limits.maxTransfers, frame.maxTransfers)
    this.#frames = new FrameReader({ ...limits, maxTransferBytes, maxTransfers }, this.#meter)
    // It is the other end that announced how often it wants to hear something.
    this.#heartbeat = this.#heartbeatOf(frame.heartbeatMs)
    this.#heartbeat.start()
    this.#outlet.push(encodeFrame(this.#core.links.introduction))
  }

  /** @throws RelayError `unsupported-version`, `forbidden`, `bad-frame`, `same-relay` */
  #becomeLink(frame: FrameOf<"link">): void {
    const { links } = this.#core
    const { dialled } = this.#context
    admitVersion(this.#version)
    if (this.#link !== undefined || this.#handles.used) throw new RelayError("bad-frame", "a link comes first, and once")
    if (this.#grants.principal?.relay !== true) throw new RelayError("forbidden", "the principal is no relay")
    if (dialled !== undefined) this.#bounds.welcomed(dialled.principal)
    this.#link = links.stand(frame, {
      dialled,
      holder: dialled === undefined ? holderOf(this.#grants.principal) : undefined,
      log: this.#peerLog,
      outlet: this.#outlet,
      say: (said) => this.#say(encodeFrame(said)),
      received: () => this.#bytesReceived,
      close: (code, reason) => this.close(code, reason),
      readerOf: (documentId) => this.#handles.readerOf(documentId),
    })
    this.#inbox.countIn(this.#core.linkInbound.account())
    this.#registers.linked = true
    links.begin(this.#link)
  }
}
