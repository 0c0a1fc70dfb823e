import {
  covers,
  coversStamp,
  type DocumentId,
  EMPTY_VECTOR,
  type Frame,
  type FrameOf,
  knownOf,
  type Stamp,
  unionVectors,
  type VersionVector,
} from "@polylogue/protocol"
import type { RelayStats } from "@polylogue/relay"
import type { Connection } from "./network.ts"
import type { StoreWatch } from "./store-watch.ts"
import { show } from "./in-words.ts"
import type { World } from "./world.ts"

/** Which end of a connection: the one that dialled, or the one that was dialled. */
export type Side = "device" | "relay"

/** A relay at an end of a link. */
export interface LinkEnd {
  readonly name: string
  readonly watch: StoreWatch
  /** Logs of its starts. */
  readonly logIds: readonly string[]
  readonly plan: { readonly onDemand: boolean; readonly dials: readonly number[] }
  mirrors(documentId: DocumentId): boolean
  /** What it says of itself while it runs. */
  stats(): RelayStats | undefined
}

interface Stream {
  readonly documentId: DocumentId
  /** Who reads. */
  readonly reader: Side
  /** What the reader had when it opened the document, and what was sent since. */
  vector: VersionVector
  /** The reader's disk at that time: another one, put in its place, may have less. */
  readonly disk: StoreWatch
}

/** What was seen on one link. */
export interface TappedLink {
  readonly streams: Map<number, Stream>
}

/** Frames with which one end answers what the other reads. */
const SERVED = new Set<Frame["type"]>(["opened", "entries", "snapshot", "rest", "state", "erased", "owners"])
/** Frames that a relay has no business to send to another. */
const NEVER = new Set<Frame["type"]>(["append", "ack", "reject", "token", "granted", "replicated"])

/**
 * Reads what relays send each other, as it is sent: neither end says, shows or passes on what is not durable on its own disk (I1), entries of one log
 * reach the other end without gaps (I4), and no stream brings anything twice (I6).
 */
export class LinkWatch {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** `frame` goes from `from` to `to`. */
  sent(connection: Connection, link: TappedLink, side: Side, from: LinkEnd, to: LinkEnd, frame: Frame): void {
    const world = this.#world
    if (NEVER.has(frame.type)) world.complain("I7", `${from.name} sends ${frame.type} to ${to.name} over a link`)
    if (frame.type === "link" && side === "relay") world.count("relays linked")
    if (frame.type === "open") {
      if ((frame.handle % 2 === 1) !== (side === "device"))
        world.complain("I7", `${from.name} opens ${frame.document} at ${to.name} under handle ${frame.handle}`)
      link.streams.set(frame.handle, { documentId: frame.document, reader: side, vector: frame.vector, disk: from.watch })
      this.#durable(from, frame.document, frame.vector, `opens at ${to.name}`)
      if (from.plan.onDemand) world.count("document pulled on demand")
      else if (!from.mirrors(frame.document)) world.count("document pulled outside what is mirrored")
      return
    }
    if (frame.type === "have") {
      this.#have(link, side, from, to, frame)
      return
    }
    if (frame.type === "audit" && frame.digest.length > 0) world.count("relays compared a document")
    if (SERVED.has(frame.type) && "handle" in frame) this.#served(connection, link, side, from, to, frame)
  }

  /** The reader says what is durable at it; or the other end, in the place of what it leaves out of the stream, what that was. */
  #have(link: TappedLink, side: Side, from: LinkEnd, to: LinkEnd, { handle, vector }: FrameOf<"have">): void {
    const stream = link.streams.get(handle)
    if (stream === undefined) {
      this.#world.complain("I7", `${from.name} says what it has under handle ${handle}, which nobody has opened at ${to.name}`)
      return
    }
    this.#durable(from, stream.documentId, vector, `tells ${to.name} that it has`)
    if (stream.reader === side) return
    this.#world.count("entry left out of a link")
    if (!covers(stream.disk.vector(stream.documentId), vector))
      this.#world.complain("I4", `${from.name} leaves ${show(vector)} of ${stream.documentId} out for ${to.name}, which has it not`)
    stream.vector = unionVectors(stream.vector, vector)
  }

  #served(
    connection: Connection,
    link: TappedLink,
    side: Side,
    from: LinkEnd,
    to: LinkEnd,
    frame: Extract<Frame, { handle: number }>,
  ): void {
    const stream = link.streams.get(frame.handle)
    if (stream === undefined || stream.reader === side) {
      this.#world.complain("I7", `${from.name} sends ${frame.type} under handle ${frame.handle}, which ${to.name} has not opened`)
      return
    }
    switch (frame.type) {
      case "opened":
      case "state":
      case "erased":
        this.#durable(from, stream.documentId, frame.vector, `answers ${to.name} with ${frame.type}`)
        break
      case "rest":
      case "snapshot":
        this.#world.count("snapshot sent over a link")
        this.#durable(from, stream.documentId, frame.vector, `sends ${to.name} a snapshot`)
        stream.vector = unionVectors(stream.vector, frame.vector)
        break
      case "entries":
        for (const { stamp } of frame.entries) this.#entry(connection, stream, from, to, stamp)
        break
      default:
    }
  }

  #entry(connection: Connection, stream: Stream, from: LinkEnd, to: LinkEnd, stamp: Stamp): void {
    const { documentId } = stream
    const world = this.#world
    const named = `${stamp.log}:${stamp.seq}`
    world.count("entry sent over a link")
    this.#durable(from, documentId, new Map([[stamp.log, stamp.seq]]), `sends ${to.name} ${named}`)
    if (coversStamp(to.watch.vector(documentId), stamp)) world.count("entry sent over a link to one that has it")
    if (to.logIds.includes(stamp.log)) world.count("entry came home over a link")
    if (coversStamp(stream.vector, stamp)) {
      world.complain("I6", `${from.name} sends ${named} of ${documentId} to ${to.name} once more on ${connection.host} – ${connection.url}`)
      return
    }
    // What the reader has from elsewhere, and has said or shown that it has, is left out.
    const known = Math.max(knownOf(stream.vector, stamp.log), knownOf(stream.disk.vector(documentId), stamp.log))
    if (stamp.seq > known + 1) world.complain("I4", `${from.name} sends ${named} of ${documentId} to ${to.name}, which has ${known}`)
    stream.vector = unionVectors(stream.vector, new Map([[stamp.log, stamp.seq]]))
  }

  #durable({ name, watch }: LinkEnd, documentId: DocumentId, vector: VersionVector, doing: string): void {
    const known = watch.vector(documentId)
    if (covers(known, vector)) return
    this.#world.complain(
      "I1",
      `${name} ${doing} ${documentId}, ${show(vector)}, of which only ${show(known ?? EMPTY_VECTOR)} is on its disk`,
    )
  }
}
