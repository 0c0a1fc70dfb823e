import {
  type CutSnapshot,
  type CutSnapshots,
  type DocumentChange,
  type DocumentId,
  type Frame,
  type FrameOf,
  isDocumentId,
  type RelayId,
  vectorHash,
} from "@polylogue/protocol"
import type { DocumentHead } from "@polylogue/storage"
import { codeOf } from "../errors.ts"
import type { Outlet } from "../outlet.ts"
import type { Reader } from "../reader.ts"
import type { RelayCore } from "../relay-core.ts"
import type { Room } from "../room.ts"
import type { Rooms } from "../rooms.ts"
import { isCovered, liesBelow, MAX_HOPS } from "./asked-prefixes.ts"
import { type Again, EndedPulls, type EndedPullsOwner } from "./ended-pulls.ts"
import { Follower, type FollowerOwner } from "./follower.ts"
import { LinkAudits } from "./link-audits.ts"
import { Pull, type PullOwner } from "./pull.ts"
import { PullFrames } from "./pull-frames.ts"
import { PullQueue, type Wanted } from "./pull-queue.ts"

/*
 * Which documents are read from the other end of one link:
 *
 *   in use here ────────────────┐
 *                               ├─> queue ─> opening ─> open ─ in use no more, settled and quiet ─> closed
 *   changed there, and not      │               ^                                                     │
 *   what is here (a feed's hash)┘               └── EndedPulls, when it ended before its time ────────┘
 *
 * What is in use goes first, and stays open; what only changed is closed when others wait, or when it has been quiet.
 */

/** What the pulls of a link need of it. */
export interface PullsOwner {
  readonly relay: RelayId
  openHandle(receive: (frame: Frame) => Promise<void> | void): number
  closeHandle(handle: number): void
  send(frame: Frame): void
  readonly outlet: Outlet
  readonly cuts: CutSnapshots
  reader(documentId: DocumentId): Reader | undefined
  /** All that the other end has of a document is here, or of all that it has told of. */
  came(documentId?: DocumentId): void
}

/** What is read over one link. */
export class Pulls implements PullOwner, FollowerOwner, EndedPullsOwner {
  readonly relay: RelayId
  readonly frames: PullFrames
  readonly #core: RelayCore
  readonly #rooms: Rooms
  readonly #owner: PullsOwner
  readonly #followers = new Map<string, Follower>()
  readonly #queue = new PullQueue()
  readonly #starting = new Map<DocumentId, Wanted>()
  readonly #pulls = new Map<DocumentId, Pull>()
  readonly #audits: LinkAudits
  /** Those whose answer has not come, or that lack something which was announced. */
  readonly #unsettled = new Set<Pull>()
  /** Those that ended before their time. */
  readonly #ended: EndedPulls
  #cancelSweep: (() => void) | undefined
  #left = false

  constructor(core: RelayCore, rooms: Rooms, owner: PullsOwner) {
    this.#core = core
    this.#rooms = rooms
    this.#audits = new LinkAudits(core)
    this.#owner = owner
    this.relay = owner.relay
    this.frames = new PullFrames(core, owner.outlet)
    this.#ended = new EndedPulls(core, this)
    void this.#ended.begin()
  }

  /** Documents of which something is known to be missing, or may be. */
  get behind(): number {
    return this.#queue.size + this.#starting.size + this.#unsettled.size + this.#ended.waiting
  }

  /** Those among them that only the feed of the other end tells of. */
  get unsettled(): number {
    return this.behind - this.#ended.kept
  }

