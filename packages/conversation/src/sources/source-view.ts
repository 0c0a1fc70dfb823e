import type * as Y from "yjs"
import { type Listener, Listeners } from "../listeners.ts"
import { KeyIndex } from "../record-key.ts"
import { readClock } from "../hybrid-clock.ts"
import { seedPlace, seedRange } from "../text/text-seed.ts"
import type { TextRange } from "../text/text-anchor.ts"
import { textDigest } from "../text/text-digest.ts"
import { type Chunking, hashOfChunk, type Passage, readChunking, readPassage } from "./chunking.ts"
import { ERASED, SOURCE_TEXT } from "./source-layout.ts"
import { type Addition, type PageStart, readAdditions, readMeta, type SourceMeta } from "./source-meta.ts"

const SOURCE = "source"
const TEXT = "text"
const NO_PAGES: readonly PageStart[] = Object.freeze([])

/**
 * Reads a source and says what changed. What it gives is immutable and the same object until it changes; listeners are called once per transaction, after
 * it. Whatever the document holds, reading it throws nothing.
 */
export class SourceView {
  readonly ydoc: Y.Doc
  /** What the source says, for an editor to bind to and anchors to lead into. For the words alone ask `getText`. */
  readonly text: Y.Text
  protected readonly meta: KeyIndex
  protected readonly passages: Y.Map<unknown>
  protected readonly chunkings: Y.Map<unknown>
  protected readonly chunked: KeyIndex
  readonly #listeners = new Listeners()
  readonly #detach: (() => void)[] = []
  readonly #changed = new Set<string>()
  readonly #known = new Map<string, Passage | null>()
  readonly #readChunkings = new Map<string, Chunking | null>()
  #additions: readonly Addition[] | undefined
  #meta: SourceMeta | undefined
  #chunking: Chunking | null | undefined
  #words: string | undefined
  #digest: string | undefined
  #pages: readonly PageStart[] | undefined

