import { CutSnapshots, type DocumentId, type FrameOf, isId, mintId, type RelayId, type Socket } from "@polylogue/protocol"
import { decodeUtf8, encodeUtf8 } from "lib0/string"
import { RelayError } from "../errors.ts"
import type { LinkOptions, LinkPeer } from "../options.ts"
import type { RelayCore } from "../relay-core.ts"
import type { Room } from "../room.ts"
import type { Rooms } from "../rooms.ts"
import { AskedPrefixes } from "./asked-prefixes.ts"
import type { Dialled } from "./dialled.ts"
import { Arrivals } from "./arrivals.ts"
import { LinkDialler } from "./link-dialler.ts"
import { LinkEnd, type LinkSession } from "./link-end.ts"
import { ErasureReports } from "./erasure-reports.ts"
import { type Introduction, Introductions } from "./introductions.ts"
import { KnownRelays } from "./known-relays.ts"
import type { LinkService } from "./link-service.ts"
import type { LinkStatus } from "./link-status.ts"

/** Names the relay that this store is of: kept over restarts, minted with a new disk. */
const IDENTITY = "relay/id"
/** Holds every document whoever uses it. */
const EVERYTHING: readonly string[] = [""]

/** The links of one relay: those that it dials and those that dial it. */
export class Links {
  readonly #core: () => RelayCore
  readonly #options: LinkOptions | undefined
  readonly #accept: (socket: Socket, dialled: Dialled) => void
  readonly #live = new Set<LinkEnd>()
  readonly #diallers = new Map<string, LinkDialler>()
  readonly #services: LinkService[] = []
  /**
   * Relays that have dialled this one, and that it has dialled, since it started: where both do, one link stays, and which is no matter. Never taken back, since
   * who has one link does not dial again.
   */
  readonly #below = new Set<RelayId>()
  readonly #above = new Set<RelayId>()
  /** What is brought from relays that this one dials. */
  readonly #asked: AskedPrefixes
  /** Those that belong together with this one, linked at the moment or not. */
  readonly known: KnownRelays
  /** Who is behind the ids that they say. */
  readonly introductions: Introductions
  /** Whether what is here of a document is what there is. */
  readonly arrivals: Arrivals
  /** What they say of erasures. */
  readonly erasureReports: ErasureReports
  #id: RelayId = ""
  #rooms: Rooms | undefined
  #cuts: CutSnapshots | undefined
  #closed = false

  /** `accept` takes a connection that was dialled as a session. */
  constructor(core: () => RelayCore, options: LinkOptions | undefined, accept: (socket: Socket, dialled: Dialled) => void) {
    this.#core = core
    this.#options = options
    this.#accept = accept
    const isBelow = (relay: RelayId): boolean => this.#below.has(relay)
    this.#asked = new AskedPrefixes(core, this.#mirror, isBelow, () => this.#followAll())
    this.known = new KnownRelays(core)
    this.introductions = new Introductions(core)
    this.arrivals = new Arrivals(core, this)
    this.erasureReports = new ErasureReports(core, this, this.known)
    this.serve(this.erasureReports)
  }

  /** This relay, as others know it. */
  get id(): RelayId {
    return this.#id
  }

  get name(): string {
    return this.#options?.name ?? ""
  }

  /** What runs here, as it is told to others. */
  get program(): string {
    return this.#options?.program ?? ""
  }

  /** Whether only what is in use here is held here. */
  get onDemand(): boolean {
    return this.#mirror.length === 0
  }

  /** Those that stand. */
  get live(): ReadonlySet<LinkEnd> {
    return this.#live
  }

