import type { LogItem, NewLogItem } from "@polylogue/storage"
import type { RelayLimits } from "./limits.ts"

/** Recent items of a room, so that readers at its end need not go to the store. Bounded: the oldest leave first. */
export class ItemCache {
  readonly #limits: RelayLimits
  #items: LogItem[] = []
  /** Items before this one have left; they are cut off now and then, for each cut moves all that stay. */
  #start = 0
  #bytes = 0
  #last: { readonly start: number; readonly maxBytes: number; readonly items: readonly LogItem[] } | undefined

  constructor(limits: RelayLimits) {
    this.#limits = limits
  }

  /** Adds the item that follows the last one in the log. */
  add(item: LogItem): void {
    if (this.#items.at(-1) !== undefined && this.#items.at(-1)!.position + 1 !== item.position) this.clear()
    this.#last = undefined
    this.#items.push(item)
    this.#bytes += bytesOf(item)
    while (this.#items.length - this.#start > this.#limits.maxCacheItems || this.#bytes > this.#limits.maxCacheBytes) {
      // The newest stays whatever its size: every reader at the end is about to take it.
      if (this.#start === this.#items.length - 1) break
      const left = this.#items[this.#start]!
      this.#bytes -= bytesOf(left)
      // What has left is held no longer, whenever its place is cut off.
      this.#items[this.#start++] = item
    }
    if (this.#start < this.#items.length / 2) return
    this.#items.splice(0, this.#start)
    this.#start = 0
  }

  /** Items after `position`, up to `maxBytes` but at least one; `undefined` when they do not begin here. */
  after(position: number, maxBytes: number): readonly LogItem[] | undefined {
    const first = this.#items[this.#start]
    const last = this.#items.at(-1)
    if (first === undefined || last === undefined || position < first.position - 1 || position >= last.position) return undefined
    const start = this.#start + position - first.position + 1
    // Readers at the same place take the same items, one after the other.
    if (this.#last?.start === start && this.#last.maxBytes === maxBytes) return this.#last.items
    let end = start
    for (let bytes = 0; end < this.#items.length; end++) {
      bytes += bytesOf(this.#items[end]!)
      if (bytes > maxBytes && end > start) break
    }
    const items = this.#items.slice(start, end)
    this.#last = { start, maxBytes, items }
    return items
  }

  /** Items up to `base` are gone from the store, and with them what was erased: they are not told from here either. */
  forget(base: number): void {
    const first = this.#items[0]
    if (first === undefined || first.position > base) return
    this.#last = undefined
    for (const item of this.#items.splice(0, base - first.position + 1)) this.#bytes -= bytesOf(item)
  }

  clear(): void {
    this.#last = undefined
    this.#items = []
    this.#start = 0
    this.#bytes = 0
  }
}

/** What is counted for that which stands beside the update of an item. */
export const ITEM_OVERHEAD_BYTES = 64

/** Bytes of the update of an item, and something for what stands beside it. */
export function bytesOf(item: NewLogItem): number {
  return (item.kind === "entry" ? item.entry.update.length : item.snapshot.update.length) + ITEM_OVERHEAD_BYTES
}
