import type { EntryLog } from "@polylogue/storage"
import type { BlobStore } from "./blob-store.ts"
import { HASH_DIGITS, HashFinder } from "./hash-finder.ts"

/** Bytes that are looked through before everything else gets its turn. */
const SLICE_BYTES = 256 * 1024
/** Documents asked for at once. */
const PAGE = 256
/** Blobs that are removed between two looks at what was written meanwhile. */
const BATCH = 32

/** What the collector is made of. */
export interface BlobCollectorOptions {
  readonly store: BlobStore
  readonly log: EntryLog
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Lets everything else have its turn. */
  readonly pause: () => Promise<void>
  /** Whether to stop early; what was not looked at stays. */
  readonly stopped: () => boolean
}

/** What a collection removed. */
export interface Collected {
  readonly blobs: number
  readonly bytes: number
}

/**
 * Removes blobs that no document refers to. The relay does not know what updates mean, so every run of hex digits in a snapshot or an entry of the workspace
 * that equals the hash of a blob counts as a reference: strings stand in Yjs updates as UTF-8, in one piece. This errs on the side of keeping: a reference
 * that was deleted counts until compaction has dropped it. Only blobs that were not stored, sent again or read for `blobGraceMs` are looked for at all.
 *
 * Entries may arrive meanwhile: documents are taken in the order of the feed, where whatever changes moves to the end, and before each few removals the feed is
 * read to its end again. A reference written within the last moment, to a blob that nobody touched through all the grace, is the one that can come too late.
 */
export class BlobCollector {
  readonly #options: BlobCollectorOptions

  constructor(options: BlobCollectorOptions) {
    this.#options = options
  }

  /** Looks through one workspace. @throws BlobError or StorageError when something cannot be read; then what was not looked at stays. */
  async collect(workspace: string): Promise<Collected> {
    const { store, now, stopped } = this.#options
    const sinceMs = now() - store.limits.blobGraceMs
    const finder = new HashFinder(await store.unused(workspace, sinceMs))
    const search = new Search(workspace, finder, this.#options)
    let blobs = 0
    let bytes = 0
    await search.catchUp()
    for (const [index, hash] of [...finder.left].entries()) {
      if (index % BATCH === 0) await search.catchUp()
      if (stopped()) break
      const removed = finder.left.has(hash) ? await store.removeUnused(workspace, hash, sinceMs) : undefined
      if (removed === undefined) continue
      blobs++
      bytes += removed
    }
    return { blobs, bytes }
  }
}

/** Looks through what the documents of a workspace hold, each byte once. */
class Search {
  readonly #workspace: string
  readonly #finder: HashFinder
  readonly #options: BlobCollectorOptions
  /** Place in the feed, and position of each document, up to which everything was looked through. */
  #place = 0
  readonly #positions = new Map<string, number>()

  constructor(workspace: string, finder: HashFinder, options: BlobCollectorOptions) {
    this.#workspace = workspace
    this.#finder = finder
    this.#options = options
  }

  /** Looks through all that was written before this call and not yet seen. What is written meanwhile may wait, or a busy workspace would never be done. */
  async catchUp(): Promise<void> {
    while (this.#goesOn) {
      const { changes, last } = await this.#options.log.changes({ prefix: this.#workspace, after: this.#place, limit: PAGE })
      for (const { documentId } of changes) await this.#scanDocument(documentId)
      this.#place = last
      if (changes.length < PAGE) return
    }
  }

  get #goesOn(): boolean {
    return this.#finder.left.size > 0 && !this.#options.stopped()
  }

  async #scanDocument(documentId: string): Promise<void> {
    const { log } = this.#options
    let position = this.#positions.get(documentId) ?? 0
    while (this.#goesOn) {
      const page = await log.read(documentId, position)
      if (page.kind === "compacted") {
        const snapshot = await log.snapshot(documentId)
        if (snapshot !== undefined) await this.#scan(snapshot.update)
        // Without a snapshot the document was reset.
        position = snapshot?.through ?? page.head.base
        continue
      }
      const end = page.items.at(-1)
      if (end === undefined) break
      for (const item of page.items) await this.#scan(item.kind === "entry" ? item.entry.update : item.snapshot.update)
      position = end.position
    }
    this.#positions.set(documentId, position)
  }

  async #scan(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && this.#goesOn; at += SLICE_BYTES) {
      // A hash may stand across the end of a slice.
      this.#finder.scan(bytes.subarray(at, at + SLICE_BYTES + HASH_DIGITS - 1))
      if (bytes.length >= SLICE_BYTES) await this.#options.pause()
    }
  }
}
