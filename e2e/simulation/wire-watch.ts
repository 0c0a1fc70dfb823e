import process from "node:process"
import {
  codeName,
  covers,
  coversStamp,
  DEFAULT_LIMITS,
  type DocumentId,
  EMPTY_VECTOR,
  type Frame,
  type FrameOf,
  FrameReader,
  type FrameType,
  isPermanent,
  knownOf,
  type RegisterKey,
  type RegisterState,
  type RowId,
  type Stamp,
  unionVectors,
  type VersionVector,
} from "@polylogue/protocol"
import { type LinkEnd, LinkWatch, type Side, type TappedLink } from "./link-watch.ts"
import type { Connection, Tap } from "./network.ts"
import { inWords, show } from "./in-words.ts"
import type { StoreWatch } from "./store-watch.ts"
import type { World } from "./world.ts"

/** Who stands at the two ends of a connection. */
export interface Ends {
  /** What is durable on the device that lives at `host`. */
  device(host: string): StoreWatch
  relay(url: string): LinkEnd & {
    lost: "nothing" | "wiped" | "restored"
  }
  /** Whether the register at `key` was ever durably at `value`: on the present disk of the relay at `url` if that decides it, or on any of one that does. */
  hasHeld(url: string, key: RegisterKey, value: string): boolean
  /** The relay that lives at `host`, if one does. */
  at(host: string): LinkEnd | undefined
  /** On how many disks of other relays than the one called `relay` all of `vector` is, or was when that disk was lost. */
  copies(relay: string, documentId: DocumentId, vector: VersionVector): number
}

interface Stream {
  readonly documentId: DocumentId
  /** What the reader knows: what it said, and what was sent. */
  vector: VersionVector
}

interface Tapped {
  readonly readers: { readonly device: FrameReader; readonly relay: FrameReader }
  readonly streams: Map<number, Stream>
  /** Rows that the device sent on it. */
  readonly sentRows: Set<RowId>
  readonly link: TappedLink
}

/** Where relays answer devices and each other. */
const SYNC_PATH = "/sync"
/** Whether every frame goes into the report. */
const SHOW_FRAMES = process.env["POLYLOGUE_WIRE"] !== undefined

/**
 * Reads every message as it is sent and checks, at that instant: nobody says, shows or acknowledges what is not durable on its own disk;
 * the entries of one log reach a reader without gaps; a row that was sent is never changed.
 */
export class WireWatch implements Tap {
  readonly #world: World
  readonly #ends: Ends
  readonly #links: LinkWatch
  readonly #tapped = new WeakMap<Connection, Tapped>()
  /** Rows that were ever sent, to whom, and the stamp with which a relay acknowledged them. */
  readonly #sent = new Map<RowId, Set<Connection>>()
  readonly #acknowledged = new Map<string, Stamp>()
  readonly #lastRelay = new Map<string, string>()
  /** Frames sent since it was last emptied, by type. */
  readonly frames = new Map<FrameType, number>()
  /** Bytes that relays have sent each other since it was last set to 0. */
  linkBytes = 0
  /** Connections that relays have dialled since it was last set to 0. */
  dialledByRelays = 0

  constructor(world: World, ends: Ends) {
    this.#world = world
    this.#ends = ends
    this.#links = new LinkWatch(world)
  }

