import {
  type DocumentId,
  type EncodedFrame,
  type Frame,
  type FrameOf,
  isDocumentId,
  MAX_DOCUMENT_ID_LENGTH,
  type RelayId,
} from "@polylogue/protocol"
import { RelayError } from "../errors.ts"
import { sentMessageBytes } from "../limits.ts"
import type { Link, LinkPart } from "../links/link-service.ts"
import type { FrameSource } from "../outlet.ts"
import { CutFrames } from "../cut-frames.ts"
import type { RelayCore } from "../relay-core.ts"
import { type AwarenessState, decodeAwareness, encodeAwareness, isGone, rememberLast } from "./awareness-update.ts"
import type { Speaker } from "./document-presence.ts"

/** Most relays on the way to somebody: how far a document's `here` goes, and what ends it where relays count up because of each other. */
const MAX_HOPS = 16
/** States that wait for one link; beyond, those of the documents that waited longest are dropped. */
const MAX_WAITING = 100_000
/** Most bytes of a frame beside its states: the document above all. */
const FRAME_BYTES = MAX_DOCUMENT_ID_LENGTH + 64
/** Most bytes of the numbers and lengths of one state. */
const STATE_BYTES = 24

/** What a link's presence asks of the relay's. */
export interface PresenceLinkOwner {
  /** Over how many relays somebody is present, seen from the other end of `link`; 0 for nobody. */
  hops(documentId: DocumentId, link: PresenceLink): number
  states(documentId: DocumentId, link: PresenceLink): AwarenessState[]
  /** Where the other end says that somebody is has changed. */
  heard(documentId: DocumentId): void
  receive(documentId: DocumentId, link: PresenceLink, states: readonly AwarenessState[]): void
  /** The other end tells nothing more of a document. */
  unasked(documentId: DocumentId, link: PresenceLink): void
  left(link: PresenceLink): void
}

/** Presence over one link: what the other end was told and has told, and what waits for it. */
export class PresenceLink implements LinkPart, FrameSource, Speaker {
  readonly link: RelayId
  readonly #core: RelayCore
  readonly #to: Link
  readonly #owner: PresenceLinkOwner
  readonly #frames: CutFrames
  /** Over how many relays it reaches somebody, by its word. */
  readonly #heard = new Map<DocumentId, number>()
  readonly #said = new Map<DocumentId, number>()
  /** Documents of which something else is to be said. */
  readonly #unsaid = new Set<DocumentId>()
  readonly #waiting = new Map<DocumentId, Map<number, AwarenessState>>()
  #waitingStates = 0
  #over = false

  constructor(core: RelayCore, to: Link, owner: PresenceLinkOwner) {
    this.link = to.peer.relay
    this.#core = core
    this.#to = to
    this.#owner = owner
    this.#frames = new CutFrames(core, to.outlet, this)
  }

  /** Documents in which somebody is, by its word. */
  get documents(): Iterable<DocumentId> {
    return this.#heard.keys()
  }

  /** Over how many relays the other end reaches somebody present; 0 when it does not. */
  hops(documentId: DocumentId): number {
    return this.#heard.get(documentId) ?? 0
  }

