import {
  type Code,
  codeName,
  type ClientOwner,
  covers,
  type CutSnapshots,
  type DocumentId,
  EMPTY_VECTOR,
  type Entry,
  type Frame,
  type FrameOf,
  isPermanent,
  knownOf,
  type RelayId,
  type VersionVector,
  vectorHash,
} from "@polylogue/protocol"
import type { NewLogItem } from "@polylogue/storage"
import { bytesOfDocument } from "../document-bytes.ts"
import { RelayError } from "../errors.ts"
import type { RelayCore } from "../relay-core.ts"
import type { ItemSource } from "../received-items.ts"
import type { RoomReader } from "../room-reader.ts"
import type { Room } from "../room.ts"
import type { Again } from "./ended-pulls.ts"
import type { PullFrames } from "./pull-frames.ts"
import type { Reader } from "../reader.ts"

/** What one pull asks and tells whoever has begun it. */
export interface PullOwner {
  readonly relay: RelayId
  /** What came of snapshots before the last link to that relay ended. */
  readonly cuts: CutSnapshots
  readonly frames: PullFrames
  /** Says what is rare and small. */
  send(frame: Frame): void
  /** What this end serves of the same document, if the other end has it open. */
  reader(documentId: DocumentId): Reader | undefined
  /** It may have come to rest, or have something to do again. */
  moved(pull: Pull): void
  /** The other end has said what it has, for comparison. */
  audited(pull: Pull, frame: FrameOf<"audit">): void
  /** It is over. */
  ended(pull: Pull, again: Again): void
}

/**
 * One document that is read from another relay, from `open` to `close`: what comes goes into this relay's own log, in the order in which it
 * comes, and once it is durable the other end is told. It stands among the readers of the room, so that the room stays while it is read.
 */
