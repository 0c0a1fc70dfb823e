import { importedId } from "../identifier.ts"
import type { StoredMessage } from "../stored-message.ts"
import { snippetOf } from "../conversation-card.ts"
import { authorship } from "./authorship.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import { isObject, type JsonObject, readEpoch, stringField, without } from "./json-value.ts"
import { placeMessages } from "./linked-messages.ts"
import { shallowRest, unnest } from "./nested-list.ts"

const SOURCE = "openassistant"
const MAX_TITLE_LENGTH = 80
const ROLES: Readonly<Record<string, string>> = { prompter: "user", assistant: "assistant" }

/** Whether `value` looks like a message tree of OpenAssistant: a prompt with replies in replies. */
export function isOpenAssistant(value: unknown): value is JsonObject {
  const prompt = isObject(value) ? value["prompt"] : undefined
  return isObject(prompt) && typeof prompt["text"] === "string" && (Array.isArray(prompt["replies"]) || typeof prompt["role"] === "string")
}

/**
 * Reads one message tree of OpenAssistant: every reply, in the order of the file, as a version beside its siblings.
 * @throws ImportProblem `too-deep`, `bad-message`.
 */
export function readOpenAssistant(value: JsonObject, maxMessages?: number): ImportedConversation {
  const items = unnest([value["prompt"]], "replies", maxMessages)
  const fields = items.map(({ value: item }, index) => {
    if (!isObject(item)) throw new ImportProblem("bad-message", `message ${index} of the tree is not an object`)
    return item
  })
  const keys = fields.map((item, index) => stringField(item, "message_id") ?? `#${index}`)
  const sourceId = stringField(value, "message_tree_id") ?? keys[0] ?? ""
  const idOf = (key: string): string => importedId(SOURCE, sourceId, key)
  const links = fields.map((item, index) => {
    const { above } = items[index] ?? { above: null }
    return {
      key: keys[index] ?? "",
      parent: above === null ? null : (keys[above] ?? null),
      time: readEpoch(item["created_date"]),
      value: item,
    }
  })
  const createdAt = links[0]?.time ?? null
  const messages = placeMessages(links, createdAt ?? 0).map(({ key, parent, alternativeOf, clock, time, value: item }): StoredMessage => {
    const given = stringField(item, "role") ?? "unknown"
    const role = Object.hasOwn(ROLES, given) ? (ROLES[given] ?? given) : given
    const raw = without(item, "message_id", "parent_id", "text", "role", "created_date")
    return {
      core: {
        id: idOf(key),
        parentId: parent === null ? null : idOf(parent),
        ...(alternativeOf === null ? {} : { alternativeOf: idOf(alternativeOf) }),
        ...authorship({ source: SOURCE, role, model: stringField(item, "model_name") }),
        clock,
        createdAt: time,
      },
      parts: [{ pid: "0", type: "text", text: stringField(item, "text") ?? "" }],
      origin: { source: SOURCE, sourceId: key, raw: JSON.stringify(raw) },
    }
  })
  return foreignConversation({
    source: SOURCE,
    sourceId,
    title: snippetOf(stringField(fields[0] ?? {}, "text") ?? "", MAX_TITLE_LENGTH),
    createdAt,
    rest: shallowRest(value, "prompt"),
    messages,
    deleted: fields.flatMap((item, index) => (item["deleted"] === true ? [idOf(keys[index] ?? "")] : [])),
  })
}
