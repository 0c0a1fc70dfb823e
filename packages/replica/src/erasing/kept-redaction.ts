import type { DocumentId, Erased } from "@polylogue/protocol"
import type { Change, EntryLog } from "@polylogue/storage"
import * as Y from "yjs"
import { decodeDeleteSet } from "../deleted-ranges.ts"
import { keepChange, readKept } from "../kept.ts"
import { bringsErased, updateErasing } from "./erased-ranges.ts"

/**
 * The changes that take what is `erased` out of the texts of `documentId` that were kept aside: everything else in them stays.
 * A record that does not decode stays as it is, for nobody can tell what is in it.
 */
export async function redactKept(store: EntryLog, documentId: DocumentId, erased: Erased): Promise<Change[]> {
  const ranges = decodeDeleteSet(erased.ranges)
  const changes: Change[] = []
  for (const record of await readKept(store, () => undefined)) {
    if (record.documentId !== documentId || !brings(record.update, ranges)) continue
    const { key, ...rest } = record
    changes.push(keepChange({ ...rest, update: redacted(record.update, erased) }, key.slice(key.lastIndexOf("/") + 1)))
  }
  return changes
}

function brings(update: Uint8Array, ranges: ReturnType<typeof decodeDeleteSet>): boolean {
  try {
    return bringsErased(update, ranges)
  } catch {
    return false
  }
}

function redacted(update: Uint8Array, erased: Erased): Uint8Array {
  const ydoc = new Y.Doc()
  Y.transact(ydoc, () => {
    Y.applyUpdate(ydoc, update)
    Y.applyUpdate(ydoc, updateErasing(erased.ranges))
  })
  // What waits for something that is missing can be shown to nobody, and may be what was erased.
  ydoc.store.pendingStructs = null
  ydoc.store.pendingDs = null
  const kept = Y.encodeStateAsUpdate(ydoc)
  ydoc.destroy()
  return kept
}
