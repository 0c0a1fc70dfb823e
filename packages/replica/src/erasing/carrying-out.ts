import { type BlobHash, type DocumentId, type Erased, mintId, type RowId } from "@polylogue/protocol"
import type { Change, DocumentHead, NewOutboxRow, OutboxRow } from "@polylogue/storage"
import * as Y from "yjs"
import { decodeDeleteSet, type DeletedRanges } from "../deleted-ranges.ts"
import type { Environment } from "../environment.ts"
import { codeOf } from "../errors.ts"
import type { Flush } from "../flush.ts"
import { applyStored, readLog } from "../log-reader.ts"
import { bringsErased, unionErased, updateErasing } from "./erased-ranges.ts"
import { erasureChange, readErasures } from "./erasure-record.ts"
import { readMarks, unmarkChange } from "./erasing-mark.ts"
import { knownChange } from "./known-erased.ts"
import { redactKept } from "./kept-redaction.ts"

/*
 * An erasure has come, as an entry or with a snapshot. In the device's store:
 *
 *   mark ─▶ log and outbox without the erased content, one commit ─▶ read again: clean? ─▶ kept texts ─▶ blobs ─▶ purge ─▶ mark away
 *             ▲                                                          │ no: something came in between
 *             └──────────────────────────────────────────────────────────┘
 */

/** What carrying out an erasure needs of the replica. */
export interface CarryingHost {
  readonly environment: Environment
  readonly flush: Flush
  /** Whether there is a relay that could acknowledge; without one this device's own erasures hold at once. */
  readonly alone: boolean
  /** Nothing more of the document is sent or taken in until the returned function is called. */
  pause(documentId: DocumentId): () => void
  rowsReplaced(documentId: DocumentId, rows: readonly OutboxRow[], replaced: readonly RowId[]): void
  /** The store holds something else of the document than before. */
  rewritten(documentId: DocumentId): void
  forgetBlobs(documentId: DocumentId, hashes: readonly BlobHash[]): Promise<void>
}

/** Content that arrives just now may have to be redacted once more; more often than this is a fault. */
const MAX_ROUNDS = 8

/** {@link carryOut}, or what loads it first. */
export type CarryOut = typeof carryOut

/** Erases from the device's store what was erased in `documentId`, and says what that is. @throws StorageError when the store does not take it; to be called again then. */
export async function carryOut(host: CarryingHost, documentId: DocumentId): Promise<Erased> {
  const { store } = host.environment
  const marks = await readMarks(store, documentId)
  const erased = await host.flush.exclusively(() => rewrite(host, documentId))
  const kept = await redactKept(store, documentId, erased)
  if (kept.length > 0) await store.commit(kept)
  await host.forgetBlobs(documentId, erased.blobs)
  await store.purge([documentId])
  if (marks.length > 0) await store.commit([...marks.map(unmarkChange), knownChange(documentId, erased.ranges)])
  return erased
}

/** Rewrites log and outbox until nothing in them brings what is erased. */
async function rewrite(host: CarryingHost, documentId: DocumentId): Promise<Erased> {
  let resume: (() => void) | undefined
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const stored = await read(host, documentId)
      const dirtyLog = stored.log.some((update) => bringsErased(update, stored.ranges))
      const firstDirty = stored.rows.findIndex((row) => bringsErased(row.update, stored.ranges))
      if (!dirtyLog && firstDirty === -1) return stored.erased
      // Acknowledgements under way would bring the old bytes into the log.
      if (firstDirty !== -1) resume ??= host.pause(documentId)
      await replace(host, documentId, stored, { dirtyLog, firstDirty })
      host.rewritten(documentId)
    }
    throw new Error("what was erased keeps coming back")
  } finally {
    resume?.()
  }
}

/** What rests of a document. */
interface Stored {
  readonly log: readonly Uint8Array[]
  readonly rows: readonly OutboxRow[]
  readonly head: DocumentHead
  readonly erased: Erased
  readonly ranges: DeletedRanges
}

