import {
  type Code,
  codeNumber,
  covers,
  coversStamp,
  DEFAULT_LIMITS,
  type Dial,
  encodeFrame,
  encodeMessage,
  type Entry,
  type Erased,
  type Frame,
  type FrameOf,
  FrameReader,
  type Limits,
  mintId,
  type RandomBytes,
  splitFrame,
  vectorHash,
  type VersionVector,
  unionVectors,
  PROTOCOL_VERSION,
} from "@polylogue/protocol"
import * as sha256 from "lib0/hash/sha256"
import * as Y from "yjs"
import { unionErased } from "../../src/erasing/erased-ranges.ts"
import { FakeAuthority } from "./fake-authority.ts"
import { type MemorySocket, socketPair } from "./memory-socket.ts"

interface Room {
  readonly entries: Entry[]
  readonly ydoc: Y.Doc
  readonly snapshot?: { readonly vector: VersionVector; readonly update: Uint8Array; readonly erased: Erased }
}

/**
 * A relay as small as it can be, with levers: it keeps everything in memory, checks that an update is closed with a Y.Doc, and does at once
 * what it is told to do wrong.
 */
export class FakeRelay {
  log: string
  readonly rooms = new Map<string, Room>()
  readonly sessions = new Set<FakeSession>()
  /** All frames of all replicas, in order of arrival. */
  readonly received: Frame[] = []
  limits: Limits = DEFAULT_LIMITS
  liveLinks = false
  /** Has still to ask other relays when a document is opened. */
  awaitsOthers = false
  principal = "ada"
  mayWrite = true
  /** Says that the principal may erase; when it does not, and is asked, refuses. */
  mayErase = true
  /** From what it makes its digests, if it does. */
  audits: "entries" | "snapshot" | "late" | "silent" = "entries"
  /** Refuses erasures, whatever it has said. */
  refusesErasures = false
  /** Tokens that are let in, and until when (relay time, 0 for ever); `undefined`: everybody is. */
  tokens: Map<string, number> | undefined
  /** Documents that nobody may read. */
  readonly forbidden = new Set<string>()
  /** Most changes in one `feed` frame. */
  feedSize = 1_000
  /** The subprotocols that were offered, dial by dial. */
  readonly offered: (readonly string[])[] = []
  /** The last change of each document, in the order of their positions. */
  readonly changes = new Map<string, number>()
  position = 0
  /** Earlier logs of this store, and the last position of each. */
  readonly starts = new Map<string, number>()
  /** Row ids are not recognised. */
  forgetful = false
  /** Refuses dials with this code right after `hello`. */
  refuse: Code | undefined
  /** What to answer to an append instead of the usual; `undefined` for the usual. */
  onAppend: ((frame: FrameOf<"append">, session: FakeSession) => Code | "ignore" | "swallow-ack" | undefined) | undefined
  /** Sockets that will be dialled are mute from the start. */
  unreachable = false
  dials = 0
  /** Its part as the authority of registers. */
  readonly registers = new FakeAuthority(this)
  /** The newest version that it speaks. */
  version = PROTOCOL_VERSION
  readonly #randomBytes: RandomBytes

  constructor(randomBytes: RandomBytes) {
    this.#randomBytes = randomBytes
    this.log = mintId(randomBytes)
  }

  readonly dial: Dial = (_url, protocols) => {
    this.dials++
    this.offered.push(protocols)
    const [near, far] = socketPair()
    if (this.unreachable) return near
    const session = new FakeSession(this, far)
    this.sessions.add(session)
    near.open()
    return near
  }

  room(documentId: string): Room {
    const room = this.rooms.get(documentId) ?? { entries: [], ydoc: new Y.Doc() }
    this.rooms.set(documentId, room)
    return room
  }

  vector(documentId: string): VersionVector {
    const vector = new Map<string, number>()
    for (const { stamp } of this.room(documentId).entries) vector.set(stamp.log, stamp.seq)
    return vector
  }

  text(documentId: string): string {
    return this.room(documentId).ydoc.getText("t").toJSON()
  }

