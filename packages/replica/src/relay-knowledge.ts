import { covers, coversStamp, EMPTY_VECTOR, type FrameOf, type Stamp, unionVectors, type VersionVector } from "@polylogue/protocol"

/** What the relay of one session is known to have of one document. */
export class RelayKnowledge {
  /** What its log was seen to have: said in `opened`, sent to us, acknowledged. */
  #shown: VersionVector = EMPTY_VECTOR
  /** That, and what was verified to be part of it under stamps that it does not name. */
  #has: VersionVector = EMPTY_VECTOR
  /** On how many other relays is what other relays were said to have; 0 before that was said. */
  #others = 0
  /** What other relays were said to have. */
  #elsewhere: VersionVector = EMPTY_VECTOR

  /** Its log has everything up to `vector`. */
  shows(vector: VersionVector): void {
    this.#shown = unionVectors(this.#shown, vector)
    this.has(vector)
  }

  /** It has what `vector` stands for, under whatever stamps. */
  has(vector: VersionVector): void {
    this.#has = unionVectors(this.#has, vector)
  }

  /** Other relays have what `vector` covers. */
  replicates({ others, vector }: FrameOf<"replicated">): void {
    this.#others = others
    this.#elsewhere = unionVectors(this.#elsewhere, vector)
  }

  /**
   * What other relays have, as `SyncFacts` say it. Once they have all that this one has shown, that includes what it has under stamps that it does not name.
   */
  get replicated(): string | undefined {
    if (this.#others === 0) return undefined
    const vector = covers(this.#elsewhere, this.#shown) ? unionVectors(this.#elsewhere, this.#has) : this.#elsewhere
    return JSON.stringify([this.#others, [...vector]])
  }

  /** What its log was seen to have, under the stamps that it has. */
  get shown(): VersionVector {
    return this.#shown
  }

  covers(vector: VersionVector): boolean {
    return covers(this.#has, vector)
  }

  /** Whether it is known to have the entry at `stamp`, so that it has come or will come without being asked for. */
  coversStamp(stamp: Stamp): boolean {
    return coversStamp(this.#has, stamp)
  }

  /**
   * The vector that the relay would name for just what the device knows as `vector`; `undefined` when the two do not stand for the same. The
   * device names more when a relay once lost its disk: logs that nobody will ever go on with, whose words were handed over.
   */
  nameOf(vector: VersionVector): VersionVector | undefined {
    return covers(vector, this.#shown) && this.covers(vector) ? this.#shown : undefined
  }
}
