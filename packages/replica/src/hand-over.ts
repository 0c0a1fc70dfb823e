import { type DocumentId, type Erased, mintId, type RandomBytes, type RowId, type VersionVector } from "@polylogue/protocol"
import type { EntryLog, NewOutboxRow, OutboxRow } from "@polylogue/storage"
import * as Y from "yjs"
import { coversErased, updateErasing } from "./erasing/erased-ranges.ts"
import { readDurableState, readLog } from "./log-reader.ts"
import { contains, groupBySize, hasMoreThan, lowerStateVector, mergeInOrder } from "./update.ts"

/*
 * Before its own rows a replica sees to it that the relay has what it has; otherwise its words could not be understood there.
 *
 *   opened.vector ∪ verified(log) covers ours ─ yes ─▶ send rows
 *        │ no
 *        ▼                             nothing more ─▶ remember verified(log), send rows
 *   state of the relay ─▶ compare ──┤
 *                                      more ─▶ ONE row with the whole difference, unsent rows included ─▶ then rows written after it
 */

/** What a relay is to be given so that it has all that this device has. */
export interface HandOver {
  readonly kind: "ready"
  /** What the relay will know then. */
  readonly vector: VersionVector
  /** Rows to be sent before any others, with ids of their own: the whole difference, and erasures that the relay does not know of; mostly none, or one. */
  readonly rows: readonly NewOutboxRow[]
  /** Rows of the outbox that they contain, and take the place of. */
  readonly replaced: readonly RowId[]
  /** How often the document had been reset when it was compared; `undefined` when there is nothing to hand over. */
  readonly resets: number | undefined
}

/** {@link prepareHandOver}, or what loads it first. */
export type PrepareHandOver = typeof prepareHandOver

/**
 * Compares what is durable on this device with what the relay says that it has, and makes what it lacks. @returns what stands in the way, if something
 * does: see {@link Difference}. @throws StorageError when reading fails.
 */
export async function prepareHandOver(
  { store, randomBytes }: { readonly store: EntryLog; readonly randomBytes: RandomBytes },
  documentId: DocumentId,
  relay: RelayState,
): Promise<HandOver | Exclude<Difference, { kind: "none" | "some" }>> {
  const found = await compareWithRelay(store, documentId, relay)
  if (found.kind !== "none" && found.kind !== "some") return found
  const { updates, rows, resets } = found.kind === "some" ? found : { updates: [], rows: [], resets: undefined }
  const made = handOverRows(updates, found.forgotten, randomBytes)
  return { kind: "ready", vector: found.vector, rows: made, replaced: rows.map(({ row }) => row), resets }
}

/** What a comparison with a relay's state came to. */
type Difference =
  /** The relay has all that this device has, but perhaps not what is erased. */
  | { readonly kind: "none"; readonly vector: VersionVector; readonly forgotten: Erased | undefined }
  | {
      readonly kind: "some"
      /** What the relay will know once it has `updates`. */
      readonly vector: VersionVector
      /** Updates that bring all that the relay lacks, each building on those before it; mostly one. */
      readonly updates: readonly Uint8Array[]
      /** All that this device knows to be erased, when the relay does not know all of it and may be told. */
      readonly forgotten: Erased | undefined
      /** How often the document had been reset when it was compared. */
      readonly resets: number
      /** Rows of the outbox that they contain. */
      readonly rows: readonly OutboxRow[]
    }
  /** The device itself lacks something that its rows build on, so it cannot make the relay understand them. */
  | { readonly kind: "unclosed" }
  /** Something in the difference is larger than any row may be. */
  | { readonly kind: "too-large" }
  /** An erasure waits that the relay will refuse: as a part of the difference it would be a deletion, and go through. */
  | { readonly kind: "forbidden" }

/** A relay's state, and the size of a row that it takes. */
export interface RelayState {
  readonly stateVector: Uint8Array
  readonly deleteSet: Uint8Array
  /** What it knows to be erased. */
  readonly erased: Erased
  /** Whether it takes erasures from this principal. */
  readonly mayErase: boolean
  readonly maxRowBytes: number
  /** The relay has refused a row for a gap and takes no other before a hand-over: one is made even if it brings nothing new. */
  readonly refusing: boolean
}

