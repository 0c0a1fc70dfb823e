import { hexHash } from "../content-hash.ts"
import { importedId } from "../identifier.ts"
import type { StoredMessage } from "../stored-message.ts"
import { authorship } from "./authorship.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportedBlobs } from "./imported-blobs.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import { isEmpty, isObject, type JsonObject, listField, readEpoch, stringField, without } from "./json-value.ts"
import { readLibreChatParts } from "./librechat-parts.ts"
import { type Linked, placeMessages } from "./linked-messages.ts"
import { shallowRest, unnest } from "./nested-list.ts"

const SOURCE = "librechat"
/** LibreChat names this as the parent of a first message. */
const NO_PARENT = /^0{8}-0{4}-0{4}-0{4}-0{12}$/u

/** Whether `value` looks like one conversation that LibreChat exported, as a list of messages or as a tree. */
export function isLibreChat(value: unknown): value is JsonObject {
  if (!isObject(value)) return false
  if (Array.isArray(value["messagesTree"])) return true
  if (!Array.isArray(value["messages"])) return false
  const [first] = listField(value, "messages")
  if (first === undefined) return typeof value["conversationId"] === "string"
  return isObject(first) && (typeof first["messageId"] === "string" || typeof first["isCreatedByUser"] === "boolean")
}

/**
 * Reads one conversation that LibreChat exported. In the recursive form `children` nest, however deep; in the flat one messages name
 * their parents. Siblings keep their order, ratings become feedback.
 * @throws ImportProblem `empty` when there is no message; `too-deep` for a message that is nested too deep in itself.
 */
export function readLibreChat(value: JsonObject, maxMessages?: number): ImportedConversation {
  const list = Array.isArray(value["messagesTree"]) ? listField(value, "messagesTree") : listField(value, "messages")
  const items = unnest(list, "children", maxMessages)
  if (items.length === 0) throw new ImportProblem("empty", "the conversation holds no messages", "skipped")
  const title = stringField(value, "title") ?? ""
  const sourceId = stringField(value, "conversationId") ?? hexHash(title, JSON.stringify(items))
  const idOf = (key: string): string => importedId(SOURCE, sourceId, key)
  const keys = items.map((item, index) => (isObject(item.value) ? stringField(item.value, "messageId") : undefined) ?? `#${index}`)
  const links = items.map(({ value: item, above }, index): Linked<unknown> => {
    const fields = isObject(item) ? item : {}
    const named = stringField(fields, "parentMessageId")
    const parent = above !== null ? (keys[above] ?? null) : named === undefined || NO_PARENT.test(named) ? null : named
    return { key: keys[index] ?? "", parent, time: readEpoch(fields["createdAt"]), value: item }
  })
  const createdAt = readEpoch(value["createdAt"]) ?? links.find((link) => link.time !== null)?.time ?? null
  const blobs = new ImportedBlobs()
  const feedback: { messageId: string; value: unknown }[] = []
  const messages = placeMessages(links, createdAt ?? 0).map(({ key, parent, alternativeOf, clock, time, value: item }): StoredMessage => {
    const rating = isObject(item) ? readRating(item["feedback"]) : undefined
    if (rating !== undefined) feedback.push({ messageId: idOf(key), value: rating })
    const core = {
      id: idOf(key),
      parentId: parent === null ? null : idOf(parent),
      ...(alternativeOf === null ? {} : { alternativeOf: idOf(alternativeOf) }),
      ...author(isObject(item) ? item : {}),
      clock,
      createdAt: time,
    }
    const { parts, rest } = readLibreChatParts(item, blobs)
    return { core, parts, origin: { source: SOURCE, sourceId: key, ...(isEmpty(rest) ? {} : { raw: JSON.stringify(rest) }) } }
  })
  const tags = listField(value, "tags").filter((tag) => typeof tag === "string")
  return foreignConversation({
    source: SOURCE,
    sourceId,
    title,
    createdAt,
    rest: shallowRest(value, Array.isArray(value["messagesTree"]) ? "messagesTree" : "messages"),
    messages,
    feedback,
    blobs,
    card: { ...(value["isArchived"] === true ? { archived: true } : {}), ...(tags.length > 0 ? { tags } : {}) },
  })
}

function author(item: JsonObject): ReturnType<typeof authorship> {
  const sender = stringField(item, "sender")
  const byUser = item["isCreatedByUser"] ?? /^user$/iu.test(sender ?? "")
  const model = stringField(item, "model") ?? stringField(item, "endpoint")
  return byUser === true
    ? authorship({ source: SOURCE, role: "user" })
    : authorship({ source: SOURCE, role: "assistant", name: sender === "" ? undefined : sender, model })
}

function readRating(feedback: unknown): unknown {
  if (!isObject(feedback)) return undefined
  const rating = feedback["rating"]
  if (rating !== "thumbsUp" && rating !== "thumbsDown") return undefined
  return { ...without(feedback, "rating"), rating: rating === "thumbsUp" ? "up" : "down" }
}
