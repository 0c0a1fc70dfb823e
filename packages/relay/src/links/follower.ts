import { type DocumentChange, encodeBytes, type Frame, type FrameOf, type LogId, type RelayId } from "@polylogue/protocol"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { RelayError } from "../errors.ts"
import type { RelayCore } from "../relay-core.ts"

/** A log that no relay has: of which everything is told. */
const NO_LOG: LogId = "0".repeat(16)
/** How the place in the feed of a relay is kept: the log and the cursor that its last frame said. */
const KEY = "link-feed/"
/** Documents of a feed that wait to be looked at, beyond which no more of it is taken. */
const MAX_WAITING = 20_000

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
  #handle: number | undefined
  /** Whether the feed waits until less is missing. */
  #paused = false
  #cancel: (() => void) | undefined
  #cancelRetry: (() => void) | undefined
  #caughtUp = false
  #left = false

  constructor(core: RelayCore, prefix: string, owner: FollowerOwner) {
    this.#core = core
    this.prefix = prefix
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
    if (!this.#left) this.#watch()
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

  get #key(): string {
    return `${KEY}${this.#owner.relay}/${this.prefix}`
  }

  #watch(): void {
    this.#paused = false
    this.#cancelRetry?.()
    this.#handle = this.#owner.openHandle((frame) => this.#receive(frame))
    this.#owner.send({ type: "watch", handle: this.#handle, prefix: this.prefix, ...this.#place })
  }

  #receive(frame: Frame): void {
    if (frame.type === "close") {
      // It could not be read at the moment.
      this.#handle = undefined
      this.#cancelRetry = this.#core.clock.setTimer(() => this.#watch(), this.#core.limits.linkRetryMs)
      return
    }
    if (frame.type !== "feed") throw new RelayError("bad-frame", `${frame.type} is not for who follows a feed`)
    this.#take(frame)
  }

  #take({ log, cursor, caughtUp, changes }: FrameOf<"feed">): void {
    this.#caughtUp ||= caughtUp
    for (const change of changes) this.#owner.changed(change)
    this.#place = { log, cursor }
    if (this.#owner.unsettled > MAX_WAITING && this.#handle !== undefined) {
      this.#owner.send({ type: "close", handle: this.#handle, code: 1000, reason: "" })
      this.#owner.closeHandle(this.#handle)
      this.#handle = undefined
      this.#paused = true
    }
    this.moved()
  }

  #record(): void {
    const place = this.#place
    if (this.#left || this.#owner.unsettled > 0 || place.log === NO_LOG) return
    if (this.#recorded?.log === place.log && this.#recorded.cursor === place.cursor) return
    this.#recorded = place
    const written = this.#core.committer.write({ type: "record", key: this.#key, value: encode(place) }, () => undefined)
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
