import type { UpdateSummary } from "./closed-update.ts"

/** A document as it is stored: what a snapshot stands for, then entries in log order. */
export interface StoredDocument {
  readonly snapshot: { readonly update: Uint8Array; readonly owners: ReadonlyMap<number, string> } | undefined
  readonly entries: readonly StoredUpdate[]
}

/** An entry, or a snapshot of another relay, which is brought by nobody and says who used its client ids first. */
export interface StoredUpdate {
  readonly update: Uint8Array
  readonly principal: string
  readonly handOver: boolean
  readonly owners?: ReadonlyMap<number, string>
}

/** One update that stands for a whole document, and what is known with it. */
export interface CompactedDocument {
  readonly update: Uint8Array
  readonly stateVector: Uint8Array
  readonly owners: ReadonlyMap<number, string>
}

/** What a document has, in Yjs v1 encoding. */
export interface DocumentState {
  readonly stateVector: Uint8Array
  readonly deleteSet: Uint8Array
}

/** What a document has beyond a state vector, all its deletions included, and what it has. */
export interface DocumentDiff extends DocumentState {
  readonly update: Uint8Array
}

/** What an update is, or why it is none. */
export type UpdateCheck = { readonly summary: UpdateSummary } | { readonly bad: string }

/** What of an update lies beyond a state vector, or is not erased. */
export interface UpdateCut {
  readonly update: Uint8Array
}

/** What a document encodes to, in 32 bytes: equal for all who have the same of it. */
export interface DocumentDigest {
  readonly digest: Uint8Array
}

/**
 * Work that decodes whole documents or large updates, done off the event loop. Structured-clonable.
 * - `compact`: one update that stands for the document. @see CompactedDocument
 * - `state`: what it has. @see DocumentState
 * - `diff`: what it has beyond `stateVector`. @see DocumentDiff
 * - `check`: what an update is. @see UpdateCheck
 * - `cut`: what of a checked update lies beyond `stateVector`. @see UpdateCut
 * - `digest`: SHA-256 of what it encodes to. @see DocumentDigest
 * - `redact`: a checked update without the content of the ids in `ranges`, a Yjs v1 delete set. @see UpdateCut
 */
export type CompactionJob =
  | { readonly kind: "compact"; readonly document: StoredDocument }
  | { readonly kind: "state"; readonly document: StoredDocument }
  | { readonly kind: "diff"; readonly document: StoredDocument; readonly stateVector: Uint8Array }
  | { readonly kind: "check"; readonly update: Uint8Array }
  | { readonly kind: "cut"; readonly update: Uint8Array; readonly stateVector: Uint8Array }
  | { readonly kind: "digest"; readonly document: StoredDocument }
  | { readonly kind: "redact"; readonly update: Uint8Array; readonly ranges: Uint8Array }

interface Results {
  readonly compact: CompactedDocument
  readonly state: DocumentState
  readonly diff: DocumentDiff
  readonly check: UpdateCheck
  readonly cut: UpdateCut
  readonly digest: DocumentDigest
  readonly redact: UpdateCut
}

/** What a job yields. Structured-clonable. */
export type CompactionResult<J extends CompactionJob = CompactionJob> = Results[J["kind"]]
