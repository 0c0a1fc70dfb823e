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

  /** Whether `item` brings content that is erased in `documentId`. */
  isBroughtBy(documentId: DocumentId, item: NewLogItem): boolean {
    const ranges = this.#ranges.get(documentId)
    if (ranges === undefined) return false
    return bringsErased(item.kind === "entry" ? item.entry.update : item.snapshot.update, ranges)
  }
}
