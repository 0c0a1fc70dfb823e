import { covers, EMPTY_VECTOR, knownOf, type LogId, type RelayId, unionVectors, type VersionVector } from "@polylogue/protocol"

/**
 * What other relays have of one document on their disks, as far as they have said or shown it, and what of it counts as replicated: per log, how
 * far this relay and at least `others` of them have it. What only others have is on one disk less than it seems.
 */
export class Replication {
  readonly #others: number
  readonly #own: () => VersionVector
  readonly #changed: (vector: VersionVector) => void
  readonly #learned: (relay: RelayId, vector: VersionVector) => void
  readonly #byRelay = new Map<RelayId, VersionVector>()
  #vector: VersionVector = EMPTY_VECTOR

  /**
   * `own` is what is durable here; `changed` is called with what is replicated when that has grown, `learned` with what one relay has when that has.
   */
  constructor(
    others: number,
    own: () => VersionVector,
    changed: (vector: VersionVector) => void,
    learned: (relay: RelayId, vector: VersionVector) => void,
  ) {
    this.#others = others
    this.#own = own
    this.#changed = changed
    this.#learned = learned
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
    const has = unionVectors(known, vector)
    this.#byRelay.set(relay, has)
    this.#learned(relay, has)
    this.#recount(vector.keys())
  }

  /** More of `logs` is durable here. */
  grew(logs: Iterable<LogId>): void {
    this.#recount(logs)
  }

  /** `relay` has begun anew, perhaps upon an older disk: what it has is still to be heard. */
  forget(relay: RelayId): void {
    this.#byRelay.delete(relay)
  }

  #recount(logs: Iterable<LogId>): void {
    const own = this.#own()
    const counted = new Map<LogId, number>()
    for (const log of logs) {
      const known = [...this.#byRelay.values()].map((vector) => knownOf(vector, log)).toSorted((left, right) => right - left)
      const seq = Math.min(known[this.#others - 1] ?? 0, knownOf(own, log))
      if (seq > knownOf(this.#vector, log)) counted.set(log, seq)
    }
    if (counted.size === 0) return
    this.#vector = unionVectors(this.#vector, counted)
    this.#changed(this.#vector)
  }
}
