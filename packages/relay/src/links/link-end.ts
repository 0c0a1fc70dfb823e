import type { Code, CutSnapshot, CutSnapshots, DocumentId, Frame, FrameType, LogId } from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import type { ReaderKind } from "../opening.ts"
import type { Outlet } from "../outlet.ts"
import type { Reader } from "../reader.ts"
import type { RelayCore } from "../relay-core.ts"
import type { Rooms } from "../rooms.ts"
import type { Dialled } from "./dialled.ts"
import type { Link, LinkedRelay, LinkPart, LinkService } from "./link-service.ts"
import { Pulls } from "./pulls.ts"

/** What a link needs of its session. */
export interface LinkSession {
  /** Present when this relay has dialled. */
  readonly dialled: Dialled | undefined
  /** Whose token was shown here; `undefined` when this relay has dialled, and where nobody is asked for one. */
  readonly holder: string | undefined
  /** The log of the relay that was dialled, as its welcome said it. */
  readonly log: LogId | undefined
  readonly outlet: Outlet
  say(frame: Frame): void
  /** Bytes that it has received. */
  received(): number
  close(code: Code, reason: string): void
  readerOf(documentId: DocumentId): Reader | undefined
}

/** What a link tells the relay. */
export interface LinkEndOwner {
  readonly services: readonly LinkService[]
  /** What came of snapshots before links ended, by relay and document. */
  readonly cuts: CutSnapshots
  left(end: LinkEnd, code: number, reason: string): void
}

/**
 * One end of a link: what this relay reads from the other, beside what its session serves. A handle says by its parity whose it is: those of the
 * relay that dialled are odd.
 */
export class LinkEnd implements Link {
  readonly peer: LinkedRelay
  readonly pulls: Pulls
  /** Monotonic milliseconds. */
  readonly since: number
  readonly #session: LinkSession
  readonly #owner: LinkEndOwner
  readonly #receivers = new Map<number, (frame: Frame) => Promise<void> | void>()
  readonly #parts = new Map<FrameType, LinkPart>()
  #all: readonly LinkPart[] = []
  #nextHandle: number

  constructor(core: RelayCore, rooms: Rooms, peer: LinkedRelay, session: LinkSession, owner: LinkEndOwner) {
    this.peer = peer
    this.since = core.clock.monotonic()
    this.#session = session
    this.#owner = owner
    this.#nextHandle = session.dialled === undefined ? 2 : 1
    this.pulls = new Pulls(core, rooms, {
      relay: peer.relay,
      openHandle: (receive) => this.openHandle(receive),
      closeHandle: (handle) => this.closeHandle(handle),
      send: (frame) => this.send(frame),
      outlet: session.outlet,
      cuts: owner.cuts,
      reader: (documentId) => session.readerOf(documentId),
      came: (documentId) => core.links.arrivals.look(documentId),
    })
  }

  /** Whether this relay has dialled. */
  get dialled(): boolean {
    return this.#session.dialled !== undefined
  }

  get outlet(): Outlet {
    return this.#session.outlet
  }

  /** Bytes that went over it in each direction, beside what its socket adds. */
  get traffic(): { readonly bytesSent: number; readonly bytesReceived: number } {
    return { bytesSent: this.#session.outlet.bytesSent, bytesReceived: this.#session.received() }
  }

  /** What the readers of this session are for. */
  get readerKind(): ReaderKind {
    return { type: "link", relay: this.peer.relay }
  }

  /** Begins what is done over links beside reading documents. Once, when the link is among those that stand. */
  begin(): void {
    this.#all = this.#owner.services.map((service) => {
      const part = service.linked(this)
      for (const type of service.takes) this.#parts.set(type, part)
      return part
    })
  }

  /** Whether `frame` is for this end's reading, and not for what its session serves. */
  takes(frame: Frame): boolean {
    return "handle" in frame ? frame.handle % 2 === this.#nextHandle % 2 : this.#parts.has(frame.type)
  }

  /** @throws RelayError when it is wrong: the link ends */
  receive(frame: Frame): Promise<void> | void {
    if (!("handle" in frame)) return this.#parts.get(frame.type)!.receive(frame)
    const receive = this.#receivers.get(frame.handle)
    if (receive !== undefined) return receive(frame)
    // What was under way when this end closed the handle.
    if (frame.handle >= this.#nextHandle) throw new RelayError("bad-frame", `handle ${frame.handle} was never opened`)
  }

  send(frame: Frame): void {
    this.#session.say(frame)
  }

  openHandle(receive: (frame: Frame) => Promise<void> | void): number {
    const handle = this.#nextHandle
    this.#nextHandle += 2
    this.#receivers.set(handle, receive)
    return handle
  }

  closeHandle(handle: number): void {
    this.#receivers.delete(handle)
  }

  /** Ends the link. */
  close(code: Code, reason: string): void {
    this.#session.close(code, reason)
  }

  /** Its session has ended, in the middle of `cut`. */
  leave(code: number, reason: string, cut: readonly CutSnapshot[]): void {
    this.pulls.cut(cut)
    this.pulls.leave()
    for (const part of this.#all) part.left()
    this.#owner.left(this, code, reason)
  }
}
