import { type DocumentId, EMPTY_VECTOR, type FrameOf, type RelayId } from "@polylogue/protocol"
import type { RelayCore } from "../relay-core.ts"
import type { Room } from "../room.ts"
import type { LinkEnd } from "./link-end.ts"

/** Says that this disk has once had all that those have that this relay dials. */
const KEY = "relay/level"

/** What is asked of the links of a relay. */
export interface ArrivalsLinks {
  readonly live: ReadonlySet<LinkEnd>
  /** Whether this relay dials others, and is linked with one of them. */
  readonly dialling: "nobody" | "linked" | "away"
  /** Whether this relay dials others, and is linked with each of them. */
  readonly reachesAllDialled: boolean
  /** Whether only what is in use here is held here. */
  readonly onDemand: boolean
  /** Whether all changes of a document are followed here, whoever uses it. */
  holds(documentId: DocumentId): boolean
}

/** What a session is told, but for its handle. */
type Awaits = Omit<FrameOf<"awaits">, "handle">

/** Who reads a document: a session, or somebody who waits for it. A relay never waits for itself. */
interface Awaiting {
  readonly documentId: DocumentId
  readonly link: RelayId | undefined
}

/**
 * Whether what this relay has of a document may be taken for what there is: "I have nothing" is not "there is nothing" as long as a link is still
 * bringing it, or the one that would is down. What a relay holds that was once level with those that it dials may lack only what is written while
 * they are cut off, as everywhere; one that holds what is in use, or has only just joined, has what its links have brought.
 */
export class Arrivals {
  readonly #core: () => RelayCore
  readonly #links: ArrivalsLinks
  readonly #waiting = new Map<DocumentId, Map<Awaiting, () => void>>()
  #wasLevel = false

  constructor(core: () => RelayCore, links: ArrivalsLinks) {
    this.#core = core
    this.#links = links
  }

  /** Takes up what earlier starts were. @throws StorageError */
  async start(): Promise<void> {
    this.#wasLevel = (await this.#core().store.read((log) => log.record(KEY))) !== undefined
  }

  /** Whether a document is here as far as others have it, other than `beyond`, which asks. */
  has(documentId: DocumentId, beyond: RelayId | undefined): boolean {
    const { live, dialling } = this.#links
    const isHeld = this.#links.holds(documentId)
    if (dialling === "away" && !(isHeld && this.#wasLevel)) return false
    for (const { peer, pulls } of live) if (peer.relay !== beyond && !pulls.has(documentId, isHeld, beyond)) return false
    return true
  }

  /** Says at once that a document may lack what others have, if it may, and then, once, that it has come, with what is here. */
  tell(room: Room, reader: Awaiting, say: (frame: Awaits) => void): void {
    if (this.has(room.documentId, reader.link)) return
    say({ type: "awaits", others: true, vector: EMPTY_VECTOR })
    this.wait(reader, () => say({ type: "awaits", others: false, vector: room.head.vector }))
  }

  /** Calls `arrived` once, when the document of `reader` is {@link has | here}, unless it leaves before. */
  wait(reader: Awaiting, arrived: () => void): void {
    const waiting = this.#waiting.get(reader.documentId)
    if (waiting === undefined) this.#waiting.set(reader.documentId, new Map([[reader, arrived]]))
    else waiting.set(reader, arrived)
  }

  /** `reader` waits no more. */
  leave(reader: Awaiting): void {
    const waiting = this.#waiting.get(reader.documentId)
    if (waiting?.delete(reader) === true && waiting.size === 0) this.#waiting.delete(reader.documentId)
  }

  /** More of a document has come, or of any. */
  look(documentId?: DocumentId): void {
    if (documentId === undefined) this.#noteLevel()
    for (const waited of documentId === undefined ? [...this.#waiting.keys()] : [documentId]) {
      for (const [reader, arrived] of this.#waiting.get(waited) ?? []) {
        if (!this.has(waited, reader.link)) continue
        this.leave(reader)
        arrived()
      }
    }
  }

  #noteLevel(): void {
    const { live, reachesAllDialled, onDemand } = this.#links
    if (this.#wasLevel || onDemand || !reachesAllDialled) return
    for (const { pulls } of live) if (!pulls.level) return
    this.#wasLevel = true
    const { committer, events } = this.#core()
    const written = committer.write({ type: "record", key: KEY, value: Uint8Array.of(1) }, () => undefined)
    written.catch((error: unknown) => {
      this.#wasLevel = false
      events({ type: "failed", where: "relay-level", error })
    })
  }
}
