import type * as Y from "yjs"
import type { KeyIndex } from "./record-key.ts"
import { isContained, readStoredMessage, type StoredMessage } from "./stored-message.ts"

/** Where a message stands in the document. */
export interface MessageSource {
  /** The value in `messages` or `imported`. */
  readonly value: unknown
  /** It was written here and may still grow; false for an imported value. */
  readonly live: boolean
  /** For a differing text of a message that is here already, the id of that message; it is an alternative of it. */
  readonly variantOf: string | null
}

/**
 * The messages that stand under the id `owner`: usually one.
 *
 * Two devices can import different exports of one message, say one from before its answer was complete, or a backup of a
 * message that lives on elsewhere. Both texts are kept under keys of their own. The live one, else the longest, else the
 * one with the greatest key has the id; a text that stands in it already is not shown again; any other becomes an
 * alternative with the id `<owner>~<digest>`.
 */
export function readSources(owner: string, messages: Y.Map<unknown>, imported: KeyIndex): ReadonlyMap<string, MessageSource> {
  const live = messages.get(owner)
  const variants = [...imported.records(owner)].map(([rest, value]) => ({ digest: rest.join("-"), value }))
  const [only] = variants
  if (live === undefined && only === undefined) return new Map()
  if (only === undefined) return new Map([[owner, { value: live, live: true, variantOf: null }]])
  if (live === undefined && variants.length === 1) return new Map([[owner, { value: only.value, live: false, variantOf: null }]])

  const read = variants
    .map(({ digest, value }) => ({ digest, value, message: readStoredMessage(owner, value) }))
    .sort((left, right) => textLength(right.message) - textLength(left.message) || (left.digest < right.digest ? 1 : -1))
  const sources = new Map<string, MessageSource>()
  const shown: StoredMessage[] = []
  if (live !== undefined) {
    sources.set(owner, { value: live, live: true, variantOf: null })
    shown.push(readStoredMessage(owner, live))
  }
  for (const { digest, value, message } of read) {
    if (shown.some((other) => isContained(message, other))) continue
    shown.push(message)
    if (sources.size === 0) sources.set(owner, { value, live: false, variantOf: null })
    else sources.set(`${owner}~${digest}`, { value, live: false, variantOf: owner })
  }
  return sources
}

function textLength(message: StoredMessage): number {
  return message.parts.reduce((length, part) => length + (part.text?.length ?? 0), 0)
}
