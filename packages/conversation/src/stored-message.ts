import * as Y from "yjs"
import { hexHash } from "./content-hash.ts"
import { readClock } from "./hybrid-clock.ts"

/** Who wrote a message. */
export interface Author {
  /** Stable id: of a user, of a model, of a tool. */
  readonly id: string
  /** `person`, `model`, `tool`, `system`; others are kept. */
  readonly kind: string
  readonly name?: string
}

/** What is fixed about a message when it is written. Other keys may be there; they are kept and exported. */
export interface MessageCore {
  readonly id: string
  /** The message it follows; null at the start of the conversation. It may name one that has not arrived. */
  readonly parentId: string | null
  /** The sibling this one is another version of (an edit, another answer). */
  readonly alternativeOf?: string
  /** `user`, `assistant`, `system`, `tool`; others are kept. */
  readonly role: string
  readonly authorId: string
  readonly authorKind: string
  readonly authorName?: string
  /** Hybrid logical clock, orders siblings. */
  readonly clock: number
  /** Wall time of the writer in ms since 1970; null when the source of an import had none. */
  readonly createdAt: number | null
  readonly model?: string
  /** Not meant to be read by people: instructions, a model's thoughts. */
  readonly hidden?: boolean
  /** The generation that writes it, when a model does. */
  readonly generationId?: string
  /** Which version of a prompt it was made from: a `MessagePrompt`, where it is one. Read it with `readMessagePrompt`. */
  readonly prompt?: unknown
  /** Its words were erased for good; only its place is left. */
  readonly erased?: true
}

/** A part as it stands in a document or an export. Unknown keys and types are kept. */
export interface StoredPart {
  readonly pid: string
  readonly type: string
  readonly text?: string
  readonly [key: string]: unknown
}

/** A message as plain JSON: what an imported message is, and what a live one becomes in an export. */
export interface StoredMessage {
  readonly core: MessageCore
  readonly parts: readonly StoredPart[]
  /** Where it was imported from, with every field that has no place here as JSON text in `raw`. */
  readonly origin?: MessageOrigin
  /** The whole message as JSON text, where that holds something a document cannot (a lone surrogate, a `__proto__` key). */
  readonly exact?: string
  readonly [key: string]: unknown
}

/** Where an imported message comes from, and what of it has no place of its own: `raw` is JSON text of those fields. */
export interface MessageOrigin {
  readonly source: string
  readonly sourceId: string
  readonly raw?: string
}

type Fields = Readonly<Record<string, unknown>>

/** The message in a value of `messages` or `imported`, read tolerantly: whatever is missing gets a default, nothing is dropped. */
export function readStoredMessage(id: string, value: unknown): StoredMessage {
  const fields = value instanceof Y.Map ? mapFields(value) : asFields(value)
  const { core, parts, ...rest } = fields
  return { core: readCore(id, core), parts: readParts(parts), ...rest }
}

/** Reads only the core, without turning texts into strings. */
export function readStoredCore(id: string, value: unknown): MessageCore {
  return readCore(id, value instanceof Y.Map ? value.get("core") : asFields(value)["core"])
}

/**
 * Digest of what people see of a message: role, author name and parts. Two exports of one message that differ only in
 * metadata have the same; one that was cut short and its complete form do not.
 */
export function messageDigest(message: StoredMessage): string {
  const parts = message.parts.map((part) => [part.type, part.text ?? JSON.stringify(part)])
  return hexHash(message.core.role, message.core.authorName ?? "", JSON.stringify(parts)).slice(0, 16)
}

/** Whether all text of `older` stands at the beginning of the same parts of `newer`, as after more of a stream arrived. */
export function isContained(older: StoredMessage, newer: StoredMessage): boolean {
  return older.parts.every((part, index) => {
    const other = newer.parts[index]
    if (other === undefined || other.type !== part.type) return false
    return part.text === undefined ? JSON.stringify(part) === JSON.stringify(other) : (other.text ?? "").startsWith(part.text)
  })
}

/** The JSON value of a part's or message's field, nested Yjs types included. */
export function plainValue(value: unknown): unknown {
  return value instanceof Y.AbstractType ? value.toJSON() : value
}

function mapFields(map: Y.Map<unknown>): Fields {
  const fields: [string, unknown][] = []
  for (const [key, value] of map.entries()) fields.push([key, key === "parts" ? value : plainValue(value)])
  // Yjs gives the keys in the order in which they arrived, which differs between devices.
  return Object.fromEntries(fields.sort(([left], [right]) => (left < right ? -1 : 1)))
}

function asFields(value: unknown): Fields {
  // A foreign writer may put any shared type anywhere; its text is shown, the rest kept as JSON text.
  if (value instanceof Y.Text) return { type: "text", text: value.toJSON() }
  if (value instanceof Y.AbstractType) return { data: JSON.stringify(value.toJSON()) }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function readCore(id: string, value: unknown): MessageCore {
  const fields = asFields(value)
  const role = text(fields["role"]) ?? "unknown"
  return {
    ...fields,
    id,
    parentId: text(fields["parentId"]) ?? null,
    ...optionalText(fields, "alternativeOf"),
    role,
    authorId: text(fields["authorId"]) ?? "unknown",
    authorKind: text(fields["authorKind"]) ?? "unknown",
    ...optionalText(fields, "authorName"),
    clock: readClock(fields["clock"]),
    createdAt: typeof fields["createdAt"] === "number" ? fields["createdAt"] : null,
    ...(fields["erased"] === true ? { erased: true } : {}),
  }
}

function readParts(value: unknown): StoredPart[] {
  const items: unknown[] = value instanceof Y.Array ? value.toArray() : Array.isArray(value) ? value : []
  return items.map((item, index) => {
    const fields = item instanceof Y.Map ? mapFields(item) : asFields(item)
    return { ...fields, pid: text(fields["pid"]) ?? String(index), type: text(fields["type"]) ?? "unknown" }
  })
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined
}

// A key of the wrong type is as good as absent: undefined overrides what the spread before it brought.
function optionalText(fields: Fields, key: string): Fields {
  if (!(key in fields)) return {}
  return typeof fields[key] === "string" ? { [key]: fields[key] } : { [key]: undefined }
}
