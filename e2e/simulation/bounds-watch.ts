import type { Frame, FrameOf, RowId } from "@polylogue/protocol"
import { DEFAULT_RELAY_LIMITS, type RelayLimits, type RelayStats } from "@polylogue/relay"
import { DEFAULT_REPLICA_LIMITS, type ReplicaLimits } from "@polylogue/replica"
import type { Change, DocumentHead } from "@polylogue/storage"
import type { Connection, End } from "./network.ts"
import type { Side } from "./link-watch.ts"
import type { World } from "./world.ts"

/** What is asked of a relay. */
interface Bounded {
  readonly name: string
  /** What it dials, and what has become of that, is its own affair, and counts beside what others bring. */
  readonly plan: { readonly dials: readonly number[] }
  /** What it says of itself while it runs. */
  stats(): RelayStats | undefined
}

/** Most bytes that a relay puts into one message, whatever larger ones the other end takes. */
const RELAY_MESSAGE_BYTES = 16 * 1024
/** What an item of a log counts beside its update. */
const ITEM_BYTES = 512

/**
 * Watches what everybody sends and keeps (I5): no message is larger than was announced, no more is put into a socket than it may hold, no more rows
 * are under way than may be, no more waits in a relay than may, and beside a snapshot no more is kept than the window. That nobody is kept waiting
 * by somebody else's load is not judged here: time is virtual, and work takes none of it.
 */
export class BoundsWatch {
  readonly #world: World
  readonly #relays: RelayLimits
  readonly #replicas: ReplicaLimits
  /** Rows sent under each handle of a connection and not answered. */
  readonly #underWay = new WeakMap<Connection, Map<number, Map<RowId, number>>>()
  readonly #where = new Map<RowId, Set<Map<RowId, number>>>()
  /** Rows that each device was told of. */
  readonly #answers = new Map<string, Set<RowId>>()
  /** Ends that have sent more than they may, unless it was the last that they sent. */
  readonly #tooMuch = new WeakMap<End, string>()
  /** The largest thing that was sent over a link: of what comes from there one goes into a relay whatever its size. */
  #largest = 0

  constructor(world: World) {
    this.#world = world
    this.#relays = { ...DEFAULT_RELAY_LIMITS, ...world.options.relayLimits }
    this.#replicas = { ...DEFAULT_REPLICA_LIMITS, ...world.options.replicaLimits }
  }

