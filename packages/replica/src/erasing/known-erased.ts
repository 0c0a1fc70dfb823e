import type { DocumentId } from "@polylogue/protocol"
import type { Change, EntryLog, NewLogItem } from "@polylogue/storage"
import { decodeDeleteSet, type DeletedRanges } from "../deleted-ranges.ts"
import { bringsErased } from "./erased-ranges.ts"

const PREFIX = "erased/"

/** The change that remembers `ranges`, a delete set, as what is erased in `documentId`. */
export function knownChange(documentId: DocumentId, ranges: Uint8Array): Change {
  return { type: "record", key: PREFIX + documentId, value: ranges }
}

/**
 * What this device has carried out, by document: a relay that does not know of it yet sends the content again, and it must not stay in the
 * device's files until the next erasure comes.
 */
export class KnownErased {
  readonly #ranges = new Map<DocumentId, DeletedRanges>()
  /** How far each document's log was when this tab last wrote to it. */
  readonly #heads = new Map<DocumentId, number>()

  /** Reads what earlier runs have remembered. @throws StorageError */
  async load(store: EntryLog): Promise<void> {
    for (const key of await store.recordKeys(PREFIX)) {
      const value = await store.record(key)
      if (value !== undefined) this.learn(key.slice(PREFIX.length), value)
    }
  }

  /** `ranges` is all that is erased in `documentId`. */
  learn(documentId: DocumentId, ranges: Uint8Array): void {
    this.#ranges.set(documentId, decodeDeleteSet(ranges))
  }

  /** Notes that this tab has written `count` items, up to `head`. Whether another tab has, or may have, written before them. */
  follow(documentId: DocumentId, count: number, head: number): boolean {
    const before = this.#heads.get(documentId)
    this.#heads.set(documentId, head)
    return before !== head - count
  }

  /** Reads what is remembered of `documents` now. @throws StorageError */
  async readAgain(store: EntryLog, documents: Iterable<DocumentId>): Promise<void> {
    const keys = new Set(await store.recordKeys(PREFIX))
    for (const documentId of documents) {
      const value = keys.has(PREFIX + documentId) ? await store.record(PREFIX + documentId) : undefined
      if (value !== undefined) this.learn(documentId, value)
    }
  }

  /** Whether `item` brings content that is erased in `documentId`. */
  isBroughtBy(documentId: DocumentId, item: NewLogItem): boolean {
    const ranges = this.#ranges.get(documentId)
    if (ranges === undefined) return false
    return bringsErased(item.kind === "entry" ? item.entry.update : item.snapshot.update, ranges)
  }
}
