import { type PassageHit, type IndexedPassage, PassageIndex } from "@polylogue/retrieval"

/*
 * Passages of many things (sources, conversations) that change while they are searched.
 *
 *   list      which things there are, those that matter most first
 *   read      what one of them says now
 *   hasMoved  whether it says something else since it was read
 *
 * A search brings the index up to date with the list, ranks, and looks at the things that it found once more: what was changed, deleted or erased
 * since is read again before anybody is shown a word of it. All others may be behind until a hint (`changed`) or a hit tells.
 */

/** One thing as it was read. */
export interface ShelfItem<Info> {
  readonly info: Info
  readonly passages: readonly IndexedPassage[]
  /** What one who asks later whether it has changed needs. */
  readonly place: unknown
}

/** Where the things of a shelf come from. */
export interface ShelfStock<Info, Item extends ShelfItem<Info>> {
  /** Ids of all things, those first that are kept when there is no room for all. */
  list(): Promise<readonly string[]>
  /** What a thing says; undefined when it cannot be read at the moment. */
  read(id: string): Promise<Item | undefined>
  hasMoved(item: Item): Promise<boolean>
}

/** How much a shelf holds, all in UTF-16 units of passages. */
export interface ShelfLimits {
  /** Of all that is searched. Default {@link DEFAULT_SHELF_LIMITS}. */
  readonly maxIndexedCharacters: number
  /** Of the texts that are kept beside the index; others are read again when they are found. */
  readonly maxKeptCharacters: number
}

/** Some 16,000 pages in the index, of which it keeps words, and 4,000 pages as texts. */
export const DEFAULT_SHELF_LIMITS: ShelfLimits = Object.freeze({ maxIndexedCharacters: 32_000_000, maxKeptCharacters: 8_000_000 })

/** A passage found, with the thing in which it stands. */
export interface ShelfHit<Item> extends PassageHit {
  readonly item: Item
  readonly text: string
}

/** What a search found, and what it did not look at. */
export interface ShelfFound<Item> {
  /** Best first. */
  readonly hits: readonly ShelfHit<Item>[]
  /** Things that were searched. */
  readonly searched: number
  /** Things on the list that could not be read now. */
  readonly unread: number
  /** Things on the list for which there was no room. */
  readonly left: number
}

/** What is asked for, beside the words. */
export interface ShelfQuery {
  /** At most so many passages; 1 or more. */
  readonly limit: number
  /** A thing whose passages are not wanted. */
  readonly without?: string
}

/** Read at once: each of them alone waits about as long as all together. */
const BATCH = 16
/** So often what was found is looked at anew while somebody writes in it; what still moves then is left out. */
const MAX_ROUNDS = 3

/** Ranks the passages of the things of a stock. One search at a time brings it up to date; the others wait for it. */
export class PassageShelf<Info, Item extends ShelfItem<Info>> {
  readonly #stock: ShelfStock<Info, Item>
  readonly #limits: ShelfLimits
  readonly #index = new PassageIndex()
  /** How much of each thing is in the index. */
  readonly #sizes = new Map<string, number>()
  /** Texts, those that were wanted last at the end. */
  readonly #kept = new Map<string, Item>()
  readonly #dirty = new Set<string>()
  /** Of all things together, indexed and kept. */
  #indexedCharacters = 0
  #keptCharacters = 0
  #turn: Promise<unknown> = Promise.resolve()
  #unread = 0
  #left = 0

  constructor(stock: ShelfStock<Info, Item>, limits: Partial<ShelfLimits> = {}) {
    this.#stock = stock
    this.#limits = { ...DEFAULT_SHELF_LIMITS, ...limits }
  }