  /** A new start of the same relay: another log, everything kept. */
  restart(): void {
    this.breakAll()
    this.starts.set(this.log, this.position)
    this.log = mintId(this.#randomBytes)
  }

  /** A new start with an empty disk. */
  wipe(): void {
    this.restart()
    this.rooms.clear()
    this.changes.clear()
    this.starts.clear()
    this.position = 0
  }

  breakAll(): void {
    for (const session of this.sessions) session.socket.break()
    this.sessions.clear()
  }

  appends(): FrameOf<"append">[] {
    return this.received.filter((frame) => frame.type === "append")
  }

  /** What erasures in its log erase. */
  erased(documentId: string): Erased {
    return unionErased(this.room(documentId).entries.map(({ update, erases }) => erases && { ranges: update.slice(1), blobs: erases }))
  }

  /** A snapshot in the place of all entries, as after a compaction; sent to whoever opens the document from then on. */
  compact(documentId: string): void {
    const room = this.room(documentId)
    const fresh = new Y.Doc()
    Y.applyUpdate(fresh, Y.encodeStateAsUpdate(room.ydoc))
    const snapshot = { vector: this.vector(documentId), update: Y.encodeStateAsUpdate(fresh), erased: this.erased(documentId) }
    this.rooms.set(documentId, { ...room, ydoc: fresh, snapshot })
  }

  /** Says that every erasure so far is carried out. */
  reportErased(documentId: string): void {
    for (const session of this.sessions) {
      const handle = session.handleOf(documentId)
      if (handle !== undefined) session.send({ type: "erased", handle, vector: this.vector(documentId) })
    }
  }

  /** Says how far the relay `name` has carried out what was erased: not at all, or as far as all of the document goes. */
  sayErasedBy(document: string, name: string, done: boolean): void {
    const vector = done ? this.vector(document) : new Map<string, number>()
    for (const session of this.sessions) session.send({ type: "erasedBy", document, relay: name.repeat(16).slice(0, 16), name, vector })
  }

  /** Says that other relays have what `vector` covers; all of the document unless it is given. */
  replicate(documentId: string, others = 1, vector = this.vector(documentId)): void {
    for (const session of this.sessions) {
      const handle = session.handleOf(documentId)
      if (handle !== undefined) session.send({ type: "replicated", handle, others, vector })
    }
  }

  /** Appends as if another device had written, or erased. */
  write(documentId: string, update: Uint8Array, erases?: readonly string[]): Entry {
    const entry = this.append(documentId, mintId(this.#randomBytes), update, false, erases)
    this.broadcast(documentId, entry, undefined)
    return entry
  }

  append(documentId: string, row: string, update: Uint8Array, handOver: boolean, erases?: readonly string[]): Entry {
    const room = this.room(documentId)
    const seq = room.entries.filter(({ stamp }) => stamp.log === this.log).length + 1
    const stamp = { log: this.log, seq }
    const entry: Entry = { stamp, receivedAt: 1, principal: this.principal, row, handOver, update, ...(erases && { erases }) }
    room.entries.push(entry)
    Y.applyUpdate(room.ydoc, update)
    this.changes.delete(documentId)
    this.changes.set(documentId, ++this.position)
    return entry
  }

  broadcast(documentId: string, entry: Entry, writer: FakeSession | undefined): void {
    for (const session of this.sessions) {
      const handle = session.handleOf(documentId)
      if (session !== writer && handle !== undefined) session.send({ type: "entries", handle, entries: [entry] })
      session.feed()
    }
  }
}

/** One socket at a {@link FakeRelay}. */
export class FakeSession {
  readonly socket: MemorySocket
  readonly documents = new Map<number, string>()
  /** Prefixes whose registers are observed, by handle. */
  readonly observed = new Map<number, string>()
  readonly #relay: FakeRelay
  readonly #reader = new FrameReader({ ...DEFAULT_LIMITS, minPartBytes: 1 })
  /** Per handle, the code with which rows are refused until a hand-over comes, or for good. */
  readonly #refusing = new Map<number, Code>()
  readonly #feeds = new Map<number, { readonly prefix: string; position: number }>()
  #transfer = 0

  constructor(relay: FakeRelay, socket: MemorySocket) {
    this.#relay = relay
    this.socket = socket
    socket.listen({
      message: (message) => {
        for (const frame of this.#reader.read(message)) this.#handle(frame)
      },
      closed: () => relay.sessions.delete(this),
    })
  }

  handleOf(documentId: string): number | undefined {
    for (const [handle, id] of this.documents) if (id === documentId) return handle
    return undefined
  }

  /** Prefixes that are being watched. */
  get watched(): string[] {
    return [...this.#feeds.values()].map(({ prefix }) => prefix)
  }

  /** Tells each feed what has changed since it was last told. */
  feed(): void {
    for (const handle of this.#feeds.keys()) this.#feed(handle, false)
  }

  #feed(handle: number, first: boolean): void {
    const relay = this.#relay
    const feed = this.#feeds.get(handle)!
    const { prefix } = feed
    const changed = [...relay.changes].filter(
      ([id, position]) => position > feed.position && (id === prefix || id.startsWith(`${prefix}/`)) && !relay.forbidden.has(id),
    )
    if (changed.length === 0 && !first) return
    for (let from = 0; from === 0 || from < changed.length; from += relay.feedSize) {
      const some = changed.slice(from, from + relay.feedSize)
      const caughtUp = from + some.length >= changed.length
      const cursor = caughtUp ? relay.position : some.at(-1)![1]
      const changes = some.map(([documentId]) => ({ documentId, hash: vectorHash(relay.vector(documentId)) }))
      this.send({ type: "feed", handle, log: relay.log, cursor, caughtUp, changes })
    }
    feed.position = relay.position
  }

  #token(token: string): number | undefined {
    return this.#relay.tokens === undefined ? 0 : this.#relay.tokens.get(token)
  }

  send(frame: Frame): void {
    for (const part of splitFrame(encodeFrame(frame), this.#transfer++, this.#relay.limits.maxFrameBytes)) {
      this.socket.send(encodeMessage([part]))
    }
  }

  close(code: Code): void {
    this.send({ type: "close", handle: 0, code: codeNumber(code), reason: "" })
    this.socket.close(codeNumber(code), "")
  }

  #handle(frame: Frame): void {
    const relay = this.#relay
    relay.received.push(frame)
    switch (frame.type) {
      case "hello":
        if (relay.refuse !== undefined) return this.close(relay.refuse)
        if (this.#token(frame.token) === undefined) return this.close("unauthenticated")
        return this.send({
          type: "welcome",
          version: relay.version,
          log: relay.log,
          time: 5,
          principal: relay.principal,
          liveLinks: relay.liveLinks,
          expiresAt: this.#token(frame.token)!,
          ...relay.limits,
        })
      case "token": {
        const expiresAt = this.#token(frame.token)
        if (expiresAt === undefined) return this.close("unauthenticated")
        return this.send({ type: "granted", principal: relay.principal, expiresAt })
      }
      case "watch": {
        const known = frame.log === relay.log || frame.cursor <= (relay.starts.get(frame.log) ?? -1)
        this.#feeds.set(frame.handle, { prefix: frame.prefix, position: known ? frame.cursor : 0 })
        return this.#feed(frame.handle, true)
      }
      case "open":
        return this.#open(frame)
      case "append":
        return this.#append(frame)
      case "askState": {
        const documentId = this.documents.get(frame.handle)!
        const { ydoc } = relay.room(documentId)
        const snapshot = Y.encodeSnapshot(Y.snapshot(ydoc))
        const stateVector = Y.encodeStateVector(ydoc)
        const deleteSet = snapshot.slice(0, snapshot.length - stateVector.length)
        return this.send({
          type: "state",
          handle: frame.handle,
          vector: relay.vector(documentId),
          stateVector,
          deleteSet,
          erased: relay.erased(documentId),
        })
      }
      case "awareness": {
        const documentId = this.documents.get(frame.handle)!
        for (const other of relay.sessions) {
          const handle = other.handleOf(documentId)
          if (other !== this && handle !== undefined) other.send({ ...frame, handle })
        }
        return
      }
      case "audit":
        return this.#audit(frame)
      case "get":
      case "cas":
        return relay.registers.answer(frame, this)
      case "observe":
        this.observed.set(frame.handle, frame.prefix)
        return relay.registers.list(frame.handle, this)
      case "close":
        this.observed.delete(frame.handle)
        this.documents.delete(frame.handle)
        this.#feeds.delete(frame.handle)
        return
      case "ping":
        return this.send({ type: "pong", nonce: frame.nonce, time: 5 })
      default:
    }
  }

  #audit({ handle }: FrameOf<"audit">): void {
    const documentId = this.documents.get(handle)!
    const { ydoc, entries } = this.#relay.room(documentId)
    const fresh = new Y.Doc()
    if (this.#relay.audits === "snapshot") Y.applyUpdate(fresh, Y.encodeStateAsUpdate(ydoc))
    else Y.transact(fresh, () => entries.forEach(({ update }) => Y.applyUpdate(fresh, update)))
    const digest = sha256.digest(Y.encodeStateAsUpdate(fresh))
    if (this.#relay.audits === "late")
      this.send({ type: "audit", handle, vector: this.#relay.vector(documentId), digest: new Uint8Array() })
    if (this.#relay.audits !== "silent") this.send({ type: "audit", handle, vector: this.#relay.vector(documentId), digest })
  }

  #open(frame: FrameOf<"open">): void {
    const relay = this.#relay
    if (relay.forbidden.has(frame.document)) {
      return this.send({ type: "close", handle: frame.handle, code: codeNumber("forbidden"), reason: "" })
    }
    this.documents.set(frame.handle, frame.document)
    const vector = relay.vector(frame.document)
    if (relay.awaitsOthers) this.send({ type: "awaits", handle: frame.handle, others: true, vector: new Map() })
    this.send({ type: "opened", handle: frame.handle, generation: 0, vector, mayWrite: relay.mayWrite, mayErase: relay.mayErase })
    const { entries, snapshot } = relay.room(frame.document)
    const lacks = snapshot !== undefined && !covers(frame.vector, snapshot.vector)
    if (lacks) this.send({ type: "snapshot", handle: frame.handle, ...snapshot })
    const known = lacks ? unionVectors(frame.vector, snapshot.vector) : frame.vector
    const missing = entries.filter(({ stamp }) => !coversStamp(known, stamp))
    if (missing.length > 0) this.send({ type: "entries", handle: frame.handle, entries: missing })
  }

  #append(frame: FrameOf<"append">): void {
    const relay = this.#relay
    const documentId = this.documents.get(frame.handle)
    if (documentId === undefined) return
    const verdict = relay.onAppend?.(frame, this)
    if (verdict === "ignore") return
    const { entries, ydoc } = relay.room(documentId)
    if (frame.handOver && this.#refusing.get(frame.handle) === "gap") this.#refusing.delete(frame.handle)
    const forbidden = frame.erases !== undefined && (relay.refusesErasures || !relay.mayErase) ? "forbidden" : undefined
    const refusal = this.#refusing.get(frame.handle) ?? verdict ?? forbidden
    if (refusal !== undefined && refusal !== "swallow-ack") return this.#reject(frame, refusal, ydoc)
    const known = relay.forgetful ? undefined : entries.find(({ row }) => row === frame.row)
    if (known !== undefined) return this.#ack(frame, known)
    const trial = new Y.Doc()
    Y.applyUpdate(trial, Y.encodeStateAsUpdate(ydoc))
    Y.applyUpdate(trial, frame.update)
    if (trial.store.pendingStructs !== null || trial.store.pendingDs !== null) return this.#reject(frame, "gap", ydoc)
    const entry = relay.append(documentId, frame.row, frame.update, frame.handOver, frame.erases)
    if (verdict !== "swallow-ack") this.#ack(frame, entry)
    relay.broadcast(documentId, entry, this)
  }

  #ack(frame: FrameOf<"append">, { stamp }: Entry): void {
    this.send({ type: "ack", handle: frame.handle, row: frame.row, log: stamp.log, seq: stamp.seq, level: 1 })
  }

  #reject(frame: FrameOf<"append">, code: Code, ydoc: Y.Doc): void {
    this.#refusing.set(frame.handle, code)
    const stateVector = code === "gap" ? Y.encodeStateVector(ydoc) : new Uint8Array()
    this.send({ type: "reject", handle: frame.handle, row: frame.row, code: codeNumber(code), stateVector, reason: "" })
  }
}
