import { type Code, type DocumentId, mintId, type RowId } from "@polylogue/protocol"
import type { Change } from "@polylogue/storage"
import * as Y from "yjs"
import type { Environment } from "./environment.ts"
import { ReplicaError } from "./errors.ts"
import type { Flush } from "./flush.ts"
import { keepChange } from "./kept.ts"
import { readDurableState } from "./log-reader.ts"
import type { OutboxIndex } from "./outbox-index.ts"
import type { OpenDocument } from "./replica-document.ts"

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
    const durable = await readDurableState(host.environment.store, documentId)
    const known = Y.encodeStateAsUpdate(durable.ydoc)
    durable.ydoc.destroy()
    const stored = durable.rows.map(({ update }) => update)
    await replace(host, documentId, document, { code, known: [known, ...stored], changes: [{ type: "reset", documentId }], keep: true })
  })
}

/**
 * A document that another tab has emptied: shows a fresh Y.Doc here too. What this tab has not written, and rows that it wrote too late (`late`),
 * stand on ground that is gone, so they are kept aside. @throws StorageError as above.
 */
export function followReset(host: ReplacingHost, document: OpenDocument, late: readonly RowId[]): Promise<void> {
  const { documentId } = document
  return host.flush.exclusively(async () => {
    const keep = late.length > 0 || host.flush.countOf(documentId) > 0
    const changes: Change[] = late.length > 0 ? [{ type: "outbox", documentId, rows: [], settled: late }] : []
    await replace(host, documentId, document, { code: undefined, known: [], changes, keep })
    host.index.remove(documentId, late)
  })
}

interface Replacement {
  readonly code: Code | undefined
  /** Text to be kept beside what the open document shows. */
  readonly known: readonly Uint8Array[]
  readonly changes: readonly Change[]
  readonly keep: boolean
}

async function replace(host: ReplacingHost, documentId: DocumentId, document: OpenDocument | undefined, plan: Replacement): Promise<void> {
  const { environment, flush, index } = host
  const recordId = mintId(environment.randomBytes)
  const error = new ReplicaError("rejected", `${documentId} was replaced; its text is kept aside`)
  let changes = plan.changes
  for (let keep = plan.keep; ; keep = true) {
    const upTo = flush.lastOf(documentId)
    if (keep) {
      const update = Y.mergeUpdates(document === undefined ? [...plan.known] : [...plan.known, document.encode()])
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
    flush.discard(documentId, error)
    if (document === undefined || loaded === undefined) await index.refresh(documentId)
    else document.swap(loaded, plan.code)
    return
  }
}
