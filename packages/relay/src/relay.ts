import { type DocumentId, type LogId, mintId, type RegisterKey, type RegisterState, type RelayId, type Socket } from "@polylogue/protocol"
import { Audits } from "./audits.ts"
import { NO_BLOBS } from "./blobs/blob-holder.ts"
import { BlobPeers, type RelayBlobs } from "./blobs/blob-peers.ts"
import { Committer } from "./committer.ts"
import { Compactions } from "./compactions.ts"
import { DocumentReads, type RelayDocuments } from "./document-reads.ts"
import { Erasures } from "./erasures.ts"
import { Feeds } from "./feeds.ts"
import type { FleetStatus } from "./fleet/fleet-status.ts"
import { FleetView } from "./fleet/fleet-view.ts"
import type { Link } from "./links/link-service.ts"
import { FrameQueue } from "./registers/frame-queue.ts"
import { LinkInbound } from "./links/link-inbound.ts"
import type { Dialled } from "./links/dialled.ts"
import { Links } from "./links/links.ts"
import type { LinkStatus } from "./links/link-status.ts"
import type { UnfinishedErasures } from "./links/unfinished-erasures.ts"
import { InboundBudget } from "./inbound-budget.ts"
import { relayLimits, sentMessageBytes } from "./limits.ts"
import type { LinkOptions, LinkPeer, Principal, RelayOptions } from "./options.ts"
import { ANYBODY, Principals } from "./principals.ts"
import { Presence } from "./presence/presence.ts"
import { readQuarantines } from "./quarantine.ts"
import { Quarantines } from "./quarantines.ts"
import { ReceivedBudget } from "./received-budget.ts"
import type { RelayCore } from "./relay-core.ts"
import { type RegisterAuthority, RegisterDesk } from "./registers/register-desk.ts"
import { Returning } from "./returning.ts"
import { Rooms } from "./rooms.ts"
import { Session } from "./session.ts"
import { newCounters, type RelayStats } from "./stats.ts"
import { Starts } from "./starts.ts"
import { Store } from "./store.ts"
import { Ticker } from "./ticker.ts"
import { Turns } from "./turns.ts"
import { type YjsHello, YjsSession } from "./yjs-session.ts"
import { YjsCoolDown } from "./yjs-cool-down.ts"

/** A running relay: what stores and forwards. Blind to content. */
export interface Relay {
  /** The log of this start: random, never used before or after. */
  readonly log: LogId
  /** Whether it takes sessions and its store takes commits. */
  readonly ready: boolean
  /**
   * Takes a connection that speaks polylogue.v1. `principal` is whom the HTTP upgrade was authenticated as, if anybody; a token in `hello` counts
   * before it. Never throws.
   */
  accept(socket: Socket, principal?: Principal): void
  /** Takes a connection that speaks y-websocket, for one document. `hello` goes to `authenticate`, unless `principal` is given. Never throws. */
  acceptYjs(socket: Socket, documentId: string, hello?: YjsHello, principal?: Principal): void
  /** What it does at the moment, and has done. Cheap. */
  stats(): RelayStats
  /** Documents with erasures that this relay has accepted and not carried out yet. */
  erasuresPending(): DocumentId[]
  /** What its registers are, for this program: nobody's permission is asked. */
  readonly registers: RelayRegisters
  /** What its documents hold, for this program: nobody's permission is asked. */
  readonly documents: RelayDocuments
  /** Blobs of its own and of linked relays. @see LinkOptions.blobs */
  readonly blobs: RelayBlobs
  /** How its links are: those that it dials, in the order in which they were given, then those that others have dialled. */
  links(): LinkStatus[]
  /** Other relays that belong together with it, linked at the moment or not, by id with their names. */
  knownRelays(): ReadonlyMap<RelayId, string>
  /** A relay is gone for good: nothing waits for it any more. `false` when it is not known. Should it link again it is known again. */
  forget(relay: RelayId): boolean
  /** What was erased that not every known relay, this one included, has carried out, as far as it is known here. */
  erasuresUnfinished(): UnfinishedErasures
  /** What it knows of itself and of the relays that it is linked with. Cheap enough for every other second; for its operator alone, since it names documents. */
  fleet(): FleetStatus
  /**
   * From now on it dials these relays: links that it has dialled to others end, what is new is dialled at once. Whether it is the authority of registers does not
   * depend on it. @throws TypeError when it was opened without links
   */
  setPeers(peers: readonly LinkPeer[]): void
  /** Ends each session whose principal `revoked` names, with `unauthenticated`: for grants that were taken back before they expire. */
  revoke(revoked: (principal: Principal) => boolean): void
  /** Takes no more sessions, makes durable and acknowledges what was accepted, then closes all sessions with `draining`. Idempotent. */
  drain(): Promise<void>
  /** Closes all sessions, waits for the commit under way and releases the store. What was not acknowledged may be lost. Idempotent. */
  close(): Promise<void>
}

