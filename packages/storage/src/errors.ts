/**
 * What a store answers when it cannot do as asked:
 * - `closed`: it was not opened, or was closed (also by a newer version of the app in another tab).
 * - `unavailable`: there is no such store here, or it may not be opened (private mode, missing rights).
 * - `locked`: another process has it open.
 * - `newer`: it was written by a newer version of this package.
 * - `quota-exceeded`: the device or disk is full; nothing was written.
 * - `io`: reading or writing failed; nothing of the commit was written, or the store has to be reopened to know.
 * - `corrupt`: what is stored does not decode; the message names the key.
 * - `gap`: an entry does not continue the vector of its document; nothing was written.
 * - `reset`: the document was reset since its writer read it; nothing was written.
 * - `outbox-grown`: the document's outbox has rows that its writer has not read; nothing was written.
 * - `stale-compaction`: the snapshot stands for less than the stored one, or for positions that do not exist; nothing was written.
 */
export type StorageErrorCode =
  | "closed"
  | "unavailable"
  | "locked"
  | "newer"
  | "quota-exceeded"
  | "io"
  | "corrupt"
  | "gap"
  | "reset"
  | "outbox-grown"
  | "stale-compaction"

/** An expected failure of a store. `code` is API, the text is not. */
export class StorageError extends Error {
  override readonly name = "StorageError"
  readonly code: StorageErrorCode
  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