async function read({ environment: { store }, alone }: CarryingHost, documentId: DocumentId): Promise<Stored> {
  for (;;) {
    const { resets } = await store.head(documentId)
    const rows = await store.outbox(documentId)
    const log: Uint8Array[] = []
    const erasures: (Erased | undefined)[] = []
    let head: DocumentHead | undefined
    for await (const page of readLog(store, documentId, 0)) {
      head = page.head.resets === resets ? page.head : undefined
      for (const { update, erased } of page.updates) {
        log.push(update)
        erasures.push(erased)
      }
    }
    if (head === undefined) continue
    if (alone) for (const { update, erases } of rows) if (erases !== undefined) erasures.push({ ranges: update.slice(1), blobs: erases })
    const erased = unionErased(erasures)
    return { log, rows, head, erased, ranges: decodeDeleteSet(erased.ranges) }
  }
}

interface Dirt {
  readonly dirtyLog: boolean
  /** Index of the first row with erased content; -1 for none. */
  readonly firstDirty: number
}

/** One commit that leaves the erased content out. What another tab has written meanwhile stays, and is read in the next round. */
async function replace(host: CarryingHost, documentId: DocumentId, stored: Stored, { dirtyLog, firstDirty }: Dirt): Promise<void> {
  const { store } = host.environment
  const ydoc = new Y.Doc()
  try {
    const failures: unknown[] = []
    const gone = { update: updateErasing(stored.erased.ranges) }
    applyStored(ydoc, [...stored.log.map((update) => ({ update })), gone], (error) => failures.push(error))
    if (failures.length > 0) throw new Error("an entry does not apply", { cause: failures[0] })
    const changes: Change[] = dirtyLog ? [compaction(documentId, ydoc, stored)] : []
    const replaced = firstDirty === -1 ? [] : stored.rows.slice(firstDirty)
    const { rows, records } = await redacted(host, documentId, ydoc, stored, replaced)
    const outboxEnd = stored.rows.at(-1)?.order ?? 0
    const settled = replaced.map(({ row }) => row)
    if (rows.length > 0) changes.push({ type: "outbox", documentId, rows, settled, resets: stored.head.resets, outboxEnd }, ...records)
    const applied = await store.commit(changes)
    if (rows.length > 0) host.rowsReplaced(documentId, applied[dirtyLog ? 1 : 0]!.rows, settled)
  } catch (error) {
    const code = codeOf(error)
    if (code !== "stale-compaction" && code !== "outbox-grown" && code !== "reset") throw error
  } finally {
    ydoc.destroy()
  }
}

function compaction(documentId: DocumentId, ydoc: Y.Doc, { head, erased }: Stored): Change {
  dropPending(ydoc)
  const update = Y.encodeStateAsUpdate(ydoc)
  const snapshot = { vector: head.vector, update, stateVector: new Uint8Array(), owners: new Map<number, string>(), erased }
  return { type: "compact", documentId, snapshot, through: head.head, base: head.head }
}

/** `replaced` under ids of their own, in their order, without erased content: a row that was sent may never change under its id. */
async function redacted(
  { environment: { store, randomBytes } }: CarryingHost,
  documentId: DocumentId,
  ydoc: Y.Doc,
  { rows: all, ranges }: Stored,
  replaced: readonly OutboxRow[],
): Promise<{ readonly rows: readonly NewOutboxRow[]; readonly records: readonly Change[] }> {
  const own = replaced.some(({ erases }) => erases !== undefined) ? await readErasures(store, documentId) : new Map<RowId, never>()
  const rows: NewOutboxRow[] = []
  const records: Change[] = []
  const failed = (error: unknown): never => {
    throw error
  }
  applyStored(ydoc, all.slice(0, all.length - replaced.length), failed)
  for (const { row: old, update, handOver, erases } of replaced) {
    const before = Y.encodeStateVector(ydoc)
    applyStored(ydoc, [{ update }], failed)
    const row = mintId(randomBytes)
    const kept = bringsErased(update, ranges) ? Y.encodeStateAsUpdate(ydoc, before) : update
    rows.push({ row, update: kept, handOver, ...(erases && { erases }) })
    const record = own.get(old)
    if (record !== undefined) records.push(erasureChange(documentId, old, null), erasureChange(documentId, row, record))
  }
  return { rows, records }
}

/** What waits for something that is missing is shown to nobody, and might hold erased content: the relay brings it again. */
function dropPending(ydoc: Y.Doc): void {
  ydoc.store.pendingStructs = null
  ydoc.store.pendingDs = null
}
