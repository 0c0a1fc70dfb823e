import type { StoredPart } from "../stored-message.ts"
import { splitAtPair } from "../well-formed.ts"
import type { ImportedBlobs } from "./imported-blobs.ts"
import { isObject, type JsonObject, listField, sizeField, stringField, without } from "./json-value.ts"
import { PartList } from "./part-list.ts"

/** Longest snippet of a source, in characters; the whole passage stays in the part's raw form. */
const MAX_SNIPPET_LENGTH = 500
const KNOWN = ["id", "parentId", "childrenIds", "role", "model", "modelName", "timestamp", "content", "output", "files", "sources"]

/** The parts of an Open WebUI message, and the fields of it that none of them holds. */
export function readOpenWebUiParts(
  item: unknown,
  blobs: ImportedBlobs,
): { readonly parts: readonly StoredPart[]; readonly rest: JsonObject } {
  const parts = new PartList(blobs)
  if (!isObject(item)) {
    parts.unknown(item)
    return { parts: parts.parts, rest: {} }
  }
  for (const file of listField(item, "files")) readFile(parts, file)
  for (const step of listField(item, "output")) readStep(parts, step)
  const { content } = item
  const useContent = parts.texts.length === 0
  const ended = isObject(item["error"]) || item["error"] === true ? { state: "failed" } : item["done"] === false ? { state: "stopped" } : {}
  const reason = isObject(item["error"]) ? stringField(item["error"], "content", "message") : undefined
  if (useContent && typeof content === "string") parts.add("text", { text: content === "" ? (reason ?? "") : content, ...ended })
  else if (useContent && Array.isArray(content)) for (const block of content as unknown[]) readBlock(parts, block)
  for (const source of listField(item, "sources")) readSource(parts, source)
  // With `output` the content is the same once more, with thoughts and tools written into it as HTML.
  const repeats = useContent || content === undefined || content === parts.texts.join("\n") || content === parts.texts.join("")
  return { parts: parts.parts, rest: { ...without(item, ...KNOWN), ...(repeats ? {} : { content }) } }
}

function readBlock(parts: PartList, block: unknown): void {
  if (typeof block === "string") return parts.text(block)
  const text = isObject(block) && block["type"] === "text" ? stringField(block, "text") : undefined
  if (isObject(block) && text !== undefined) return parts.text(text, without(block, "type", "text"))
  const image = isObject(block) && block["type"] === "image_url" ? block["image_url"] : undefined
  const url = isObject(image) ? stringField(image, "url") : undefined
  if (url === undefined) return parts.unknown(block)
  parts.file({ url, name: "image" })
}

/** One step of an answer, in the form of the Responses API. */
function readStep(parts: PartList, step: unknown): void {
  if (!isObject(step)) return parts.unknown(step)
  const rest = (...keys: readonly string[]): JsonObject => without(step, "type", ...keys)
  const type = step["type"]
  const callId = stringField(step, "call_id", "id")
  if (type === "message") for (const block of listField(step, "content")) readText(parts, block)
  else if (type === "reasoning") readThoughts(parts, step)
  else if (type === "function_call" && callId !== undefined) {
    const call = { toolCallId: callId, name: stringField(step, "name") ?? "tool", input: step["arguments"] }
    parts.tool(call, rest("call_id", "name", "arguments"))
  } else if (
    type === "function_call_output" &&
    parts.toolResult(callId, readOutput(step["output"]), step["status"] === "failed", rest("call_id", "output", "status"))
  )
    return
  else parts.unknown(step)
}

function readText(parts: PartList, block: unknown): void {
  const text = isObject(block) ? stringField(block, "text", "refusal") : undefined
  if (!isObject(block) || text === undefined) return parts.unknown(block)
  const plain = block["type"] === "output_text" || block["type"] === "text"
  parts.text(text, without(block, "text", ...(plain ? ["type"] : [])))
}

function readThoughts(parts: PartList, step: JsonObject): void {
  const thoughts = [...listField(step, "summary"), ...listField(step, "content")]
  const texts = thoughts.map((thought) => (isObject(thought) ? stringField(thought, "text") : undefined))
  if (texts.length === 0 || texts.some((text) => text === undefined)) return parts.unknown(step)
  parts.add("reasoning", { text: texts.join("\n\n") }, without(step, "type", "summary", "content"))
}

function readOutput(output: unknown): unknown {
  const items: readonly unknown[] = Array.isArray(output) ? output : []
  const [only] = items
  const text = items.length === 1 && isObject(only) ? stringField(only, "text") : undefined
  return text ?? output
}

function readFile(parts: PartList, file: unknown): void {
  if (!isObject(file)) return parts.unknown(file)
  const stored = isObject(file["file"]) ? file["file"] : {}
  const meta = isObject(stored["meta"]) ? stored["meta"] : {}
  const url = stringField(file, "url")
  const mediaType = stringField(file, "content_type") ?? stringField(meta, "content_type")
  const named = {
    url,
    name: stringField(file, "name") ?? stringField(stored, "filename") ?? stringField(file, "type") ?? "file",
    mediaType: mediaType ?? (file["type"] === "image" && url?.startsWith("data:") !== true ? "image/*" : undefined),
    size: sizeField(file, "size") ?? sizeField(meta, "size"),
  }
  parts.file(named, without(file, "name", ...(url?.startsWith("data:") === true ? ["url"] : [])))
}

function readSource(parts: PartList, item: unknown): void {
  if (!isObject(item)) return parts.unknown(item)
  const source = isObject(item["source"]) ? item["source"] : {}
  const [meta] = listField(item, "metadata")
  const [passage] = listField(item, "document")
  const named =
    stringField(source, "url") ?? (isObject(meta) ? stringField(meta, "source", "url") : undefined) ?? stringField(source, "name")
  const snippet = typeof passage === "string" ? splitAtPair(passage.slice(0, MAX_SNIPPET_LENGTH)).whole : undefined
  const fields = {
    url: named !== undefined && /^https?:/iu.test(named) ? named : undefined,
    title: stringField(source, "name", "title"),
    snippet,
  }
  parts.add("source", fields, item)
}
