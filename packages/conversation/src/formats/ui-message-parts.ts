import { isObject, type JsonObject, stringField, without } from "./json-value.ts"
import { OWN_PART, takeOwn } from "./own-fields.ts"
import type { PartList } from "./part-list.ts"

/** States that end with the program that was in them: an import is not going on. */
const GOING_ON = new Set(["streaming", "input-streaming"])

/** Puts one part of a UI message of the AI SDK among the parts of the message; versions 4 to 6. */
export function readUiPart(parts: PartList, item: unknown): void {
  if (!isObject(item)) return parts.unknown(item)
  const { own, rest: part, ours } = takeOwn(item, "callProviderMetadata" in item ? "callProviderMetadata" : "providerMetadata")
  const rest = (...keys: readonly string[]): JsonObject => without(part, "type", ...keys)
  const type = stringField(part, "type") ?? ""
  const text = stringField(part, "text")
  if (type === "text" && text !== undefined) parts.add("text", { text, ...ended(part), ...own }, restOfState(part, "text"))
  else if (type === "reasoning" && (text ?? stringField(part, "reasoning")) !== undefined) {
    parts.add("reasoning", { text: text ?? part["reasoning"], ...ended(part), ...own }, restOfState(part, "text", "reasoning"))
  } else if (type === "file") readFile(parts, part, own)
  else if (type === "source-url" && typeof part["url"] === "string") {
    const fields = { url: part["url"], title: stringField(part, "title") }
    parts.add("source", { ...fields, ...own }, ours ? {} : rest("url", "title"))
  } else if (type === "source-document") {
    const fields = { title: stringField(part, "title"), mediaType: stringField(part, "mediaType") }
    parts.add("source", { ...fields, ...own }, ours ? {} : rest("title", "mediaType"))
  } else if (type === "dynamic-tool" || type.startsWith("tool-")) readTool(parts, type, part, own)
  else if (type.startsWith("data-")) readData(parts, type.slice("data-".length), part, own)
  else parts.unknown(item)
}

/** A `data` part; one of ours holds a part of a type that the format does not know. */
export function readData(parts: PartList, name: string, part: JsonObject, own: JsonObject = {}): void {
  const { data } = part
  const type = isObject(data) ? stringField(data, "type") : undefined
  if (name === OWN_PART && isObject(data) && type !== undefined) return parts.add(type, without(data, "pid", "type"))
  parts.add("data", { name, data, ...own }, without(part, "type", "data", "name"))
}

function readFile(parts: PartList, part: JsonObject, own: JsonObject): void {
  const url = stringField(part, "url", "data")
  const file = { url, name: stringField(part, "filename", "name") ?? "file", mediaType: stringField(part, "mediaType", "mimeType") }
  parts.file(file, without(part, "type", "url", "data", "filename", "name", "mediaType", "mimeType"), own)
}

function readTool(parts: PartList, type: string, part: JsonObject, own: JsonObject): void {
  // Until version 5 a call stood in an object of its own, under other names.
  const call = isObject(part["toolInvocation"]) ? part["toolInvocation"] : part
  const old = call !== part
  const name = stringField(call, "toolName") ?? (type === "dynamic-tool" ? "tool" : type.slice("tool-".length))
  const state = stringField(call, "state")
  const tool = {
    toolCallId: stringField(call, "toolCallId") ?? `call-${parts.parts.length}`,
    name,
    input: call[old ? "args" : "input"] ?? (typeof own["inputText"] === "string" ? undefined : null),
    output: call[old ? "result" : "output"],
    errorText: stringField(call, "errorText"),
    state: old || state === undefined ? undefined : GOING_ON.has(state) ? "stopped" : state,
  }
  const known = ["type", "toolName", "toolCallId", "state", "input", "output", "errorText", "args", "result", "toolInvocation", "approval"]
  const more = { ...without(part, ...known), ...(old ? without(call, ...known) : {}), ...(state === "input-streaming" ? { state } : {}) }
  parts.tool(tool, { ...more, ...(old && state === "partial-call" ? { state } : {}) }, { approval: part["approval"], ...own })
}

function ended(part: JsonObject): JsonObject {
  return GOING_ON.has(String(part["state"])) ? { state: "stopped" } : {}
}

function restOfState(part: JsonObject, ...keys: readonly string[]): JsonObject {
  return without(part, "type", ...keys, ...(part["state"] === "done" ? ["state"] : []))
}
