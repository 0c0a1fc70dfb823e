import { importedId } from "../identifier.ts"
import { hexHash } from "../content-hash.ts"
import type { MessageCore, StoredMessage, StoredPart } from "../stored-message.ts"
import { readChatGptContent, readCitations } from "./chatgpt-content.ts"
import { ChatGptTree } from "./chatgpt-tree.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import { OWN, type OwnCore, readOwnFields } from "./own-fields.ts"
import { isEmpty, isObject, type JsonObject, listField, readTime, stringField, without } from "./json-value.ts"

const SOURCE = "chatgpt"
const AUTHOR_KINDS: Readonly<Record<string, string>> = { user: "person", assistant: "model", tool: "tool", system: "system" }
const HIDDEN_CONTENT = new Set(["thoughts", "reasoning_recap", "user_editable_context", "model_editable_context"])

/** Whether `value` looks like one conversation of a ChatGPT export, of the single file or of the split form. */
export function isChatGpt(value: unknown): value is JsonObject {
  return isObject(value) && isObject(value["mapping"])
}

/**
 * Reads one conversation of a ChatGPT export.
 *
 * Every node with a message becomes a message, hidden ones included; a node without one is taken out and its children
 * follow its parent. Times may be missing or inverted: siblings keep the order of the source's `children`. Fields without a
 * place of their own are kept as JSON text in `origin.raw`.
 * @throws ImportProblem `empty` when no node has a message.
 */
export function readChatGpt(value: JsonObject): ImportedConversation {
  const mapping = value["mapping"] as JsonObject
  const title = stringField(value, "title") ?? ""
  const sourceId =
    stringField(value, "conversation_id", "id") ?? hexHash(title, String(value["create_time"]), ...Object.keys(mapping).sort())
  const idOf = (key: string): string => importedId(SOURCE, sourceId, key)
  const createdAt = readTime(value["create_time"])
  const model = stringField(value, "default_model_slug", "model_slug", "model")
  const tree = new ChatGptTree(mapping)
  const clocks = tree.clocks(createdAt ?? 0)

  const messages = tree.keys.map((key): StoredMessage => {
    const place = tree.placeOf(key)
    const core = {
      id: idOf(key),
      parentId: place.parent === null ? null : idOf(place.parent),
      ...(place.alternativeOf === null ? {} : { alternativeOf: idOf(place.alternativeOf) }),
      clock: clocks.get(key) ?? 0,
    }
    const own = ownOf(mapping[key])
    return own === undefined ? readNode(core, key, mapping[key], model) : readOwnNode(core, key, mapping[key], own, idOf)
  })
  if (messages.length === 0) throw new ImportProblem("empty", "the conversation holds no messages", "skipped")

  const head = stringField(value, "current_node")
  const shownHead = head === undefined ? null : tree.nearestKept(head)
  return foreignConversation({
    source: SOURCE,
    sourceId,
    title,
    createdAt,
    rest: without(value, "mapping"),
    messages,
    head: shownHead === null ? undefined : idOf(shownHead),
  })
}

type CorePlace = Pick<MessageCore, "id" | "parentId" | "clock">

function readNode(place: CorePlace, key: string, node: unknown, defaultModel: string | undefined): StoredMessage {
  const fields = isObject(node) ? node : {}
  const message = isObject(fields["message"]) ? fields["message"] : {}
  const author = isObject(message["author"]) ? message["author"] : {}
  const metadata = isObject(message["metadata"]) ? message["metadata"] : {}
  const role = stringField(author, "role") ?? stringField(message, "role") ?? "unknown"
  const model = stringField(metadata, "model_slug") ?? (role === "assistant" ? defaultModel : undefined)
  const name = stringField(author, "name")
  const content = readChatGptContent(message["content"])
  const authorKind = Object.hasOwn(AUTHOR_KINDS, role) ? (AUTHOR_KINDS[role] ?? role) : role
  const core = {
    ...place,
    role,
    authorId: role === "assistant" && model !== undefined ? `model:${model}` : `${SOURCE}:${name ?? role}`,
    authorKind,
    ...(name === undefined ? {} : { authorName: name }),
    createdAt: readTime(message["create_time"]),
    ...(model === undefined ? {} : { model }),
    ...(isHidden(role, message, metadata) ? { hidden: true } : {}),
  }
  const origin = { source: SOURCE, sourceId: key, raw: rawNode(node, message, content.rest) }
  return { core, parts: [...content.parts, ...readCitations(metadata, content.parts.length)], origin }
}

/** What an export of ours wrote of the message in `node`. */
function ownOf(node: unknown): OwnCore | undefined {
  const message = isObject(node) ? node["message"] : undefined
  return isObject(message) ? readOwnFields(message["metadata"]) : undefined
}

/** A node that an export of ours wrote: as it was, parts included where ChatGPT's own content does not say all of them. */
function readOwnNode(place: CorePlace, key: string, node: unknown, own: OwnCore, idOf: (key: string) => string): StoredMessage {
  const { message } = node as { message: JsonObject }
  const metadata = message["metadata"] as JsonObject
  const given = listField(metadata[OWN] as JsonObject, "parts").filter((part) => isObject(part) && typeof part["type"] === "string")
  const parts = (given as StoredPart[]).map((part, index) => ({ ...part, pid: String(index) }))
  const { role, alternativeOf, author, createdAt } = own
  const links = { id: place.id, parentId: place.parentId, ...(alternativeOf === null ? {} : { alternativeOf: idOf(alternativeOf) }) }
  return {
    core: { ...links, clock: place.clock, role, ...author, createdAt },
    parts: own.empty ? [] : parts.length > 0 ? parts : readChatGptContent(message["content"]).parts,
    origin: { source: SOURCE, sourceId: key },
  }
}

function isHidden(role: string, message: JsonObject, metadata: JsonObject): boolean {
  const content = message["content"]
  const contentType = isObject(content) ? stringField(content, "content_type") : undefined
  if (role === "system" || isEmpty(message)) return true
  return metadata["is_visually_hidden_from_conversation"] === true || (contentType !== undefined && HIDDEN_CONTENT.has(contentType))
}

function rawNode(node: unknown, message: JsonObject, rest: unknown): string {
  if (!isObject(node)) return JSON.stringify({ node })
  const fields = without(node, "id", "message", "parent", "children")
  const kept = { ...without(message, "content"), ...(rest === undefined ? {} : { content: rest }) }
  const strange = node["message"] !== null && node["message"] !== undefined && !isObject(node["message"])
  return JSON.stringify({ message: strange ? node["message"] : kept, ...(isEmpty(fields) ? {} : { node: fields }) })
}
