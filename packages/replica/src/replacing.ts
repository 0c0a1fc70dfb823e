import { type Code, type DocumentId, mintId } from "@polylogue/protocol"
import type { Change } from "@polylogue/storage"
import * as Y from "yjs"
import type { Environment } from "./environment.ts"
import { codeOf, ReplicaError } from "./errors.ts"
import type { Flush } from "./flush.ts"
import { keepChange } from "./kept.ts"
import { readDurableState } from "./log-reader.ts"
import type { OutboxIndex } from "./outbox-index.ts"
import type { OpenDocument } from "./replica-document.ts"
import { mergeInOrder } from "./update.ts"

/** What replacing a document needs of the replica. */
export interface ReplacingHost {
  readonly environment: Environment
  readonly flush: Flush
  readonly index: OutboxIndex
}

/**
 * A document that a relay refused for good, or that diverged: keeps its whole text aside and empties it in the store, in one commit, then shows
 * a fresh Y.Doc. Words typed while this goes on are kept too. @throws StorageError when the store does not take it; all is as before then.
 */
export function emptyDocument(
  host: ReplacingHost,
  documentId: DocumentId,
  document: OpenDocument | undefined,
  code: Code | undefined,
): Promise<void> {
  return host.flush.exclusively(async () => {
    while (!(await tryToEmpty(host, documentId, document, code))) {
      // Another tab has written meanwhile: what it wrote is kept aside, too.
    }
  })
}

/** Whether the document was emptied, by this tab or by another; false when its outbox has grown since it was read. */
async function tryToEmpty(
  host: ReplacingHost,
  documentId: DocumentId,
  document: OpenDocument | undefined,
  code: Code | undefined,
): Promise<boolean> {
  const durable = await readDurableState(host.environment.store, documentId)
  const known = [Y.encodeStateAsUpdate(durable.ydoc), ...durable.rows.map(({ update }) => update)]
  durable.ydoc.destroy()
  const reset: Change = { type: "reset", documentId, resets: durable.head.resets, outboxEnd: durable.rows.at(-1)?.order ?? 0 }
  try {
    await replace(host, documentId, document, { code, known, changes: [reset] })
  } catch (error) {
    if (codeOf(error) === "outbox-grown") return false
    if (codeOf(error) !== "reset") throw error
    // Another tab has emptied it meanwhile, and kept what was on the disk.
    await follow(host, documentId, document)
  }
  return true
}

/**
 * A document that another tab has emptied: shows a fresh Y.Doc here too. What this tab has not written stands on ground that is gone, so it is
 * kept aside. @throws StorageError as above.
 */
export function followReset(host: ReplacingHost, documentId: DocumentId, document: OpenDocument | undefined): Promise<void> {
  return host.flush.exclusively(() => follow(host, documentId, document))
}

async function follow(host: ReplacingHost, documentId: DocumentId, document: OpenDocument | undefined): Promise<void> {
  const { resets } = await host.environment.store.head(documentId)
  // Asked twice, done once.
  if (document !== undefined && document.resets === resets) return
  const known = host.flush.unwritten(documentId)
  await replace(host, documentId, document, { code: undefined, known, changes: [] })
}

/**
 * A document that another tab has emptied, of a tab that is closing: what it has not written is kept aside, and nothing is shown any more.
 * @throws StorageError when the store does not take it.
 */
export async function keepUnwritten(host: ReplacingHost, documentId: DocumentId, document: OpenDocument | undefined): Promise<void> {
  const unwritten = host.flush.unwritten(documentId)
  if (unwritten.length === 0) return
  const update = mergeInOrder(document === undefined ? unwritten : [...unwritten, document.encode()])
  const record = { documentId, code: undefined, keptAt: host.environment.clock.now(), update }
  await host.environment.store.commit([keepChange(record, mintId(host.environment.randomBytes))])
}

interface Replacement {
  readonly code: Code | undefined
  /** Words to be kept, with what the open document shows; none: nothing is kept. */
  readonly known: readonly Uint8Array[]
  readonly changes: readonly Change[]
}

async function replace(host: ReplacingHost, documentId: DocumentId, document: OpenDocument | undefined, plan: Replacement): Promise<void> {
  const { environment, flush, index } = host
  const recordId = mintId(environment.randomBytes)
  const error = new ReplicaError("rejected", `${documentId} was replaced; its text is kept aside`)
  let changes = plan.changes
  for (let keep = plan.known.length > 0; ; keep = true) {
    const upTo = flush.lastOf(documentId)
    if (keep) {
      const update = mergeInOrder(document === undefined ? plan.known : [...plan.known, document.encode()])
      const record = { documentId, code: plan.code, keptAt: environment.clock.now(), update }
      changes = [keepChange(record, recordId), ...changes]
    }
    if (changes.length > 0) await environment.store.commit(changes)
    changes = []
    index.fail(documentId, error)
    const loaded = await document?.prepare()
    // Typed meanwhile: those words are in the old Y.Doc only, so they are kept before it goes.
    if (flush.lastOf(documentId) !== upTo) {
      loaded?.ydoc.destroy()
      continue
    }
    if (document !== undefined && loaded !== undefined) return document.swap(loaded, error, plan.code)
    flush.discard(documentId, error)
    await index.refresh(documentId)
    return
  }
}
