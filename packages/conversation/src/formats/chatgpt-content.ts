import type { StoredPart } from "../stored-message.ts"
import { isObject, type JsonObject, listField, sizeField, stringField, without } from "./json-value.ts"

// Fields of a message's content that are text to read; whatever else is there stays in the raw form.
const TEXT_FIELDS = ["text", "result", "summary", "content", "user_profile", "user_instructions", "model_set_context"]

const PART_TYPES: Readonly<Record<string, string>> = {
  text: "text",
  multimodal_text: "text",
  code: "code",
  thoughts: "reasoning",
  reasoning_recap: "reasoning-recap",
  execution_output: "output",
}

/** The parts in a message's `content`, and what of it is not in them. */
export function readChatGptContent(content: unknown): { readonly parts: readonly StoredPart[]; readonly rest: unknown } {
  if (typeof content === "string") return { parts: [{ pid: "0", type: "text", text: content }], rest: undefined }
  if (!isObject(content)) return { parts: [], rest: content }
  const contentType = stringField(content, "content_type") ?? "text"
  const type = Object.hasOwn(PART_TYPES, contentType) ? (PART_TYPES[contentType] ?? "text") : contentType.replaceAll("_", "-")
  const parts: PartWithoutId[] = []
  const consumed: string[] = []
  if (Array.isArray(content["parts"])) {
    consumed.push("parts")
    for (const item of content["parts"] as unknown[]) parts.push(readItem(item, type))
  }
  if (Array.isArray(content["thoughts"])) {
    consumed.push("thoughts")
    for (const item of content["thoughts"] as unknown[]) parts.push(readThought(item))
  }
  const language = stringField(content, "language")
  for (const field of TEXT_FIELDS) {
    const text = content[field]
    if (typeof text !== "string") continue
    consumed.push(field)
    parts.push({ type, text, ...(field === "text" ? {} : { field }), ...(type === "code" && language !== undefined ? { language } : {}) })
  }
  return { parts: parts.map((part, index) => ({ pid: String(index), ...part })), rest: without(content, ...consumed) }
}

/** The pages that an answer cites, each once, as parts from `pid` on. Where in the text they are cited stays in the raw form. */
export function readCitations(metadata: JsonObject, pid: number): StoredPart[] {
  const sources = new Map<string, PartWithoutId>()
  for (const citation of listField(metadata, "citations")) {
    const cited = isObject(citation) && isObject(citation["metadata"]) ? citation["metadata"] : {}
    const url = stringField(cited, "url")
    if (url === undefined || sources.has(url) || !/^https?:/iu.test(url)) continue
    const title = stringField(cited, "title")
    sources.set(url, { type: "source", url, ...(title === undefined ? {} : { title }) })
  }
  return [...sources.values()].map((source, index) => ({ pid: String(pid + index), ...source }))
}

type PartWithoutId = Readonly<Record<string, unknown>> & { readonly type: string; readonly text?: string }

function readItem(item: unknown, type: string): PartWithoutId {
  if (typeof item === "string") return { type, text: item }
  if (isObject(item) && item["content_type"] === "image_asset_pointer") return readImage(item)
  return readData(item, isObject(item) ? (stringField(item, "content_type") ?? "object") : "json")
}

/** A picture, of which the conversation has only the name that ChatGPT gave it. */
function readImage(item: JsonObject): PartWithoutId {
  const facts = [
    ["size", sizeField(item, "size_bytes")],
    ["width", sizeField(item, "width")],
    ["height", sizeField(item, "height")],
  ].filter(([, value]) => value !== undefined)
  const named = { type: "file", name: "image", mediaType: "image/*", ...(Object.fromEntries(facts) as JsonObject) }
  return { ...named, raw: JSON.stringify(without(item, "content_type", "size_bytes", "width", "height")) }
}

function readThought(item: unknown): PartWithoutId {
  if (!isObject(item)) return readData(item, "json")
  const text = stringField(item, "content", "summary")
  return text === undefined ? readData(item, "reasoning") : { ...readData(item, "reasoning"), text }
}

// What has no place of its own is kept as JSON text, which holds any value exactly.
function readData(item: unknown, type: string): PartWithoutId {
  const text = isObject(item) ? stringField(item, "text") : undefined
  return { type: type.replaceAll("_", "-"), data: JSON.stringify(item), ...(text === undefined ? {} : { text }) }
}
