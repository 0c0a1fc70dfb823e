import { encodeUtf8, hexHash } from "../content-hash.ts"
import { importedId } from "../identifier.ts"
import type { MessageOrigin, StoredMessage } from "../stored-message.ts"
import { isWellFormed, wellFormed } from "../well-formed.ts"
import { authorship } from "./authorship.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportedBlobs } from "./imported-blobs.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import { isEmpty, isObject, type JsonObject, listField, readEpoch, sizeField, stringField, telling, without } from "./json-value.ts"
import { type Linked, placeMessages } from "./linked-messages.ts"
import { PartList } from "./part-list.ts"

const SOURCE = "claude"
/** Claude names this as the parent of a first message. */
const NO_PARENT = /^0{8}-0{4}-[04]0{3}-[08]0{3}-0{12}$/u
const ROLES: Readonly<Record<string, string>> = { human: "user", assistant: "assistant" }

/** Whether `value` looks like one conversation of a Claude export, or of what Claude's own page reads. */
export function isClaude(value: unknown): value is JsonObject {
  return isObject(value) && Array.isArray(value["chat_messages"])
}

/**
 * Reads one conversation of a Claude export. The exported form is a line; where messages name their parents, as in the form that
 * the page reads, every branch is kept and the open one is the head. Results of tools join their calls; attachments whose text
 * was extracted become files of that text.
 * @throws ImportProblem `empty` when there is no message.
 */
export function readClaude(value: JsonObject): ImportedConversation {
  const list = listField(value, "chat_messages")
  if (list.length === 0) throw new ImportProblem("empty", "the conversation holds no messages", "skipped")
  const title = stringField(value, "name", "title") ?? ""
  const createdAt = readEpoch(value["created_at"])
  const sourceId = stringField(value, "uuid", "id") ?? hexHash(title, JSON.stringify(list))
  const idOf = (key: string): string => importedId(SOURCE, sourceId, key)
  const model = stringField(value, "model")
  const blobs = new ImportedBlobs()
  const messages = placeMessages(linksOf(list), createdAt ?? 0).map(
    ({ key, parent, alternativeOf, clock, time, value: item }): StoredMessage => {
      const { parts, origin, author } = readMessage(item, key, model, blobs)
      const links = {
        id: idOf(key),
        parentId: parent === null ? null : idOf(parent),
        ...(alternativeOf === null ? {} : { alternativeOf: idOf(alternativeOf) }),
      }
      return { core: { ...links, ...author, clock, createdAt: time }, parts, origin }
    },
  )
  const head = stringField(value, "current_leaf_message_uuid")
  const project = value["project"]
  const folder = isObject(project) ? stringField(project, "name") : undefined
  return foreignConversation({
    source: SOURCE,
    sourceId,
    title,
    createdAt,
    rest: without(value, "chat_messages"),
    messages,
    head: head === undefined ? undefined : idOf(head),
    blobs,
    card: { ...(value["is_starred"] === true ? { pinned: true } : {}), ...(folder === undefined ? {} : { folder }) },
  })
}

function linksOf(list: readonly unknown[]): Linked<unknown>[] {
  const fields = list.map((item) => (isObject(item) ? item : {}))
  const keys = fields.map((item, index) => stringField(item, "uuid", "id") ?? `#${index}`)
  const isTree = fields.some((item) => typeof item["parent_message_uuid"] === "string")
  return fields.map((item, index) => {
    const named = stringField(item, "parent_message_uuid")
    const parent = !isTree ? (keys[index - 1] ?? null) : named === undefined || NO_PARENT.test(named) ? null : named
    return { key: keys[index] ?? "", parent, time: readEpoch(item["created_at"]), value: list[index] }
  })
}

function readMessage(
  value: unknown,
  key: string,
  model: string | undefined,
  blobs: ImportedBlobs,
): Pick<StoredMessage, "parts"> & { readonly origin: MessageOrigin; readonly author: ReturnType<typeof authorship> } {
  const parts = new PartList(blobs)
  if (!isObject(value)) {
    parts.unknown(value)
    return { parts: parts.parts, origin: { source: SOURCE, sourceId: key }, author: authorship({ source: SOURCE, role: "unknown" }) }
  }
  const sender = stringField(value, "sender", "role") ?? "unknown"
  for (const block of listField(value, "content")) readBlock(parts, block)
  const text = stringField(value, "text") ?? ""
  const useText = text !== "" && parts.parts.length === 0
  if (useText) parts.text(text)
  for (const item of listField(value, "attachments")) readAttachment(parts, item)
  const files = [...listField(value, "files"), ...listField(value, "files_v2")]
  for (const item of distinctFiles(files)) readFile(parts, item)
  // The flat text repeats the blocks, with a placeholder for those that it cannot show.
  const repeats = useText || text === "" || text === parts.texts.join("\n\n") || text === parts.texts.join("")
  const known = ["uuid", "id", "sender", "role", "content", "attachments", "files", "files_v2", "created_at", "parent_message_uuid"]
  const rest = without(value, ...known, ...(repeats ? ["text"] : []))
  const role = Object.hasOwn(ROLES, sender) ? (ROLES[sender] ?? sender) : sender
  const author = authorship({ source: SOURCE, role, model: stringField(value, "model") ?? model })
  return { parts: parts.parts, origin: { source: SOURCE, sourceId: key, ...(isEmpty(rest) ? {} : { raw: JSON.stringify(rest) }) }, author }
}

