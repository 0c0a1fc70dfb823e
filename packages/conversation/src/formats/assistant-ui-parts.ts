import type { StoredMessage } from "../stored-message.ts"
import { authorship } from "./authorship.ts"
import type { ImportedBlobs } from "./imported-blobs.ts"
import { isEmpty, isObject, type JsonObject, listField, stringField, telling, without } from "./json-value.ts"
import { OWN, readOwnFields, takeOwn } from "./own-fields.ts"
import { PartList } from "./part-list.ts"
import { readData } from "./ui-message-parts.ts"

/** One message in assistant-ui's own form: its parts, who wrote it, and the fields that neither holds. */
export function readAssistantUiMessage(
  source: string,
  item: JsonObject,
  blobs: ImportedBlobs,
): Pick<StoredMessage, "parts"> & { readonly author: ReturnType<typeof authorship>; readonly raw: JsonObject } {
  const parts = new PartList(blobs)
  const status = isObject(item["status"]) ? item["status"] : {}
  for (const part of listField(item, "content")) readPart(parts, part)
  if (typeof item["content"] === "string") parts.text(item["content"])
  for (const attachment of listField(item, "attachments")) readAttachment(parts, attachment)
  const metadata = isObject(item["metadata"]) ? item["metadata"] : {}
  const custom = isObject(metadata["custom"]) ? metadata["custom"] : {}
  const own = readOwnFields(custom)
  const others = without(custom, OWN)
  const kept = { ...telling(without(metadata, "custom", "submittedFeedback")), ...(isEmpty(others) ? {} : { custom: others }) }
  const usual = status["type"] === "complete" && (status["reason"] === "unknown" || status["reason"] === "stop")
  const known = ["id", "createdAt", "role", "content", "attachments", "metadata", ...(usual ? ["status"] : [])]
  const role = stringField(item, "role") ?? "unknown"
  const author =
    own === undefined ? authorship({ source, role, model: stringField(custom, "model", "modelId") }) : { ...own.author, role: own.role }
  return {
    parts: own?.empty === true ? [] : parts.parts,
    author,
    raw: { ...without(item, ...known), ...(isEmpty(kept) ? {} : { metadata: kept }) },
  }
}

function readPart(parts: PartList, item: unknown): void {
  if (!isObject(item)) return parts.unknown(item)
  const { own, rest: part, ours } = takeOwn(item, "providerMetadata")
  const rest = (...keys: readonly string[]): JsonObject => without(part, "type", ...keys)
  const type = stringField(part, "type") ?? ""
  const text = stringField(part, "text")
  if ((type === "text" || type === "reasoning") && text !== undefined) parts.add(type, { text, ...own }, rest("text"))
  else if (type === "tool-call") readTool(parts, part, own)
  else if (type === "source") {
    const fields = { url: stringField(part, "url"), title: stringField(part, "title"), mediaType: stringField(part, "mediaType") }
    parts.add("source", { ...fields, ...own }, ours ? {} : rest("url", "title", "mediaType"))
  } else if (type === "image" && typeof part["image"] === "string") {
    parts.file({ url: part["image"], name: stringField(part, "filename") ?? "image" }, rest("image", "filename"), own)
  } else if (type === "file" && typeof part["data"] === "string") {
    const mediaType = stringField(part, "mimeType") ?? "application/octet-stream"
    const file = { url: fileUrl(part["data"], mediaType, part["sourceType"]), name: stringField(part, "filename"), mediaType }
    parts.file(file, ours ? {} : rest("data", "mimeType", "filename"), own)
  } else if (type === "audio" && isObject(part["audio"])) {
    const format = stringField(part["audio"], "format") ?? "mp3"
    const url = `data:audio/${format};base64,${stringField(part["audio"], "data") ?? ""}`
    parts.file({ url, name: `audio.${format}` }, rest("audio"), own)
  } else if (type === "data" && typeof part["name"] === "string") readData(parts, part["name"], part, own)
  else parts.unknown(item)
}

/** A file's `data` is an address, or base64 without the words around it. */
function fileUrl(data: string, mediaType: string, sourceType: unknown): string {
  return sourceType === "id" || /^(?:https?|data|urn|blob|file):/iu.test(data) ? data : `data:${mediaType};base64,${data}`
}

function readTool(parts: PartList, part: JsonObject, own: JsonObject): void {
  const result = part["result"]
  const isError = part["isError"] === true
  const argsText = stringField(part, "argsText")
  const tool = {
    toolCallId: stringField(part, "toolCallId") ?? `call-${parts.parts.length}`,
    name: stringField(part, "toolName") ?? "tool",
    input: argsText !== undefined && argsText !== "" ? argsText : (part["args"] ?? null),
    output: isError ? undefined : result,
    errorText: isError ? (typeof result === "string" ? result : (JSON.stringify(result) ?? "")) : undefined,
  }
  const known = ["type", "toolCallId", "toolName", "args", "argsText", "result", "isError", "approval"]
  parts.tool(tool, without(part, ...known), { approval: part["approval"], ...own })
}

/** An attachment is a name and the parts it is made of. */
function readAttachment(parts: PartList, attachment: unknown): void {
  if (!isObject(attachment)) return parts.unknown(attachment)
  const before = parts.parts.length
  const name = stringField(attachment, "name")
  const rest = without(attachment, "name", "content")
  for (const part of listField(attachment, "content")) {
    readPart(parts, isObject(part) ? { ...(name === undefined ? {} : { filename: name }), ...part, attachment: rest } : part)
  }
  if (parts.parts.length === before) parts.file({ name, mediaType: stringField(attachment, "contentType") }, rest)
}
