import { hexHash } from "../content-hash.ts"
import { importedId } from "../identifier.ts"
import type { StoredMessage } from "../stored-message.ts"
import { snippetOf } from "../conversation-card.ts"
import { authorship } from "./authorship.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportedBlobs } from "./imported-blobs.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import { isEmpty, isObject, type JsonObject, listField, readTime, stringField, without } from "./json-value.ts"
import { readOpenAiContent, readResultText } from "./openai-content.ts"
import { PartList } from "./part-list.ts"

const SOURCE = "openai-messages"
const MAX_TITLE_LENGTH = 80

/** Whether `value` is a message as OpenAI's chat API takes it: a role and a content. */
export function isOpenAiMessage(value: unknown): value is JsonObject {
  return isObject(value) && typeof value["role"] === "string" && ("content" in value || "tool_calls" in value || "function_call" in value)
}

/** Whether `value` looks like a record of OpenAI messages: `{ messages: [{ role, content }] }` and any other fields. */
export function isOpenAiMessages(value: unknown): value is JsonObject {
  if (!isObject(value) || !Array.isArray(value["messages"])) return false
  const [first] = listField(value, "messages")
  return first === undefined || (isObject(first) && typeof first["role"] === "string")
}

/**
 * Reads one record of OpenAI messages. It has no identity of its own (files number their records from 1), so the id comes
 * from its `id` and all its messages: the same record is the same conversation in every file.
 * @throws ImportProblem `bad-message` for a message without a role; `empty` when there is none.
 */
export function readOpenAiMessages(value: JsonObject): ImportedConversation {
  return readRoleMessages({
    source: SOURCE,
    value: without(value, "messages"),
    list: listField(value, "messages"),
    title: stringField(value, "title"),
    model: stringField(value, "model"),
  })
}

/** A line of messages with roles, and what it belongs to. */
interface RoleMessages {
  readonly source: string
  /** The record without its messages. */
  readonly value: JsonObject
  readonly list: readonly unknown[]
  readonly title?: string | undefined
  readonly model?: string | undefined
  /** Default: a hash of the record's `id` and its messages. */
  readonly sourceId?: string | undefined
}

/** Reads a line of messages with roles. What a tool gave directly after its call joins the call; the message it came in is in the caller's raw form. */
export function readRoleMessages({ source, value, list, title, model, sourceId: given }: RoleMessages): ImportedConversation {
  if (list.length === 0) throw new ImportProblem("empty", "the record holds no messages", "skipped")
  const sourceId = given ?? hexHash(JSON.stringify(value["id"] ?? null), JSON.stringify(list))
  const createdAt = readTime(value["created"] ?? value["created_at"] ?? value["tstamp"] ?? value["timestamp"])
  const blobs = new ImportedBlobs()
  const messages: StoredMessage[] = []
  let calls: PartList | undefined
  for (const [index, item] of list.entries()) {
    if (!isObject(item) || typeof item["role"] !== "string") {
      throw new ImportProblem("bad-message", `messages[${index}] is not an object with a role`)
    }
    if (calls !== undefined && joinResult(calls, item)) continue
    const parts = new PartList(blobs)
    const place = {
      id: importedId(source, sourceId, String(index)),
      parentId: messages.at(-1)?.core.id ?? null,
      clock: (createdAt ?? 0) + index,
      createdAt,
    }
    messages.push(readMessage(source, place, index, item, parts, model))
    calls = parts
  }
  const firstText = messages.find(({ core }) => core.role === "user")?.parts.find((part) => part.text !== undefined)?.text
  const shownTitle = title ?? snippetOf(firstText ?? "", MAX_TITLE_LENGTH)
  return foreignConversation({ source, sourceId, title: shownTitle, createdAt, rest: value, messages, blobs })
}

interface Place {
  readonly id: string
  readonly parentId: string | null
  readonly clock: number
  readonly createdAt: number | null
}

function readMessage(
  source: string,
  place: Place,
  index: number,
  item: JsonObject,
  parts: PartList,
  model: string | undefined,
): StoredMessage {
  const rest = readOpenAiContent(parts, item)
  const role = stringField(item, "role") ?? "unknown"
  const name = stringField(item, "name")
  return {
    core: { ...place, ...authorship({ source: source === SOURCE ? "openai" : source, role, name, model }) },
    parts: parts.parts,
    origin: { source, sourceId: String(index), ...(isEmpty(rest) ? {} : { raw: JSON.stringify(rest) }) },
  }
}

/** Joins the result in a `tool` or `function` message to its call, when that stands in the message before it and has none. */
function joinResult(calls: PartList, item: JsonObject): boolean {
  const id = stringField(item, "tool_call_id")
  if (item["role"] !== "tool" && item["role"] !== "function") return false
  if (item["role"] === "tool" && id === undefined) return false
  return calls.toolResult(id, readResultText(item["content"]), false, without(item, "role", "content", "tool_call_id"))
}
