import { snippetOf } from "../conversation-card.ts"
import { importedId } from "../identifier.ts"
import type { StoredMessage, StoredPart } from "../stored-message.ts"
import { authorship } from "./authorship.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import { ImportProblem, type ImportedConversation } from "./import-item.ts"
import { isObject, type JsonObject, listField, stringField, without } from "./json-value.ts"
import { placeMessages } from "./linked-messages.ts"

const SOURCE = "cast"
const MAX_TITLE_LENGTH = 80
const ROLES: Readonly<Record<string, string>> = { User: "user", System: "assistant" }

/** Whether `value` looks like a topic of TREC CAsT: numbered turns of a user and a system, each naming the turn it follows. */
export function isTopicTurns(value: unknown): value is JsonObject {
  const first = isObject(value) && Array.isArray(value["turn"]) ? (value["turn"] as unknown[])[0] : undefined
  return isObject(first) && "number" in first && ("utterance" in first || "response" in first || "raw_utterance" in first)
}

/**
 * Reads one topic of TREC CAsT: turns that follow one turn are branches, the passages an answer rests on are sources.
 * @throws ImportProblem `bad-message`.
 */
export function readTopicTurns(value: JsonObject): ImportedConversation {
  const sourceId = nameOf(value["number"]) ?? "topic"
  const idOf = (key: string): string => importedId(SOURCE, sourceId, key)
  const links = listField(value, "turn").map((turn, index) => {
    if (!isObject(turn)) throw new ImportProblem("bad-message", `turn ${index} of the topic is not an object`)
    return { key: nameOf(turn["number"]) ?? `#${index}`, parent: nameOf(turn["parent"]) ?? null, time: null, value: turn }
  })
  const messages = placeMessages(links, 0).map(({ key, parent, alternativeOf, clock, value: turn }): StoredMessage => {
    const given = stringField(turn, "participant") ?? ("response" in turn ? "System" : "User")
    const role = Object.hasOwn(ROLES, given) ? (ROLES[given] ?? given) : given
    const raw = without(turn, "utterance", "response", "parent", "participant")
    return {
      core: {
        id: idOf(key),
        parentId: parent === null ? null : idOf(parent),
        ...(alternativeOf === null ? {} : { alternativeOf: idOf(alternativeOf) }),
        ...authorship({ source: SOURCE, role }),
        clock,
        createdAt: null,
      },
      parts: partsOf(turn),
      origin: { source: SOURCE, sourceId: key, raw: JSON.stringify(raw) },
    }
  })
  const title = stringField(value, "title") ?? textOf(links[0]?.value ?? {})
  return foreignConversation({
    source: SOURCE,
    sourceId,
    title: snippetOf(title, MAX_TITLE_LENGTH),
    createdAt: null,
    rest: without(value, "turn"),
    messages,
  })
}

function partsOf(turn: JsonObject): StoredPart[] {
  const passages = listField(turn, "provenance").filter((passage) => typeof passage === "string")
  const sources = passages.map((title, index): StoredPart => ({ pid: `s${index}`, type: "source", title }))
  return [{ pid: "0", type: "text", text: textOf(turn) }, ...sources]
}

function textOf(turn: JsonObject): string {
  return stringField(turn, "utterance", "raw_utterance", "response") ?? ""
}

function nameOf(value: unknown): string | undefined {
  return typeof value === "number" ? String(value) : typeof value === "string" ? value : undefined
}
