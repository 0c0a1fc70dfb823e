import type { StoredPart } from "../stored-message.ts"
import type { ImportedBlobs } from "./imported-blobs.ts"
import { isObject, type JsonObject, listField, sizeField, stringField, without } from "./json-value.ts"
import { PartList } from "./part-list.ts"

// Fields of a message that have a place of their own in what is imported.
const KNOWN = ["messageId", "parentMessageId", "content", "createdAt", "isCreatedByUser", "sender", "model", "children"]

/** The parts of a LibreChat message, and the fields of it that none of them holds. */
export function readLibreChatParts(
  item: unknown,
  blobs: ImportedBlobs,
): { readonly parts: readonly StoredPart[]; readonly rest: JsonObject } {
  const parts = new PartList(blobs)
  if (!isObject(item)) {
    parts.unknown(item)
    return { parts: parts.parts, rest: {} }
  }
  for (const quote of listField(item, "quotes")) readQuote(parts, quote)
  const ended = item["error"] === true ? { state: "failed" } : item["unfinished"] === true ? { state: "stopped" } : {}
  const before = parts.parts.length
  for (const block of listField(item, "content")) readBlock(parts, block)
  const text = stringField(item, "text") ?? ""
  const useText = parts.parts.length === before && (text !== "" || listField(item, "files").length === 0)
  if (useText) parts.add("text", { text, ...ended })
  for (const field of ["files", "attachments"]) for (const file of listField(item, field)) readFile(parts, file)
  const repeated = useText || text === "" || parts.texts.join("\n") === text || parts.texts.join("") === text
  const told = ["quotes", "files", "attachments", ...(repeated ? ["text"] : []), ...(useText ? ["error", "unfinished"] : [])]
  const strange = typeof item["content"] === "string" && item["content"] !== "" ? { content: item["content"] } : {}
  return { parts: parts.parts, rest: { ...without(item, ...KNOWN, ...told), ...strange } }
}

function readBlock(parts: PartList, block: unknown): void {
  if (typeof block === "string") return parts.text(block)
  if (!isObject(block)) return parts.unknown(block)
  const type = stringField(block, "type") ?? ""
  const rest = without(block, "type", type)
  const text = valueOf(block[type])
  if (type === "text" && text !== undefined) parts.text(text, { ...rest, ...annotations(block["text"]) })
  else if (type === "think" && text !== undefined) parts.add("reasoning", { text }, rest)
  else if (type === "error" && text !== undefined) parts.add("text", { text, state: "failed" }, rest)
  else if (type === "tool_call" && isObject(block["tool_call"])) readTool(parts, block["tool_call"], rest)
  else if (type === "image_file" && isObject(block["image_file"])) readFile(parts, block["image_file"], rest)
  else if (type === "image_url") readImage(parts, block["image_url"], rest)
  else parts.unknown(block)
}

/** The text of a block, which stands in it plainly or as a value with annotations. */
function valueOf(field: unknown): string | undefined {
  if (typeof field === "string") return field
  return isObject(field) ? stringField(field, "value") : undefined
}

function annotations(field: unknown): JsonObject {
  return isObject(field) ? without(field, "value") : {}
}

function readTool(parts: PartList, call: JsonObject, rest: JsonObject): void {
  const output = call["output"]
  const named = isObject(call["function"]) ? call["function"] : call
  const tool = {
    toolCallId: stringField(call, "id") ?? `call-${parts.parts.length}`,
    name: stringField(named, "name") ?? stringField(call, "type") ?? "tool",
    input: named["args"] ?? named["arguments"] ?? null,
    output: output === "" || output === null ? undefined : (output ?? named["output"] ?? undefined),
  }
  parts.tool(tool, { ...rest, ...without(call, "id", "name", "args", "output", "function") })
}

function readImage(parts: PartList, image: unknown, rest: JsonObject): void {
  const url = typeof image === "string" ? image : isObject(image) ? stringField(image, "url") : undefined
  if (url === undefined) return parts.unknown({ type: "image_url", image_url: image, ...rest })
  parts.file(
    { url, name: "image", mediaType: url.startsWith("data:") ? undefined : "image/*" },
    { ...rest, ...(isObject(image) ? without(image, "url") : {}) },
  )
}

function readFile(parts: PartList, file: unknown, raw: JsonObject = {}): void {
  if (!isObject(file)) return parts.unknown(file)
  const path = stringField(file, "filepath", "url", "preview")
  const named = {
    url: path,
    name: stringField(file, "filename", "name") ?? "file",
    mediaType: stringField(file, "type"),
    size: sizeField(file, "bytes", "size"),
    width: sizeField(file, "width"),
    height: sizeField(file, "height"),
  }
  parts.file(named, {
    ...raw,
    ...without(
      file,
      "filename",
      "type",
      "bytes",
      "width",
      "height",
      ...(path?.startsWith("data:") === true ? ["filepath", "url", "preview"] : []),
    ),
  })
}

function readQuote(parts: PartList, quote: unknown): void {
  const text = typeof quote === "string" ? quote : isObject(quote) ? stringField(quote, "text", "content") : undefined
  if (text === undefined) return parts.unknown(quote)
  parts.add("quote", { text }, isObject(quote) ? without(quote, "text", "content") : {})
}
