import { isEmpty, isObject, type JsonObject, listField, stringField, without } from "./json-value.ts"
import type { PartList } from "./part-list.ts"

const TEXT_TYPES = new Set(["text", "input_text", "output_text"])

/** Puts what a message of OpenAI's chat API says among its parts, and returns the fields that none of them holds. */
export function readOpenAiContent(parts: PartList, item: JsonObject): JsonObject {
  const reasoning = stringField(item, "reasoning_content", "reasoning")
  if (reasoning !== undefined && reasoning !== "") parts.add("reasoning", { text: reasoning })
  const { content, refusal, audio, function_call: legacyCall } = item
  const blocks: readonly unknown[] = Array.isArray(content) ? content : content === null || content === undefined ? [] : [content]
  for (const block of blocks) readBlock(parts, block)
  if (typeof refusal === "string") parts.add("text", { text: refusal, field: "refusal" })
  if (isObject(audio)) readAudio(parts, audio)
  for (const call of listField(item, "tool_calls")) readCall(parts, call)
  if (isObject(legacyCall)) readFunction(parts, "call-0", legacyCall, {})
  const known = [
    "role",
    "content",
    "tool_calls",
    ...(typeof refusal === "string" || refusal === null ? ["refusal"] : []),
    ...(isObject(audio) ? ["audio"] : []),
    ...(isObject(legacyCall) ? ["function_call"] : []),
    ...(reasoning === undefined || reasoning === ""
      ? []
      : [typeof item["reasoning_content"] === "string" ? "reasoning_content" : "reasoning"]),
  ]
  return without(item, ...known)
}

/** What a tool gave: its text where that is all, else as it stands. */
export function readResultText(content: unknown): unknown {
  const items: readonly unknown[] = Array.isArray(content) ? content : []
  const [only] = items
  const isText = items.length === 1 && isObject(only) && only["type"] === "text" && isEmpty(without(only, "type", "text"))
  return isText ? (stringField(only, "text") ?? content) : content
}

function readBlock(parts: PartList, block: unknown): void {
  if (typeof block === "string") return parts.text(block)
  if (!isObject(block)) return parts.unknown(block)
  const type = stringField(block, "type") ?? "object"
  const text = stringField(block, "text")
  if (TEXT_TYPES.has(type) && text !== undefined) return parts.text(text, without(block, "text", ...(type === "text" ? ["type"] : [])))
  if (type === "refusal" && typeof block["refusal"] === "string") return parts.add("text", { text: block["refusal"], field: "refusal" })
  if (type === "image_url" || type === "input_image") return readImage(parts, block)
  if (type === "input_audio" && isObject(block["input_audio"])) return readAudio(parts, block["input_audio"])
  if (type === "file" && isObject(block["file"])) return readFile(parts, block["file"])
  parts.unknown(block)
}

function readImage(parts: PartList, block: JsonObject): void {
  const image = block["image_url"]
  const url = typeof image === "string" ? image : isObject(image) ? stringField(image, "url") : undefined
  if (url === undefined) return parts.unknown(block)
  const detail = isObject(image) ? without(image, "url") : {}
  parts.file(
    { url, name: "image", mediaType: url.startsWith("data:") ? undefined : "image/*" },
    { ...without(block, "type", "image_url"), ...detail },
  )
}

/** Sound as base64; of an answer also its words, which is what people read. */
function readAudio(parts: PartList, audio: JsonObject): void {
  const transcript = stringField(audio, "transcript")
  if (transcript !== undefined) parts.add("text", { text: transcript, field: "audio" })
  const data = stringField(audio, "data")
  const format = stringField(audio, "format") ?? "wav"
  const rest = without(audio, "data", "format", "transcript")
  if (data !== undefined) parts.file({ url: `data:audio/${format};base64,${data}`, name: `audio.${format}` }, rest)
  else if (transcript === undefined || !isEmpty(rest)) parts.add("audio", { data: JSON.stringify(without(audio, "transcript")) })
}

function readFile(parts: PartList, file: JsonObject): void {
  const data = stringField(file, "file_data")
  const url = data === undefined || data.startsWith("data:") ? data : `data:application/octet-stream;base64,${data}`
  parts.file({ url, name: stringField(file, "filename") ?? "file" }, without(file, "file_data", "filename"))
}

function readCall(parts: PartList, call: unknown): void {
  const callee = isObject(call) ? (call["function"] ?? call["custom"]) : undefined
  if (!isObject(call) || !isObject(callee)) return parts.unknown(call)
  const rest = without(call, "id", "function", ...(call["type"] === "function" ? ["type"] : []))
  readFunction(parts, stringField(call, "id") ?? `call-${parts.parts.length}`, callee, rest)
}

function readFunction(parts: PartList, toolCallId: string, callee: JsonObject, rest: JsonObject): void {
  const input = callee["arguments"] ?? callee["input"]
  parts.tool(
    { toolCallId, name: stringField(callee, "name") ?? "tool", input },
    { ...rest, ...without(callee, "name", "arguments", "input") },
  )
}