/** Puts one block of a message's content among its parts; the blocks are those of the Messages API and a few of the page's own. */
function readBlock(parts: PartList, block: unknown): void {
  if (typeof block === "string") return parts.text(block)
  if (!isObject(block)) return parts.unknown(block)
  const rest = (...keys: readonly string[]): JsonObject => telling(without(block, "type", ...keys))
  const type = block["type"]
  const text = stringField(block, "text", "thinking")
  if (type === "text" && text !== undefined) {
    parts.text(text, rest("text"))
    for (const citation of listField(block, "citations")) readCitation(parts, citation)
  } else if (type === "thinking" && text !== undefined) parts.add("reasoning", { text }, rest("thinking"))
  else if (type === "tool_use") {
    const toolCallId = stringField(block, "id") ?? `call-${parts.parts.length}`
    parts.tool({ toolCallId, name: stringField(block, "name") ?? "tool", input: block["input"] }, rest("id", "name", "input"))
  } else if (type === "tool_result") {
    const raw = rest("tool_use_id", "content", "is_error", "name")
    const joined = parts.toolResult(stringField(block, "tool_use_id"), readResult(block["content"]), block["is_error"] === true, raw)
    if (!joined) parts.unknown(block)
  } else if (type === "image" || type === "document") readSource(parts, block)
  else parts.unknown(block)
}

/** A result that is one text is that text; any other is kept as it stands. */
function readResult(content: unknown): unknown {
  const items: readonly unknown[] = Array.isArray(content) ? content : []
  const [only] = items
  const isText = items.length === 1 && isObject(only) && only["type"] === "text" && typeof only["text"] === "string"
  return isText && isEmpty(without(telling(only), "type", "text", "uuid")) ? only["text"] : content
}

function readSource(parts: PartList, block: JsonObject): void {
  const source = isObject(block["source"]) ? block["source"] : {}
  const mediaType = stringField(source, "media_type")
  const data = stringField(source, "data")
  const url = data === undefined ? stringField(source, "url") : `data:${mediaType ?? "application/octet-stream"};base64,${data}`
  if (url === undefined) return parts.unknown(block)
  const name = stringField(block, "title", "file_name") ?? String(block["type"])
  parts.file({ url, name, mediaType }, without(block, "type", "title", "file_name", "source"))
}

function readCitation(parts: PartList, citation: unknown): void {
  if (!isObject(citation)) return
  const details = isObject(citation["details"]) ? citation["details"] : citation
  const url = stringField(details, "url") ?? stringField(citation, "url")
  if (url !== undefined) parts.add("source", { url, title: stringField(citation, "title") ?? stringField(details, "title") }, citation)
}

function readAttachment(parts: PartList, item: unknown): void {
  if (!isObject(item)) return parts.unknown(item)
  const text = stringField(item, "extracted_content")
  const given = stringField(item, "file_name") ?? ""
  const isText = /^text\/|^txt$|json|markdown/u.test(stringField(item, "file_type") ?? "")
  if (text === undefined || text === "") {
    const file = { name: given === "" ? "attachment" : given, mediaType: mediaTypeOf(item), size: sizeField(item, "file_size") }
    return parts.file(file, without(item, "file_name", "file_size"))
  }
  // What is kept is the text that was read from the file, so its name says text.
  const name = given === "" ? "pasted-text.txt" : isText || given.endsWith(".txt") ? given : `${given}.txt`
  const exact = isWellFormed(text) ? {} : { extracted_content: text }
  parts.textFile(name, encodeUtf8(wellFormed(text)), { ...without(item, "extracted_content"), ...exact })
}

/** The two lists name some files twice. */
function distinctFiles(files: readonly unknown[]): unknown[] {
  const seen = new Set<string>()
  return files.filter((item) => {
    const name = isObject(item) ? stringField(item, "file_uuid", "uuid") : undefined
    if (name === undefined) return true
    if (seen.has(name)) return false
    seen.add(name)
    return true
  })
}

function readFile(parts: PartList, item: unknown): void {
  if (!isObject(item)) return parts.unknown(item)
  const url = stringField(item, "preview_url", "url", "thumbnail_url")
  const file = {
    url,
    name: stringField(item, "file_name") ?? "file",
    mediaType: mediaTypeOf(item),
    size: sizeField(item, "size_bytes", "file_size"),
  }
  parts.file(file, without(item, "file_name"))
}

function mediaTypeOf(item: JsonObject): string | undefined {
  const type = stringField(item, "file_type", "mime_type", "media_type")
  if (type?.includes("/") === true) return type
  return item["file_kind"] === "image" ? "image/*" : undefined
}
