import { codeNumber, type Code, type DocumentId, type EncodedFrame, encodeFrame, type FrameOf, isDocumentId } from "@polylogue/protocol"
import { closingOf, codeOf, RelayError } from "./errors.ts"
import type { Feed } from "./feed.ts"
import type { Grants } from "./grants.ts"
import type { Outlet } from "./outlet.ts"
import type { ReaderKind } from "./opening.ts"
import { Reader } from "./reader.ts"
import type { SessionRegisters } from "./registers/session-registers.ts"
import type { RelayCore } from "./relay-core.ts"
import type { Rooms } from "./rooms.ts"
import type { SessionBounds } from "./session-bounds.ts"
import { SessionFeeds } from "./session-feeds.ts"

/** What the handles of a session need of it. */
export interface HandleOwner {
  readonly core: RelayCore
  readonly rooms: Rooms
  readonly session: number
  readonly outlet: Outlet
  readonly grants: Grants
  readonly bounds: SessionBounds
  readonly registers: SessionRegisters
  readonly closed: () => boolean
  /** What the readers of the session are for, which a `link` may change before there are any. */
  readonly kind: () => ReaderKind
  /** An answer of the session itself. */
  say(frame: EncodedFrame): void
  close(code: Code, reason: string): void
}

/** What the other end of a session has open, by the handles that it chose: documents, feeds, observers of registers. */
export class SessionHandles {
  readonly #owner: HandleOwner
  readonly #readers = new Map<number, Reader>()
  readonly #byDocument = new Map<DocumentId, Reader>()
  readonly #feeds: SessionFeeds
  #highest = 0
  #answerBytes = 0

  constructor(owner: HandleOwner) {
    this.#owner = owner
    this.#feeds = new SessionFeeds(owner)
  }

  /** Whether any was ever opened. */
  get used(): boolean {
    return this.#highest > 0
  }

  /** What audits of this session are counted by. */
  get readerOwner(): object {
    return this.#readerOwner
  }

  async open({ handle, document, vector, resume }: FrameOf<"open">): Promise<void> {
    const { core, grants, rooms, bounds, outlet } = this.#owner
    this.#take(handle)
    try {
      if (!isDocumentId(document)) throw new RelayError("bad-document-id", "that is no document id")
      const permission = grants.may(document)
      if (permission === "none") throw new RelayError("forbidden", "no access")
      if (this.#readers.size >= core.limits.maxDocuments) throw new RelayError("too-many-documents", "too many documents are open")
      const room = await rooms.room(document)
      if (this.#owner.closed()) return
      if (room.readers.size >= core.limits.maxReaders) throw new RelayError("overloaded", "too many sessions read the document")
      bounds.openDocument()
      const reader = new Reader(core, room, outlet, this.#readerOwner, { handle, vector, resume, permission, kind: this.#owner.kind() })
      this.#readers.set(handle, reader)
      this.#byDocument.set(document, reader)
    } catch (error) {
      this.#refuse(handle, document, error)
    }
  }

  watch(frame: FrameOf<"watch">): void {
    this.#take(frame.handle)
    try {
      this.#feeds.watch(frame, this.#readerOwner)
    } catch (error) {
      this.#refuse(frame.handle, frame.prefix, error)
    }
  }

  /** A relay says whether it reads a document because it is in use there. */
  use({ handle, hops }: FrameOf<"use">): void {
    if (this.#owner.kind().type !== "link") throw new RelayError("bad-frame", "use is said by relays")
    const reader = this.reader(handle)
    if (reader !== undefined) this.#owner.rooms.peek(reader.documentId)?.use(reader, hops)
  }

  observe(frame: FrameOf<"observe">): void {
    this.#owner.registers.check(frame)
    this.#take(frame.handle)
    try {
      this.#owner.registers.observe(frame)
    } catch (error) {
      this.#refuse(frame.handle, frame.prefix, error)
    }
  }

  /** The other end has ended `handle`. */
  close(handle: number): void {
    const reader = this.reader(handle)
    reader?.leave()
    this.#drop(handle)
    this.#feeds.close(handle)
    this.#owner.registers.close(handle)
  }

  /** The reader of `handle`, `undefined` for one that has ended: what is under way then is ignored. @throws RelayError `bad-frame` */
  reader(handle: number): Reader | undefined {
    const reader = this.#readers.get(handle)
    if (reader === undefined && handle > this.#highest) throw new RelayError("bad-frame", `handle ${handle} was never opened`)
    return reader
  }

  /** The last that was opened of a document, while it is. */
  readerOf(documentId: DocumentId): Reader | undefined {
    return this.#byDocument.get(documentId)
  }

  /** The grants of the session are new: what is open stays so only as it is still permitted. */
  regrant(): void {
    for (const reader of this.#readers.values()) {
      const permission = this.#owner.grants.may(reader.documentId)
      if (permission === "none") reader.end("forbidden", "no access any more")
      else if (permission !== reader.permission) reader.end("reopen", "the permission changed")
    }
    this.#feeds.regrant((handle, prefix, error) => this.#refuse(handle, prefix, error))
    this.#owner.registers.regrant()
  }

  /** The session has ended. */
  leave(): void {
    for (const reader of this.#readers.values()) reader.leave()
    this.#feeds.leave()
    this.#owner.registers.leave()
    this.#owner.core.audits.leave(this.#readerOwner)
    this.#readers.clear()
    this.#byDocument.clear()
  }

  /** A handle for a document, a feed or an observer. @throws RelayError `bad-frame` when it is in use */
  #take(handle: number): void {
    if (this.#readers.has(handle) || this.#feeds.has(handle) || this.#owner.registers.has(handle))
      throw new RelayError("bad-frame", `handle ${handle} is in use`)
    this.#highest = Math.max(this.#highest, handle)
  }

  #drop(handle: number): void {
    const reader = this.#readers.get(handle)
    if (reader === undefined) return
    this.#readers.delete(handle)
    if (this.#byDocument.get(reader.documentId) === reader) this.#byDocument.delete(reader.documentId)
    this.#owner.bounds.closeDocument()
  }

  #refuse(handle: number, documentId: string, error: unknown): void {
    const { core, session } = this.#owner
    if (this.#owner.closed() || codeOf(error) === "closed") return
    const known = closingOf(error)
    const { code, reason } = known ?? { code: "unavailable", reason: "the document cannot be read" }
    if (known === undefined) core.events({ type: "failed", where: "open", error })
    core.events({ type: "document-closed", session, documentId: isDocumentId(documentId) ? documentId : "", code, reason })
    this.#owner.say(encodeFrame({ type: "close", handle, code: codeNumber(code), reason }))
  }

  readonly #readerOwner = {
    ended: (reader: Reader, code: Code, reason: string): void => {
      this.#drop(reader.handle)
      this.#owner.core.events({ type: "document-closed", session: this.#owner.session, documentId: reader.documentId, code, reason })
    },
    feedEnded: (feed: Feed): void => this.#feeds.close(feed.handle),
    overloaded: (reason: string): void => this.#owner.close("overloaded", reason),
    answersWaiting: (deltaBytes: number): void => {
      this.#answerBytes += deltaBytes
      if (deltaBytes > 0 && this.#answerBytes > this.#owner.core.limits.maxAnswerBytes)
        this.#owner.close("overloaded", "more answers wait than may")
    },
  }
}
