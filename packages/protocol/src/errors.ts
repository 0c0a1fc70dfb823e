/**
 * What can be wrong with bytes from a socket, or with a value that is to become some:
 * - `truncated`: the input ends inside a value.
 * - `bad-value`: a value is outside its range or form (an id, a text that is not UTF-8, a number past 2^53 - 1).
 * - `too-large`: a frame, a text, a list or a transfer exceeds its limit.
 * - `bad-transfer`: a part does not continue the transfer that it names.
 */
export type ProtocolErrorCode = "truncated" | "bad-value" | "too-large" | "bad-transfer"

/** An expected failure of this package. `code` is API, the text is not. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError"
  readonly code: ProtocolErrorCode
  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