  /** A message is about to go into the socket of `side`, an end that belongs to a relay or to a device. */
  sent(connection: Connection, side: Side, isRelay: boolean, message: Uint8Array, frames: readonly Frame[]): void {
    const end: End = connection[side]
    // A session that ends says whatever it has still to say, and nothing after it.
    const problem = this.#tooMuch.get(end)
    if (problem !== undefined) this.#complain(problem)
    this.#tooMuch.delete(end)
    const who = `the ${side} on ${connection.host} – ${connection.url}`
    const maxBytes = isRelay ? Math.min(this.#relays.maxFrameBytes, RELAY_MESSAGE_BYTES) : this.#relays.maxFrameBytes
    const mayHold = (isRelay ? this.#relays : this.#replicas).maxBufferedBytes
    if (end.bufferedBytes >= mayHold)
      this.#tooMuch.set(end, `${who} added to ${end.bufferedBytes} bytes in its socket, which may hold ${mayHold}`)
    if (message.length > maxBytes) this.#tooMuch.set(end, `${who} sent ${message.length} bytes in a message, of ${maxBytes} that it may`)
    for (const frame of frames) this.#count(connection, frame)
  }

  /** Something was sent from one relay to another. */
  sentOverLink(frame: Frame): void {
    if (frame.type === "snapshot") this.#largest = Math.max(this.#largest, frame.update.length + ITEM_BYTES)
    if (frame.type !== "entries") return
    const bytes = frame.entries.reduce((sum, { update }) => sum + update.length + ITEM_BYTES, 0)
    this.#largest = Math.max(this.#largest, bytes)
  }

  /** Looks at what waits in a relay at this moment. */
  look(relay: Bounded): void {
    const { name } = relay
    const found = relay.stats()
    if (found === undefined) return
    const { maxQueuedBytes, maxQueuedRows, maxReceivedBytes, maxHandshakes, maxSessions } = this.#relays
    const { queuedRows, queuedBytes, receivedBytes, handshakes, sessions, yjsSessions, rooms } = found
    // A single row goes whatever its size, and so does what comes alone from another relay.
    if (queuedRows > 1) this.#atMost(name, "bytes of rows wait", queuedBytes, maxQueuedBytes)
    this.#atMost(name, "rows wait", queuedRows, maxQueuedRows)
    this.#atMost(name, "bytes from other relays wait", receivedBytes, Math.max(maxReceivedBytes, this.#largest))
    // One that is too many counts for as long as it takes to say so.
    this.#atMost(name, "sessions are nobody's yet", handshakes, maxHandshakes + relay.plan.dials.length + 1)
    this.#atMost(name, "sessions stand", sessions + yjsSessions, maxSessions)
    this.#atMost(name, "rooms are in memory", rooms, this.#world.documents.length)
    if (queuedRows === maxQueuedRows) this.#world.count("as many rows waited as may")
  }

  /** A relay's store has compacted a document: `head` is where it is now. */
  compacted(name: string, { documentId }: Extract<Change, { type: "compact" }>, { through, base }: DocumentHead): void {
    const { windowItems } = this.#relays
    if (through - base > windowItems)
      this.#complain(`${name} keeps ${through - base} items of ${documentId} beside its snapshot, and not ${windowItems}`)
  }

  /** All is quiet, and `open` connections stand at a relay: nothing waits in it, and nothing is kept of connections that are over. */
  atRest(relay: Bounded, open: number): void {
    const { name } = relay
    const found = relay.stats()
    if (found === undefined) return
    const { queuedRows, queuedBytes, receivedBytes, handshakes, sessions, yjsSessions } = found
    this.#atMost(name, "rows wait at the end", queuedRows, 0)
    this.#atMost(name, "bytes of rows wait at the end", queuedBytes, 0)
    this.#atMost(name, "bytes from other relays wait at the end", receivedBytes, 0)
    this.#atMost(name, "sessions are nobody's at the end", handshakes, 0)
    this.#atMost(name, "sessions stand at the end", sessions + yjsSessions, open)
  }

  /**
   * Rows are under way from when they are sent until they are answered, on whichever connection: tabs of one device learn from each other what is. One
   * whose answer crosses it on the way is under way for as long as the device does not know, which nobody can tell from here.
   */
  #count(connection: Connection, frame: Frame): void {
    if (frame.type === "ack" || frame.type === "reject") this.#answered(connection, frame.row)
    else if (frame.type === "entries") for (const { row } of frame.entries) this.#answered(connection, row)
    else if (frame.type === "append") this.#appended(connection, frame)
  }

  #answered({ host }: Connection, row: RowId): void {
    this.#answers.set(host, (this.#answers.get(host) ?? new Set()).add(row))
    for (const rows of this.#where.get(row) ?? []) rows.delete(row)
    this.#where.delete(row)
  }

  #appended(connection: Connection, { handle, row, update }: FrameOf<"append">): void {
    if (this.#answers.get(connection.host)?.has(row) === true) return
    const handles = this.#underWay.get(connection) ?? new Map<number, Map<RowId, number>>()
    this.#underWay.set(connection, handles)
    const rows = handles.get(handle) ?? new Map<RowId, number>()
    handles.set(handle, rows.set(row, update.length))
    this.#where.set(row, (this.#where.get(row) ?? new Set()).add(rows))
    const { maxRowsInFlight, maxBytesInFlight } = this.#replicas
    const who = `${connection.host} – ${connection.url}`
    this.#atMost(who, "rows of one document are under way", rows.size, maxRowsInFlight)
    const bytes = [...rows.values()].reduce((sum, length) => sum + length, 0)
    if (rows.size > 1) this.#atMost(who, "bytes of one document are under way", bytes, maxBytesInFlight)
  }

  #atMost(who: string, what: string, found: number, limit: number): void {
    if (found > limit) this.#complain(`${who}: ${found} ${what}, and no more than ${limit} may`)
  }

  #complain(problem: string): void {
    this.#world.complain("I5", problem)
  }
}