/**
 * Compares what is durable on this device with what the relay says that it has. @throws StorageError when reading fails.
 *
 * The difference is one update with log and outbox, so that nothing precedes its cause. When that is larger than a row may be, the log alone is
 * handed over, cut where its items end, and the rows of the outbox follow as they are: no item of the log builds on a row that is still waiting.
 */
async function compareWithRelay(store: EntryLog, documentId: DocumentId, relay: RelayState): Promise<Difference> {
  const whole = await difference(store, documentId, relay, "all")
  if (whole.kind !== "too-large") return whole
  const log = await difference(store, documentId, relay, "log")
  return log.kind === "too-large" ? pieces(store, documentId, relay) : log
}

async function difference(store: EntryLog, documentId: DocumentId, relay: RelayState, what: "all" | "log"): Promise<Difference> {
  const { ydoc, logVector, rows: all, head, erased } = await readDurableState(store, documentId, what)
  // An erasure goes its own way, behind the hand-over: in one with other words it would be nothing but a deletion.
  const rows = all.filter(({ erases }) => erases === undefined)
  const forgotten = forgottenBy(relay, erased)
  try {
    if (!relay.mayErase && rows.length < all.length) return { kind: "forbidden" }
    if (ydoc.store.pendingStructs !== null || ydoc.store.pendingDs !== null) return { kind: "unclosed" }
    const { vector } = head
    if (!relay.refusing && !hasMoreThan(ydoc, relay.stateVector, relay.deleteSet)) return { kind: "none", vector, forgotten }
    const known = relay.stateVector.length > 0 ? lowerStateVector(relay.stateVector, logVector) : undefined
    // From where the log ends, too: it takes the place of rows whose acks may never have come, and what the relay has of those may be in no
    // other place on this device.
    const update = Y.encodeStateAsUpdate(ydoc, known)
    if (update.length > relay.maxRowBytes) return { kind: "too-large" }
    return { kind: "some", vector, updates: [update], forgotten, resets: head.resets, rows: what === "all" ? rows : stale(ydoc, rows) }
  } finally {
    ydoc.destroy()
  }
}

/** A relay that was wiped, or restored from a backup, must not keep what a device that has not heard of the erasure brings. */
function forgottenBy(relay: RelayState, erased: Erased): Erased | undefined {
  return relay.mayErase && !coversErased(relay.erased, erased) ? erased : undefined
}

/** The rows that tell a relay what it lacks, in their order. */
function handOverRows(updates: readonly Uint8Array[], forgotten: Erased | undefined, randomBytes: RandomBytes): NewOutboxRow[] {
  const rows: NewOutboxRow[] = updates.map((update) => ({ row: mintId(randomBytes), update, handOver: true }))
  if (forgotten === undefined) return rows
  // Behind the hand-over: before it the relay lacks the ids.
  return [...rows, { row: mintId(randomBytes), update: updateErasing(forgotten.ranges), handOver: false, erases: forgotten.blobs }]
}

/** The log's own updates without what the relay has, in the order of the log, joined up to the size of a row. */
async function pieces(store: EntryLog, documentId: DocumentId, relay: RelayState): Promise<Difference> {
  const parts: { readonly update: Uint8Array }[] = []
  let vector: VersionVector = new Map()
  let resets = 0
  for await (const page of readLog(store, documentId, 0)) {
    vector = page.head.vector
    resets = page.head.resets
    for (const { update } of page.updates) parts.push({ update: Y.diffUpdate(update, relay.stateVector) })
  }
  const updates = groupBySize(parts, relay.maxRowBytes / 2).map((group) => mergeInOrder(group.map(({ update }) => update)))
  if (updates.some((update) => update.length > relay.maxRowBytes)) return { kind: "too-large" }
  const { ydoc, rows, erased } = await readDurableState(store, documentId, "log")
  ydoc.destroy()
  return { kind: "some", vector, updates, forgotten: forgottenBy(relay, erased), resets, rows: stale(ydoc, rows) }
}

/** Earlier hand-overs that hold nothing beyond the log, so that one made of the log stands for them. Others may be the only place of their words. */
function stale(log: Y.Doc, rows: readonly OutboxRow[]): readonly OutboxRow[] {
  return rows.filter(({ handOver, update }) => handOver && contains(log, update))
}