export class Pull implements RoomReader {
  readonly documentId: DocumentId
  readonly handle: number
  readonly link: RelayId
  readonly uses = false
  refusal: Code | undefined
  /** The hash that the other end's vector has as far as its feed has told since this one asked for the document; `undefined` when it has told nothing. */
  expected: string | undefined
  /** What the feed had told before. */
  askedFor: string | undefined
  /** Whether all that the other end has was here, once since it was opened. */
  arrived = false
  /** Whether it was settled when it was last looked at. */
  atRest = false
  /** Monotonic milliseconds. */
  lastActive: number
  readonly #core: RelayCore
  readonly room: Room
  readonly #owner: PullOwner
  #hops = 0
  #opened = false
  #awaitsOthers = false
  /** Items that are on their way to the disk. */
  #underWay = 0
  /** What the other end was told to be durable here. */
  #told: VersionVector
  #owners: readonly ClientOwner[] = []
  /** What was durable here when it asked. */
  readonly #asked: VersionVector
  #progressed = false
  #over = false
  readonly #source: ItemSource = {
    received: (vector) => this.#received(vector),
    refused: (code, reason) => this.#refused(code, reason),
  }

  constructor(core: RelayCore, room: Room, handle: number, owner: PullOwner) {
    this.#core = core
    this.room = room
    this.#owner = owner
    this.handle = handle
    this.link = owner.relay
    this.documentId = room.documentId
    this.lastActive = core.clock.monotonic()
    room.join(this)
    this.#told = this.#asked = room.head.vector
    const resume = owner.cuts.resumption(this.source)
    owner.frames.open({ type: "open", handle, document: room.documentId, generation: 0, vector: this.#told, resume })
  }

  /** Names the document among those that are read from all relays. */
  get source(): string {
    return `${this.link}/${this.documentId}`
  }

  /** Whether it has brought something. */
  get progressed(): boolean {
    return this.#progressed
  }

  /** Bytes of the document here. */
  get bytes(): number {
    return bytesOfDocument(this.room.head)
  }

  /** Whether it is open because the document is in use here, or at relays that read it from here. */
  get used(): boolean {
    return this.#hops > 0
  }

  /** Says to the other end through how many relays that may be said further on; 0: it is not in use. Returns whether that is something else than before. */
  use(hops: number): boolean {
    if (this.#over || hops === this.#hops) return false
    this.#hops = hops
    this.#owner.frames.use(this.handle, hops)
    return true
  }

  /** Whether the other end has answered. */
  get opened(): boolean {
    return this.#opened
  }

  /** Whether the other end has still to look at others itself. */
  get awaitsOthers(): boolean {
    return this.#awaitsOthers
  }

  /** Whether all that the other end is known to have is durable here. */
  get settled(): boolean {
    if (!this.#opened || this.#underWay > 0) return false
    const theirs = this.room.replication.vectorOf(this.link)
    if (this.expected !== undefined && vectorHash(theirs) !== this.expected) return false
    return covers(this.room.head.vector, theirs)
  }

  /** A frame with the handle of this pull. @throws RelayError `bad-frame` */
  receive(frame: Frame): Promise<void> | void {
    if (this.#over) return
    // What is compared when it is quiet does not keep it open.
    if (frame.type !== "audit") this.lastActive = this.#core.clock.monotonic()
    switch (frame.type) {
      case "opened":
        return this.#hasOpened(frame)
      case "entries":
        return this.#takeEntries(frame.entries)
      case "have":
        // It has what it leaves out, because it was heard or shown to be here.
        this.#shown(frame.vector)
        return this.#owner.moved(this)
      case "awaits":
        this.#awaitsOthers = frame.others
        this.#shown(frame.vector)
        return this.#owner.moved(this)
      case "owners":
        this.#owners = frame.owners
        return
      case "snapshot":
        this.#owner.cuts.forget(this.source)
        return this.#takeSnapshot(frame)
      case "rest":
        return this.#takeSnapshot(this.#wholeOf(frame))
      case "erased":
        return
      case "audit":
        return this.#owner.audited(this, frame)
      case "close":
        return this.#closed(frame.code)
      default:
        throw new RelayError("bad-frame", `${frame.type} is not for who reads a document`)
    }
  }

  /** Says what this relay's copy encodes to, at `vector`. */
  audit(vector: VersionVector, digest: Uint8Array): void {
    if (!this.#over) this.#owner.send({ type: "audit", handle: this.handle, vector, digest })
  }

  /** No more is wanted of it. */
  close(): void {
    if (this.#over) return
    this.#owner.frames.close(this.handle, "")
    this.leave()
  }

  /** The link is over. */
  leave(): void {
    if (this.#over) return
    this.#over = true
    this.room.leave(this)
  }

  /** `vector` is durable here. */
  #received(vector: VersionVector): void {
    this.#underWay--
    if (this.#over) return
    this.#progressed ||= !covers(this.#asked, vector)
    const news = new Map([...vector].filter(([log, seq]) => seq > knownOf(this.#told, log)))
    // Whoever reads the document from here hears it there, at its place in the log.
    if (news.size > 0 && this.#owner.reader(this.documentId) === undefined) {
      this.#told = new Map([...this.#told, ...news])
      this.#owner.frames.have(this.handle, news)
    }
    this.#owner.moved(this)
  }

  end(code: Code): void {
    this.#end(code)
  }

  wake(): void {
    // What is appended here goes to the other end by the reader that it has opened; but what this one lacked may have come from elsewhere.
    if (!this.atRest) this.#owner.moved(this)
  }

  awarenessChanged(): void {
    // Presence goes over links by itself.
  }

  stored(): void {
    // It sends no rows.
  }

  erasures(): void {
    // The other end hears it by its own reader, and over the link as a whole.
  }

  replicated(): void {
    // It is the one that is counted.
  }

  overloaded(reason: string): void {
    this.#end("overloaded")
    this.#core.events({ type: "failed", where: "pull", error: new RelayError("overloaded", reason) })
  }

  refused(_row: unknown, code: Code): void {
    this.#end(code)
  }

  /** What came is not taken: the other end is to be asked anew, later. */
  #refused(code: Code, reason: string): void {
    this.#underWay--
    // What stood behind it is refused with it.
    if (!this.#over) this.#core.events({ type: "link-refused", documentId: this.documentId, relay: this.link, code, reason })
    this.#end(code, code === "row-too-large" ? "when-smaller" : "later")
  }

  #hasOpened({ vector }: FrameOf<"opened">): void {
    if (this.#opened) throw new RelayError("bad-frame", "opened twice")
    this.#opened = true
    this.#shown(vector)
    this.#owner.moved(this)
  }

  async #takeEntries(entries: readonly Entry[]): Promise<void> {
    const shown = new Map<string, number>()
    // Frames are views into the message that brought them, which the log must not keep.
    const items: NewLogItem[] = entries.map((entry) => {
      shown.set(entry.stamp.log, entry.stamp.seq)
      return { kind: "entry", entry: { ...entry, update: entry.update.slice() } }
    })
    this.#shown(shown)
    await this.#take(items)
  }

  /** @throws RelayError `bad-frame` */
  #wholeOf(frame: FrameOf<"rest">): FrameOf<"snapshot"> {
    const whole = this.#owner.cuts.complete(this.source, frame)
    if (whole === undefined) throw new RelayError("bad-frame", "the rest of a snapshot that was not asked for")
    return whole
  }

  async #takeSnapshot({ vector, update, erased }: FrameOf<"snapshot">): Promise<void> {
    const owners = new Map(this.#owners)
    this.#owners = []
    this.#shown(vector)
    const known = { ranges: erased.ranges.slice(), blobs: erased.blobs }
    const something = known.ranges.length > 0 || known.blobs.length > 0
    const snapshot = { vector, update: update.slice(), ...(something && { erased: known }), ...(owners.size > 0 && { owners }) }
    await this.#take([{ kind: "snapshot", snapshot }])
  }

  async #take(items: readonly NewLogItem[]): Promise<void> {
    this.#underWay++
    try {
      await this.room.receive(items, this.#source)
    } catch (error) {
      this.#core.events({ type: "failed", where: "pull", error })
      this.#end("internal")
    }
  }

  /** The other end has `vector`: it said so, or sent it. */
  #shown(vector: VersionVector = EMPTY_VECTOR): void {
    this.room.replication.learn(this.link, vector)
    this.#owner.reader(this.documentId)?.peerHas(vector)
  }

  /** The other end has ended it. */
  #closed(code: number): void {
    this.leave()
    this.#owner.ended(this, isPermanent(code) && codeName(code) !== "too-many-documents" ? "never" : "later")
  }

  /** It cannot go on here. */
  #end(code: Code, again: Again = "later"): void {
    if (this.#over) return
    this.#owner.frames.close(this.handle, code)
    this.leave()
    this.#owner.ended(this, again)
  }
}
