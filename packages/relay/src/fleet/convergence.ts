import {
  type DocumentId,
  EMPTY_VECTOR,
  knownOf,
  type RelayId,
  unionVectors,
  vectorDifference,
  vectorHash,
  type VersionVector,
} from "@polylogue/protocol"

/*
 * C(t) = Σ wᵢ·dᵢ(t): dᵢ is the share of all known entries of document i that a relay holds, wᵢ how many of all entries are of that document. With weights
 * by entries the sum is simply: entries held / entries known, over all documents that are watched.
 *
 * Watched are the documents that changed last, so many at most; what has been at rest for long is held by everybody or was counted as behind
 * while it was not. A relay of which nothing is known about a document is left out there, for it may not hold it by intention.
 */

/** Documents that are watched at once: those that changed last. */
const MAX_DOCUMENTS = 256

/** How much of what is known one relay holds. */
export interface RelayShare {
  readonly relay: RelayId
  /** Entries that it holds, of {@link of}. */
  readonly entries: number
  /** Entries that are known of the documents of which it is known what it holds. */
  readonly of: number
  /** Documents of which it lacks something. */
  readonly documentsBehind: number
}

/** How far a fleet has converged. */
export interface ConvergenceNow {
  /** Documents that are watched. */
  readonly documents: number
  /** 0 to 1: C(t) over all documents and relays of which something is known; 1 when nothing is. */
  readonly share: number
  /** This relay first. */
  readonly relays: readonly RelayShare[]
}

/** What one relay lacks that another has. */
export interface Lag {
  readonly documents: number
  readonly entries: number
}

/** One document, by relay. */
export interface DocumentShares {
  readonly documentId: DocumentId
  readonly entries: number
  readonly relays: readonly { readonly relay: RelayId; readonly entries: number }[]
}

/** A document as relays tell each other of it: by hash, for a report goes further than the document may. */
export interface ReportedDocument {
  readonly key: string
  readonly vector: VersionVector
}

interface Watched {
  own: VersionVector
  /** What is known of other relays: of a linked one from the link, of one further away from its report. */
  readonly others: Map<RelayId, VersionVector>
  readonly key: string
}

/** What relays are known to hold of the documents that changed last. */
export class Convergence {
  readonly #relay: () => RelayId
  /** Least recently changed first. */
  readonly #documents = new Map<DocumentId, Watched>()
  readonly #byKey = new Map<string, DocumentId>()

  /** Relays of which everything has to be said anew, and the documents of which it was since. */
  readonly #anew = new Map<RelayId, WeakSet<Watched>>()

  /** @param relay - this one. */
  constructor(relay: () => RelayId) {
    this.#relay = relay
  }

  /** What is durable here of a document has grown. */
  changed(documentId: DocumentId, vector: VersionVector): void {
    this.#watch(documentId, vector).own = vector
  }

  /** What is durable of a document at another relay, as it said; `own` is what is durable here. */
  learned(documentId: DocumentId, own: VersionVector, relay: RelayId, vector: VersionVector): void {
    this.#learn(this.#documents.get(documentId) ?? this.#watch(documentId, own), relay, vector)
  }

  /**
   * A relay begins anew, perhaps upon an older disk: what it says next of a document counts in place of what it said before. Until then that stays, for mostly
   * it is still so.
   */
  beginsAnew(relay: RelayId): void {
    this.#anew.set(relay, new WeakSet())
  }

  /** What a relay has reported. What is not watched here is passed over: it changed elsewhere alone, and comes over a link or not at all. */
  reported(relay: RelayId, documents: readonly ReportedDocument[]): void {
    for (const { key, vector } of documents) {
      const watched = this.#documents.get(this.#byKey.get(key) ?? "")
      if (watched !== undefined) this.#learn(watched, relay, vector)
    }
  }

