import {
  covers,
  decodeVersionVector,
  type DocumentId,
  EMPTY_VECTOR,
  encodeVersionVector,
  type Frame,
  type FrameOf,
  type FrameType,
  isDocumentId,
  type RelayId,
  type Stamp,
  unionVectors,
  type VersionVector,
} from "@polylogue/protocol"
import type { UnfinishedErasure } from "../fleet/fleet-status.ts"
import type { RelayCore } from "../relay-core.ts"
import type { Rooms } from "../rooms.ts"
import { ErasureFetches } from "./erasure-fetches.ts"
import type { KnownRelays } from "./known-relays.ts"
import type { Link, LinkPart, LinkService } from "./link-service.ts"

/*
 * Who has carried out what was erased. Each relay says of a document up to which vector it has, and everybody tells everybody else what is news to
 * them, so that it ends in any topology; a link that begins brings all that is known, slowly, for nobody knows what the last one still delivered.
 *
 *   erased-by/<relay>/<documentId> = the vector that another relay has said         (our own: `erased/<documentId>`)
 *   erasing-fleet/<documentId> = the stamps of erasures that came here as entries, until every known relay has said that it has carried them out
 *
 * What is compared is the stamp of the erasure and not all that is known of the document: a relay that says it does not say it again for what
 * people write afterwards.
 */

const SAID = "erased-by/"
const UNFINISHED = "erasing-fleet/"
/** Where `Erasures` keeps how far this relay is. */
const OWN = "erased/"
/** Reports told to a link that begins, and the milliseconds before the next so many: some 25 KB a second, which a thin link takes. */
const PAGE = 32
const PAUSE_MS = 200
/** Reports that wait to be looked at, beyond which the links that bring them wait too. */
const MAX_INCOMING = 4_096

/** How far one relay has carried out what was erased in a document: an empty vector when it has not said so. */
export type ErasureReport = Omit<FrameOf<"erasedBy">, "type" | "document">

/** What the reports need of the links. */
export interface ErasureReportsOwner {
  readonly id: RelayId
  readonly name: string
  /** Whether it follows all changes of the document, whoever uses it. */
  holds(documentId: DocumentId): boolean
}

/** What all relays say of the erasures that they have carried out. */
export class ErasureReports implements LinkService {
  readonly takes: ReadonlySet<FrameType> = new Set<FrameType>(["erasedBy"])
  readonly #core: () => RelayCore
  readonly #owner: ErasureReportsOwner
  readonly #known: KnownRelays
  readonly #fetches: ErasureFetches
  readonly #links = new Set<Link>()
  /** The stamps, and who has said what, of documents that are not finished. */
  readonly #unfinished = new Map<DocumentId, { readonly stamps: VersionVector; readonly said: Map<RelayId, VersionVector> }>()
  /** By relay and document: what came last, and over which link. */
  readonly #incoming = new Map<string, { readonly frame: FrameOf<"erasedBy">; readonly from: Link }>()
  #running: Promise<void> | undefined
  #rooms: Rooms | undefined
  #closed = false

