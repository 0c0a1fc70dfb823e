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
  readonly #counts: (relay: RelayId) => boolean
  readonly #byRelay = new Map<RelayId, VersionVector>()
  #vector: VersionVector = EMPTY_VECTOR

  /**
   * `own` is what is durable here; `changed` is called with what is replicated when that has grown, `learned` with what one relay has when that has;
   * `counts` says whether what a relay has is on a disk of its own.
   */
  constructor(
    others: number,
    own: () => VersionVector,
    changed: (vector: VersionVector) => void,
    learned: (relay: RelayId, vector: VersionVector) => void,
    counts: (relay: RelayId) => boolean,
  ) {
    this.#others = others
    this.#own = own
    this.#changed = changed
    this.#learned = learned
    this.#counts = counts
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

  /** `relay` has begun anew, perhaps upon an older disk, or is gone: what it has is still to be heard. */
  forget(relay: RelayId): void {
    this.#byRelay.delete(relay)
  }

  #recount(logs: Iterable<LogId>): void {
    const own = this.#own()
    const counted = new Map<LogId, number>()
    const others = [...this.#byRelay].flatMap(([relay, vector]) => (this.#counts(relay) ? [vector] : []))
    for (const log of logs) {
      const known = others.map((vector) => knownOf(vector, log)).toSorted((left, right) => right - left)
      const seq = Math.min(known[this.#others - 1] ?? 0, knownOf(own, log))
      if (seq > knownOf(this.#vector, log)) counted.set(log, seq)
    }
    if (counted.size === 0) return
    this.#vector = unionVectors(this.#vector, counted)
    this.#changed(this.#vector)
  }
}
