/**
 * The one table of codes: why a session or a document was closed, or a row or a request refused. The number is the WebSocket close code where a
 * session ends, and travels in `close`, `reject` and `answer` frames. 44xx is permanent: the same attempt fails again, so it is not
 * repeated. 45xx and 1013 are transient: try again later, elsewhere if there is elsewhere. Numbers are never reused; each row
 * is a heading in PROTOCOL.md. What they mean stands in `CODE_MEANINGS`.
 */
export const CODES = {
  "bad-frame": 4400,
  unauthenticated: 4401,
  "bad-document-id": 4402,
  forbidden: 4403,
  "bad-update": 4405,
  "unsupported-version": 4406,
  superseded: 4409,
  "frame-too-large": 4413,
  "row-too-large": 4414,
  "client-taken": 4423,
  "same-relay": 4424,
  "too-many-documents": 4429,
  "bad-key": 4430,
  "too-large": 4431,
  gap: 4510,
  internal: 4500,
  unavailable: 4503,
  "heartbeat-lost": 4504,
  "handshake-timeout": 4508,
  draining: 4511,
  reopen: 4512,
  quarantined: 4525,
  "rate-limited": 4529,
  overloaded: 1013,
  normal: 1000,
} as const

/** The name of a code: what programs compare. */
export type Code = keyof typeof CODES

const NAMES = new Map<number, Code>(Object.entries(CODES).map(([name, number]) => [number, name as Code]))

/** The number of a code on the wire. */
export function codeNumber(code: Code): number {
  return CODES[code]
}

/** The name of a number from the wire; `undefined` for one that this version does not know (then only {@link isPermanent} counts). */
export function codeName(number: number): Code | undefined {
  return NAMES.get(number)
}

/** Whether the same attempt would fail again, by the band of the number: true for 4400-4499, known or not. */
export function isPermanent(number: number): boolean {
  return number >= 4400 && number < 4500
}
