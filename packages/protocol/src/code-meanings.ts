import type { Code } from "./codes.ts"

/** What a code ends or refuses, and why, in a sentence for people. */
export interface CodeMeaning {
  readonly scope: "session" | "document" | "row" | "request"
  readonly meaning: string
}

/** What each code means. Apart from the numbers, so that a page which only compares codes does not load the sentences. */
export const CODE_MEANINGS: Readonly<Record<Code, CodeMeaning>> = Object.freeze({
  "bad-frame": { scope: "session", meaning: "The other end sent bytes that are no frame." },
  unauthenticated: { scope: "session", meaning: "The token is missing, expired or not valid." },
  "bad-document-id": { scope: "document", meaning: "The name is no document id." },
  forbidden: { scope: "document", meaning: "The principal may not do this." },
  "bad-update": { scope: "row", meaning: "The update is no Yjs update, or not one that a reader could apply." },
  "unsupported-version": { scope: "session", meaning: "No protocol version is spoken by both ends." },
  superseded: { scope: "row", meaning: "The document was reset by its operator; the row belongs to the generation before." },
  "frame-too-large": { scope: "session", meaning: "A frame exceeds the limit announced in the handshake." },
  "row-too-large": { scope: "row", meaning: "The update exceeds the limit announced in the handshake." },
  "client-taken": { scope: "row", meaning: "A Yjs client id in the update belongs to another principal." },
  "same-relay": { scope: "session", meaning: "Both ends of a link are one relay, or copies of one." },
  "too-many-documents": { scope: "document", meaning: "The session has as many documents open as it may." },
  "bad-key": { scope: "request", meaning: "The key names no register." },
  "too-large": { scope: "request", meaning: "The value of a register, or its time to live, is more than it may be." },
  gap: { scope: "row", meaning: "The relay lacks something that the update builds on; a hand-over mends it." },
  internal: { scope: "session", meaning: "The relay failed; nothing that it acknowledged is lost." },
  unavailable: { scope: "session", meaning: "The relay cannot reach its store at the moment." },
  "heartbeat-lost": { scope: "session", meaning: "Nothing was heard from the other end for too long." },
  "handshake-timeout": { scope: "session", meaning: "No hello arrived in time." },
  draining: { scope: "session", meaning: "The relay is being stopped; reconnect, elsewhere if possible." },
  reopen: { scope: "document", meaning: "The principal's permission for the document changed; open it anew." },
  quarantined: { scope: "document", meaning: "The document's stored bytes need an operator; other documents are not affected." },
  "rate-limited": { scope: "session", meaning: "More frames or bytes than the limits allow; slow down." },
  overloaded: { scope: "session", meaning: "The relay has as many sessions or bytes in hand as it can bear." },
  normal: { scope: "session", meaning: "Closed because it is no longer needed." },
})