  /** A relay is gone for good: what it held counts no more. */
  forget(relay: RelayId): void {
    for (const { others } of this.#documents.values()) others.delete(relay)
    this.#anew.delete(relay)
  }

  /** What `relay` is known to hold and this one lacks, and the other way round, of the documents that are watched. */
  lagOf(relay: RelayId): { readonly behind: Lag; readonly lacking: Lag } {
    const behind = { documents: 0, entries: 0 }
    const lacking = { documents: 0, entries: 0 }
    for (const { own, others } of this.#documents.values()) {
      const theirs = others.get(relay)
      if (theirs === undefined) continue
      addTo(behind, theirs, own)
      addTo(lacking, own, theirs)
    }
    return { behind, lacking }
  }

  /** What to report: the documents that changed last, newest first. */
  latest(count: number, maxLogs: number): ReportedDocument[] {
    return [...this.#documents.values()]
      .slice(-count)
      .reverse()
      .filter(({ own }) => own.size <= maxLogs)
      .map(({ key, own }) => ({ key, vector: own }))
  }

  /** As it is now. */
  measure(): ConvergenceNow {
    const shares = new Map<RelayId, { entries: number; of: number; documentsBehind: number }>()
    shares.set(this.#relay(), { entries: 0, of: 0, documentsBehind: 0 })
    for (const watched of this.#documents.values()) {
      const { entries, relays } = this.#sharesOf(watched)
      for (const { relay, entries: held } of relays) {
        const share = shares.get(relay) ?? { entries: 0, of: 0, documentsBehind: 0 }
        share.entries += held
        share.of += entries
        if (held < entries) share.documentsBehind++
        shares.set(relay, share)
      }
    }
    const relays = [...shares].map(([relay, share]) => ({ relay, ...share }))
    const [held, of] = relays.reduce(([held, of], share) => [held + share.entries, of + share.of], [0, 0])
    return { documents: this.#documents.size, share: of === 0 ? 1 : held / of, relays }
  }

  /** By document, those first of which somebody lacks the most; `count` at most. */
  byDocument(count: number): DocumentShares[] {
    const lacking = ({ entries, relays }: DocumentShares): number => relays.reduce((sum, held) => sum + entries - held.entries, 0)
    return [...this.#documents]
      .map(([documentId, watched]) => ({ documentId, ...this.#sharesOf(watched) }))
      .reverse()
      .toSorted((left, right) => lacking(right) - lacking(left))
      .slice(0, count)
  }

  #sharesOf({ own, others }: Watched): Omit<DocumentShares, "documentId"> {
    const union = [...others.values()].reduce(unionVectors, own)
    const holders = [[this.#relay(), own] as const, ...others]
    return { entries: sizeOf(union), relays: holders.map(([relay, vector]) => ({ relay, entries: sizeOf(vector) })) }
  }

  #learn(watched: Watched, relay: RelayId, vector: VersionVector): void {
    const said = this.#anew.get(relay)
    const known = said === undefined || said.has(watched) ? watched.others.get(relay) : undefined
    said?.add(watched)
    watched.others.set(relay, unionVectors(known ?? EMPTY_VECTOR, vector))
  }

  #watch(documentId: DocumentId, own: VersionVector): Watched {
    const key = this.#documents.get(documentId)?.key ?? vectorHash(new Map([[documentId, 1]]))
    const watched = this.#documents.get(documentId) ?? { own, others: new Map<RelayId, VersionVector>(), key }
    this.#documents.delete(documentId)
    this.#documents.set(documentId, watched)
    this.#byKey.set(key, documentId)
    if (this.#documents.size > MAX_DOCUMENTS) this.#dropOldest()
    return watched
  }

  #dropOldest(): void {
    const [documentId, { key }] = this.#documents.entries().next().value!
    this.#documents.delete(documentId)
    this.#byKey.delete(key)
  }
}

function addTo(lag: { documents: number; entries: number }, one: VersionVector, other: VersionVector): void {
  const missing = vectorDifference(one, other).reduce((sum, { from, to }) => sum + to - from + 1, 0)
  if (missing === 0) return
  lag.documents++
  lag.entries += missing
}

function sizeOf(vector: VersionVector): number {
  let entries = 0
  for (const [log] of vector) entries += knownOf(vector, log)
  return entries
}
