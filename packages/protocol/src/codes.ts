/**
 * The one table of codes: why a session or a document was closed, or a row or a request refused. The number is the WebSocket close code where a
 * session ends, and travels in `close`, `reject` and `answer` frames. 44xx is permanent: the same attempt fails again, so it is not
 * repeated. 45xx and 1013 are transient: try again later, elsewhere if there is elsewhere. Numbers are never reused; each row
 * is a heading in PROTOCOL.md.
 */
export const CODES = {
  "bad-frame": { number: 4400, scope: "session", meaning: "The other end sent bytes that are no frame." },
  unauthenticated: { number: 4401, scope: "session", meaning: "The token is missing, expired or not valid." },
  "bad-document-id": { number: 4402, scope: "document", meaning: "The name is no document id." },
  forbidden: { number: 4403, scope: "document", meaning: "The principal may not do this." },
  "bad-update": { number: 4405, scope: "row", meaning: "The update is no Yjs update, or not one that a reader could apply." },
  "unsupported-version": { number: 4406, scope: "session", meaning: "No protocol version is spoken by both ends." },
  superseded: { number: 4409, scope: "row", meaning: "The document was reset by its operator; the row belongs to the generation before." },
  "frame-too-large": { number: 4413, scope: "session", meaning: "A frame exceeds the limit announced in the handshake." },
  "row-too-large": { number: 4414, scope: "row", meaning: "The update exceeds the limit announced in the handshake." },
  "client-taken": { number: 4423, scope: "row", meaning: "A Yjs client id in the update belongs to another principal." },
  "same-relay": { number: 4424, scope: "session", meaning: "Both ends of a link are one relay, or copies of one." },
  "too-many-documents": { number: 4429, scope: "document", meaning: "The session has as many documents open as it may." },
  "bad-key": { number: 4430, scope: "request", meaning: "The key names no register." },
  "too-large": { number: 4431, scope: "request", meaning: "The value of a register, or its time to live, is more than it may be." },
  gap: { number: 4510, scope: "row", meaning: "The relay lacks something that the update builds on; a hand-over mends it." },
  internal: { number: 4500, scope: "session", meaning: "The relay failed; nothing that it acknowledged is lost." },
  unavailable: { number: 4503, scope: "session", meaning: "The relay cannot reach its store at the moment." },
  "heartbeat-lost": { number: 4504, scope: "session", meaning: "Nothing was heard from the other end for too long." },
  "handshake-timeout": { number: 4508, scope: "session", meaning: "No hello arrived in time." },
  draining: { number: 4511, scope: "session", meaning: "The relay is being stopped; reconnect, elsewhere if possible." },
  reopen: { number: 4512, scope: "document", meaning: "The principal's permission for the document changed; open it anew." },
  quarantined: {
    number: 4525,
    scope: "document",
    meaning: "The document's stored bytes need an operator; other documents are not affected.",
  },
  "rate-limited": { number: 4529, scope: "session", meaning: "More frames or bytes than the limits allow; slow down." },
  overloaded: { number: 1013, scope: "session", meaning: "The relay has as many sessions or bytes in hand as it can bear." },
  normal: { number: 1000, scope: "session", meaning: "Closed because it is no longer needed." },
} as const satisfies Record<string, CodeRow>

interface CodeRow {
  readonly number: number
  readonly scope: "session" | "document" | "row" | "request"
  readonly meaning: string
}

/** The name of a code: what programs compare. */
export type Code = keyof typeof CODES

const NAMES = new Map<number, Code>(Object.entries(CODES).map(([name, row]) => [row.number, name as Code]))

/** The number of a code on the wire. */
export function codeNumber(code: Code): number {
  return CODES[code].number
}

/** The name of a number from the wire; `undefined` for one that this version does not know (then only {@link isPermanent} counts). */
export function codeName(number: number): Code | undefined {
  return NAMES.get(number)
}

/** Whether the same attempt would fail again, by the band of the number: true for 4400-4499, known or not. */
export function isPermanent(number: number): boolean {
  return number >= 4400 && number < 4500
}
