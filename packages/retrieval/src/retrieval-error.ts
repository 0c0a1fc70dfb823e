/** `unreadable`: the bytes are no file of their kind; `empty`: the file holds no text. */
export type RetrievalErrorCode = "unreadable" | "empty"

/** Something about a file that its owner can mend; recognise it by `code`. */
export class RetrievalError extends Error {
  readonly code: RetrievalErrorCode

  constructor(code: RetrievalErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = "RetrievalError"
    this.code = code
  }
}
