import { covers, type DocumentId, EMPTY_VECTOR, type RelayId, type Stamp, unionVectors, type VersionVector } from "@polylogue/protocol"

/** Documents that are named one by one. */
export const ERASURES_NAMED = 16

/** A document with erasures that are not carried out everywhere. */
export interface UnfinishedErasure {
  readonly documentId: DocumentId
  /** Relays that have not said that they are done; this one stands among them until it is. */
  readonly missing: readonly RelayId[]
}

/** What is not erased everywhere, as far as a relay has heard. */
export interface UnfinishedErasures {
  /** How many documents. */
  readonly documents: number
  /** At most {@link ERASURES_NAMED} of them. */
  readonly first: readonly UnfinishedErasure[]
  /** Of how many documents each relay misses, over all of them; the one that misses most comes first. */
  readonly missing: readonly { readonly relay: RelayId; readonly documents: number }[]
}

interface Unfinished {
  stamps: VersionVector
  readonly said: Map<RelayId, VersionVector>
  missing: readonly RelayId[]
}

/** What the list asks. */
export interface UnfinishedOwner {
  /** For whom an erasure waits: this relay first. */
  relays(): readonly RelayId[]
  /** What each of them has said of a document, as it is on disk. @throws StorageError */
  said(documentId: DocumentId): Promise<Iterable<readonly [RelayId, VersionVector]>>
  /** Remembers the stamps of a document's erasures; `undefined` when they need not be known any more. */
  keep(documentId: DocumentId, stamps: VersionVector | undefined): void
  failed(error: unknown): void
}

/**
 * Documents of which something was erased by an entry that came here, until every known relay has said that it has carried it out. Compared is the stamp of
 * the erasure and not all that is known of the document: a relay that says it does not say it again for what people write afterwards.
 */
export class UnfinishedList {
  readonly #owner: UnfinishedOwner
  readonly #documents = new Map<DocumentId, Unfinished>()
  /** By relay, of how many documents it misses. */
  readonly #counts = new Map<RelayId, number>()

  constructor(owner: UnfinishedOwner) {
    this.#owner = owner
  }

  get summary(): UnfinishedErasures {
    const first: UnfinishedErasure[] = []
    for (const [documentId, { missing }] of this.#documents) {
      if (first.length === ERASURES_NAMED) break
      first.push({ documentId, missing })
    }
    const missing = [...this.#counts].map(([relay, documents]) => ({ relay, documents }))
    return { documents: this.#documents.size, first, missing: missing.toSorted((left, right) => right.documents - left.documents) }
  }

  has(documentId: DocumentId): boolean {
    return this.#documents.has(documentId)
  }

  /** Takes up what an earlier start has kept. */
  async resume(documentId: DocumentId, stamps: VersionVector): Promise<void> {
    await this.#load(documentId, this.#add(documentId, stamps))
  }

  /** An erasure is about to be appended. */
  announce(documentId: DocumentId, stamp: Stamp): void {
    const known = this.#documents.get(documentId)
    const stamps = unionVectors(known?.stamps ?? EMPTY_VECTOR, new Map([[stamp.log, stamp.seq]]))
    this.#owner.keep(documentId, stamps)
    if (known !== undefined) {
      known.stamps = stamps
      return this.#settle(documentId)
    }
    // Who was quicker has said so before the erasure was heard of here, and does not say it again.
    void this.#load(documentId, this.#add(documentId, stamps))
  }

  /** `relay` has carried out every erasure of the document that `vector` covers. */
  heard(documentId: DocumentId, relay: RelayId, vector: VersionVector): void {
    const known = this.#documents.get(documentId)
    if (known === undefined) return
    known.said.set(relay, unionVectors(known.said.get(relay) ?? EMPTY_VECTOR, vector))
    this.#settle(documentId)
  }

  /** Others are waited for than before. */
  relaysChanged(): void {
    for (const documentId of this.#documents.keys()) this.#settle(documentId)
  }

  #add(documentId: DocumentId, stamps: VersionVector): Unfinished {
    const added: Unfinished = { stamps, said: new Map(), missing: [] }
    this.#documents.set(documentId, added)
    this.#settle(documentId)
    return added
  }

  async #load(documentId: DocumentId, into: Unfinished): Promise<void> {
    try {
      const said = await this.#owner.said(documentId)
      if (this.#documents.get(documentId) !== into) return
      for (const [relay, vector] of said) into.said.set(relay, unionVectors(into.said.get(relay) ?? EMPTY_VECTOR, vector))
    } catch (error) {
      this.#owner.failed(error)
    }
    this.#settle(documentId)
  }

  #settle(documentId: DocumentId): void {
    const known = this.#documents.get(documentId)
    if (known === undefined) return
    const missing = this.#owner.relays().filter((relay) => !covers(known.said.get(relay) ?? EMPTY_VECTOR, known.stamps))
    for (const relay of known.missing) this.#count(relay, -1)
    for (const relay of missing) this.#count(relay, 1)
    known.missing = missing
    if (missing.length > 0) return
    this.#documents.delete(documentId)
    this.#owner.keep(documentId, undefined)
  }

  #count(relay: RelayId, delta: number): void {
    const count = (this.#counts.get(relay) ?? 0) + delta
    if (count === 0) this.#counts.delete(relay)
    else this.#counts.set(relay, count)
  }
}