/** Registers as they are on the disk of their authority: this relay, or one that links lead to. */
export interface RelayRegisters {
  /** Where that is. */
  readonly authority: RegisterAuthority
  /** Linearizable. @throws RelayError `bad-key`; `unavailable` when the authority is not reached, or its store does not say at the moment. */
  get(key: RegisterKey): Promise<RegisterState>
  /** Those of `documentId` that have a value or a guard, by name; each as it is when it is read. @throws RelayError `unavailable`; StorageError */
  list(documentId: DocumentId): Promise<RegisterState[]>
}

/**
 * Opens the store and starts a relay on it, with a log of its own.
 * @throws StorageError of `log.open`, or when what an earlier start left behind cannot be read; RangeError on limits that are none.
 */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const limits = relayLimits(options.limits)
  await options.log.open()
  const relay = new RunningRelay(options, limits)
  try {
    await relay.start()
  } catch (error) {
    await relay.close()
    throw error
  }
  return relay
}

class RunningRelay implements Relay {
  readonly log: LogId
  readonly registers: RelayRegisters
  readonly documents: DocumentReads
  readonly blobs: BlobPeers
  readonly #core: RelayCore
  readonly #rooms: Rooms
  readonly #others: LinkOptions | undefined
  readonly #authenticate: NonNullable<RelayOptions["authenticate"]>
  readonly #sessions = new Set<Session>()
  readonly #yjsSessions = new Set<YjsSession>()
  readonly #coolDown: YjsCoolDown
  #lastSession = 0
  #draining: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(
    { log, clock, randomBytes, compactor, authenticate, blobs, links: others, events = () => undefined }: RelayOptions,
    limits: RelayCore["limits"],
  ) {
    const ticker = new Ticker(clock, (error) => events({ type: "failed", where: "tick", error }))
    const store = new Store(log, clock)
    // Random alone: derived from what is stored, a store restored from a backup would give the same stamps twice.
    const logId = mintId(randomBytes)
    this.log = logId
    const committer = new Committer(store, ticker, limits, events)
    const compactions = new Compactions(() => this.#core)
    const counters = newCounters()
    const quarantines = new Quarantines(clock, committer, events, limits.quarantineMs)
    const feeds = new Feeds(store, new Starts(logId, committer))
    const returning = new Returning(() => this.#core)
    const erasures = new Erasures(() => this.#core, blobs)
    const audits = new Audits(() => this.#core)
    const registers = new RegisterDesk(
      () => this.#core,
      clock,
      () => links.id,
    )
    this.registers = {
      get authority() {
        return registers.authority
      },
      get: (key) => registers.state(key),
      list: (documentId) => registers.list(documentId),
    }
    const links = new Links(
      () => this.#core,
      others,
      (socket, dialled) => this.#take(socket, undefined, dialled),
    )
    links.serve(registers)
    this.blobs = new BlobPeers({
      relay: () => links.id,
      clock,
      holder: others?.blobs ?? NO_BLOBS,
      messageBytes: sentMessageBytes(limits),
      mirror: others?.mirror ?? [""],
      failed: (error) => events({ type: "failed", where: "blobs over links", error }),
    })
    links.serve(this.blobs)
    const fleet = this.#fleetOf({ clock, logId, links, registers, erasures }, others !== undefined)
    for (const service of fleet.services) links.serve(service)
    this.#others = others
    const environment = { clock, randomBytes, compactor, events }
    const received = new ReceivedBudget(limits.maxReceivedBytes)
    const inbound = { inbound: new InboundBudget(limits.maxInboundBytes), linkInbound: new LinkInbound(limits.maxLinkInboundBytes) }
    const bounds = { ...inbound, received, principals: new Principals(clock, limits), handshakes: { pending: 0 } }
    const background = {
      committer,
      compactions,
      quarantines,
      feeds,
      erasures,
      audits,
      returning,
      registers,
      links,
      fleet,
      presence: this.#presenceOf(links, others !== undefined),
      turns: new Turns(),
    }
    this.#core = { ...environment, ...background, logId, limits, store, ticker, ...bounds, counters }
    this.#rooms = new Rooms(this.#core)
    this.documents = new DocumentReads(this.#core, this.#rooms)
    this.#authenticate = authenticate ?? (() => Promise.resolve(ANYBODY))
    this.#coolDown = new YjsCoolDown(clock, limits.coolDownMs)
  }

  /** Takes up what earlier starts left behind. */
  async start(): Promise<void> {
    const { erasures, feeds, quarantines, registers, store } = this.#core
    quarantines.restore(await store.read(readQuarantines))
    await feeds.starts.restore(store)
    const { peers = [], authority: told, authorityByDefault: byDefault = peers.length === 0 } = this.#others ?? {}
    await registers.start({ told, byDefault })
    await erasures.start(this.#rooms)
    await this.#core.links.start(this.#rooms)
    erasures.begin()
    this.#rooms.start()
  }

  #presenceOf(links: Links, linked: boolean): Presence {
    const readersOf = (documentId: DocumentId) => this.#rooms.peek(documentId)?.readers ?? []
    const presence = new Presence(() => this.#core, readersOf, linked)
    links.serve(presence)
    return presence
  }

  #fleetOf(core: Pick<RelayCore, "clock" | "logId" | "links" | "registers" | "erasures">, active: boolean): FleetView {
    const { links, registers, erasures } = core
    const sources = {
      core,
      own: links,
      links: () => links.status(),
      members: () => links.known.all,
      queue: ({ outlet }: Link) => new FrameQueue(this.#core, outlet),
      admits: (relay: RelayId, name: string, at: number) => {
        links.known.mentioned(relay, name, at)
        return links.known.has(relay)
      },
      authorities: () => registers.authority.authorities,
      erasuresPending: () => erasures.pending.length,
      unfinishedErasures: () => links.erasureReports.unfinished,
    }
    return new FleetView(sources, active)
  }

  get ready(): boolean {
    return this.#draining === undefined && this.#closing === undefined && !this.#core.committer.failing
  }

  accept(socket: Socket, principal?: Principal): void {
    this.#take(socket, principal)
  }

  #take(socket: Socket, principal: Principal | undefined, dialled?: Dialled): void {
    const context = {
      core: this.#core,
      rooms: this.#rooms,
      authenticate: this.#authenticate,
      principal,
      session: ++this.#lastSession,
      ...(dialled !== undefined && { dialled }),
      ended: (session: Session) => void this.#sessions.delete(session),
    }
    const session = new Session(context, socket)
    this.#sessions.add(session)
    this.#refuseIfUnable(session)
  }

  acceptYjs(socket: Socket, documentId: string, hello: YjsHello = { token: "", agent: "y-websocket" }, principal?: Principal): void {
    const context = {
      core: this.#core,
      rooms: this.#rooms,
      authenticate: this.#authenticate,
      coolDown: this.#coolDown,
      principal,
      session: ++this.#lastSession,
      ended: (session: YjsSession) => void this.#yjsSessions.delete(session),
    }
    const session = new YjsSession(context, socket, documentId, hello)
    this.#yjsSessions.add(session)
    this.#refuseIfUnable(session)
  }

  stats(): RelayStats {
    const { committer, counters, erasures, feeds, quarantines, registers } = this.#core
    return {
      ...counters,
      ...committer.stats,
      sessions: this.#sessions.size,
      yjsSessions: this.#yjsSessions.size,
      rooms: this.#rooms.size,
      feeds: feeds.size,
      links: this.#core.links.live.size,
      registers: registers.size,
      registerObservers: registers.observers,
      registersDormant: registers.authority.dormant,
      erasuresPending: erasures.pending.length,
      quarantinedRooms: quarantines.count("document"),
      quarantinedCompactions: quarantines.count("compaction"),
      handshakes: this.#core.handshakes.pending,
      storeFailing: committer.failing,
      receivedBytes: this.#core.received.bytes,
    }
  }

  erasuresPending(): DocumentId[] {
    return this.#core.erasures.pending
  }

  links(): LinkStatus[] {
    return this.#core.links.status()
  }

  knownRelays(): ReadonlyMap<RelayId, string> {
    return this.#core.links.known.all
  }

  forget(relay: RelayId): boolean {
    this.#core.fleet.forget(relay)
    return this.#core.links.forget(relay)
  }

  erasuresUnfinished(): UnfinishedErasures {
    return this.#core.links.erasureReports.unfinished
  }

  setPeers(peers: readonly LinkPeer[]): void {
    this.#core.links.setPeers(peers)
  }

  fleet(): FleetStatus {
    return this.#core.fleet.status()
  }

  revoke(revoked: (principal: Principal) => boolean): void {
    for (const session of [...this.#sessions, ...this.#yjsSessions]) {
      const { principal } = session
      if (principal !== undefined && revoked(principal)) session.close("unauthenticated", "the grants were taken back")
    }
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain()
    return this.#draining
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #drain(): Promise<void> {
    this.#core.links.close()
    for (const session of [...this.#sessions, ...this.#yjsSessions]) session.stopReading()
    await this.#rooms.quiet()
    await this.#core.registers.quiet()
    this.#core.ticker.flush()
    this.#closeSessions()
  }

  async #close(): Promise<void> {
    this.#core.links.close()
    this.#core.fleet.close()
    this.#core.presence.close()
    this.#closeSessions()
    this.#core.audits.close()
    this.#core.erasures.close()
    this.#core.compactions.close()
    this.#core.registers.close()
    this.#core.received.close()
    this.blobs.close()
    await this.#core.committer.close()
    this.#rooms.close()
    await this.#core.store.close()
  }

  #closeSessions(): void {
    this.documents.drain()
    for (const session of [...this.#sessions, ...this.#yjsSessions]) session.close("draining", "the relay is being stopped")
  }

  #refuseIfUnable(session: Session | YjsSession): void {
    const { committer, limits } = this.#core
    if (this.#draining !== undefined || this.#closing !== undefined) session.close("draining", "the relay is being stopped")
    else if (committer.failing) session.close("unavailable", "the store takes no commits at the moment")
    else if (this.#sessions.size + this.#yjsSessions.size > limits.maxSessions) session.close("overloaded", "too many sessions")
    else if (this.#core.handshakes.pending > limits.maxHandshakes) session.close("overloaded", "too many sessions wait to be welcomed")
  }
}
