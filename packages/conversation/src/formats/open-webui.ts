import { hexHash } from "../content-hash.ts"
import { importedId } from "../identifier.ts"
import type { StoredMessage } from "../stored-message.ts"
import { authorship } from "./authorship.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportedBlobs } from "./imported-blobs.ts"
import { type ImportedCard, ImportProblem, type ImportedConversation } from "./import-item.ts"
import { isEmpty, isObject, type JsonObject, listField, readEpoch, stringField, without } from "./json-value.ts"
import { type Linked, placeMessages } from "./linked-messages.ts"
import { readOpenWebUiParts } from "./open-webui-parts.ts"

const SOURCE = "open-webui"

/** Whether `value` looks like one chat that Open WebUI exported, with what its list says of it or without. */
export function isOpenWebUi(value: unknown): value is JsonObject {
  if (!isObject(value)) return false
  const chat = isObject(value["chat"]) ? value["chat"] : value
  if (isObject(chat["history"]) && isObject(chat["history"]["messages"])) return true
  return chat !== value && Array.isArray(chat["messages"])
}

/**
 * Reads one chat that Open WebUI exported. The tree is that of the messages' parents; `childrenIds`, which programs leave stale, only
 * tells the order of siblings. Ratings become feedback; tags, pin and archive go to the card.
 * @throws ImportProblem `empty` when there is no message.
 */
export function readOpenWebUi(value: JsonObject): ImportedConversation {
  const chat = isObject(value["chat"]) ? value["chat"] : value
  const history = isObject(chat["history"]) ? chat["history"] : {}
  const inTree = isObject(history["messages"])
  const links = inTree ? treeLinks(history["messages"] as JsonObject) : lineLinks(listField(chat, "messages"))
  if (links.length === 0) throw new ImportProblem("empty", "the chat holds no messages", "skipped")
  const title = stringField(value, "title") ?? stringField(chat, "title") ?? ""
  const sourceId = stringField(value, "id") ?? stringField(chat, "id") ?? hexHash(title, ...links.map(({ key }) => key).toSorted())
  const idOf = (key: string): string => importedId(SOURCE, sourceId, key)
  const createdAt = readEpoch(value["created_at"]) ?? readEpoch(chat["timestamp"]) ?? links.find(({ time }) => time !== null)?.time ?? null
  const blobs = new ImportedBlobs()
  const feedback: { messageId: string; value: unknown }[] = []
  const messages = placeMessages(links, createdAt ?? 0).map(({ key, parent, alternativeOf, clock, time, value: item }): StoredMessage => {
    const fields = isObject(item) ? item : {}
    const rating = readRating(fields["annotation"])
    if (rating !== undefined) feedback.push({ messageId: idOf(key), value: rating })
    const role = stringField(fields, "role") ?? "unknown"
    const name = role === "assistant" ? stringField(fields, "modelName") : undefined
    const core = {
      id: idOf(key),
      parentId: parent === null ? null : idOf(parent),
      ...(alternativeOf === null ? {} : { alternativeOf: idOf(alternativeOf) }),
      ...authorship({ source: SOURCE, role, name, model: stringField(fields, "model") }),
      clock,
      createdAt: time,
    }
    const { parts, rest } = readOpenWebUiParts(item, blobs)
    return { core, parts, origin: { source: SOURCE, sourceId: key, ...(isEmpty(rest) ? {} : { raw: JSON.stringify(rest) }) } }
  })
  const head = stringField(history, "currentId")
  return foreignConversation({
    source: SOURCE,
    sourceId,
    title,
    createdAt,
    rest: restOf(value, chat, history, inTree),
    messages,
    head: head !== undefined && links.some(({ key }) => key === head) ? idOf(head) : undefined,
    feedback,
    blobs,
    card: cardOf(value, chat),
  })
}

/** The messages of a tree: in the order of their parents' lists where these name them, else in that of the file. */
function treeLinks(messages: JsonObject): Linked<unknown>[] {
  const entries = Object.entries(messages)
  const rank = new Map<string, number>()
  for (const [, item] of entries) {
    for (const child of isObject(item) ? listField(item, "childrenIds") : []) {
      if (typeof child === "string" && !rank.has(child)) rank.set(child, rank.size)
    }
  }
  const place = (key: string): number => rank.get(key) ?? Number.POSITIVE_INFINITY
  const listed = entries.filter(([key]) => rank.has(key)).toSorted(([left], [right]) => place(left) - place(right))
  const unlisted = entries.filter(([key]) => !rank.has(key))
  return [...listed, ...unlisted].map(([key, item]) => {
    const fields = isObject(item) ? item : {}
    return { key, parent: stringField(fields, "parentId") ?? null, time: readEpoch(fields["timestamp"]), value: item }
  })
}

function lineLinks(list: readonly unknown[]): Linked<unknown>[] {
  const keyOf = (index: number): string | null => {
    const item = list[index]
    return index < 0 ? null : ((isObject(item) ? stringField(item, "id") : undefined) ?? `#${index}`)
  }
  return list.map((item, index) => ({
    key: keyOf(index) ?? "",
    parent: keyOf(index - 1),
    time: isObject(item) ? readEpoch(item["timestamp"]) : null,
    value: item,
  }))
}

/** All fields but the messages; the flat list beside a tree repeats the open path and goes too. */
function restOf(value: JsonObject, chat: JsonObject, history: JsonObject, inTree: boolean): JsonObject {
  const historyRest = without(history, "messages", "currentId")
  const chatRest = {
    ...without(chat, "messages", ...(inTree ? ["history"] : [])),
    ...(inTree && !isEmpty(historyRest) ? { history: historyRest } : {}),
  }
  return chat === value ? chatRest : { ...without(value, "chat"), chat: chatRest }
}

function cardOf(value: JsonObject, chat: JsonObject): ImportedCard {
  const meta = isObject(value["meta"]) ? value["meta"] : {}
  const tags = [...listField(meta, "tags"), ...listField(chat, "tags")]
    .map((tag) => (isObject(tag) ? stringField(tag, "name") : tag))
    .filter((tag) => typeof tag === "string" && tag !== "") as string[]
  const folder = isObject(value["folder"]) ? stringField(value["folder"], "name") : undefined
  return {
    ...(value["pinned"] === true ? { pinned: true } : {}),
    ...(value["archived"] === true ? { archived: true } : {}),
    ...(tags.length > 0 ? { tags: [...new Set(tags)] } : {}),
    ...(folder === undefined ? {} : { folder }),
  }
}

function readRating(annotation: unknown): unknown {
  if (!isObject(annotation)) return undefined
  const { rating } = annotation
  if (rating !== 1 && rating !== -1) return undefined
  const comment = stringField(annotation, "comment") ?? ""
  return { ...without(annotation, "rating", "comment"), rating: rating === 1 ? "up" : "down", ...(comment === "" ? {} : { text: comment }) }
}
