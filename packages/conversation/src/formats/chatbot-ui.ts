import { isObject, type JsonObject, listField, stringField, without } from "./json-value.ts"
import type { ImportedConversation } from "./import-item.ts"
import { readRoleMessages } from "./openai-messages.ts"

const SOURCE = "chatbot-ui"

/** Whether `value` looks like one conversation in the history that Chatbot UI exported. */
export function isChatbotUi(value: unknown): value is JsonObject {
  if (!isObject(value) || !Array.isArray(value["messages"]) || typeof value["name"] !== "string" || !("folderId" in value)) return false
  const [first] = listField(value, "messages")
  return first === undefined || (isObject(first) && typeof first["role"] === "string")
}

/** Reads one conversation of Chatbot UI: a line, with its instructions beside it. */
export function readChatbotUi(value: JsonObject): ImportedConversation {
  const { model } = value
  const prompt = stringField(value, "prompt") ?? ""
  const instructions = prompt === "" ? [] : [{ role: "system", content: prompt }]
  return readRoleMessages({
    source: SOURCE,
    value: without(value, "prompt", "messages"),
    list: [...instructions, ...listField(value, "messages")],
    title: stringField(value, "name"),
    model: isObject(model) ? stringField(model, "id") : undefined,
    // It names its conversations itself, at random.
    sourceId: stringField(value, "id"),
  })
}
