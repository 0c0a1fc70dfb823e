import { type Code, codeNumber, type DocumentId, isDocumentId, mintId, type RowId, type Socket, type Stamp } from "@polylogue/protocol"
import { Cursor } from "./cursor.ts"
import { closeReason, codeOf, RelayError } from "./errors.ts"
import { Grants } from "./grants.ts"
import { Inbox } from "./inbox.ts"
import type { Principal, RelayOptions } from "./options.ts"
import { type AwarenessState, encodeAwareness, rememberLast } from "./presence/awareness-update.ts"
import { RateMeter } from "./rate-meter.ts"
import type { RelayCore } from "./relay-core.ts"
import type { RoomReader } from "./room-reader.ts"
import type { Room } from "./room.ts"
import type { Rooms } from "./rooms.ts"
import { decodeSyncMessage, encodeAwarenessMessage, encodeSync, type SyncMessage } from "./sync-message.ts"
import { SessionBounds } from "./session-bounds.ts"
import type { YjsCoolDown } from "./yjs-cool-down.ts"

/*
 * One y-websocket connection: one document per socket, y-protocols sync and awareness.
 *
 *   connected ─> room loaded ─> our step1 ─> their step1 ─> our step2, then every entry as an update, in log order
 *                                            their step2 (a hand-over) and updates go through the door like any row
 *
 * The protocol has no ack and no reject. What the door refuses ends the session: with a permanent code and a cool-down, for the provider
 * would send the same again; only a gap is transient, because the step2 of the next connection brings what was missing.
 */

/** What a y-websocket client brings for authentication, as the server found it in the request. */
export interface YjsHello {
  readonly token: string
  readonly agent: string
}

/** What such a session is given by its relay. */
export interface YjsSessionContext {
  readonly core: RelayCore
  readonly rooms: Rooms
  readonly authenticate: NonNullable<RelayOptions["authenticate"]>
  readonly coolDown: YjsCoolDown
  /** Whom the HTTP upgrade was authenticated as. */
  readonly principal: Principal | undefined
  readonly session: number
  ended(session: YjsSession): void
}

/** Intervals in which a socket may keep bytes without draining, before it is taken for gone: y-websocket has no ping to ask. */
const STUCK_INTERVALS = 3

/** One authenticated socket that speaks y-websocket. */
export class YjsSession implements RoomReader {
  readonly #context: YjsSessionContext
  readonly #core: RelayCore
  readonly #socket: Socket
  readonly #documentId: DocumentId
  readonly #inbox: Inbox
  readonly #rate: RateMeter
  readonly #rowRate: RateMeter
  readonly #bounds: SessionBounds
  readonly #awareness = new Map<number, AwarenessState>()
  /** Where entries of this session stand that the cursor has not passed: they are not sent back. */
  readonly #own = new Set<number>()
  readonly #ready: Promise<void>
  refusal: Code | undefined
  readonly link = undefined
  readonly uses = true
  #room: Room | undefined
  readonly #grants: Grants
  #cursor: Cursor | undefined
  /** Whether the client has been given everything up to the cursor. */
  #synced = false
  /** Whether the client has answered our step1. */
  #answered = false
  #lastStep2: RowId | undefined
  #cancelBeat: (() => void) | undefined
  #unpin: (() => void) | undefined
  #stuck = 0
  #closed = false