  /** Attaches to `ydoc`, which stays the caller's. */
  constructor(ydoc: Y.Doc) {
    this.ydoc = ydoc
    this.text = ydoc.getText(SOURCE_TEXT)
    this.meta = new KeyIndex(ydoc.getMap("meta"))
    this.passages = ydoc.getMap("passages")
    this.chunkings = ydoc.getMap("chunkings")
    this.chunked = new KeyIndex(ydoc.getMap("chunked"))
    this.#observe(this.meta.map, (keys) => this.#metaChanged(keys))
    this.#observe(this.passages, (keys) => this.#forget(keys, this.#known))
    this.#observe(this.chunkings, (keys) => this.#forget(keys, this.#readChunkings))
    this.#observe(this.chunked.map, (keys) => {
      for (const key of keys) this.chunked.add(key)
      this.#forget(keys)
    })
    const textChanged = (): void => this.#textChanged()
    this.text.observe(textChanged)
    this.#detach.push(() => this.text.unobserve(textChanged))
    const flush = (): void => this.#flush()
    ydoc.on("afterTransaction", flush)
    this.#detach.push(() => ydoc.off("afterTransaction", flush))
  }

  /** `absent`: nothing of it is here, it may not have arrived; `erased`: it was erased for good, also when words that somebody wrote since stand in it. */
  getState(): "absent" | "here" | "erased" {
    if (this.meta.map.get(ERASED) === true) return "erased"
    return this.additions().length === 0 ? "absent" : "here"
  }

  getMeta(): SourceMeta {
    this.#meta ??= readMeta(this.meta, this.additions())
    return this.#meta
  }

  /** What the source says. */
  getText(): string {
    this.#words ??= this.text.toJSON()
    return this.#words
  }

  /** The newest chunking of which every passage is here; of those made at the same time the same one on every device. */
  getChunking(): Chunking | undefined {
    this.#chunking ??= this.#newestChunking() ?? null
    return this.#chunking ?? undefined
  }

  /** Whether the text is not cut as it is now: it was changed since, or never cut. An empty text is never stale. */
  isStale(): boolean {
    const chunking = this.getChunking()
    if (chunking === undefined) return this.getText() !== ""
    return chunking.textLength !== this.getText().length || chunking.textDigest !== this.#textDigest()
  }

  /** What the source said under this id, now or earlier; undefined when it is not here, or what is here is not what its id says. */
  getPassage(chunkId: string): Passage | undefined {
    let known = this.#known.get(chunkId)
    if (known === undefined && this.passages.has(chunkId)) {
      known = readPassage(chunkId, this.passages.get(chunkId)) ?? null
      this.#known.set(chunkId, known)
    }
    return known ?? undefined
  }

  /**
   * Where a passage stands in the text as it is now: the same words, or nowhere. Words that stand there several times are told apart by their order while
   * they are as many as were cut; else nobody can say which of them is meant.
   */
  placeOf(chunkId: string): TextRange | undefined {
    const chunking = this.getChunking()
    const place = chunking?.places.find((known) => known.chunkId === chunkId)
    if (place !== undefined && !this.isStale()) return Object.freeze({ from: place.start, to: place.end })
    const passage = this.getPassage(chunkId)
    if (passage === undefined || passage.text === "") return undefined
    const found: number[] = []
    const words = this.getText()
    for (let at = words.indexOf(passage.text); at !== -1; at = words.indexOf(passage.text, at + 1)) found.push(at)
    const same = chunking?.places.filter((known) => hashOfChunk(known.chunkId) === passage.hash) ?? []
    const from =
      found.length === 1 ? found[0] : found.length === same.length ? found[same.findIndex((known) => known.chunkId === chunkId)] : undefined
    return from === undefined ? undefined : Object.freeze({ from, to: from + passage.text.length })
  }

  /** Where the pages of the file begin in the text as it is now, ascending; none for a file without pages. The same array until that changes. */
  getPages(): readonly PageStart[] {
    this.#pages ??= this.#findPages()
    return this.#pages
  }

  /** The page on which the character at `offset` of the text stands; undefined before the first one, and for a file without pages. */
  pageAt(offset: number): number | undefined {
    const pages = this.getPages()
    let [low, high] = [0, pages.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pages[middle]?.start ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    return pages[low - 1]?.page
  }

  /** Calls `listener` after each transaction that changed what is known of the source, its passages or its chunking. Returns the unsubscription. */
  subscribe(listener: Listener): () => void {
    return this.#listeners.add(SOURCE, listener)
  }

  /** Calls `listener` after each transaction that changed the text. Returns the unsubscription. */
  subscribeText(listener: Listener): () => void {
    return this.#listeners.add(TEXT, listener)
  }

  /** Detaches from the Y.Doc and forgets all listeners; what was read stays readable. Idempotent. */
  destroy(): void {
    for (const detach of this.#detach.splice(0)) detach()
    this.#listeners.clear()
  }

  /** What the devices noted that began the source, the first of them first. */
  protected additions(): readonly Addition[] {
    this.#additions ??= readAdditions(this.meta)
    return this.#additions
  }

  #newestChunking(): Chunking | undefined {
    const made: { readonly clock: number; readonly id: string }[] = []
    for (const value of this.chunked.map.values()) {
      const { clock, id } = (value ?? {}) as { clock?: unknown; id?: unknown }
      if (typeof id === "string") made.push({ clock: readClock(clock), id })
    }
    made.sort((left, right) => right.clock - left.clock || (left.id < right.id ? 1 : -1))
    for (const { id } of made) {
      const chunking = this.#chunkingOf(id)
      if (chunking?.places.every(({ chunkId }) => this.passages.has(chunkId)) === true) return chunking
    }
    return undefined
  }

  #chunkingOf(id: string): Chunking | undefined {
    let known = this.#readChunkings.get(id)
    if (known === undefined) {
      known = readChunking(id, this.chunkings.get(id)) ?? null
      this.#readChunkings.set(id, known)
    }
    return known ?? undefined
  }

  #findPages(): readonly PageStart[] {
    const { text } = this
    for (const { pages, seed } of this.additions().toSorted((left, right) => (left.key < right.key ? -1 : 1))) {
      const here = seed === undefined ? undefined : seedRange(text, seed)
      if (seed === undefined || pages.length === 0 || here === undefined || here.from >= here.to) continue
      return Object.freeze(pages.map(({ page, start }) => Object.freeze({ page, start: seedPlace(text, seed, start) ?? here.to })))
    }
    return NO_PAGES
  }

  #textDigest(): string {
    this.#digest ??= textDigest(this.getText())
    return this.#digest
  }

  #observe(map: Y.Map<unknown>, changed: (keys: ReadonlySet<string>) => void): void {
    const observer = (event: Y.YMapEvent<unknown>): void => changed(event.keysChanged)
    map.observe(observer)
    this.#detach.push(() => map.unobserve(observer))
  }

  #metaChanged(keys: ReadonlySet<string>): void {
    for (const key of keys) this.meta.add(key)
    this.#additions = undefined
    this.#meta = undefined
    this.#pages = undefined
    this.#changed.add(SOURCE)
  }

  #forget(keys: ReadonlySet<string>, read?: Map<string, unknown>): void {
    for (const key of keys) read?.delete(key)
    this.#chunking = undefined
    this.#changed.add(SOURCE)
  }

  #textChanged(): void {
    this.#words = undefined
    this.#digest = undefined
    this.#pages = undefined
    this.#changed.add(TEXT)
  }

  #flush(): void {
    const changed = [...this.#changed]
    this.#changed.clear()
    for (const key of changed) this.#listeners.notify(key)
  }
}