  connected(connection: Connection): void {
    const limits = { ...DEFAULT_LIMITS, ...this.#world.options.relayLimits }
    const readers = { device: new FrameReader(limits), relay: new FrameReader(limits) }
    if (connection.url.endsWith(SYNC_PATH) && this.#ends.at(connection.host) !== undefined) this.dialledByRelays++
    this.#tapped.set(connection, { readers, streams: new Map(), sentRows: new Set(), link: { streams: new Map() } })
  }

  sent(connection: Connection, from: "device" | "relay", message: Uint8Array): void {
    const tapped = this.#tapped.get(connection)!
    // What y-websocket clients say and hear is judged by what they end up with.
    if (!connection.url.endsWith(SYNC_PATH)) return
    let frames: Frame[]
    try {
      frames = tapped.readers[from].read(message)
    } catch (error) {
      // Frames and transfers of more bytes, or more of them at once, than a relay announces are not read.
      this.#world.complain("I5", `the ${from} on ${connection.host} – ${connection.url} sent what cannot be read: ${String(error)}`)
      return
    }
    if (frames.length === 0) this.#world.count("frame sent in parts")
    if (SHOW_FRAMES) this.#note(connection, from, frames)
    const dialler = this.#ends.at(connection.host)
    const { bounds } = this.#world
    bounds.sent(connection, from, from === "relay" || dialler !== undefined, message, frames)
    for (const relay of [this.#ends.relay(connection.url), dialler]) if (relay !== undefined) bounds.look(relay)
    if (dialler !== undefined) this.linkBytes += message.length
    for (const frame of frames) {
      this.frames.set(frame.type, (this.frames.get(frame.type) ?? 0) + 1)
      if (dialler !== undefined) this.#overLink(connection, tapped, from, dialler, frame)
      else if (from === "device") this.#fromDevice(connection, tapped, frame)
      else this.#fromRelay(connection, tapped, frame)
    }
    const bound = this.#world.options.relayLimits.maxBufferedBytes
    if (from === "relay" && bound !== undefined && connection.relay.bufferedBytes > bound) this.#world.count("slow reader held back")
  }

  #overLink(connection: Connection, { link }: Tapped, from: Side, dialler: LinkEnd, frame: Frame): void {
    const dialled = this.#ends.relay(connection.url)
    const [sender, other] = from === "device" ? [dialler, dialled] : [dialled, dialler]
    this.#world.bounds.sentOverLink(frame)
    this.#links.sent(connection, link, from, sender, other, frame)
  }

  #note({ url, device }: Connection, from: "device" | "relay", frames: readonly Frame[]): void {
    const way = from === "device" ? `${device.process?.name} → ${url}` : `${url} → ${device.process?.name}`
    // A message without a whole frame carries parts.
    if (frames.length === 0) this.#world.trace(`${way}: part`)
    for (const frame of frames) if (frame.type !== "ping" && frame.type !== "pong") this.#world.trace(`${way}: ${inWords(frame)}`)
  }

  #fromDevice(connection: Connection, tapped: Tapped, frame: Frame): void {
    if (frame.type === "open") {
      tapped.streams.set(frame.handle, { documentId: frame.document, vector: frame.vector })
      const watch = this.#ends.device(connection.host)
      const known = watch.vector(frame.document)
      if (!covers(known, frame.vector) && !covers(watch.vectorBeforeReset(frame.document), frame.vector))
        this.#world.complain(
          "I1",
          `${connection.host} opens ${frame.document} with ${show(frame.vector)}, and ${show(known)} is on its disk`,
        )
    }
    if (frame.type === "append") this.#append(connection, tapped, frame)
  }

