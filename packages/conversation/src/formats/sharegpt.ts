import { hexHash } from "../content-hash.ts"
import { importedId } from "../identifier.ts"
import type { StoredMessage } from "../stored-message.ts"
import { snippetOf } from "../conversation-card.ts"
import { authorship } from "./authorship.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportedBlobs } from "./imported-blobs.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import { isEmpty, isObject, type JsonObject, listField, readEpoch, stringField, without } from "./json-value.ts"
import { PartList } from "./part-list.ts"

const SOURCE = "sharegpt"
const MAX_TITLE_LENGTH = 80
/** Where data sets in this form keep the turns. */
const LISTS = ["conversations", "conversation", "items"]
const ROLES: Readonly<Record<string, string>> = {
  human: "user",
  user: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  bing: "assistant",
  bard: "assistant",
  model: "assistant",
  assistant: "assistant",
  system: "system",
  function_call: "assistant",
  tool_call: "assistant",
  observation: "tool",
  function_response: "tool",
  tool_response: "tool",
  tool: "tool",
}
const CALLS = new Set(["function_call", "tool_call"])

/** Whether `value` is one turn in the form of ShareGPT: `{ from, value }`. */
export function isShareGptTurn(value: unknown): value is JsonObject {
  return isObject(value) && typeof value["from"] === "string" && ("value" in value || "content" in value || "text" in value)
}

/** Whether `value` looks like a record in the form of ShareGPT: a list of `{ from, value }` under one of a few names. */
export function isShareGpt(value: unknown): value is JsonObject {
  return isObject(value) && listName(value) !== undefined
}

/**
 * Reads one record in the form of ShareGPT, which is a line. Calls of functions and what was observed next are one part. Like other
 * records of data sets it has no identity of its own, so the id comes from all of it.
 */
export function readShareGpt(value: JsonObject): ImportedConversation {
  const name = listName(value) ?? "conversations"
  const turns = listField(value, name)
  const rest = without(value, name)
  const sourceId = hexHash(JSON.stringify(value["id"] ?? null), JSON.stringify(turns), JSON.stringify(value["system"] ?? null))
  const createdAt = readEpoch(value["create_time"] ?? value["created_at"] ?? value["timestamp"])
  const model = stringField(value, "model")
  const blobs = new ImportedBlobs()
  const messages: StoredMessage[] = []
  const add = (role: string, parts: PartList, index: string, raw: JsonObject): void => {
    const place = { id: importedId(SOURCE, sourceId, index), parentId: messages.at(-1)?.core.id ?? null }
    const core = { ...place, ...authorship({ source: SOURCE, role, model }), clock: (createdAt ?? 0) + messages.length, createdAt }
    messages.push({
      core,
      parts: parts.parts,
      origin: { source: SOURCE, sourceId: index, ...(isEmpty(raw) ? {} : { raw: JSON.stringify(raw) }) },
    })
  }
  const system = stringField(value, "system", "system_prompt") ?? ""
  if (system !== "") {
    const parts = new PartList(blobs)
    parts.text(system)
    add("system", parts, "system", {})
  }
  let open: PartList | undefined
  for (const [index, turn] of turns.entries()) {
    if (!isShareGptTurn(turn)) throw new ImportProblem("bad-message", `${name}[${index}] is not an object with \`from\``)
    const from = stringField(turn, "from") ?? ""
    const role = Object.hasOwn(ROLES, from.toLowerCase()) ? (ROLES[from.toLowerCase()] ?? from) : from
    const raw = { ...without(turn, "from", "value", "content", "text"), ...(role === from ? {} : { from }) }
    const content = turn["value"] ?? turn["content"] ?? turn["text"]
    if (role === "tool" && open?.toolResult(undefined, content, false, without(turn, "value", "content", "text")) === true) continue
    const parts = new PartList(blobs)
    readContent(parts, content, CALLS.has(from.toLowerCase()))
    open = parts
    add(role, parts, String(index), raw)
  }
  const firstText = messages.find(({ core }) => core.role === "user")?.parts.find(({ text }) => text !== undefined)?.text
  const title = stringField(value, "title") ?? snippetOf(firstText ?? "", MAX_TITLE_LENGTH)
  return foreignConversation({ source: SOURCE, sourceId, title, createdAt, rest, messages, blobs })
}

function listName(value: JsonObject): string | undefined {
  return LISTS.find((name) => isShareGptTurn(listField(value, name)[0]))
}

function readContent(parts: PartList, content: unknown, isCall: boolean): void {
  const call = isCall ? readCall(content) : undefined
  const name = call === undefined ? undefined : stringField(call, "name")
  if (call !== undefined && name !== undefined) {
    const input = call["arguments"] ?? call["parameters"] ?? null
    parts.tool({ toolCallId: "call-0", name, input }, without(call, "name", "arguments", "parameters"))
  } else if (typeof content === "string") parts.text(content)
  else if (content !== null && content !== undefined) parts.unknown(content)
}

/** A call stands in its turn as JSON text, or as the object itself. */
function readCall(content: unknown): JsonObject | undefined {
  if (isObject(content)) return content
  if (typeof content !== "string") return undefined
  try {
    const call = JSON.parse(content) as unknown
    return isObject(call) ? call : undefined
  } catch {
    return undefined
  }
}
