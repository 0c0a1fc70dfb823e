import { covers, EMPTY_VECTOR, type RelayId, unionVectors, type VersionVector } from "@polylogue/protocol"

/**
 * What other relays have of one document on their disks, as far as they have said or shown it, and what of it counts as replicated: per log, how
 * far at least `others` of them have it.
 */
export class Replication {
  readonly #others: number
  readonly #changed: (vector: VersionVector) => void
  readonly #byRelay = new Map<RelayId, VersionVector>()
  #vector: VersionVector = EMPTY_VECTOR

  /** `changed` is called with what is replicated when that has grown. */
  constructor(others: number, changed: (vector: VersionVector) => void) {
    this.#others = others
    this.#changed = changed
  }

  /** What is replicated. Only grows: a relay that lost its disk afterwards does not take back what was so. */
  get vector(): VersionVector {
    return this.#vector
  }

  /** What `relay` is known to have. */
  vectorOf(relay: RelayId): VersionVector {
    return this.#byRelay.get(relay) ?? EMPTY_VECTOR
  }

  /** `relay` has `vector` on its disk. */
  learn(relay: RelayId, vector: VersionVector): void {
    const known = this.vectorOf(relay)
    if (covers(known, vector)) return
    this.#byRelay.set(relay, unionVectors(known, vector))
    const replicated = unionVectors(this.#vector, this.#count(vector))
    if (covers(this.#vector, replicated)) return
    this.#vector = replicated
    this.#changed(replicated)
  }

  /** `relay` has begun anew, perhaps upon an older disk: what it has is still to be heard. */
  forget(relay: RelayId): void {
    this.#byRelay.delete(relay)
  }

  /** Of the logs of `news`, how far enough relays have them. */
  #count(news: VersionVector): VersionVector {
    const counted = new Map<string, number>()
    for (const log of news.keys()) {
      const known = [...this.#byRelay.values()].map((vector) => vector.get(log) ?? 0).toSorted((left, right) => right - left)
      const seq = known[this.#others - 1] ?? 0
      if (seq > 0) counted.set(log, seq)
    }
    return counted
  }
}
