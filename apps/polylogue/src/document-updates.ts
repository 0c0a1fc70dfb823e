import type { DocumentHead, EntryLog } from "@polylogue/storage"

/** Times that a document is read anew when it is compacted meanwhile. */
const MAX_ATTEMPTS = 10

/** What is on the disk of a document at one moment. */
export interface DocumentUpdates {
  /** All that the document was made of, in the order of its log. */
  readonly updates: readonly Uint8Array[]
  readonly head: DocumentHead
}

/** Reads all of a document that is durable. @returns `too-large` without reading when that is more than `maxBytes`. */
export async function readUpdates(log: EntryLog, documentId: string, maxBytes: number): Promise<DocumentUpdates | "too-large"> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const read = await readOnce(log, documentId, maxBytes)
    if (read !== "compacted") return read
  }
  throw new Error(`${documentId} was compacted ${MAX_ATTEMPTS} times while it was read`)
}

async function readOnce(log: EntryLog, documentId: string, maxBytes: number): Promise<DocumentUpdates | "too-large" | "compacted"> {
  const head = await log.head(documentId)
  if (head.snapshotBytes + head.itemBytes > maxBytes) return "too-large"
  const snapshot = await log.snapshot(documentId)
  const updates = snapshot === undefined ? [] : [snapshot.update]
  let bytes = updates.reduce((sum, { length }) => sum + length, 0)
  for (let after = snapshot?.through ?? 0; ;) {
    const page = await log.read(documentId, after)
    if (page.kind === "compacted" || page.head.resets !== head.resets) return "compacted"
    for (const item of page.items) {
      const { update } = item.kind === "entry" ? item.entry : item.snapshot
      updates.push(update)
      bytes += update.length
      after = item.position
    }
    if (bytes > maxBytes) return "too-large"
    if (after >= page.head.head || page.items.length === 0) return { updates, head: page.head }
  }
}
