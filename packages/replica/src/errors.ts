/**
 * Why the replica cannot do as asked:
 * - `closed`: the replica or the document was closed.
 * - `bad-document-id`: the name is no document id.
 * - `rejected`: a relay refused the document's words for good; they are kept aside (see `Replica.kept`).
 * - `forbidden`: the relay does not let this principal do it.
 * - `not-found`: no relay that was asked has the blob.
 * - `erased`: the blob was erased for good.
 * - `unavailable`: no relay can be asked for the blob at the moment.
 * - `too-large`: the blob has more bytes than are taken.
 * - `lacking`: what a session token asks for is not here; see `LackingError`.
 * - `storage`: the device's store cannot be opened or read; `cause` is the StorageError.
 */
export type ReplicaErrorCode =
  | "closed"
  | "bad-document-id"
  | "rejected"
  | "forbidden"
  | "not-found"
  | "erased"
  | "unavailable"
  | "too-large"
  | "lacking"
  | "storage"

/** An expected failure of this package. `code` is API, the text is not. */
export class ReplicaError extends Error {
  override readonly name = "ReplicaError"
  readonly code: ReplicaErrorCode
  constructor(code: ReplicaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The `code` of an error of whatever package; errors are recognised by it and by nothing else. */
export function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined
}

/** Whether a store's failure may be of one document of the batch alone, so that the others can go on without it. */
export function isOfOneDocument(error: unknown): boolean {
  const code = codeOf(error)
  return code === "corrupt" || code === "gap" || code === "reset" || code === "outbox-grown" || code === "stale-compaction"
}
