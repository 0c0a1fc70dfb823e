import type { DocumentId, FrameType } from "@polylogue/protocol"
import type { Link, LinkPart, LinkService } from "../links/link-service.ts"
import type { RelayCore } from "../relay-core.ts"
import { type AwarenessState, decodeAwareness } from "./awareness-update.ts"
import { DocumentPresence, type Speaker } from "./document-presence.ts"
import { PresenceBudget } from "./presence-budget.ts"
import { PresenceLink, type PresenceLinkOwner } from "./presence-link.ts"

/*
 * Who is present where, through any relays:
 *
 *   somebody is present here ──> `here` with 1 over every link ──> `here` with 2 over all other links ──> …
 *   the other end of a link reaches somebody ──> it is told the states of all who are here but whom it brought, and then each new one
 *
 * States go only toward where somebody is present. Both come to rest in any topology: hops, because relays that count up because of each other
 * end at MAX_HOPS; states, because none is taken twice.
 */

/** Where states go to and come from: one session's view of a room. */
export interface AwarenessPeer extends Speaker {
  /** A client id has a new state. Only the last one of each id needs to be sent. */
  awarenessChanged(state: AwarenessState): void
}

/** In how many steps states of links come to their end. */
const STEPS = 10

/** Who is present in the documents of one relay, over its sessions and its links. */
export class Presence implements LinkService, PresenceLinkOwner {
  readonly takes: ReadonlySet<FrameType> = new Set<FrameType>(["here", "presence"])
  readonly #core: () => RelayCore
  readonly #readers: (documentId: DocumentId) => Iterable<AwarenessPeer>
  readonly #linked: boolean
  readonly #documents = new Map<DocumentId, DocumentPresence>()
  readonly #links = new Set<PresenceLink>()
  #budget: PresenceBudget | undefined
  #cancel: (() => void) | undefined

  /** `readers` are the sessions that have a document open; `linked`, whether this relay takes links. */
  constructor(core: () => RelayCore, readers: (documentId: DocumentId) => Iterable<AwarenessPeer>, linked: boolean) {
    this.#core = core
    this.#readers = readers
    this.#linked = linked
  }

  linked(link: Link): LinkPart {
    const part = new PresenceLink(this.#core(), link, this)
    const documents = new Set(this.#documents.keys())
    for (const other of this.#links) for (const documentId of other.documents) documents.add(documentId)
    this.#links.add(part)
    for (const documentId of documents) part.review(documentId)
    return part
  }

  /** All who are present in a document, for a session that comes. */
  all(documentId: DocumentId): AwarenessState[] {
    return this.#documents.get(documentId)?.states() ?? []
  }

  /** Takes an update of a session in and tells the others. @throws RelayError `bad-frame` */
  update(documentId: DocumentId, session: AwarenessPeer, update: Uint8Array): void {
    this.#take(documentId, session, decodeAwareness(update))
  }

  /** A session is gone, and with it those whom it brought last. */
  leave(documentId: DocumentId, session: AwarenessPeer): void {
    const document = this.#documents.get(documentId)
    if (document === undefined) return
    const gone = document.leave(session, this.#core().clock.monotonic())
    if (gone.length > 0) this.#changed(documentId, document, session, gone)
  }

  /** No timer runs any more. */
  close(): void {
    this.#cancel?.()
  }

  hops(documentId: DocumentId, link: PresenceLink): number {
    if (this.#documents.get(documentId)?.hasOwn === true) return 1
    let least = 0
    for (const other of this.#links) {
      const hops = other === link ? 0 : other.hops(documentId)
      if (hops > 0 && (least === 0 || hops < least)) least = hops
    }
    return least === 0 ? 0 : least + 1
  }

  states(documentId: DocumentId, link: PresenceLink): AwarenessState[] {
    return this.#documents.get(documentId)?.states(link) ?? []
  }

  heard(documentId: DocumentId): void {
    for (const link of this.#links) link.review(documentId)
  }

  receive(documentId: DocumentId, link: PresenceLink, states: readonly AwarenessState[]): void {
    this.#take(documentId, link, states)
  }

  unasked(documentId: DocumentId, link: PresenceLink): void {
    const document = this.#documents.get(documentId)
    if (document === undefined) return
    this.#tellHere(documentId, link, document.forget(link))
    this.#settle(documentId, document)
  }

  /** Whom it brought may be there still, behind other links: they stay until they should have been heard again. */
  left(link: PresenceLink): void {
    this.#links.delete(link)
    for (const documentId of link.documents) this.heard(documentId)
  }

  #take(documentId: DocumentId, speaker: Speaker, states: readonly AwarenessState[]): void {
    const { clock, limits } = this.#core()
    this.#budget ??= new PresenceBudget(limits.maxLinkAwarenessBytes)
    const document = this.#documents.get(documentId) ?? new DocumentPresence(limits, this.#budget, this.#linked)
    this.#documents.set(documentId, document)
    const hadOwn = document.hasOwn
    const news = document.take(speaker, states, clock.monotonic())
    this.#changed(documentId, document, speaker, news, hadOwn)
  }

  #changed(documentId: DocumentId, document: DocumentPresence, from: Speaker, news: readonly AwarenessState[], hadOwn = true): void {
    this.#tellHere(documentId, from, news)
    for (const link of this.#links) if (link !== from) link.tell(documentId, news)
    if (hadOwn !== document.hasOwn) this.heard(documentId)
    this.#settle(documentId, document)
  }

  #tellHere(documentId: DocumentId, from: Speaker | undefined, news: readonly AwarenessState[]): void {
    if (news.length === 0) return
    for (const reader of this.#readers(documentId))
      if (reader !== from && reader.link === undefined) for (const state of news) reader.awarenessChanged(state)
  }

  #settle(documentId: DocumentId, document: DocumentPresence): void {
    if (document.isEmpty) this.#documents.delete(documentId)
    if (document.ages) this.#cancel ??= this.#core().clock.setTimer(() => this.#expire(), this.#core().limits.awarenessMs / STEPS)
  }

  /** What links brought goes by itself when it is not heard of any more. Every relay sees to that, so that none has to say so. */
  #expire(): void {
    this.#cancel = undefined
    const { clock, limits } = this.#core()
    const now = clock.monotonic()
    for (const [documentId, document] of this.#documents) {
      if (!document.ages) continue
      this.#tellHere(documentId, undefined, document.expire(now - limits.awarenessMs, now))
      this.#settle(documentId, document)
    }
  }
}
