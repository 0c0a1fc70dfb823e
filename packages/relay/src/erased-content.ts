import type { BlobHash, Entry, Erased } from "@polylogue/protocol"
import type { LogItem } from "@polylogue/storage"
import { IdRanges } from "./yjs/id-ranges.ts"

/** All that was erased in a document: a set that only grows. */
export class ErasedContent {
  readonly ranges = new IdRanges()
  readonly #blobs = new Set<BlobHash>()
  #any = false

  /** Adds what a snapshot says. */
  take(erased: Erased | undefined): void {
    if (erased === undefined) return
    this.#any = true
    if (erased.ranges.length > 0) this.ranges.addEncoded(erased.ranges)
    for (const blob of erased.blobs) this.#blobs.add(blob)
  }

  /** Adds what an entry says; most say nothing. */
  takeEntry({ update, erases }: Pick<Entry, "update" | "erases">): void {
    // An erasure has no structs: a 0, then the delete set.
    if (erases !== undefined) this.take({ ranges: update.subarray(1), blobs: erases })
  }

  /** Adds what an item says. */
  takeItem(item: LogItem): void {
    if (item.kind === "entry") this.takeEntry(item.entry)
    else this.take(item.snapshot.erased)
  }

  /** Whether some of `ranges` and `blobs` are not known to be erased. */
  lacks(ranges: IdRanges, blobs: readonly BlobHash[]): boolean {
    return !this.ranges.covers(ranges) || blobs.some((blob) => !this.#blobs.has(blob))
  }

  /** How many blobs were erased once `more` are. */
  blobsWith(more: readonly BlobHash[]): number {
    return this.#blobs.size + new Set(more.filter((blob) => !this.#blobs.has(blob))).size
  }

  /** As a snapshot says it; `undefined` when nothing was ever erased. */
  get erased(): Erased | undefined {
    return this.#any ? { ranges: this.ranges.encode(), blobs: [...this.#blobs].toSorted() } : undefined
  }
}