  #append(connection: Connection, tapped: Tapped, frame: FrameOf<"append">): void {
    const world = this.#world
    const stored = this.#ends.device(connection.host).row(frame.row)
    if (stored === undefined) world.complain("I3", `${connection.host} sends row ${frame.row}, which is not on its disk`)
    else if (!sameBytes(stored, frame.update))
      world.complain("I1", `${connection.host} sends row ${frame.row} with other bytes than are on its disk`)
    const connections = this.#sent.get(frame.row) ?? new Set()
    if (connections.size > 0) world.count("row sent again")
    this.#sent.set(frame.row, connections.add(connection))
    tapped.sentRows.add(frame.row)
    if (!frame.handOver) return
    const relay = this.#ends.relay(connection.url)
    world.count("hand-over")
    if (relay.lost === "wiped") world.count("hand-over to a wiped relay")
    if (relay.lost === "restored") world.count("hand-over to a restored relay")
    relay.lost = "nothing"
  }

  #fromRelay(connection: Connection, tapped: Tapped, frame: Frame): void {
    switch (frame.type) {
      case "welcome": {
        if (this.#ends.device(connection.host).waitingRows > 0) this.#world.count("reconnect with unsent edits")
        const before = this.#lastRelay.get(connection.host)
        if (before !== undefined && before !== connection.url) this.#world.count("fail-over to another relay")
        if (frame.liveLinks) this.#world.count("device met a relay with live links")
        this.#lastRelay.set(connection.host, connection.url)
        break
      }
      case "answer":
        if (frame.register !== undefined) this.#register(connection, frame.register, frame.time)
        break
      case "observed":
        for (const register of frame.registers) this.#register(connection, register, frame.time)
        break
      case "granted":
        this.#world.count("token renewed in band")
        break
      case "close":
        if (codeName(frame.code) === "unauthenticated") this.#world.count("session ended for want of grants")
        break
      case "feed":
        this.#world.count("feed served")
        break
      case "opened":
        this.#durable(connection, tapped, frame.handle, frame.vector, "says that it has")
        break
      case "state":
        this.#durable(connection, tapped, frame.handle, frame.vector, "gives the state of")
        break
      case "askState":
        this.#world.count("device asked what it has")
        break
      case "erased":
        this.#world.count("erasure reported")
        this.#durable(connection, tapped, frame.handle, frame.vector, "has carried out the erasures of")
        break
      case "audit":
        if (frame.digest.length > 0) this.#world.count("audit answered")
        break
      case "rest":
      case "snapshot":
        this.#world.count(frame.type === "rest" ? "cut snapshot gone on with" : "snapshot served")
        this.#durable(connection, tapped, frame.handle, frame.vector, "sends a snapshot of")
        this.#learn(tapped, frame.handle, frame.vector)
        break
      case "entries":
        for (const entry of frame.entries) this.#stamped(connection, tapped, frame.handle, entry.stamp, "sends")
        break
      case "replicated":
        this.#replicated(connection, tapped, frame)
        break
      case "ack":
        this.#acknowledge(connection, tapped, frame)
        break
      case "reject":
        if (codeName(frame.code) === "gap") this.#world.count("row refused with gap")
        if (isPermanent(frame.code)) this.#world.count("row refused for good")
        this.#world.trace(
          `${connection.url} refuses row ${frame.row} of ${connection.host}: ${codeName(frame.code) ?? frame.code}: ${frame.reason}`,
        )
        break
      default:
    }
  }

  #register({ url, host }: Connection, register: RegisterState, time: number): void {
    const relay = this.#ends.relay(url)
    this.#world.registers.said(register, time)
    if (register.value !== null && !this.#ends.hasHeld(url, register.key, register.value))
      this.#world.complain("I8", `${relay.name} tells ${host} that ${register.key} is ${register.value}, which was never on its disk`)
  }

  #acknowledge(connection: Connection, tapped: Tapped, frame: FrameOf<"ack">): void {
    const stamp = { log: frame.log, seq: frame.seq }
    if (!tapped.sentRows.has(frame.row))
      this.#world.complain("I1", `${connection.url} acknowledges row ${frame.row}, which ${connection.host} did not send`)
    const key = `${connection.url} ${frame.row}`
    const before = this.#acknowledged.get(key)
    if (before !== undefined && before.log === stamp.log && before.seq === stamp.seq) this.#world.count("row recognised by the relay")
    this.#acknowledged.set(key, stamp)
    this.#stamped(connection, tapped, frame.handle, stamp, "acknowledges")
  }

  #durable(connection: Connection, tapped: Tapped, handle: number, vector: VersionVector, doing: string): void {
    const stream = tapped.streams.get(handle)
    if (stream === undefined) {
      this.#world.complain("I7", `${connection.url} uses handle ${handle}, which ${connection.host} has not opened`)
      return
    }
    const { watch, name } = this.#ends.relay(connection.url)
    if (!covers(watch.vector(stream.documentId), vector)) {
      this.#world.complain(
        "I1",
        `${name} ${doing} ${stream.documentId}, ${show(vector)}, of which only ${show(watch.vector(stream.documentId))} is on its disk`,
      )
    }
  }

  #replicated(connection: Connection, tapped: Tapped, { handle, others, vector }: FrameOf<"replicated">): void {
    this.#durable(connection, tapped, handle, vector, "calls replicated")
    const stream = tapped.streams.get(handle)
    if (stream === undefined || vector.size === 0) return
    this.#world.count("replicated said")
    const { name } = this.#ends.relay(connection.url)
    if (others < this.#world.options.replicas)
      this.#world.complain("I1", `${name} calls replicated what ${others} others have, not ${this.#world.options.replicas}`)
    // Each log by itself: one relay may have this, and another one that.
    for (const [log, seq] of vector) {
      const copies = this.#ends.copies(name, stream.documentId, new Map([[log, seq]]))
      if (copies < others)
        this.#world.complain(
          "I1",
          `${name} says that ${log}:${seq} of ${stream.documentId} is on ${others} other disks, and it is on ${copies}`,
        )
    }
  }

  #stamped(connection: Connection, tapped: Tapped, handle: number, stamp: Stamp, doing: string): void {
    this.#durable(connection, tapped, handle, new Map([[stamp.log, stamp.seq]]), `${doing} ${stamp.log}:${stamp.seq} of`)
    const stream = tapped.streams.get(handle)
    if (stream === undefined || coversStamp(stream.vector, stamp)) return
    const known = knownOf(stream.vector, stamp.log)
    if (stamp.seq !== known + 1) {
      this.#world.complain(
        "I4",
        `${connection.url} ${doing} ${stamp.log}:${stamp.seq} of ${stream.documentId} to ${connection.host}, which has ${known}`,
      )
    }
    this.#learn(tapped, handle, new Map([[stamp.log, stamp.seq]]))
  }

  #learn(tapped: Tapped, handle: number, vector: VersionVector): void {
    const stream = tapped.streams.get(handle)
    if (stream !== undefined) stream.vector = unionVectors(stream.vector ?? EMPTY_VECTOR, vector)
  }
}

/** Whether two arrays hold the same bytes. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}
