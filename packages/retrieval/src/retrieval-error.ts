/**
 * - `unreadable`: the bytes are no file of their kind, or text in no character set that it names.
 * - `unsupported`: a kind of file that is not read; the message says what to save it as.
 * - `locked`: a password is needed to read it.
 * - `empty`: it holds no text, as a scan that is pictures only.
 * - `too-large`: it, or its text, is beyond a limit.
 */
export type RetrievalErrorCode = "unreadable" | "unsupported" | "locked" | "empty" | "too-large"

/** Something about a file that its owner can mend: the message says what and how; recognise it by `code`. */
export class RetrievalError extends Error {
  readonly code: RetrievalErrorCode

  constructor(code: RetrievalErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = "RetrievalError"
    this.code = code
  }
}
