import type { Code, DocumentId } from "@polylogue/protocol"

/** A document's text as it was when a relay refused it for good, or when it had to be replaced. It stays until it is dismissed. */
export interface KeptRecord {
  /** Names the record for `Replica.dismissKept`. */
  readonly key: string
  readonly documentId: DocumentId
  /** Why; `undefined` when the copy diverged or its code is not known to this version. */
  readonly code: Code | undefined
  /** Milliseconds since 1970 by the device's clock. */
  readonly keptAt: number
  /** The whole state as one Yjs v1 update, words that were never sent included. */
  readonly update: Uint8Array
}
