import { importedId } from "../identifier.ts"
import type { StoredMessage } from "../stored-message.ts"
import { snippetOf } from "../conversation-card.ts"
import { readAssistantUiMessage } from "./assistant-ui-parts.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportedBlobs } from "./imported-blobs.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import { isEmpty, isObject, type JsonObject, listField, readEpoch, stringField, without } from "./json-value.ts"
import { type Linked, placeMessages } from "./linked-messages.ts"
import { readOwnFields } from "./own-fields.ts"
import { chatId, readUiMessage, timeOf } from "./ui-messages.ts"

const SOURCE = "assistant-ui"
const MAX_TITLE_LENGTH = 80

/** Whether `value` is a row of assistant-ui's storage: `{ id, parent_id, format, content }`. */
export function isAssistantUiRow(value: unknown): value is JsonObject {
  return isObject(value) && typeof value["format"] === "string" && "parent_id" in value && isObject(value["content"])
}

/** Whether `value` looks like a thread of assistant-ui: `{ headId, messages }` as it exports one, or rows of its storage. */
export function isAssistantUi(value: unknown): value is JsonObject {
  if (!isObject(value) || !Array.isArray(value["messages"])) return false
  const [first] = listField(value, "messages")
  if (first === undefined) return "headId" in value
  return isAssistantUiRow(first) || (isObject(first) && isObject(first["message"]) && "parentId" in first)
}

interface Row {
  readonly link: Linked<JsonObject>
  /** How the message is written: as assistant-ui's own, or as the AI SDK's. */
  readonly format: string
  readonly raw: JsonObject
}

/**
 * Reads one thread of assistant-ui with all its branches, in either form and with messages of its own or of the AI SDK.
 * A thread without a name is named by its first message, so that a longer export of it adds to a shorter one.
 * @throws ImportProblem `bad-message` for an entry that holds no message; `empty` when there is none.
 */
export function readAssistantUi(value: JsonObject): ImportedConversation {
  const list = listField(value, "messages")
  if (list.length === 0) throw new ImportProblem("empty", "the thread holds no messages", "skipped")
  const rows = list.map((entry, index) => (isAssistantUiRow(entry) ? storedRow(entry, index) : exportedRow(entry, index)))
  const rowOf = new Map(rows.map((row) => [row.link.value, row]))
  const sourceId = stringField(value, "threadId", "remoteId", "id") ?? chatId(rows.map(({ link }) => link.value))
  const idOf = (key: string): string => importedId(SOURCE, sourceId, key)
  const createdAt = readEpoch(value["createdAt"]) ?? rows.find(({ link }) => link.time !== null)?.link.time ?? null
  const blobs = new ImportedBlobs()
  const feedback: { messageId: string; value: unknown }[] = []
  const messages = placeMessages(
    rows.map(({ link }) => link),
    createdAt ?? 0,
  ).map(({ key, parent, alternativeOf, clock, time, value: item }): StoredMessage => {
    const row = rowOf.get(item)
    const isUi = row?.format.startsWith("ai-sdk/") === true || Array.isArray(item["parts"])
    const read = isUi ? readUiMessage(SOURCE, item, blobs) : readAssistantUiMessage(SOURCE, item, blobs)
    const rating = isObject(item["metadata"]) ? readRating(item["metadata"]["submittedFeedback"]) : undefined
    if (rating !== undefined) feedback.push({ messageId: idOf(key), value: rating })
    const links = {
      parentId: parent === null ? null : idOf(parent),
      ...(alternativeOf === null ? {} : { alternativeOf: idOf(alternativeOf) }),
    }
    const raw = { ...read.raw, ...row?.raw }
    return {
      core: { id: idOf(key), ...links, ...read.author, clock, createdAt: time },
      parts: read.parts,
      origin: { source: SOURCE, sourceId: key, ...(isEmpty(raw) ? {} : { raw: JSON.stringify(raw) }) },
    }
  })
  const head = stringField(value, "headId")
  const firstText = messages.find(({ core }) => core.role === "user")?.parts.find(({ type }) => type === "text")?.text
  return foreignConversation({
    source: SOURCE,
    sourceId,
    title: stringField(value, "title") ?? snippetOf(firstText ?? "", MAX_TITLE_LENGTH),
    createdAt,
    rest: without(value, "messages"),
    messages,
    head: head !== undefined && rows.some(({ link }) => link.key === head) ? idOf(head) : undefined,
    feedback,
    blobs,
    card: value["status"] === "archived" ? { archived: true } : {},
  })
}

function exportedRow(entry: unknown, index: number): Row {
  const message = isObject(entry) ? entry["message"] : undefined
  if (!isObject(entry) || !isObject(message)) throw new ImportProblem("bad-message", `messages[${index}] holds no message`)
  return {
    link: linkOf(message, stringField(message, "id") ?? `#${index}`, entry["parentId"]),
    format: "",
    raw: without(entry, "message", "parentId"),
  }
}

function storedRow(entry: JsonObject, index: number): Row {
  const content = entry["content"] as JsonObject
  const format = stringField(entry, "format") ?? ""
  const link = linkOf({ createdAt: entry["created_at"], ...content }, stringField(entry, "id") ?? `#${index}`, entry["parent_id"])
  return { link, format, raw: without(entry, "id", "parent_id", "content", "created_at") }
}

function linkOf(message: JsonObject, key: string, parent: unknown): Linked<JsonObject> {
  const metadata = isObject(message["metadata"]) ? message["metadata"] : {}
  const own = readOwnFields(metadata["custom"]) ?? readOwnFields(metadata)
  return {
    key,
    parent: typeof parent === "string" ? parent : null,
    time: own === undefined ? timeOf(message) : own.createdAt,
    clock: own?.clock,
    alternativeOf: own === undefined ? undefined : own.alternativeOf,
    value: message,
  }
}

function readRating(feedback: unknown): unknown {
  const type = isObject(feedback) ? feedback["type"] : undefined
  return type === "positive" || type === "negative" ? { rating: type === "positive" ? "up" : "down" } : undefined
}
