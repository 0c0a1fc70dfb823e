import type { IndexState, IndexStore } from "./index-store.ts"
import { type ShardRecord, shardBytes } from "./shard.ts"

/** Bytes of shards that stay in memory by default; the rest is read from the disk at each query. */
const CACHE_BYTES = 64 * 1024 * 1024

/** The shards of an index as they are needed, as many of them in memory as there is room for, the youngest first. */
export class ShardCache {
  readonly #index: IndexStore
  readonly #maxBytes: number
  readonly #shards = new Map<number, ShardRecord>()
  #bytes = 0

  /** @param maxBytes - most bytes of shards that stay in memory. */
  constructor(index: IndexStore, maxBytes = CACHE_BYTES) {
    this.#index = index
    this.#maxBytes = maxBytes
  }

  /** Bytes of shards in memory. */
  get bytes(): number {
    return this.#bytes
  }

  /** The shards of `state`, or those of them with these ids, one after the other, the youngest first. @throws IndexDamaged */
  async *shards(state: IndexState, ids?: ReadonlySet<number>): AsyncGenerator<ShardRecord, void> {
    this.#drop(state)
    for (const { id, generation } of state.shards.toReversed()) {
      if (ids?.has(id) === false) continue
      const known = this.#shards.get(id)
      yield known?.generation === generation ? known : await this.#load(id)
    }
  }

  clear(): void {
    this.#shards.clear()
    this.#bytes = 0
  }

  async #load(id: number): Promise<ShardRecord> {
    const shard = await this.#index.shard(id)
    const bytes = shardBytes(shard)
    // A query goes through all of them: giving up one that is here for one that is read now would give up each before its turn comes again.
    if (this.#bytes + bytes > this.#maxBytes) return shard
    this.#remove(id)
    this.#shards.set(id, shard)
    this.#bytes += bytes
    return shard
  }

  /** Nothing of a shard that was rewritten stays: words may have been erased from it. */
  #drop(state: IndexState): void {
    const present = new Map(state.shards.map(({ id, generation }) => [id, generation]))
    for (const [id, { generation }] of this.#shards) if (present.get(id) !== generation) this.#remove(id)
  }

  #remove(id: number): void {
    const shard = this.#shards.get(id)
    if (shard === undefined) return
    this.#shards.delete(id)
    this.#bytes -= shardBytes(shard)
  }
}
