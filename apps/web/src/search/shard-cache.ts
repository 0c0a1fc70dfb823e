import type { IndexState, IndexStore } from "./index-store.ts"
import { type ShardRecord, shardBytes } from "./shard.ts"

/** Bytes of shards that stay in memory by default; the rest is read from the disk at each query. */
const CACHE_BYTES = 64 * 1024 * 1024

/** The shards of an index as they are needed, the last used ones in memory. */
export class ShardCache {
  readonly #index: IndexStore
  readonly #maxBytes: number
  readonly #shards = new Map<number, ShardRecord>()
  #bytes = 0

  /** @param maxBytes - most bytes of shards in memory; one larger than that is there as long as it is used. */
  constructor(index: IndexStore, maxBytes = CACHE_BYTES) {
    this.#index = index
    this.#maxBytes = maxBytes
  }

  /** Bytes of shards in memory. */
  get bytes(): number {
    return this.#bytes
  }

  /** The shards of `state`, one after the other, the youngest first. @throws IndexDamaged */
  async *shards(state: IndexState): AsyncGenerator<ShardRecord, void> {
    this.#drop(state)
    for (const { id, generation } of state.shards.toReversed()) {
      const known = this.#shards.get(id)
      if (known?.generation === generation) {
        // Last used goes last.
        this.#shards.delete(id)
        this.#shards.set(id, known)
        yield known
      } else yield await this.#load(id)
    }
  }

  clear(): void {
    this.#shards.clear()
    this.#bytes = 0
  }

  async #load(id: number): Promise<ShardRecord> {
    const shard = await this.#index.shard(id)
    this.#remove(id)
    this.#shards.set(id, shard)
    this.#bytes += shardBytes(shard)
    for (const other of this.#shards.keys()) {
      if (this.#bytes <= this.#maxBytes) break
      this.#remove(other)
    }
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
