import { type DocumentChange, encodeBytes, type Frame, type FrameOf, type LogId, type RelayId } from "@polylogue/protocol"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { doubledMs, isTold } from "../doubling.ts"
import { RelayError } from "../errors.ts"
import type { RelayCore } from "../relay-core.ts"

/** A log that no relay has: of which everything is told. */
const NO_LOG: LogId = "0".repeat(16)
/** How the place in the feed of a relay is kept: the log and the cursor that its last frame said. */
const KEY = "link-feed/"
/** Documents of a feed that wait to be looked at, beyond which no more of it is taken. */
const MAX_WAITING = 20_000
/** Longest wait, in milliseconds, before a feed is asked for again that the other end has ended; doubled from `linkRetryMs` on. */
const LONGEST_RETRY_MS = 300_000

interface Place {
  readonly log: LogId
  readonly cursor: number
}

/** What a follower asks and tells its link. */
export interface FollowerOwner {
  readonly relay: RelayId
  /** Documents that were told of and are not settled. */
  readonly unsettled: number
  openHandle(receive: (frame: Frame) => void): number
  closeHandle(handle: number): void
  send(frame: Frame): void
  /** The other end has something else, or more, of a document. */
  changed(change: DocumentChange): void
  /** The other end has told all that had changed when it was asked. */
  told(): void
}

/**
 * What changes at the other end below a prefix, from the place where this relay had all of it: kept on the disk, and moved on when everything
 * that was told of is durable here, so that a crash in between costs a comparison and never a change.
 */
export class Follower {
  readonly prefix: string
  readonly #core: RelayCore
  readonly #owner: FollowerOwner
  /** Of the last frame that was taken. */
  #place: Place = { log: NO_LOG, cursor: 0 }
  #recorded: Place | undefined
  /** How many relays further on it may be asked for. */
  #hops: number
  #handle: number | undefined
  #began = false
  /** How often it was asked for since it last told anything. */
  #attempts = 0
  /** Whether the feed waits until less is missing. */
  #paused = false
  #cancel: (() => void) | undefined
  #cancelRetry: (() => void) | undefined
  #caughtUp = false
  #left = false

  constructor(core: RelayCore, prefix: string, hops: number, owner: FollowerOwner) {
    this.#core = core
    this.prefix = prefix
    this.#hops = hops
    this.#owner = owner
  }

  /** Takes up where the last link to that relay stood. */
  async begin(): Promise<void> {
    try {
      const value = await this.#core.store.read((log) => log.record(this.#key))
      if (value !== undefined) this.#place = this.#recorded = decode(value)
    } catch {
      // A place that cannot be read is none: everything is compared once.
    }
    this.#began = true
    if (!this.#left) this.#watch()
  }

  /** From now on it may be asked for by so many relays further on. */
  reach(hops: number): void {
    if (hops === this.#hops) return
    this.#hops = hops
    const before = this.#handle
    if (before === undefined) return
    // First the new one: between them nobody would ask, and the other end would let go of what it follows because of this.
    this.#watch()
    this.#close(before)
  }

  /** Something came to rest: goes on when it had stopped, and remembers its place when nothing is open. */
  moved(): void {
    if (this.#left) return
    if (this.#paused && this.#owner.unsettled <= MAX_WAITING / 2) this.#watch()
    this.#cancel ??= this.#core.clock.setTimer(() => {
      this.#cancel = undefined
      this.#record()
    }, this.#core.limits.linkRecordMs)
  }

  /** Whether the other end has told all that had changed when it was asked. */
  get caughtUp(): boolean {
    return this.#caughtUp
  }

  leave(): void {
    this.#left = true
    this.#cancel?.()
    this.#cancelRetry?.()
  }

  /** It is followed no more, while the link goes on. Where it stood is forgotten: places of what was once asked for would only become more. */
  end(): void {
    this.leave()
    if (this.#handle !== undefined) this.#close(this.#handle)
    if (!this.#began || this.#recorded !== undefined) this.#write(null)
  }

  get #key(): string {
    return `${KEY}${this.#owner.relay}/${this.prefix}`
  }

  #watch(): void {
    this.#paused = false
    this.#cancelRetry?.()
    this.#handle = this.#owner.openHandle((frame) => this.#receive(frame))
    this.#owner.send({ type: "watch", handle: this.#handle, prefix: this.prefix, ...this.#place, hops: this.#hops })
  }

  #close(handle: number): void {
    this.#owner.send({ type: "close", handle, code: 1000, reason: "" })
    this.#owner.closeHandle(handle)
    if (handle === this.#handle) this.#handle = undefined
  }

  #receive(frame: Frame): void {
    if (frame.type === "close") return this.#ended(frame)
    if (frame.type !== "feed") throw new RelayError("bad-frame", `${frame.type} is not for who follows a feed`)
    this.#take(frame)
  }

  /** It cannot be read at the moment, or the other end tells of as many as it may. */
  #ended({ code, reason }: FrameOf<"close">): void {
    this.#owner.closeHandle(this.#handle!)
    this.#handle = undefined
    this.#attempts++
    const { relay } = this.#owner
    if (isTold(this.#attempts))
      this.#core.events({ type: "feed-refused", relay, prefix: this.prefix, attempts: this.#attempts, code, reason })
    const waitMs = doubledMs(this.#core.limits.linkRetryMs, LONGEST_RETRY_MS, this.#attempts - 1)
    this.#cancelRetry = this.#core.clock.setTimer(() => this.#watch(), waitMs)
  }

  #take({ log, cursor, caughtUp, changes }: FrameOf<"feed">): void {
    this.#attempts = 0
    for (const change of changes) this.#owner.changed(change)
    if (caughtUp && !this.#caughtUp) {
      this.#caughtUp = true
      this.#owner.told()
    }
    this.#place = { log, cursor }
    if (this.#owner.unsettled > MAX_WAITING && this.#handle !== undefined) {
      this.#close(this.#handle)
      this.#paused = true
    }
    this.moved()
  }

  #record(): void {
    const place = this.#place
    if (this.#left || this.#owner.unsettled > 0 || place.log === NO_LOG) return
    if (this.#recorded?.log === place.log && this.#recorded.cursor === place.cursor) return
    this.#recorded = place
    this.#write(encode(place))
  }

  #write(value: Uint8Array | null): void {
    const written = this.#core.committer.write({ type: "record", key: this.#key, value }, () => undefined)
    written.catch((error: unknown) => {
      this.#recorded = undefined
      if (!this.#left) this.#core.events({ type: "failed", where: "link-feed", error })
    })
  }
}

function encode({ log, cursor }: Place): Uint8Array {
  return encodeBytes((encoder) => {
    encoding.writeVarString(encoder, log)
    encoding.writeVarUint(encoder, cursor)
  })
}

function decode(value: Uint8Array): Place {
  const decoder = decoding.createDecoder(value)
  return { log: decoding.readVarString(decoder), cursor: decoding.readVarUint(decoder) }
}