  constructor(context: YjsSessionContext, socket: Socket, documentId: string, hello: YjsHello) {
    const { core } = context
    this.#context = context
    this.#core = core
    this.#socket = socket
    this.#documentId = documentId
    this.#inbox = new Inbox(
      core,
      (message) => this.#handle(message),
      (error) => this.#failed(error),
      (reading) => socket.setReading?.(reading),
    )
    this.#bounds = new SessionBounds(core, () => this.close("handshake-timeout", "not authenticated in time"))
    this.#rate = new RateMeter(core.clock, core.limits.maxFramesPerSecond)
    this.#rowRate = new RateMeter(core.clock, core.limits.maxDocumentRowsPerSecond)
    this.#grants = new Grants(core.clock, () => this.close("unauthenticated", "the grants have expired"))
    socket.listen({
      message: (message) => this.#receive(message),
      drained: this.#flush,
      closed: (code, reason) => this.#end(code, reason),
    })
    this.#ready = this.#begin(hello).catch((error: unknown) => this.#failed(error))
  }

  /** Whom it acts for, or will unless it brings a token of its own; `undefined` while that is not known. */
  get principal(): Principal | undefined {
    return this.#grants.principal ?? this.#context.principal
  }

  /** Ends the session. Idempotent. */
  close(code: Code, reason: string): void {
    if (this.#closed) return
    const text = closeReason(reason)
    this.#socket.close(codeNumber(code), text)
    this.#end(codeNumber(code), text)
  }

  wake(): void {
    if (!this.#closed) this.#core.ticker.schedule(this.#flush)
  }

  awarenessChanged(state: AwarenessState): void {
    rememberLast(this.#awareness, state, this.#core.limits.maxAwarenessStates * 2)
    this.wake()
  }

  refused(row: RowId, code: Code, _stateVector: Uint8Array, reason: string): void {
    if (code === "gap" && row !== this.#lastStep2) return this.close("gap", reason)
    this.#context.coolDown.begin(this.#documentId, this.#grants.principal!.name)
    this.close(code === "gap" ? "bad-update" : code, reason)
  }

  stored(_row: RowId, _stamp: Stamp, position: number): void {
    if (position <= this.#cursor!.position) return
    this.#own.add(position)
    if (this.#own.size > this.#core.limits.maxQueuedRows) this.close("overloaded", "nothing was taken")
  }

  erasures(): void {
    // The protocol has no word for it.
  }

  replicated(): void {
    // Nor for this.
  }

  end(code: Code, reason: string): void {
    this.close(code, reason)
  }

  overloaded(reason: string): void {
    this.close("overloaded", reason)
  }

  async #begin(hello: YjsHello): Promise<void> {
    const { authenticate, coolDown, rooms, session } = this.#context
    if (!isDocumentId(this.#documentId)) throw new RelayError("bad-document-id", "that is no document id")
    const authenticated = this.#context.principal ?? (await authenticate(hello))
    if (this.#closed) return
    const principal = this.#grants.take(authenticated)
    this.#bounds.welcomed(principal)
    if (principal.may(this.#documentId) === "none") throw new RelayError("forbidden", "no access")
    // Only now: whoever may not read the document learns nothing of what others do in it.
    if (coolDown.has(this.#documentId, principal.name)) throw new RelayError("bad-update", "an update was refused a moment ago")
    const room = await rooms.room(this.#documentId)
    if (this.#closed) return
    if (room.readers.size >= this.#core.limits.maxReaders) throw new RelayError("overloaded", "too many sessions read the document")
    this.#bounds.openDocument()
    this.#core.events({ type: "session-opened", session, kind: "yjs", principal: principal.name, agent: hello.agent })
    this.#room = room
    this.#cursor = new Cursor(this.#core, room, new Map(), {
      mayFetch: () => true,
      wake: () => this.wake(),
      failed: (error) => room.failed(error),
    })
    room.join(this)
    this.#unpin = room.door.pin()
    this.#beat()
    const summary = await room.door.summary()
    if (!this.#closed) this.#send(encodeSync("step1", summary.stateVector()))
  }

  /** Takes nothing more in: what was not accepted is not acknowledged, and is sent again elsewhere. */
  stopReading(): void {
    this.#inbox.close()
  }

  #receive(message: Uint8Array): void {
    if (this.#closed) return
    this.#core.counters.bytesReceived += message.length
    try {
      this.#bounds.received(message.length, Infinity)
    } catch (error) {
      return this.#failed(error)
    }
    if (!this.#inbox.push(message)) this.close("overloaded", "more messages wait than may")
  }

  async #handle(message: Uint8Array): Promise<void> {
    await this.#ready
    if (this.#closed) return
    this.#core.counters.framesReceived++
    if (!this.#rate.take()) throw new RelayError("rate-limited", "too many messages")
    await this.#handleMessage(decodeSyncMessage(message))
  }

  #handleMessage(message: SyncMessage): Promise<void> | void {
    switch (message.kind) {
      case "step1":
        return this.#answerStep1(message.stateVector)
      case "step2":
        this.#answered = true
        this.#lastStep2 = mintId(this.#core.randomBytes)
        return this.#append(this.#lastStep2, message.update, true)
      case "update":
        // Its cause may be a deletion that got lost with the connection before, which no state vector shows. The answer to our step1, which is
        // still under way, holds both.
        if (!this.#answered) return
        return this.#append(mintId(this.#core.randomBytes), message.update, false)
      case "awareness":
        return this.#core.presence.update(this.#documentId, this, message.update)
      case "query-awareness":
        for (const state of this.#core.presence.all(this.#documentId)) this.awarenessChanged(state)
        return
      case "other":
        return
    }
  }

  #append(row: RowId, update: Uint8Array, handOver: boolean): Promise<void> | void {
    const permission = this.#grants.may(this.#documentId)
    this.#room!.append({
      from: this,
      principal: this.#grants.principal!.name,
      row,
      handOver,
      update,
      onlyNews: true,
      ...(permission === "read" ? { forbidden: true } : {}),
    })
    const delayMs = Math.max(this.#rowRate.delayMs(), this.#bounds.rowDelayMs(update.length))
    if (delayMs > 0) return this.#bounds.wait(delayMs)
  }

  /** What the client lacks up to one position of the log; after it, the log itself. */
  async #answerStep1(stateVector: Uint8Array): Promise<void> {
    const room = this.#room!
    const { position, diff } = await room.diff(stateVector)
    if (this.#closed) return
    const summary = await room.door.summary()
    summary.keepDeletes(diff.deleteSet)
    this.#send(encodeSync("step2", diff.update))
    if (!this.#synced) this.#cursor!.jump(position)
    this.#synced = true
    this.wake()
  }

  readonly #flush = (): void => {
    const { limits } = this.#core
    if (this.#closed || this.#room === undefined) return
    if (this.#awareness.size > 0 && this.#socket.bufferedBytes < limits.maxBufferedBytes) {
      const update = encodeAwareness([...this.#awareness.values()])
      this.#awareness.clear()
      this.#send(encodeAwarenessMessage(update))
    }
    while (this.#synced && !this.#closed && this.#socket.bufferedBytes < limits.maxBufferedBytes) {
      const pulled = this.#cursor!.pull()
      if (pulled.kind === "wait" || pulled.kind === "end") return
      if (pulled.kind === "snapshot") {
        this.#send(encodeSync("update", pulled.snapshot.update))
        for (const position of this.#own) if (position <= pulled.snapshot.through) this.#own.delete(position)
      } else {
        for (const item of pulled.items) {
          if (!this.#own.delete(item.position))
            this.#send(encodeSync("update", item.kind === "entry" ? item.entry.update : item.snapshot.update))
        }
      }
    }
  }

  #send(message: Uint8Array): void {
    this.#core.counters.messagesSent++
    this.#core.counters.framesSent++
    this.#core.counters.bytesSent += message.length
    this.#socket.send(message)
  }

  /** A provider that hears nothing for 30 s connects anew, so it hears an awareness update of nobody. */
  #beat(): void {
    this.#cancelBeat = this.#core.clock.setTimer(() => {
      this.#stuck = this.#socket.bufferedBytes > 0 ? this.#stuck + 1 : 0
      if (this.#stuck >= STUCK_INTERVALS) return this.close("heartbeat-lost", "nothing was taken")
      if (this.#socket.bufferedBytes === 0) this.#send(encodeAwarenessMessage(encodeAwareness([])))
      this.#beat()
    }, this.#core.limits.heartbeatMs)
  }

  #failed(error: unknown): void {
    if (error instanceof RelayError && error.code !== "closed" && error.code !== "unsound") return this.close(error.code, error.message)
    if (codeOf(error) !== "closed") this.#core.events({ type: "failed", where: "yjs-session", error })
    this.close("internal", "the relay failed")
  }

  #end(code: number, reason: string): void {
    if (this.#closed) return
    this.#closed = true
    this.#cancelBeat?.()
    this.#grants.stop()
    this.#bounds.end()
    this.#inbox.close()
    this.#awareness.clear()
    this.#unpin?.()
    this.#room?.leave(this)
    this.#core.events({ type: "session-closed", session: this.#context.session, code, reason })
    this.#context.ended(this)
  }
}
