import * as sha256 from "lib0/hash/sha256"
import * as Y from "yjs"
import { equalBytes } from "../equal-bytes.ts"
import { RelayError } from "../errors.ts"
import { cutUpdate, summarizeUpdate } from "./closed-update.ts"
import type {
  CompactedDocument,
  CompactionJob,
  CompactionResult,
  DocumentDiff,
  DocumentState,
  StoredDocument,
  UpdateCheck,
} from "./compaction-job.ts"
import { DocumentSummary } from "./document-summary.ts"
import { IdRanges } from "./id-ranges.ts"
import { redactUpdate } from "./redact-update.ts"

/** Deepest nesting of types in a document that is compacted: deleting a deeper one ends in a stack overflow at its readers. */
const MAX_TYPE_DEPTH = 2000

/**
 * Does one job. Pure: what a worker runs, and what the simulation runs inline.
 * @throws RelayError `unsound` when a document does not load, or its snapshot does not read back; nothing may then be replaced by it.
 */
export function runCompaction<J extends CompactionJob>(job: J): CompactionResult<J> {
  return run(job) as CompactionResult<J>
}

function run(job: CompactionJob): CompactionResult {
  switch (job.kind) {
    case "compact":
      return compact(job.document)
    case "state":
      return stateOf(load(job.document))
    case "diff":
      return diff(job.document, job.stateVector)
    case "check":
      return check(job.update)
    case "cut":
      return { update: cutUpdate(job.update, job.stateVector) }
    case "digest":
      return { digest: sha256.digest(Y.encodeStateAsUpdate(load(job.document))) }
    case "redact":
      return { update: redactUpdate(job.update, IdRanges.of(job.ranges)) }
  }
}

function check(update: Uint8Array): UpdateCheck {
  try {
    return { summary: summarizeUpdate(update) }
  } catch (error) {
    return { bad: error instanceof Error ? error.message : "the bytes are no Yjs v1 update" }
  }
}

/** Everything in one transaction into a gc document: garbage is collected, which merging updates never does, and once instead of per entry. */
function load(document: StoredDocument): Y.Doc {
  const doc = new Y.Doc({ gc: true })
  try {
    doc.transact(() => {
      if (document.snapshot !== undefined) Y.applyUpdate(doc, document.snapshot.update)
      for (const { update } of document.entries) Y.applyUpdate(doc, update)
    })
  } catch (cause) {
    throw new RelayError("unsound", "an entry cannot be applied", { cause })
  }
  if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null)
    throw new RelayError("unsound", "an entry builds on something that is missing")
  return doc
}

function compact(document: StoredDocument): CompactedDocument {
  const doc = load(document)
  const update = Y.encodeStateAsUpdate(doc)
  const stateVector = Y.encodeStateVector(doc)
  readBack(doc, update)
  return { update, stateVector, owners: ownersOf(document) }
}

/**
 * Reads a snapshot as a new replica would, and walks it: only then may it replace entries.
 * @throws RelayError `unsound`
 */
function readBack(original: Y.Doc, update: Uint8Array): void {
  const copy = load({ snapshot: { update, owners: new Map() }, entries: [] })
  const same =
    equalBytes(Y.encodeStateVector(copy), Y.encodeStateVector(original)) && equalBytes(stateOf(copy).deleteSet, stateOf(original).deleteSet)
  if (!same) throw new RelayError("unsound", "the snapshot reads back as something else")
  walk(copy)
}

/** Visits every item with its parents, without recursion, and every content as a reader would. */
function walk(doc: Y.Doc): void {
  const depths = new Map<Y.AbstractType<unknown>, number>()
  for (const structs of doc.store.clients.values()) {
    for (const struct of structs) {
      // A string is read as it is: split into characters, as `getContent` does, text would take longer than everything else.
      if (!(struct instanceof Y.Item) || struct.deleted || struct.content instanceof Y.ContentString) continue
      try {
        if (!(struct.content instanceof Y.ContentType)) JSON.stringify(struct.content.getContent(), omitLeaves)
        else if (depthOf(struct.content.type, depths) > MAX_TYPE_DEPTH) throw new RangeError(`types nested deeper than ${MAX_TYPE_DEPTH}`)
      } catch (cause) {
        throw new RelayError("unsound", "the snapshot cannot be walked", { cause })
      }
    }
  }
}

/** A subdocument is loaded on its own, bytes have nothing to walk, and a bigint is no JSON. */
function omitLeaves(_key: string, value: unknown): unknown {
  return value instanceof Y.Doc || value instanceof Uint8Array || typeof value === "bigint" ? null : value
}

function depthOf(type: Y.AbstractType<unknown>, depths: Map<Y.AbstractType<unknown>, number>): number {
  const path: Y.AbstractType<unknown>[] = []
  let current: Y.AbstractType<unknown> | null = type
  while (current !== null && !depths.has(current)) {
    path.push(current)
    // oxlint-disable-next-line no-underscore-dangle -- reason: Yjs has no other way from a type to its parent.
    current = (current._item?.parent ?? null) as Y.AbstractType<unknown> | null
  }
  let depth = current === null ? 0 : depths.get(current)!
  for (const inner of path.reverse()) depths.set(inner, ++depth)
  return depth
}

/** Counted as the door counted them, so that an owner is the same before and after: only what an entry added makes one. */
function ownersOf({ snapshot, entries }: StoredDocument): ReadonlyMap<number, string> {
  const known = snapshot && { stateVector: Y.encodeStateVectorFromUpdate(snapshot.update), owners: snapshot.owners }
  const summary = new DocumentSummary(known)
  for (const entry of entries) {
    summary.take(summarizeUpdate(entry.update), entry)
    summary.learnOwners(entry.owners)
  }
  return summary.owners
}

function stateOf(doc: Y.Doc): DocumentState {
  const stateVector = Y.encodeStateVector(doc)
  // An update without structs: a 0, then the delete set.
  const deleteSet = Y.encodeStateAsUpdate(doc, stateVector).subarray(1)
  return { stateVector, deleteSet: deleteSet.slice() }
}

function diff(document: StoredDocument, stateVector: Uint8Array): DocumentDiff {
  const doc = load(document)
  return { update: Y.encodeStateAsUpdate(doc, stateVector), ...stateOf(doc) }
}
