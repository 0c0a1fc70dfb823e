import type { DocumentId, VersionVector } from "@polylogue/protocol"
import type { EntryLog } from "@polylogue/storage"
import * as sha256 from "lib0/hash/sha256"
import * as Y from "yjs"
import { readLog } from "../log-reader.ts"

/** What the log of a document encodes to, and what is known there. */
export interface LogDigest {
  readonly vector: VersionVector
  readonly digest: Uint8Array
}

/**
 * The digest of the log of `documentId`, without its outbox: SHA-256 of what a fresh Y.Doc with garbage collection encodes to after it was given
 * everything in one transaction. `large` when the log takes more than `maxBytes`: it is not read then. `undefined` while it is not closed, or
 * changes. @throws StorageError, and what Yjs throws for an entry that does not apply.
 */
export async function digestLog(store: EntryLog, documentId: DocumentId, maxBytes: number): Promise<LogDigest | "large" | undefined> {
  const { resets, snapshotBytes, itemBytes } = await store.head(documentId)
  if (snapshotBytes + itemBytes > maxBytes) return "large"
  const updates: Uint8Array[] = []
  let vector: VersionVector | undefined
  for await (const page of readLog(store, documentId, 0)) {
    if (page.head.resets !== resets) return undefined
    vector = page.head.vector
    for (const { update } of page.updates) updates.push(update)
  }
  if (vector === undefined) return undefined
  const ydoc = new Y.Doc()
  try {
    Y.transact(ydoc, () => updates.forEach((update) => Y.applyUpdate(ydoc, update)))
    if (ydoc.store.pendingStructs !== null || ydoc.store.pendingDs !== null) return undefined
    return { vector, digest: sha256.digest(Y.encodeStateAsUpdate(ydoc)) }
  } finally {
    ydoc.destroy()
  }
}
