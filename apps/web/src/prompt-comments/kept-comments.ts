import type { TextAnchor } from "@polylogue/conversation"
import { readStored } from "../device/stored-value.ts"

/** Where a comment that was begun on this device stands. */
export interface KeptPlace {
  readonly slotId: string
  readonly anchor: TextAnchor | null
}

/** Key of the place of a new comment. */
export function placeKey(documentId: string, draftId: string): string {
  return `polylogue.prompt-comment-place.${documentId}.${draftId}`
}

/** Key of a text that is being written: of a new comment, of an answer, of another text for a comment. */
export function textKey(documentId: string, draftId: string, id: string): string {
  return `polylogue.prompt-comment.${documentId}.${draftId}.${id}`
}

/** What is kept at `key`; undefined when it is nothing, or damaged. */
export function readPlace(key: string): KeptPlace | undefined {
  const stored = readStored(key)
  if (stored === null) return undefined
  try {
    const { slotId, anchor } = JSON.parse(stored) as { readonly slotId?: unknown; readonly anchor?: unknown }
    if (typeof slotId !== "string") return undefined
    return anchor === null ? { slotId, anchor } : isAnchor(anchor) ? { slotId, anchor } : undefined
  } catch {
    return undefined
  }
}

/** Whether a stored value is the anchor of a remark. */
export function isAnchor(value: unknown): value is TextAnchor {
  const { start, end, quote, position } = fieldsOf(value)
  const { exact, prefix, suffix } = fieldsOf(quote)
  const { from, to } = fieldsOf(position)
  return [start, end, exact, prefix, suffix].every((text) => typeof text === "string") && [from, to].every((at) => Number.isSafeInteger(at))
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}
}
