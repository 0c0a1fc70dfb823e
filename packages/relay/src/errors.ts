import { type Code, ProtocolError } from "@polylogue/protocol"
import { encodeUtf8 } from "lib0/string"

/**
 * What this package throws or hands on:
 * - any code of the protocol: the frame, row, document or session that was judged gets it as its close or reject code.
 * - `closed`: the relay was closed.
 * - `unsound`: a compaction did not read back as what went in; the entries stay as they are.
 */
export type RelayErrorCode = Code | "closed" | "unsound"

/** An expected failure of this package. `code` is API, the text is not. */
export class RelayError extends Error {
  override readonly name = "RelayError"
  readonly code: RelayErrorCode
  constructor(code: RelayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** With what a session is closed that met `error`; `undefined` for one that is no fault of its other end. */
export function closingOf(error: unknown): { readonly code: Code; readonly reason: string } | undefined {
  if (error instanceof ProtocolError) return { code: error.code === "too-large" ? "frame-too-large" : "bad-frame", reason: error.message }
  if (!(error instanceof RelayError) || error.code === "closed" || error.code === "unsound") return undefined
  return { code: error.code, reason: error.message }
}

/** The `code` of an error of this or another package, `undefined` when it has none. */
export function codeOf(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null ? (error as { code?: unknown }).code : undefined
  return typeof code === "string" ? code : undefined
}

/** What a WebSocket close frame takes, in bytes of UTF-8. */
const MAX_REASON_BYTES = 123

/** `reason`, cut to what a WebSocket close frame takes. */
export function closeReason(reason: string): string {
  let text = reason.slice(0, MAX_REASON_BYTES)
  // By code points: half of a pair would not be UTF-8.
  while (encodeUtf8(text).length > MAX_REASON_BYTES) text = Array.from(text).slice(0, -1).join("")
  return text
}