  constructor(core: () => RelayCore, owner: ErasureReportsOwner, known: KnownRelays) {
    this.#core = core
    this.#owner = owner
    this.#known = known
    this.#fetches = new ErasureFetches(core)
    known.onChange(() => this.#settleAll())
  }

  /** Takes up what earlier starts knew. @throws StorageError */
  async start(rooms: Rooms): Promise<void> {
    this.#rooms = rooms
    this.#fetches.start(rooms)
    const { store } = this.#core()
    for (const key of await store.read((log) => log.recordKeys(UNFINISHED))) {
      const documentId = key.slice(UNFINISHED.length)
      const said = new Map<RelayId, VersionVector>()
      this.#unfinished.set(documentId, { stamps: (await this.#read(key)) ?? EMPTY_VECTOR, said })
      for (const { relay, vector } of await this.of(documentId)) said.set(relay, vector)
    }
    this.#settleAll()
  }

  /** Documents that are not finished everywhere, as far as this relay has heard; those in which something was erased by an entry that came here. */
  get unfinished(): UnfinishedErasure[] {
    return [...this.#unfinished.keys()].map((documentId) => ({ documentId, missing: this.#missing(documentId) }))
  }

  /** An erasure is about to be appended: it is remembered no later than it is durable. */
  announce(documentId: DocumentId, stamp: Stamp): void {
    if (this.#rooms === undefined) return
    const known = this.#unfinished.get(documentId)
    const stamps = unionVectors(known?.stamps ?? EMPTY_VECTOR, new Map([[stamp.log, stamp.seq]]))
    this.#unfinished.set(documentId, { stamps, said: known?.said ?? new Map() })
    void this.#write(UNFINISHED + documentId, encodeVersionVector(stamps))
  }

  /** This relay has carried out every erasure of the document that `vector` covers. @throws StorageError */
  async carriedOut(documentId: DocumentId, vector: VersionVector): Promise<void> {
    if (this.#rooms === undefined) return
    const report = { relay: this.#owner.id, name: this.#owner.name, vector }
    for (const link of this.#links) link.send({ type: "erasedBy", document: documentId, ...report })
    await this.#tellRoom(documentId, report)
    this.#heard(documentId, report)
  }

  /** What each relay has said of the document, this one first; nothing when it was never told that something was erased, or stands alone. @throws StorageError */
  async of(documentId: DocumentId): Promise<ErasureReport[]> {
    if (this.#rooms === undefined) return []
    const own = await this.#read(OWN + documentId)
    if (own === undefined && !this.#unfinished.has(documentId) && !this.#core().erasures.isPending(documentId)) return []
    const others = [...this.#known.all].map(async ([relay, name]) => ({ relay, name, vector: await this.#saidBy(relay, documentId) }))
    return [{ relay: this.#owner.id, name: this.#owner.name, vector: own ?? EMPTY_VECTOR }, ...(await Promise.all(others))]
  }

  linked(link: Link): LinkPart {
    const { relay, name } = link.peer
    this.#known.met(relay, name)
    this.#links.add(link)
    void this.#tellAll(link)
    return {
      receive: (frame) => this.#receive(frame, link),
      left: () => {
        this.#links.delete(link)
      },
    }
  }

  close(): void {
    this.#closed = true
    this.#incoming.clear()
    this.#fetches.close()
  }

  /** Waits only while too many wait. */
  #receive(frame: Frame, from: Link): Promise<void> | void {
    if (frame.type !== "erasedBy" || this.#closed) return
    if (frame.relay === this.#owner.id || !isDocumentId(frame.document)) return
    this.#known.mentioned(frame.relay, frame.name)
    // What the operator forgot is told no further.
    if (!this.#known.has(frame.relay)) return
    this.#incoming.set(`${frame.relay}/${frame.document}`, { frame, from })
    this.#running ??= this.#run()
    if (this.#incoming.size >= MAX_INCOMING) return this.#running
  }

  /** Those that came together become durable together. */
  async #run(): Promise<void> {
    while (this.#incoming.size > 0) {
      const batch = [...this.#incoming.values()]
      this.#incoming.clear()
      await Promise.all(batch.map(({ frame, from }) => this.#take(frame, from)))
    }
    this.#running = undefined
  }

  async #take({ document, relay, name, vector: said }: FrameOf<"erasedBy">, from: Link): Promise<void> {
    try {
      const before = await this.#saidBy(relay, document)
      if (covers(before, said)) return
      const vector = unionVectors(before, said)
      if (!(await this.#write(`${SAID}${relay}/${document}`, encodeVersionVector(vector)))) return
      const report = { relay, name, vector }
      for (const link of this.#links) if (link !== from && link.peer.relay !== relay) link.send({ type: "erasedBy", document, ...report })
      await this.#tellRoom(document, report)
      this.#heard(document, report)
      if (!this.#owner.holds(document)) this.#fetches.want(document, vector)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Sessions are told of all relays each time: from the word of one alone they could take it for the only one. */
  async #tellRoom(documentId: DocumentId, news: ErasureReport): Promise<void> {
    const room = this.#rooms!.peek(documentId)
    if (room === undefined || room.readers.size === 0) return
    for (const report of await this.of(documentId)) room.erasedBy(report.relay === news.relay ? news : report)
  }

  #heard(documentId: DocumentId, { relay, vector }: ErasureReport): void {
    this.#unfinished.get(documentId)?.said.set(relay, vector)
    this.#settle(documentId)
  }

  #settleAll(): void {
    for (const documentId of this.#unfinished.keys()) this.#settle(documentId)
  }

  #settle(documentId: DocumentId): void {
    if (!this.#unfinished.has(documentId) || this.#missing(documentId).length > 0) return
    this.#unfinished.delete(documentId)
    void this.#write(UNFINISHED + documentId, null)
  }

  #missing(documentId: DocumentId): RelayId[] {
    const { stamps, said } = this.#unfinished.get(documentId)!
    return [this.#owner.id, ...this.#known.all.keys()].filter((relay) => !covers(said.get(relay) ?? EMPTY_VECTOR, stamps))
  }

  /** Everything that is known, a little at a time. What comes up meanwhile is told as it comes. */
  async #tellAll(link: Link): Promise<void> {
    const { store } = this.#core()
    try {
      for (const prefix of [OWN, SAID]) {
        for (let after: string | undefined; ;) {
          const place = after === undefined ? { limit: PAGE } : { limit: PAGE, after }
          const keys = await store.read((log) => log.recordKeys(prefix, place))
          for (const key of keys) await this.#tell(link, prefix, key)
          after = keys.at(-1)
          if (keys.length < PAGE) break
          await store.wait(PAUSE_MS)
          if (!this.#links.has(link)) return
        }
      }
    } catch (error) {
      this.#failed(error)
    }
  }

  async #tell(link: Link, prefix: string, key: string): Promise<void> {
    const rest = key.slice(prefix.length)
    const relay = prefix === OWN ? this.#owner.id : rest.slice(0, rest.indexOf("/"))
    const document = prefix === OWN ? rest : rest.slice(rest.indexOf("/") + 1)
    const name = prefix === OWN ? this.#owner.name : this.#known.all.get(relay)
    if (name === undefined || relay === link.peer.relay) return
    const vector = await this.#read(key)
    if (vector !== undefined && this.#links.has(link)) link.send({ type: "erasedBy", document, relay, name, vector })
  }

  async #saidBy(relay: RelayId, documentId: DocumentId): Promise<VersionVector> {
    return (await this.#read(`${SAID}${relay}/${documentId}`)) ?? EMPTY_VECTOR
  }

  async #read(key: string): Promise<VersionVector | undefined> {
    const value = await this.#core().store.read((log) => log.record(key))
    try {
      return value && decodeVersionVector(value)
    } catch {
      // It is as if it had not been said: the relay is named as missing until it says it again.
      return undefined
    }
  }

  /** Whether it is durable. */
  async #write(key: string, value: Uint8Array | null): Promise<boolean> {
    try {
      await this.#core().committer.write({ type: "record", key, value }, () => undefined)
      return true
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  #failed(error: unknown): void {
    if (!this.#closed) this.#core().events({ type: "failed", where: "erasure-reports", error })
  }
}
