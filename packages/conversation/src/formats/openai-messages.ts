import { hexHash } from "../content-hash.ts"
import { importedId } from "../identifier.ts"
import type { StoredMessage, StoredPart } from "../stored-message.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import { isEmpty, isObject, type JsonObject, readTime, stringField, without } from "./json-value.ts"
import { snippetOf } from "../conversation-card.ts"

const SOURCE = "openai-messages"
const TEXT_TYPES = new Set(["text", "input_text", "output_text"])
const MAX_TITLE_LENGTH = 80

/** Whether `value` looks like a record of OpenAI messages: `{ messages: [{ role, content }] }` and any other fields. */
export function isOpenAiMessages(value: unknown): value is JsonObject {
  if (!isObject(value) || !Array.isArray(value["messages"])) return false
  const [first] = value["messages"] as unknown[]
  return first === undefined || (isObject(first) && typeof first["role"] === "string")
}

/**
 * Reads one record of OpenAI messages. It has no identity of its own (files number their records from 1), so the id comes
 * from its `id` and all its messages: the same record is the same conversation in every file.
 * @throws ImportProblem `bad-message` for a message without a role; `empty` when there is none.
 */
export function readOpenAiMessages(value: JsonObject): ImportedConversation {
  const list = value["messages"] as readonly unknown[]
  if (list.length === 0) throw new ImportProblem("empty", "the record holds no messages", "skipped")
  const rest = without(value, "messages")
  const sourceId = hexHash(JSON.stringify(value["id"] ?? null), JSON.stringify(list))
  const createdAt = readTime(value["created"] ?? value["created_at"] ?? value["tstamp"] ?? value["timestamp"])
  const model = stringField(value, "model")
  const messages: StoredMessage[] = []
  for (const [index, item] of list.entries()) {
    if (!isObject(item) || typeof item["role"] !== "string") {
      throw new ImportProblem("bad-message", `messages[${index}] is not an object with a role`)
    }
    const core = {
      id: importedId(SOURCE, sourceId, String(index)),
      parentId: messages.at(-1)?.core.id ?? null,
      clock: (createdAt ?? 0) + index,
      createdAt,
    }
    messages.push(readMessage(core, index, item, item["role"], model))
  }
  const firstText = messages.find((message) => message.core.role === "user")?.parts.find((part) => part.text !== undefined)?.text
  const title = stringField(value, "title") ?? snippetOf(firstText ?? "", MAX_TITLE_LENGTH)
  return foreignConversation({ source: SOURCE, sourceId, title, createdAt, rest, messages })
}

interface Place {
  readonly id: string
  readonly parentId: string | null
  readonly clock: number
  readonly createdAt: number | null
}

function readMessage(place: Place, index: number, item: JsonObject, role: string, model: string | undefined): StoredMessage {
  const rest = without(item, "role", "content")
  const name = stringField(item, "name")
  const isModel = role === "assistant"
  const hidden = role === "system" || role === "developer"
  return {
    core: {
      ...place,
      role,
      authorId: isModel && model !== undefined ? `model:${model}` : `openai:${name ?? role}`,
      authorKind: isModel ? "model" : role === "user" ? "person" : role === "tool" || role === "function" ? "tool" : "system",
      ...(name === undefined ? {} : { authorName: name }),
      ...(isModel && model !== undefined ? { model } : {}),
      ...(hidden ? { hidden } : {}),
    },
    parts: readContent(item["content"]),
    origin: { source: SOURCE, sourceId: String(index), ...(isEmpty(rest) ? {} : { raw: JSON.stringify(rest) }) },
  }
}

function readContent(content: unknown): StoredPart[] {
  if (content === null || content === undefined) return []
  const items: unknown[] = Array.isArray(content) ? content : [content]
  return items.map((item, index) => ({ pid: String(index), ...readItem(item) }))
}

function readItem(item: unknown): { readonly type: string; readonly text?: string; readonly data?: string } {
  if (typeof item === "string") return { type: "text", text: item }
  if (!isObject(item)) return { type: "json", data: JSON.stringify(item) }
  const type = stringField(item, "type") ?? "object"
  const text = stringField(item, "text")
  if (!TEXT_TYPES.has(type) || text === undefined) return { type: type.replaceAll("_", "-"), data: JSON.stringify(item) }
  const rest = without(item, "type", "text")
  return { type: "text", text, ...(isEmpty(rest) && type === "text" ? {} : { data: JSON.stringify(without(item, "text")) }) }
}
