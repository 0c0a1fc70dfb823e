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
import type { RelayCore } from "../relay-core.ts"
import type { RoomReader } from "../room-reader.ts"
import type { Rooms } from "../rooms.ts"
import { ErasureFetches } from "./erasure-fetches.ts"
import { ErasureRetelling } from "./erasure-retelling.ts"
import { ErasureTelling } from "./erasure-telling.ts"
import type { KnownRelays } from "./known-relays.ts"
import type { Link, LinkPart, LinkService } from "./link-service.ts"
import { type UnfinishedErasures, UnfinishedList } from "./unfinished-erasures.ts"

/*
 * Who has carried out what was erased. Each relay says of a document up to which vector it has, and everybody tells everybody else what is news to
 * them, so that it ends in any topology; a link that begins brings all that is known, slowly, for nobody knows what the last one still delivered.
 *
 *   erased-by/<relay>/<documentId> = the vector that another relay has said         (our own: `erased/<documentId>`)
 *   erasing-fleet/<documentId> = the stamps of erasures that came here as entries, until every known relay has said that it has carried them out
 */

const SAID = "erased-by/"
const UNFINISHED = "erasing-fleet/"
/** Where `Erasures` keeps how far this relay is. */
const OWN = "erased/"
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
  /** Another relay has carried out an erasure of the document. */
  erasedElsewhere(documentId: DocumentId): void
}

/** What all relays say of the erasures that they have carried out. */
export class ErasureReports implements LinkService {
  readonly takes: ReadonlySet<FrameType> = new Set<FrameType>(["erasedBy"])
  readonly #core: () => RelayCore
  readonly #owner: ErasureReportsOwner
  readonly #known: KnownRelays
  readonly #fetches: ErasureFetches
  readonly #unfinished: UnfinishedList
  readonly #telling: ErasureTelling
  readonly #retelling: ErasureRetelling
  readonly #links = new Set<Link>()
  /** By relay and document: what came last, and over which link. */
  readonly #incoming = new Map<string, { readonly frame: FrameOf<"erasedBy">; readonly from: Link }>()
  #running: Promise<void> | undefined
  #started = false
  #closed = false

