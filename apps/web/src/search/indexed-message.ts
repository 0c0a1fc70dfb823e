import type { ConversationView, Message, MessagePart } from "@polylogue/conversation"
import { countTerms } from "@polylogue/retrieval/words"

/** What the index holds of a message. */
export interface IndexedMessage {
  readonly id: string
  readonly authorId: string
  readonly authorName: string
  readonly role: string
  /** When it was written, in ms since 1970. */
  readonly time: number
  /** How many words and characters it has. */
  readonly length: number
  readonly hasAttachment: boolean
  readonly terms: ReadonlyMap<string, number>
}

/** A text of a message in which one can find something. */
export interface MessageText {
  /** The type of its part: `text`, `reasoning`, `file` … */
  readonly type: string
  readonly text: string
}

/** The messages of a document that can be found: not deleted, with words or an attachment. */
export function* indexedMessages(view: ConversationView): Generator<IndexedMessage> {
  for (const id of view.getTree().nodes.keys()) {
    const message = view.getMessage(id)
    const indexed = message === undefined ? undefined : indexMessage(message)
    if (indexed !== undefined) yield indexed
  }
}

/** What the index holds of `message`; undefined for one that nobody should find. */
function indexMessage(message: Message): IndexedMessage | undefined {
  if (message.deletedAt !== null) return undefined
  const terms = new Map<string, number>()
  let length = 0
  for (const { text } of messageTexts(message)) length += countTerms(text, terms)
  const hasAttachment = message.parts.some(({ type }) => type === "file")
  if (terms.size === 0 && !hasAttachment) return undefined
  return {
    id: message.id,
    authorId: message.authorId,
    authorName: message.authorName ?? "",
    role: message.role,
    time: timeOf(message),
    length,
    hasAttachment,
    terms,
  }
}

/** When a message was written, in ms since 1970. */
export function timeOf({ createdAt, clock }: Message): number {
  return createdAt ?? clock
}

/** The texts of `message` that people may look for, those that one reads first before what is folded away. */
export function messageTexts(message: Message): MessageText[] {
  const texts = message.parts.flatMap(textsOfPart).filter(({ text }) => text !== "")
  return texts.sort((left, right) => rankOf(left) - rankOf(right))
}

/** What one reads first. */
const RANKS = ["text", "quote", "code", "file", "source", "tool"]

function rankOf({ type }: MessageText): number {
  const rank = RANKS.indexOf(type)
  return rank === -1 ? RANKS.length : rank
}

/** Fields of parts that people see, beside `text`. Data of programs and encoded bytes are none. A map, for anybody may name a type `constructor`. */
const SHOWN_FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["file", ["name"]],
  ["source", ["title", "snippet", "url"]],
  ["tool", ["name", "errorText"]],
  ["data", ["name"]],
])

function textsOfPart({ type, text, fields }: MessagePart): MessageText[] {
  const texts = text === null ? [] : [{ type, text }]
  for (const field of SHOWN_FIELDS.get(type) ?? []) {
    const value = fields[field]
    if (typeof value === "string") texts.push({ type, text: value })
  }
  if (type === "tool") for (const field of ["input", "output"]) texts.push({ type, text: plainTexts(fields[field]) })
  return texts
}

/** Deeper structures, and more text than this in UTF-16 units, are data and no reading matter. */
const MAX_DEPTH = 6
const MAX_PLAIN_LENGTH = 20_000

/** The texts in a JSON value, one a line. */
function plainTexts(value: unknown): string {
  const found: string[] = []
  let length = 0
  const visit = (inner: unknown, depth: number): void => {
    if (length > MAX_PLAIN_LENGTH || depth > MAX_DEPTH) return
    if (typeof inner === "string") {
      found.push(inner)
      length += inner.length
    } else if (Array.isArray(inner)) for (const item of inner) visit(item, depth + 1)
    else if (typeof inner === "object" && inner !== null) for (const item of Object.values(inner)) visit(item, depth + 1)
  }
  visit(value, 0)
  return found
    .join("\n")
    .slice(0, MAX_PLAIN_LENGTH)
    .replace(/[\uD800-\uDBFF]$/u, "")
}