  /** Says that a thing may have changed: it is read again before the next search, and its texts are dropped at once. */
  changed(id: string): void {
    this.#forget(id)
    if (this.#sizes.has(id)) this.#dirty.add(id)
  }

  /** The passages that share a word with `question`, best first. @throws what the stock throws. */
  search(question: string, query: ShelfQuery): Promise<ShelfFound<Item>> {
    const found = this.#turn.then(() => this.#search(question, query))
    this.#turn = found.catch(() => undefined)
    return found
  }

  async #search(question: string, { limit, without }: ShelfQuery): Promise<ShelfFound<Item>> {
    await this.#refresh()
    const sourceIds = without === undefined ? undefined : new Set([...this.#sizes.keys()].filter((id) => id !== without))
    let hits: readonly ShelfHit<Item>[] = []
    for (let round = 1; round <= MAX_ROUNDS; round++) {
      const found = this.#index.search(question, { limit, ...(sourceIds === undefined ? {} : { sourceIds }) })
      const items = await this.#current(new Set(found.map(({ sourceId }) => sourceId)))
      hits = found.flatMap((hit) => {
        const item = items.get(hit.sourceId)
        const passage = item?.passages.find(({ chunkId }) => chunkId === hit.chunkId)
        return item === undefined || passage === undefined ? [] : [{ ...hit, item, text: passage.text }]
      })
      if (hits.length === found.length) break
    }
    return { hits: hits.map((hit, at) => ({ ...hit, rank: at + 1 })), searched: this.#sizes.size, unread: this.#unread, left: this.#left }
  }

  /** Takes in what is new or changed, and takes out what is gone. */
  async #refresh(): Promise<void> {
    const wanted = await this.#stock.list()
    const ids = new Set(wanted)
    for (const id of this.#sizes.keys()) if (!ids.has(id)) this.#drop(id)
    this.#unread = 0
    this.#left = 0
    const missing = wanted.filter((id) => !this.#sizes.has(id) || this.#dirty.has(id))
    for (let start = 0; start < missing.length; start += BATCH) {
      const batch = missing.slice(start, start + BATCH)
      if (this.#indexedCharacters >= this.#limits.maxIndexedCharacters) {
        this.#left += missing.length - start
        break
      }
      const items = await Promise.all(batch.map((id) => this.#stock.read(id)))
      for (const [at, item] of items.entries()) this.#take(batch[at]!, item)
    }
    await this.#index.settle()
  }

  #take(id: string, item: Item | undefined): void {
    this.#drop(id)
    if (item === undefined) {
      this.#unread++
      return
    }
    const size = sizeOf(item)
    if (this.#indexedCharacters + size > this.#limits.maxIndexedCharacters) {
      this.#left++
      return
    }
    this.#index.put(id, item.passages)
    this.#sizes.set(id, size)
    this.#indexedCharacters += size
    this.#keep(id, item)
  }

  #drop(id: string): void {
    this.#index.remove(id)
    this.#indexedCharacters -= this.#sizes.get(id) ?? 0
    this.#sizes.delete(id)
    this.#forget(id)
    this.#dirty.delete(id)
  }

  /** The things as they are now; those that say something else than the index are put there anew. */
  async #current(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Item>> {
    const items = new Map<string, Item>()
    for (const id of ids) {
      const kept = this.#kept.get(id)
      const isFresh = kept !== undefined && !this.#dirty.has(id) && !(await this.#stock.hasMoved(kept))
      const item = isFresh ? kept : await this.#stock.read(id)
      if (!isFresh) this.#take(id, item)
      if (item === undefined) continue
      items.set(id, item)
      this.#keep(id, item)
    }
    return items
  }

  #keep(id: string, item: Item): void {
    this.#forget(id)
    this.#kept.set(id, item)
    this.#keptCharacters += sizeOf(item)
    for (const oldest of this.#kept.keys()) {
      if (this.#keptCharacters <= this.#limits.maxKeptCharacters || oldest === id) break
      this.#forget(oldest)
    }
  }

  #forget(id: string): void {
    const kept = this.#kept.get(id)
    this.#kept.delete(id)
    if (kept !== undefined) this.#keptCharacters -= sizeOf(kept)
  }
}

function sizeOf({ passages }: ShelfItem<unknown>): number {
  return passages.reduce((sum, { text }) => sum + text.length, 0)
}