  constructor(core: () => RelayCore, owner: ErasureReportsOwner, known: KnownRelays) {
    this.#core = core
    this.#owner = owner
    this.#known = known
    this.#fetches = new ErasureFetches(core, {
      holds: (documentId) => owner.holds(documentId),
      said: (documentId) => this.#saidByOthers(documentId),
    })
    this.#unfinished = new UnfinishedList({
      relays: () => [owner.id, ...known.all.keys()],
      said: async (documentId) => (await this.of(documentId)).map(({ relay, vector }) => [relay, vector] as const),
      keep: (documentId, stamps) => void this.#write(UNFINISHED + documentId, stamps === undefined ? null : encodeVersionVector(stamps)),
      failed: (error) => this.#failed(error),
    })
    this.#telling = new ErasureTelling(core, (documentId) => this.of(documentId))
    this.#retelling = new ErasureRetelling(core, (link, key) => this.#tell(link, key))
    known.onChange(() => {
      this.#unfinished.relaysChanged()
      this.#retelling.keep(known.all)
    })
  }

  /** Tells sessions, linked or not. */
  serve(rooms: Rooms): void {
    this.#telling.start(rooms)
  }

  /** Takes up what earlier starts knew; for a relay that may be linked. @throws StorageError */
  async start(rooms: Rooms): Promise<void> {
    this.#started = true
    await this.#fetches.start(rooms)
    const { store } = this.#core()
    for (const key of await store.read((log) => log.recordKeys(UNFINISHED)))
      await this.#unfinished.resume(key.slice(UNFINISHED.length), (await this.#read(key)) ?? EMPTY_VECTOR)
  }

  /** Documents that are not finished everywhere, as far as this relay has heard; those in which something was erased by an entry that came here. */
  get unfinished(): UnfinishedErasures {
    return this.#unfinished.summary
  }

  /** An erasure is about to be appended: it is remembered no later than it is durable. */
  announce(documentId: DocumentId, stamp: Stamp): void {
    if (this.#started) this.#unfinished.announce(documentId, stamp)
  }

  /** This relay has carried out every erasure of the document that `vector` covers: all hear of it, its sessions of the others first. */
  carriedOut(documentId: DocumentId, vector: VersionVector): void {
    if (this.#started) {
      const report = { relay: this.#owner.id, name: this.#owner.name, vector }
      for (const link of this.#links) link.send({ type: "erasedBy", document: documentId, ...report })
      this.#retelling.came(OWN + documentId)
      this.#unfinished.heard(documentId, report.relay, vector)
    }
    this.#telling.news(documentId, vector)
  }

  /** Tells somebody who comes later, too, who has done it. Never rejects. */
  async tell(documentId: DocumentId, reader: RoomReader): Promise<void> {
    await this.#telling.tell(documentId, reader)
  }

  /** What each relay has said of the document, this one first; nothing when it was never told that something was erased, or stands alone. @throws StorageError */
  async of(documentId: DocumentId): Promise<ErasureReport[]> {
    if (!this.#started) return []
    const { erasures } = this.#core()
    // Mostly nothing was ever erased: that is known without the disk.
    if (!erasures.isDone(documentId) && !erasures.isPending(documentId) && !this.#unfinished.has(documentId)) return []
    const own = await this.#read(OWN + documentId)
    const others = [...this.#known.all].map(async ([relay, name]) => ({ relay, name, vector: await this.#saidBy(relay, documentId) }))
    return [{ relay: this.#owner.id, name: this.#owner.name, vector: own ?? EMPTY_VECTOR }, ...(await Promise.all(others))]
  }

  linked(link: Link): LinkPart {
    const { relay, name } = link.peer
    this.#known.met(relay, name)
    this.#links.add(link)
    this.#fetches.linked()
    void this.#tellAll(link)
    return {
      receive: (frame) => this.#receive(frame, link),
      left: () => {
        this.#links.delete(link)
        this.#fetches.left()
      },
    }
  }

  close(): void {
    this.#closed = true
    this.#incoming.clear()
    this.#fetches.close()
    this.#telling.close()
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
      const vector = unionVectors(before, said)
      // Looked at also when it is no news: what this relay follows may have been different when it was.
      const lacks = await this.#fetches.lacks(document, vector).catch(() => true)
      if (lacks) await this.#fetches.owe(document)
      if (!covers(before, said)) {
        await this.#news(document, { relay, name, vector }, from)
        this.#owner.erasedElsewhere(document)
      }
      if (lacks) this.#fetches.fetch(document)
    } catch (error) {
      this.#failed(error)
    }
  }

  async #news(document: DocumentId, report: ErasureReport, from: Link): Promise<void> {
    const { relay, vector } = report
    // It may have been forgotten meanwhile, and what is kept of it be gone.
    if (!this.#known.has(relay)) return
    if (!(await this.#write(`${SAID}${relay}/${document}`, encodeVersionVector(vector)))) return
    for (const link of this.#links) if (link !== from && link.peer.relay !== relay) link.send({ type: "erasedBy", document, ...report })
    this.#retelling.came(`${SAID}${relay}/${document}`)
    this.#unfinished.heard(document, relay, vector)
    this.#telling.news(document, undefined)
  }

  /** What comes up meanwhile is told as it comes. */
  async #tellAll(link: Link): Promise<void> {
    try {
      await this.#retelling.run(link, () => this.#links.has(link))
    } catch (error) {
      this.#failed(error)
    }
  }

  async #tell(link: Link, key: string): Promise<void> {
    const isOwn = key.startsWith(OWN)
    const rest = key.slice(isOwn ? OWN.length : SAID.length)
    const relay = isOwn ? this.#owner.id : rest.slice(0, rest.indexOf("/"))
    const document = isOwn ? rest : rest.slice(rest.indexOf("/") + 1)
    const name = isOwn ? this.#owner.name : this.#known.all.get(relay)
    if (name === undefined || relay === link.peer.relay) return
    const vector = await this.#read(key)
    if (vector !== undefined && this.#links.has(link)) link.send({ type: "erasedBy", document, relay, name, vector })
  }

  async #saidByOthers(documentId: DocumentId): Promise<VersionVector> {
    const said = await Promise.all([...this.#known.all.keys()].map((relay) => this.#saidBy(relay, documentId)))
    return said.reduce(unionVectors, EMPTY_VECTOR)
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