  /** What it should be told of a document may have changed. */
  review(documentId: DocumentId): void {
    if (this.#over || this.#toSay(documentId) === undefined) return
    this.#unsaid.add(documentId)
    this.#to.outlet.activate(this)
  }

  /** Client ids have new states. Told only where somebody is to see them. */
  tell(documentId: DocumentId, states: readonly AwarenessState[]): void {
    if (this.#over || states.length === 0 || !this.#heard.has(documentId)) return
    let waiting = this.#waiting.get(documentId)
    if (waiting === undefined) this.#waiting.set(documentId, (waiting = new Map()))
    this.#waitingStates -= waiting.size
    for (const state of states) rememberLast(waiting, state, this.#core.limits.maxAwarenessStates * 2)
    this.#waitingStates += waiting.size
    for (const longest of this.#waiting.keys()) {
      if (this.#waitingStates <= MAX_WAITING) break
      this.#drop(longest)
    }
    this.#to.outlet.activate(this)
  }

  /** @throws RelayError `bad-frame` */
  receive(frame: Frame): void {
    if (frame.type === "here") this.#hear(frame)
    else if (frame.type === "presence") this.#take(frame)
  }

  left(): void {
    this.#over = true
    this.#unsaid.clear()
    this.#waiting.clear()
    this.#frames.clear()
    this.#to.outlet.remove(this)
    this.#owner.left(this)
  }

  get hasMore(): boolean {
    return this.#frames.length > 0 || this.#unsaid.size > 0 || this.#waiting.size > 0
  }

  next(): EncodedFrame | undefined {
    for (;;) {
      const next = this.#frames.next()
      // What is left then waits for a transfer.
      if (next !== undefined || this.#frames.length > 0) return next
      const frame = this.#sayNext() ?? this.#tellNext()
      if (frame === undefined) return undefined
      this.#frames.push(frame)
    }
  }

  #hear({ document, hops }: FrameOf<"here">): void {
    if (!isDocumentId(document)) throw new RelayError("bad-frame", "presence in what is no document")
    const before = this.hops(document)
    const now = hops > MAX_HOPS ? 0 : hops
    // Presence may be dropped, memory may not run out.
    if (now === before || (before === 0 && this.#heard.size >= this.#core.limits.maxDocuments)) return
    if (now > 0) this.#heard.set(document, now)
    else this.#heard.delete(document)
    if (now === 0) this.#drop(document)
    this.#owner.heard(document)
    if (before === 0) this.tell(document, this.#owner.states(document, this))
  }

  #take({ document, update }: FrameOf<"presence">): void {
    const states = decodeAwareness(update)
    const waiting = this.#waiting.get(document)
    // It has that already.
    for (const state of states) if (isCovered(waiting?.get(state.client), state)) this.#done(waiting!, state.client)
    // What it was not asked for is not kept.
    if (this.#said.has(document)) this.#owner.receive(document, this, states)
  }

  /** What the other end is to be told instead of what it was told; `undefined` when that is the same. */
  #toSay(documentId: DocumentId): number | undefined {
    const hops = this.#owner.hops(documentId, this)
    // One that holds only what is in use there, and asks this one, is told of what it has somebody in, and not of what goes on in the fleet.
    const isBelow = this.#to.peer.onDemand && this.#to.peer.url === undefined
    const said = hops > MAX_HOPS || (isBelow && !this.#heard.has(documentId)) ? 0 : hops
    return said === (this.#said.get(documentId) ?? 0) ? undefined : said
  }

  #sayNext(): Frame | undefined {
    for (const document of this.#unsaid) {
      // Who went is told before it is said that nobody is here: what comes after that is not taken.
      const last = this.#tellOf(document)
      if (last !== undefined) return last
      this.#unsaid.delete(document)
      const hops = this.#toSay(document)
      if (hops === undefined) continue
      if (hops > 0) this.#said.set(document, hops)
      else if (this.#said.delete(document)) this.#owner.unasked(document, this)
      return { type: "here", document, hops }
    }
    return undefined
  }

  #tellNext(): Frame | undefined {
    for (const document of this.#waiting.keys()) {
      const frame = this.#tellOf(document)
      if (frame !== undefined) return frame
    }
    return undefined
  }

  /** As many of the states of a document as a message takes. */
  #tellOf(document: DocumentId): Frame | undefined {
    const waiting = this.#waiting.get(document)
    const states: AwarenessState[] = []
    let bytes = FRAME_BYTES
    for (const state of waiting?.values() ?? []) {
      bytes += state.state.length + STATE_BYTES
      if (states.length > 0 && bytes > sentMessageBytes(this.#core.limits)) break
      states.push(state)
      this.#done(waiting!, state.client)
    }
    if (waiting?.size === 0) this.#waiting.delete(document)
    return states.length === 0 ? undefined : { type: "presence", document, update: encodeAwareness(states) }
  }

  #done(waiting: Map<number, AwarenessState>, client: number): void {
    if (waiting.delete(client)) this.#waitingStates--
  }

  #drop(document: DocumentId): void {
    this.#waitingStates -= this.#waiting.get(document)?.size ?? 0
    this.#waiting.delete(document)
  }
}

/** Whether who says `state` need not be told `waiting`. */
function isCovered(waiting: AwarenessState | undefined, { clock }: AwarenessState): boolean {
  return waiting !== undefined && (waiting.clock < clock || (waiting.clock === clock && !isGone(waiting)))
}