  /** Whether the other end has told all that had changed there when this link began, and nothing of it is missing here. */
  get level(): boolean {
    return this.behind === 0 && [...this.#followers.values()].every((follower) => follower.caughtUp)
  }

  /**
   * Whether all that the other end has of a document is here, or was since it was opened. Of what is followed its feed tells; but of one that this relay does
   * not hold, and that is in use here or about to be, the other end has still to ask others, and says when it has. `beyond` is the relay that asks, if one does.
   */
  has(documentId: DocumentId, isHeld: boolean, beyond: RelayId | undefined): boolean {
    const pull = this.#pulls.get(documentId)
    if (pull?.arrived === true) return true
    if (!isHeld && pull?.atRest === true && this.#mayWaitForItself(pull, beyond)) return true
    const isUsed = beyond === undefined || this.#isUsed(documentId)
    if (!this.#isToldOf(documentId) || (!isHeld && isUsed)) return false
    if (pull?.atRest === true) return true
    const told = pull?.expected ?? pull?.askedFor ?? this.#queue.get(documentId)?.hash ?? this.#starting.get(documentId)?.hash
    return told === undefined && !this.#ended.has(documentId)
  }

  /**
   * Whether what the other end waits for may be this relay: `beyond` asks on behalf of somebody who is further away than those for whom this one asks, and in a
   * circle of relays these are the same. Then each would wait for the next.
   */
  #mayWaitForItself({ room }: Pull, beyond: RelayId | undefined): boolean {
    const hops = beyond === undefined ? MAX_HOPS : room.usedAt(beyond)
    return hops > 0 && hops < MAX_HOPS && this.#hopsOf(room) >= hops
  }

  /** Whether the other end tells what changes in a document, and has told all that had. */
  #isToldOf(documentId: DocumentId): boolean {
    const followers = [...this.#followers].flatMap(([prefix, follower]) => (liesBelow(documentId, prefix) ? [follower] : []))
    return followers.length > 0 && followers.every((follower) => follower.caughtUp)
  }

  #isUsed(documentId: DocumentId): boolean {
    const room = this.#rooms.peek(documentId)
    return room !== undefined && this.#hopsOf(room) > 0
  }

  /** Documents that are open at the other end. */
  get open(): number {
    return this.#pulls.size
  }

  /**
   * From now on takes over what changes below these prefixes, and what has changed there, and below no others; of each, how many relays further on may be asked.
   * @returns whether it ends for one of them.
   */
  follow(prefixes: ReadonlyMap<string, number>): boolean {
    if (this.#left) return false
    for (const [prefix, hops] of prefixes) {
      const known = this.#followers.get(prefix)
      if (known !== undefined) {
        known.reach(hops)
        continue
      }
      const follower = new Follower(this.#core, prefix, hops, this)
      this.#followers.set(prefix, follower)
      void follower.begin()
    }
    const ended = [...this.#followers].filter(([prefix]) => !prefixes.has(prefix))
    for (const [prefix, follower] of ended) {
      this.#followers.delete(prefix)
      follower.end()
    }
    if (ended.length > 0) this.#trustNoFeed()
    return ended.length > 0
  }

  /** What no feed tells of any more does not wait for its last word: more will come than that. */
  #trustNoFeed(): void {
    for (const pull of this.#pulls.values()) {
      if (pull.expected === undefined || isCovered(this.#followers, pull.documentId)) continue
      pull.expected = undefined
      this.moved(pull)
    }
  }

  /** Whether a document is in use here, but by the other end itself, may have changed. */
  use(room: Room): void {
    const { documentId } = room
    const hops = this.#hopsOf(room)
    const pull = this.#pulls.get(documentId)
    if (pull !== undefined) {
      if (!pull.use(hops)) return
      pull.lastActive = this.#core.clock.monotonic()
      // Nothing else may ever happen to it.
      if (hops === 0) this.#scheduleSweep()
    } else if (hops > 0) this.#want(documentId, { used: true, hash: undefined })
    else if (this.#queue.get(documentId)?.hash === undefined && !this.#ended.has(documentId)) this.#queue.delete(documentId)
  }

  /** Something of the document was erased elsewhere: what was refused of it may be taken now. */
  erasedElsewhere(documentId: DocumentId): void {
    this.#ended.recall(documentId)
  }

  changed({ documentId, hash }: DocumentChange): void {
    if (!isDocumentId(documentId)) return
    const pull = this.#pulls.get(documentId)
    if (pull === undefined) return this.#want(documentId, { used: false, hash })
    pull.expected = hash
    this.moved(pull)
  }

  told(): void {
    this.#owner.came()
  }

  openHandle(receive: (frame: Frame) => Promise<void> | void): number {
    return this.#owner.openHandle(receive)
  }

  closeHandle(handle: number): void {
    this.#owner.closeHandle(handle)
  }

  send(frame: Frame): void {
    this.#owner.send(frame)
  }

  get cuts(): CutSnapshots {
    return this.#owner.cuts
  }

  reader(documentId: DocumentId): Reader | undefined {
    return this.#owner.reader(documentId)
  }

  moved(pull: Pull): void {
    if (this.#left || this.#pulls.get(pull.documentId) !== pull) return
    pull.atRest = pull.settled
    if (!pull.atRest) {
      this.#unsettled.add(pull)
      return
    }
    this.#unsettled.delete(pull)
    this.#ended.level(pull.documentId)
    this.#audits.settled(pull)
    // What changes of a document that is held here is told by feeds: it waits for nobody who waits for others, perhaps for this relay.
    if (!pull.arrived) {
      pull.arrived = !pull.awaitsOthers || this.#core.links.holds(pull.documentId)
      this.#owner.came(pull.documentId)
    }
    if (this.#queue.size > 0) this.#fill()
    this.#scheduleSweep()
    this.movedOn()
  }

  audited(pull: Pull, frame: FrameOf<"audit">): void {
    this.#audits.answered(pull, frame)
  }

  ended(pull: Pull, again: Again): void {
    const { documentId, used, expected: hash, progressed, bytes } = pull
    if (this.#left || this.#pulls.get(documentId) !== pull) return
    this.#forget(pull)
    if (again === "never") this.#ended.level(documentId)
    else this.#ended.add(documentId, { used, hash }, again, { progressed, bytes })
    this.#fill()
    this.movedOn()
  }

  async headOf(documentId: DocumentId): Promise<DocumentHead> {
    return this.#rooms.peek(documentId)?.head ?? (await this.#core.store.read((log) => log.head(documentId)))
  }

  again(documentId: DocumentId, wanted: Wanted): void {
    const pull = this.#pulls.get(documentId)
    if (pull !== undefined) return this.moved(pull)
    const room = this.#rooms.peek(documentId)
    this.#want(documentId, { ...wanted, used: room !== undefined && this.#hopsOf(room) > 0 })
  }

  /** The link is over, in the middle of these: the next one goes on with them. */
  cut(snapshots: readonly CutSnapshot[]): void {
    for (const snapshot of snapshots) {
      const pull = [...this.#pulls.values()].find(({ handle }) => handle === snapshot.handle)
      if (pull !== undefined) this.cuts.keep(pull.source, snapshot)
    }
  }

  /** The link is over. */
  leave(): void {
    this.#left = true
    this.#audits.leave()
    this.frames.leave()
    this.#cancelSweep?.()
    this.#ended.leave()
    for (const follower of this.#followers.values()) follower.leave()
    for (const pull of this.#pulls.values()) pull.leave()
    this.#pulls.clear()
    this.#queue.clear()
  }

  #want(documentId: DocumentId, wanted: Wanted): void {
    if (this.#left || this.#ended.want(documentId, wanted)) return
    this.#queue.want(documentId, wanted)
    this.#fill()
  }

  /** Opens as many of those that wait as may be opened at once. */
  #fill(): void {
    const { maxLinkFetching, maxDocuments } = this.#core.limits
    for (const [documentId, wanted] of this.#queue) {
      if (this.#starting.size + this.#unsettled.size >= maxLinkFetching) return
      if (this.#starting.has(documentId)) continue
      if (this.#pulls.size + this.#starting.size >= maxDocuments && !this.#makeRoom()) return
      this.#queue.delete(documentId)
      this.#starting.set(documentId, wanted)
      void this.#start(documentId, wanted).finally(() => {
        this.#starting.delete(documentId)
        this.#owner.came(documentId)
        this.#fill()
        this.movedOn()
      })
    }
  }

  /** Closes one that nothing is missing of and nobody uses; `false` when there is none. */
  #makeRoom(): boolean {
    for (const pull of this.#pulls.values()) {
      if (pull.used || !pull.settled) continue
      this.#close(pull)
      return true
    }
    return false
  }

  async #start(documentId: DocumentId, { used, hash }: Wanted): Promise<void> {
    try {
      if (!used && hash !== undefined && vectorHash((await this.headOf(documentId)).vector) === hash) return this.#ended.level(documentId)
      const room = await this.#rooms.room(documentId)
      if (this.#left || this.#pulls.has(documentId)) return
      let pull: Pull | undefined
      const handle = this.#owner.openHandle((frame) => pull?.receive(frame))
      pull = new Pull(this.#core, room, handle, this)
      pull.use(this.#hopsOf(room))
      // By what its feed has told so far it does not come to rest: what the other end has when it opens the document is no older.
      pull.askedFor = this.#queue.get(documentId)?.hash ?? hash
      this.#queue.delete(documentId)
      this.#pulls.set(documentId, pull)
      this.#unsettled.add(pull)
    } catch (error) {
      if (this.#left || codeOf(error) === "closed") return
      const since = this.#queue.get(documentId)
      this.#queue.delete(documentId)
      this.#ended.add(documentId, { used: used || since?.used === true, hash: since?.hash ?? hash }, "later")
    }
  }

  #hopsOf(room: Room): number {
    return room.useBeyond(this.relay, isCovered(this.#followers, room.documentId))
  }

  movedOn(): void {
    if (this.level) this.#owner.came()
    for (const follower of this.#followers.values()) follower.moved()
  }

  #scheduleSweep(): void {
    this.#cancelSweep ??= this.#core.clock.setTimer(() => {
      this.#cancelSweep = undefined
      this.#sweep()
    }, this.#core.limits.linkIdleMs)
  }

  #sweep(): void {
    const since = this.#core.clock.monotonic() - this.#core.limits.linkIdleMs
    let waiting = false
    for (const pull of this.#pulls.values()) {
      if (pull.used) continue
      if (pull.settled && pull.lastActive <= since) this.#close(pull)
      else waiting = true
    }
    if (waiting) this.#scheduleSweep()
  }

  #close(pull: Pull): void {
    pull.close()
    this.#forget(pull)
    this.#ended.level(pull.documentId)
  }

  #forget(pull: Pull): void {
    this.#owner.closeHandle(pull.handle)
    this.#pulls.delete(pull.documentId)
    this.#unsettled.delete(pull)
    this.#audits.forget(pull)
  }
}
