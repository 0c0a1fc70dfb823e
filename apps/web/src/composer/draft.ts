import { readStored, writeStored } from "../device/stored-value.ts"

/** A message on its way from the composer to the device's log. */
export interface Sending {
  readonly messageId: string
  readonly text: string
}

/**
 * What is being written in a conversation, kept on this device. A text that was sent stays beside the draft until the message with it is on disk:
 * a crash in between brings it back into the composer.
 */
export interface Draft {
  readonly text: string
  readonly sending: readonly Sending[]
}

const EMPTY: Draft = Object.freeze({ text: "", sending: Object.freeze([]) })
const MAX_SENDING = 100

/** Where the draft of a conversation stands. */
export function draftKey(conversationId: string): string {
  return `polylogue.draft.${conversationId}`
}

/** The draft of a conversation; empty when there is none. */
export function readDraft(conversationId: string): Draft {
  return parseDraft(readStored(draftKey(conversationId)))
}

/** Keeps `draft`; an empty one leaves nothing behind. */
export function writeDraft(conversationId: string, draft: Draft): void {
  const empty = draft.text === "" && draft.sending.length === 0
  writeStored(draftKey(conversationId), empty ? null : JSON.stringify(draft))
}

/** The draft after its text was sent as a message. */
export function draftSent(draft: Draft, sending: Sending): Draft {
  return { text: "", sending: [...draft.sending, sending].slice(-MAX_SENDING) }
}

/** The draft once the message is on disk. */
export function draftStored(draft: Draft, messageId: string): Draft {
  return { ...draft, sending: draft.sending.filter((sending) => sending.messageId !== messageId) }
}

/** The draft as it is taken up again: texts whose messages never came to the document go before what was being written. */
export function draftResumed(draft: Draft, hasMessage: (messageId: string) => boolean): Draft {
  const lost = draft.sending.filter(({ messageId }) => !hasMessage(messageId)).map(({ text }) => text)
  if (draft.sending.length === 0) return draft
  return { text: [...lost, draft.text].filter((text) => text !== "").join("\n\n"), sending: [] }
}

/** The draft in a stored text; anything that is none is an empty one, or, when it is not even JSON, a text. */
export function parseDraft(stored: string | null): Draft {
  if (stored === null) return EMPTY
  let value: unknown
  try {
    value = JSON.parse(stored)
  } catch {
    return { text: stored, sending: [] }
  }
  if (typeof value !== "object" || value === null) return EMPTY
  const { text, sending } = value as { text?: unknown; sending?: unknown }
  return { text: typeof text === "string" ? text : "", sending: Array.isArray(sending) ? sending.filter(isSending) : [] }
}

function isSending(value: unknown): value is Sending {
  if (typeof value !== "object" || value === null) return false
  const { messageId, text } = value as Record<string, unknown>
  return typeof messageId === "string" && typeof text === "string"
}