  /** Whether this relay dials others, and is linked with one of them. */
  get dialling(): "nobody" | "linked" | "away" {
    if (this.#diallers.size === 0) return "nobody"
    return [...this.#diallers.values()].some(({ status }) => status.state.startsWith("linked")) ? "linked" : "away"
  }

  /** Whether this relay dials others, and is linked with each of them. */
  get reachesAllDialled(): boolean {
    return this.#diallers.size > 0 && [...this.#diallers.values()].every(({ status }) => status.state.startsWith("linked"))
  }

  /** On how many other relays' disks something has to be to count as replicated. */
  get replicas(): number {
    return this.#options?.replicas ?? 1
  }

  /** What this relay says first on a link. */
  get introduction(): FrameOf<"link"> {
    return { type: "link", relay: this.#id, name: this.name, onDemand: this.onDemand }
  }

  /** Adds what is done over links; before {@link start}. */
  serve(service: LinkService): void {
    this.#services.push(service)
  }

  /** Learns, or decides, who this relay is, and begins to dial. @throws StorageError */
  async start(rooms: Rooms): Promise<void> {
    this.#rooms = rooms
    this.erasureReports.serve(rooms)
    // As much as one of the largest, over all links.
    this.#cuts = new CutSnapshots(this.#core().limits.maxTransferBytes)
    if (this.#options === undefined) return
    const { store, committer, randomBytes } = this.#core()
    const value = await store.read((log) => log.record(IDENTITY))
    const known = value === undefined ? "" : decodeUtf8(value)
    this.#id = isId(known) ? known : mintId(randomBytes)
    if (this.#id !== known) await committer.write({ type: "record", key: IDENTITY, value: encodeUtf8(this.#id) }, () => undefined)
    await this.known.start(this.#id)
    await this.introductions.start()
    await this.arrivals.start()
    await this.erasureReports.start(rooms)
    this.setPeers(this.#options.peers)
  }

  /** From now on dials these; links to others that this relay has dialled end. What links others have dialled stay. */
  setPeers(peers: readonly LinkPeer[]): void {
    if (this.#options === undefined) throw new TypeError("this relay was opened without links")
    const wanted = new Map(peers.map((peer) => [peer.url, peer]))
    for (const [url, dialler] of this.#diallers) {
      if (wanted.get(url)?.token === dialler.peer.token && wanted.has(url)) continue
      dialler.stop()
      this.#diallers.delete(url)
      for (const end of this.#live) if (end.peer.url === url) end.close("normal", "the relay is no peer any more")
    }
    const { dial, name } = this.#options
    for (const [url, peer] of wanted) {
      if (this.#diallers.has(url)) continue
      const owner = {
        dial,
        name,
        accept: this.#accept,
        isLinked: (relay: RelayId) => this.#linkTo(relay) !== undefined,
        changed: () => this.#core().fleet.newsChanged(),
      }
      const dialler = new LinkDialler(this.#core(), peer, owner)
      this.#diallers.set(url, dialler)
      dialler.dial()
    }
    this.arrivals.look()
  }

  /**
   * The other end of a session has said which relay it is: the session is a link from now on.
   * @throws RelayError `forbidden` when this relay takes none, or that relay is somebody else, `same-relay`, `normal` when a link to that relay stands already, or it is no peer any more
   */
  stand({ relay, name, onDemand }: FrameOf<"link">, session: LinkSession): LinkEnd {
    if (this.#options === undefined || this.#closed) throw new RelayError("forbidden", "this relay takes no links")
    if (relay === this.#id) throw new RelayError("same-relay", "both ends are one relay, or copies of one")
    const dialled = session.dialled
    if (dialled?.wanted() === false) throw new RelayError("normal", "the relay is no peer any more")
    const by = introductionOf(name, session)
    this.introductions.admit(relay, by)
    // Who is refused for good is told nothing else; of two links that stand both ends have to know, to decide alike.
    if (dialled === undefined) session.say(this.introduction)
    const other = this.#linkTo(relay)
    ;(dialled === undefined ? this.#below : this.#above).add(relay)
    // Both relays decide alike: of two that dialled each other the link of the smaller id stays, of two of one dialler the later one.
    const isFirst = (fromHere: boolean): boolean => fromHere === this.#id < relay
    if (other !== undefined && isFirst(other.dialled) && !isFirst(dialled !== undefined)) {
      dialled?.linked(relay)
      this.#followAll()
      throw new RelayError("normal", "another link to that relay stands")
    }
    const peer = { relay, name, onDemand, url: dialled?.url, log: session.log }
    const end = new LinkEnd(this.#core(), this.#rooms!, peer, session, {
      services: this.#services,
      cuts: this.#cuts!,
      left: (left, code, reason) => this.#left(left, code, reason),
    })
    this.introductions.met(relay, by)
    for (const room of this.#rooms!.all) room.forgetRelay(relay)
    this.#live.add(end)
    other?.close("normal", "another link to that relay stands")
    dialled?.linked(relay)
    this.#core().events({ type: "link-up", relay, name, url: dialled?.url })
    return end
  }

  /** Begins to read over a link that stands. */
  begin(end: LinkEnd): void {
    end.begin()
    this.#follow(end)
    for (const room of this.#rooms!.all) end.pulls.use(room)
  }

  /** Whether a room is in use, and by whom, may have changed. */
  useChanged(room: Room): void {
    for (const { pulls } of this.#live) pulls.use(room)
    // For whom others are asked decides who waits for them.
    this.arrivals.look(room.documentId)
  }

  /** Another relay has carried out an erasure of the document. */
  erasedElsewhere(documentId: DocumentId): void {
    for (const { pulls } of this.#live) pulls.erasedElsewhere(documentId)
  }

  /**
   * Somebody here, or another relay, is to be told what changes below a prefix: what is above brings it, until the function that is returned is called.
   * @throws RelayError `too-many-documents` when as much is asked for as may be
   */
  ask(prefix: string, relay?: RelayId, hops?: number): () => void {
    if (this.#options === undefined || this.#closed) return () => undefined
    return this.#asked.ask(prefix, relay, hops)
  }

  /** How each link is, those that are to be dialled included. */
  status(): LinkStatus[] {
    const now = this.#core().clock.monotonic()
    const statusOf = (end: LinkEnd): LinkStatus => ({
      ...end.peer,
      state: "linked",
      code: undefined,
      reason: "",
      attempts: 0,
      sinceMs: now - end.since,
      documentsOpen: end.pulls.open,
      documentsBehind: end.pulls.behind,
      level: end.pulls.level,
      ...end.traffic,
    })
    const others = new Set(this.#live)
    const dialled = [...this.#diallers].map(([url, dialler]): LinkStatus => {
      const end = [...others].find(({ peer }) => peer.url === url)
      if (end !== undefined) {
        others.delete(end)
        return statusOf(end)
      }
      const { state, code, reason, attempts } = dialler.status
      const unknown = { relay: dialler.relay, name: "", onDemand: false, log: undefined, sinceMs: undefined, level: false }
      const nothing = { documentsOpen: 0, documentsBehind: 0, bytesSent: 0, bytesReceived: 0 }
      return { ...unknown, ...nothing, url, state, code, reason, attempts }
    })
    return [...dialled, ...[...others].map(statusOf)]
  }

  /** The operator says that `relay` is gone for good; `false` when it is not known. Should it link again it is known again. */
  forget(relay: RelayId): boolean {
    this.introductions.forget(relay)
    for (const room of this.#rooms!.all) room.forgetRelay(relay)
    return this.known.forget(relay)
  }

  /** Dials no more, and takes no more links. Those that stand end with their sessions. */
  close(): void {
    this.#closed = true
    this.#asked.close()
    this.erasureReports.close()
    for (const dialler of this.#diallers.values()) dialler.stop()
  }

  get #mirror(): readonly string[] {
    return this.#options?.mirror ?? EVERYTHING
  }

  /** Whether it follows all changes of a document, whoever uses it. */
  holds(documentId: DocumentId): boolean {
    return this.#asked.mirrors(documentId)
  }

  #followAll(): void {
    for (const end of this.#live) this.#follow(end)
  }

  /**
   * What is written below has to go up through this relay, whoever mirrors or uses it here, so of who has dialled it takes everything; of those that it dials it
   * takes what is asked for.
   */
  #follow({ peer, pulls }: LinkEnd): void {
    const everything = this.#below.has(peer.relay) ? [["", 0] as const] : []
    const wanted = this.#above.has(peer.relay) ? this.#asked.wanted : []
    // What relays use and was followed may have to be read because of that.
    if (pulls.follow(new Map([...everything, ...wanted]))) for (const room of this.#rooms!.all) pulls.use(room)
  }

  #linkTo(relay: RelayId): LinkEnd | undefined {
    for (const end of this.#live) if (end.peer.relay === relay) return end
    return undefined
  }

  #left(end: LinkEnd, code: number, reason: string): void {
    if (!this.#live.delete(end)) return
    const { relay, name, url } = end.peer
    this.#core().events({ type: "link-down", relay, name, url, code, reason })
    if (!this.#closed) this.arrivals.look()
    if (!this.#closed && this.#linkTo(relay) === undefined) for (const dialler of this.#diallers.values()) dialler.missed(relay)
  }
}

function introductionOf(name: string, { dialled, holder }: LinkSession): Introduction {
  if (dialled !== undefined) return `address ${dialled.url}`
  return holder === undefined ? `name ${name}` : `token ${holder}`
}
