import * as Y from "yjs"
import { ConversationError } from "./conversation-error.ts"
import { isDeeperThan, MAX_DEPTH, storable } from "./formats/json-value.ts"
import type { Message } from "./message.ts"
import { wellFormed } from "./well-formed.ts"

/** Most parts that one message is written with; a reply may grow beyond it part by part. */
export const MAX_NEW_PARTS = 256

/**
 * A part as its author gives it: `type`, `text` where it has one, and the fields of that type (README, "Parts") as plain JSON. Lone surrogates become
 * U+FFFD. `pid` and `streams` are the model's own and are passed over.
 */
export interface NewPart {
  readonly type: string
  readonly text?: string
  readonly [field: string]: unknown
}

/** Fields that a part gets from the model. */
const OWN_FIELDS: ReadonlySet<string> = new Set(["pid", "type", "text", "streams"])
/** Parts that belong to the one message that made them: a copy would be a second call. */
const CALLS: ReadonlySet<string> = new Set(["tool"])

/**
 * A complete part, not yet in a document.
 * @throws ConversationError `too-large` for values nested deeper than 100.
 */
export function storedPart(pid: string, part: NewPart): Y.Map<unknown> {
  const stored = new Y.Map<unknown>()
  for (const [key, value] of Object.entries(part)) {
    if (!OWN_FIELDS.has(key) && value !== undefined) stored.set(wellFormed(key), plainJson(value, `field ${key} of a part`))
  }
  stored.set("pid", pid)
  stored.set("type", wellFormed(part.type))
  if (part.text !== undefined) stored.set("text", new Y.Text(wellFormed(part.text)))
  return stored
}

/** A part whose text is still to come, not yet in a document: it counts as `streaming` until a state is noted. */
export function streamingPart(
  pid: string,
  type: string,
  fields: Readonly<Record<string, unknown>> = {},
): { part: Y.Map<unknown>; pid: string; text: Y.Text } {
  const part = storedPart(pid, { ...fields, type })
  const text = new Y.Text()
  part.set("streams", true)
  part.set("text", text)
  return { part, pid, text }
}

/**
 * `value` as a document can hold it.
 * @throws ConversationError `too-large` when it nests deeper than 100.
 */
export function plainJson(value: unknown, what: string): unknown {
  if (isDeeperThan(value, MAX_DEPTH)) throw new ConversationError("too-large", `${what} nests deeper than ${MAX_DEPTH}`)
  return storable(value)
}

/**
 * What a new version of `message` with another text is made of: its quotes, files and whatever else it carries stay, in order; the text stands where
 * its first text stood.
 */
export function partsWithText(message: Message, text: string): NewPart[] {
  const parts: NewPart[] = []
  let placed = false
  for (const part of message.parts) {
    if (part.type === "text") {
      if (!placed) parts.push({ type: "text", text })
      placed = true
    } else if (!CALLS.has(part.type)) {
      parts.push({ ...part.fields, type: part.type, ...(part.text === null ? {} : { text: part.text }) })
    }
  }
  return placed ? parts : [...parts, { type: "text", text }]
}
