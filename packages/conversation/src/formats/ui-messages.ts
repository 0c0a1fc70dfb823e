import { hexHash } from "../content-hash.ts"
import { importedId } from "../identifier.ts"
import type { StoredMessage } from "../stored-message.ts"
import { snippetOf } from "../conversation-card.ts"
import { authorship } from "./authorship.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportedBlobs } from "./imported-blobs.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import { isEmpty, isObject, type JsonObject, listField, readEpoch, stringField, without } from "./json-value.ts"
import { placeMessages } from "./linked-messages.ts"
import { OWN, readOwnFields } from "./own-fields.ts"
import { PartList } from "./part-list.ts"
import { readUiPart } from "./ui-message-parts.ts"

const SOURCE = "ui-messages"
const MAX_TITLE_LENGTH = 80
/** Shorter ids are counts within a chat and do not tell one chat from another. */
const MIN_RANDOM_ID_LENGTH = 7

/** Whether `value` is a UI message of the AI SDK: a role and a list of parts. */
export function isUiMessage(value: unknown): value is JsonObject {
  return isObject(value) && typeof value["role"] === "string" && Array.isArray(value["parts"])
}

/** Whether `value` looks like a chat of UI messages, `{ id?, messages }`. A bare list of them is read as one such chat. */
export function isUiMessages(value: unknown): value is JsonObject {
  return isObject(value) && Array.isArray(value["messages"]) && isUiMessage(listField(value, "messages")[0])
}

/**
 * Reads one chat of UI messages, which is a line. Its id is `id`, else it comes from its first message, so that a longer export
 * of the same chat goes on where the shorter one ended; where ids are only counts, from all of it.
 * @throws ImportProblem `bad-message` for a message without a role or parts.
 */
export function readUiMessages(value: JsonObject): ImportedConversation {
  const list = listField(value, "messages")
  for (const [index, item] of list.entries()) {
    if (!isUiMessage(item)) throw new ImportProblem("bad-message", `messages[${index}] is not an object with a role and parts`)
  }
  const items = list as readonly JsonObject[]
  const sourceId = stringField(value, "id", "chatId") ?? chatId(items)
  const keys = items.map((item, index) => (stringField(item, "id") ?? "") || `#${index}`)
  const idOf = (key: string): string => importedId(SOURCE, sourceId, key)
  const links = items.map((item, index) => {
    const own = readOwnFields(item["metadata"])
    const time = own === undefined ? timeOf(item) : own.createdAt
    return { key: keys[index] ?? "", parent: keys[index - 1] ?? null, time, clock: own?.clock, alternativeOf: null, value: item }
  })
  const createdAt = readEpoch(value["createdAt"] ?? value["created_at"]) ?? links.find(({ time }) => time !== null)?.time ?? null
  const blobs = new ImportedBlobs()
  const messages = placeMessages(links, createdAt ?? 0).map(({ key, parent, clock, time, value: item }): StoredMessage => {
    const { parts, author, raw } = readUiMessage(SOURCE, item, blobs)
    const core = { id: idOf(key), parentId: parent === null ? null : idOf(parent), ...author, clock, createdAt: time }
    return { core, parts, origin: { source: SOURCE, sourceId: key, ...(isEmpty(raw) ? {} : { raw: JSON.stringify(raw) }) } }
  })
  const firstText = messages.find(({ core }) => core.role === "user")?.parts.find(({ type }) => type === "text")?.text
  const title = stringField(value, "title", "name") ?? snippetOf(firstText ?? "", MAX_TITLE_LENGTH)
  return foreignConversation({ source: SOURCE, sourceId, title, createdAt, rest: without(value, "messages"), messages, blobs })
}

/** One UI message: its parts, who wrote it, and the fields that neither holds. */
export function readUiMessage(
  source: string,
  item: JsonObject,
  blobs: ImportedBlobs,
): Pick<StoredMessage, "parts"> & { readonly author: ReturnType<typeof authorship>; readonly raw: JsonObject } {
  const parts = new PartList(blobs)
  for (const part of listField(item, "parts")) readUiPart(parts, part)
  if (parts.parts.length === 0 && typeof item["content"] === "string") parts.text(item["content"])
  const repeats = parts.texts.join("") === item["content"]
  const metadata = isObject(item["metadata"]) ? item["metadata"] : {}
  const own = readOwnFields(metadata)
  const known = ["id", "role", "parts", "metadata", ...(repeats ? ["content"] : [])]
  const kept = own === undefined ? metadata : without(metadata, OWN, "createdAt")
  const role = stringField(item, "role") ?? "unknown"
  const author =
    own === undefined ? authorship({ source, role, model: stringField(metadata, "model", "modelId") }) : { ...own.author, role: own.role }
  return {
    parts: own?.empty === true ? [] : parts.parts,
    author,
    raw: { ...without(item, ...known), ...(isEmpty(kept) ? {} : { metadata: kept }) },
  }
}

/** When a UI message was written, where its program noted that. */
export function timeOf(item: JsonObject): number | null {
  const metadata = isObject(item["metadata"]) ? item["metadata"] : {}
  return readEpoch(item["createdAt"] ?? item["created_at"] ?? metadata["createdAt"] ?? metadata["timestamp"])
}

/** Names a chat that has no name by its messages. */
export function chatId(items: readonly unknown[]): string {
  const [first] = items
  const id = isObject(first) ? stringField(first, "id") : undefined
  return hexHash(JSON.stringify(id !== undefined && id.length >= MIN_RANDOM_ID_LENGTH ? first : items))
}
