import { snippetOf } from "../conversation-card.ts"
import { importedId } from "../identifier.ts"
import type { StoredMessage, StoredPart } from "../stored-message.ts"
import { authorship } from "./authorship.ts"
import { foreignConversation } from "./foreign-conversation.ts"
import type { ImportedConversation } from "./import-item.ts"
import { isObject, type JsonObject, listField, readEpoch, stringField, telling, without } from "./json-value.ts"

const SOURCE = "langfuse"
const MAX_TITLE_LENGTH = 80
/** Observations of these types are what a model said; all others are steps and calls around it. */
const GENERATION = "GENERATION"
/** Under which names the words of a message stand, those of a whole conversation first. */
const WORD_FIELDS = ["messages", "content", "text", "prompt", "parts", "message", "new_message", "choices"]
const MAX_WORDS_DEPTH = 6

/** Whether `value` looks like a trace of Langfuse: a trace with its observations, as its interface gives it, bare or under `trace`. */
export function isLangfuseTrace(value: unknown): value is JsonObject {
  const { trace, observations } = unwrapped(value)
  return isObject(trace) && typeof trace["id"] === "string" && Array.isArray(observations) && observations.every(isObject)
}

/**
 * Reads one trace: what went in, every observation in the order of its start, what came out. A trace is a record of what happened and has no
 * branches, so the messages stand in one line; which observation belongs to which is kept in `origin.raw`.
 */
export function readLangfuseTrace(value: JsonObject): ImportedConversation {
  const { trace, observations } = unwrapped(value) as { readonly trace: JsonObject; readonly observations: readonly JsonObject[] }
  const sourceId = String(trace["id"])
  const createdAt = readEpoch(trace["timestamp"])
  const steps: Step[] = []
  if (hasValue(trace["input"]))
    steps.push({ key: "input", role: "user", time: createdAt, parts: valueParts("input", trace["input"]), raw: {} })
  for (const [index, observation] of inOrder(observations).entries()) steps.push(stepOf(observation, index))
  if (hasValue(trace["output"]))
    steps.push({ key: "output", role: "assistant", time: null, parts: valueParts("output", trace["output"]), raw: {} })

  let parentId: string | null = null
  let clock = createdAt ?? 0
  const messages: StoredMessage[] = []
  for (const { key, role, model, name, time, parts, raw } of steps) {
    const id = importedId(SOURCE, sourceId, key)
    clock = Math.max(clock + 1, time ?? 0)
    const core = { id, parentId, ...authorship({ source: SOURCE, role, name, model }), clock, createdAt: time }
    messages.push({ core, parts, origin: { source: SOURCE, sourceId: key, raw: JSON.stringify(raw) } })
    parentId = id
  }
  const title = stringField(trace, "name") ?? stringField(value, "file") ?? sourceId
  const rest = { ...without(value, "trace", "observations"), ...telling(without(trace, "observations", "input", "output")) }
  return foreignConversation({ source: SOURCE, sourceId, title: snippetOf(title, MAX_TITLE_LENGTH), createdAt, rest, messages })
}

interface Step {
  readonly key: string
  readonly role: string
  readonly model?: string | undefined
  readonly name?: string | undefined
  readonly time: number | null
  readonly parts: readonly StoredPart[]
  readonly raw: JsonObject
}

function stepOf(observation: JsonObject, index: number): Step {
  const key = stringField(observation, "id") ?? `#${index}`
  const name = stringField(observation, "name") ?? stringField(observation, "type") ?? "step"
  const { input, output } = observation
  const raw = telling(without(observation, "id", "input", "output"))
  const time = readEpoch(observation["startTime"])
  if (observation["type"] === GENERATION) {
    const parts = [...(hasValue(input) ? [dataPart("i", "input", input)] : []), ...(hasValue(output) ? valueParts("output", output) : [])]
    return { key, role: "assistant", model: stringField(observation, "model"), time, parts, raw }
  }
  const failed = observation["level"] === "ERROR"
  const error = stringField(observation, "statusMessage") ?? ""
  const tool: StoredPart = {
    pid: "0",
    type: "tool",
    toolCallId: key,
    name,
    input: input ?? null,
    ...(hasValue(output) ? { output } : {}),
    ...(failed ? { errorText: error } : {}),
    state: failed ? "output-error" : hasValue(output) ? "output-available" : hasValue(observation["endTime"]) ? "done" : "input-available",
  }
  return { key, role: "tool", name, time, parts: [tool], raw }
}

/** Text is shown as text. JSON, as text or as it is, is data, not changed by a character, after the words in it that people read. */
function valueParts(name: string, value: unknown): StoredPart[] {
  if (typeof value === "string" && parseJson(value) === undefined) return [{ pid: "0", type: "text", text: value }]
  const words = wordsOf(typeof value === "string" ? parseJson(value) : value)
  return [...(words === "" ? [] : [{ pid: "0", type: "text", text: words }]), dataPart("1", name, value)]
}

/** What a message, or the last of several, says: its `content` or `text`, as every kind of model names it. */
function wordsOf(value: unknown, depth = 0): string {
  if (depth > MAX_WORDS_DEPTH) return ""
  if (typeof value === "string") {
    // Traces keep JSON as text, and some of them that text as JSON again.
    const inner = parseJson(value)
    return inner === undefined ? value : wordsOf(inner, depth + 1)
  }
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value
    const isChat = items.some((item) => isObject(item) && typeof item["role"] === "string")
    const spoken = isChat ? items.slice(-1) : items.filter((item) => isObject(item) && item["type"] !== "tool_use")
    return spoken
      .map((item) => wordsOf(item, depth + 1))
      .filter((words) => words !== "")
      .join("\n\n")
  }
  if (!isObject(value)) return ""
  for (const field of WORD_FIELDS) {
    const words = value[field] === undefined ? "" : wordsOf(value[field], depth + 1)
    if (words !== "") return words
  }
  return ""
}

function dataPart(pid: string, name: string, data: unknown): StoredPart {
  return { pid, type: "data", name, data }
}

/** What JSON text stands for, where that is an object, a list or a text; undefined for anything else. */
function parseJson(text: string): unknown {
  if (!/^\s*[[{"]/.test(text)) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function inOrder(observations: readonly JsonObject[]): JsonObject[] {
  return observations.toSorted((left, right) => (readEpoch(left["startTime"]) ?? 0) - (readEpoch(right["startTime"]) ?? 0))
}

function unwrapped(value: unknown): { readonly trace?: unknown; readonly observations?: unknown } {
  if (!isObject(value)) return {}
  const inner = value["trace"]
  // A file of several traces keeps the answer of the interface whole, so a trace stands in a trace.
  if (isObject(inner) && isObject(inner["trace"])) return { trace: inner["trace"], observations: inner["observations"] }
  if (isObject(inner)) return { trace: inner, observations: value["observations"] ?? listField(inner, "observations") }
  return { trace: value, observations: value["observations"] }
}

function hasValue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ""
}
