import { type Code, codeNumber, type DocumentChange, type EncodedFrame, encodeFrame, vectorHash } from "@polylogue/protocol"
import type { ChangesPage } from "@polylogue/storage"
import type { FeedReader } from "./feeds.ts"
import type { Grants } from "./grants.ts"
import { sentMessageBytes } from "./limits.ts"
import type { FrameSource, Outlet } from "./outlet.ts"
import type { RelayCore } from "./relay-core.ts"
import { feedName } from "./starts.ts"

/*
 * One feed of one session: a place in the store's feed of changes, and no queue.
 *
 *   due ─> reading a page after `place` ─> frames ─> the socket takes them ─> more? read on : caught up ─> (woken, not too soon) due
 *
 * Documents that may not be read are stepped over. No room is made, and no document is read.
 */

/** Documents in a page. */
const PAGE_CHANGES = 1024
/** What a `feed` frame takes beside its changes, and a change beside its id. */
const FRAME_BYTES = 48
const CHANGE_BYTES = 12

/** What a feed tells its session. */
export interface FeedOwner {
  /** The feed has ended, and its last frame was taken. */
  feedEnded(feed: Feed): void
}

/** Tells one session which documents below a prefix have changed. */
export class Feed implements FrameSource, FeedReader {
  readonly handle: number
  readonly prefix: string
  readonly #core: RelayCore
  readonly #outlet: Outlet
  readonly #grants: Grants
  readonly #owner: FeedOwner
  /** Everything up to here was read. */
  #place: number
  /** What the place is told under. */
  #name: string
  #frames: EncodedFrame[] = []
  /** Whether something may stand after {@link #place}. */
  #due = true
  #reading = false
  /** Whether the session was told that it has all that there is. */
  #caughtUp = false
  /** The cursor that the session has: of the last change that it was told, for what it may not read moves nothing that it sees. */
  #told: number
  #lastFrameAt = -Infinity
  #cancelPause: (() => void) | undefined
  #ending: { readonly code: Code; readonly reason: string } | undefined
  #left = false

  constructor(
    core: RelayCore,
    outlet: Outlet,
    grants: Grants,
    owner: FeedOwner,
    { handle, prefix, log, cursor }: { readonly handle: number; readonly prefix: string; readonly log: string; readonly cursor: number },
  ) {
    this.#core = core
    this.#outlet = outlet
    this.#grants = grants
    this.#owner = owner
    this.handle = handle
    this.prefix = prefix
    const name = grants.principal?.grants
    this.#place = core.feeds.starts.placeOf(log, cursor, name)
    this.#told = this.#place
    this.#name = feedName(core.logId, name)
    core.feeds.add(this)
    outlet.activate(this)
  }

  wake(): void {
    this.#due = true
    this.#askForTurn()
  }

  /** The grants of the session are new: when they differ, what was left out is told. */
  regrant(): void {
    const name = feedName(this.#core.logId, this.#grants.principal?.grants)
    if (name === this.#name) return
    this.#name = name
    this.#place = 0
    this.#told = 0
    this.#frames = []
    this.#caughtUp = false
    this.wake()
  }

  /** The session, or the replica, has ended the feed. */
  leave(): void {
    if (this.#left) return
    this.#left = true
    this.#core.feeds.delete(this)
    this.#cancelPause?.()
    this.#frames = []
    this.#outlet.remove(this)
  }

  get hasMore(): boolean {
    return !this.#left && (this.#frames.length > 0 || this.#ending !== undefined || (this.#due && !this.#reading && this.#pauseMs() <= 0))
  }

  next(): EncodedFrame | undefined {
    if (this.#left) return undefined
    const frame = this.#frames.shift()
    if (frame !== undefined) {
      if (this.#frames.length === 0) {
        this.#outlet.endRead(this)
        if (this.#due) this.#askForTurn()
      }
      return frame
    }
    if (this.#ending !== undefined) {
      const { code, reason } = this.#ending
      this.leave()
      this.#owner.feedEnded(this)
      return encodeFrame({ type: "close", handle: this.handle, code: codeNumber(code), reason })
    }
    if (!this.hasMore) {
      // A timer may fire a little before its time by the other clock; what is due must not wait for the next change.
      if (this.#due) this.#askForTurn()
    } else if (this.#outlet.beginRead(this)) {
      this.#due = false
      this.#reading = true
      void this.#read()
    }
    return undefined
  }

  /** Changes while one types come many a second, and what they say is only that there is something: those of a while are told at once. */
  #pauseMs(): number {
    if (!this.#caughtUp || this.#frames.length > 0) return 0
    return this.#lastFrameAt + this.#core.limits.feedPauseMs - this.#core.clock.monotonic()
  }

  #askForTurn(): void {
    if (this.#left || this.#cancelPause !== undefined || this.#reading) return
    const wait = this.#pauseMs()
    if (wait <= 0) return this.#outlet.activate(this)
    if (wait === Infinity) return
    // Whole milliseconds: what is left by rounding is less than a clock may tell apart, and would be waited for again and again.
    this.#cancelPause = this.#core.clock.setTimer(() => {
      this.#cancelPause = undefined
      this.#outlet.activate(this)
    }, Math.ceil(wait))
  }

  async #read(): Promise<void> {
    const [name, after] = [this.#name, this.#place]
    try {
      await this.#core.feeds.starts.written()
      const reaches = this.#grants.principal?.reaches?.(this.prefix) ?? true
      const page = reaches ? await this.#core.feeds.read(this.prefix, after, PAGE_CHANGES) : { changes: [], last: after }
      // Under other grants it would leave out what may be read by now, or tell what may not.
      if (name === this.#name) this.#take(page)
    } catch (error) {
      if (!this.#left) this.#core.events({ type: "failed", where: "feed", error })
      this.#caughtUp = false
      this.#ending = { code: "unavailable", reason: "the feed cannot be read" }
    } finally {
      this.#reading = false
    }
    if (this.#frames.length === 0) this.#outlet.endRead(this)
    if (this.#due || this.#frames.length > 0 || this.#ending !== undefined) this.#askForTurn()
  }

  #take({ changes, last }: ChangesPage): void {
    if (this.#left) return
    if (changes.length === PAGE_CHANGES) this.#due = true
    this.#place = last
    const most = sentMessageBytes(this.#core.limits)
    let list: DocumentChange[] = []
    let bytes = FRAME_BYTES
    for (const { documentId, position, vector } of changes) {
      if (this.#grants.may(documentId) === "none") continue
      const size = CHANGE_BYTES + documentId.length
      if (list.length > 0 && bytes + size > most) {
        this.#push(list, false)
        list = []
        bytes = FRAME_BYTES
      }
      list.push({ documentId, hash: vectorHash(vector) })
      bytes += size
      this.#told = position
    }
    // Of changes that may not be read nothing is told, not even that there were some; they are stepped over again by who returns.
    if (list.length > 0 || (!this.#due && !this.#caughtUp)) this.#push(list, !this.#due)
  }

  #push(changes: readonly DocumentChange[], caughtUp: boolean): void {
    this.#frames.push(encodeFrame({ type: "feed", handle: this.handle, log: this.#name, cursor: this.#told, caughtUp, changes }))
    this.#caughtUp = caughtUp
    this.#lastFrameAt = this.#core.clock.monotonic()
  }
}
