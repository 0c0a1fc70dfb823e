import { LATEST_LABEL, labelProblem } from "../publishing/prompt-registers.ts"
import { MAX_NUMBERED_VERSIONS } from "../publishing/version-numbers.ts"
import { type ImportPlace, ImportProblem, type ImportReason } from "../formats/import-item.ts"
import { isEmpty, isObject, type JsonObject, readEpoch, stringField, telling, without } from "../formats/json-value.ts"
import { textSlot } from "./prompt-columns.ts"
import { tagsIn } from "./json-prompts.ts"
import { PromptNames } from "./prompt-columns.ts"
import type { PortableSlot, PortableVersion, PromptImportItem } from "./prompt-item.ts"
import type { PromptRecord } from "./prompt-records.ts"
import { failedPrompt, foundPrompt } from "./prompt-report.ts"

/*
 * Langfuse has a record for each version: what its API takes to make one (name, type, prompt, config, labels, tags, commitMessage), and
 * what it answers, with version, createdAt, createdBy and ids besides. Records of one name are the versions of one prompt.
 */

/** Whether `value` is a version of a prompt as Langfuse writes it. */
export function isLangfusePrompt(value: unknown): value is JsonObject {
  if (!isObject(value) || typeof value["name"] !== "string") return false
  const { prompt, type } = value
  if (type !== undefined && type !== "text" && type !== "chat") return false
  return typeof prompt === "string" || (Array.isArray(prompt) && prompt.every((item) => isObject(item)))
}

interface Version {
  readonly where: ImportPlace
  readonly version: PortableVersion
  readonly tags: readonly string[]
  readonly notices: readonly ImportReason[]
}

/** Reads the prompts of a file: a prompt for each name, its versions by their numbers, else in their order. */
export function* readLangfusePrompts(file: string, records: Iterable<PromptRecord>): IterableIterator<PromptImportItem> {
  const prompts = new Map<string, Version[]>()
  for (const { position, value } of records) {
    const where = { file, position }
    if (value instanceof ImportProblem) yield failedPrompt(where, value.code, value.message)
    else if (!isLangfusePrompt(value))
      yield failedPrompt(where, "bad-record", "this is no prompt: it needs a `name` and a `prompt`, a text or a list of messages")
    else {
      const name = String(value["name"]).trim()
      if (name === "") yield failedPrompt(where, "bad-record", "the prompt has no name")
      else {
        const versions = prompts.get(name) ?? []
        prompts.set(name, versions)
        versions.push(readVersion(where, value))
      }
    }
  }
  const names = new PromptNames("langfuse")
  for (const [name, found] of prompts) {
    if (found.length > MAX_NUMBERED_VERSIONS) {
      const message = `${found.length} versions, the most that get numbers are ${MAX_NUMBERED_VERSIONS}`
      yield failedPrompt(found[0]!.where, "too-large", message, name)
      continue
    }
    const numbered = found.every(({ version }) => version.number !== null)
    const versions = numbered ? found.toSorted((one, other) => one.version.number! - other.version.number!) : found
    const { id } = names.take(name)
    const prompt = {
      id,
      source: "langfuse" as const,
      name,
      description: "",
      // Tags are of the prompt, not of a version: the newest record knows them.
      tags: versions.at(-1)!.tags,
      versions: versions.map(({ version }) => version),
    }
    const notices = versions.flatMap((version) => version.notices)
    yield foundPrompt(found[0]!.where, prompt, 0, notices)
  }
}

/** Fields that have a place here; those of another form than expected are kept like unknown ones. */
function readVersion(where: ImportPlace, value: JsonObject): Version {
  const notices: ImportReason[] = []
  const { prompt, config, labels, version: number } = value
  const messages = typeof prompt === "string" ? [] : (prompt as readonly JsonObject[])
  const { slots, rests } = readMessages(messages, notices)
  const taken = ["name", "prompt", "type"]
  const take = <T>(key: string, read: T | undefined, fallback: T): T => {
    if (read !== undefined) taken.push(key)
    return read ?? fallback
  }
  const createdAt = typeof value["createdAt"] === "string" ? readEpoch(value["createdAt"]) : null
  const version: PortableVersion = {
    kind: typeof prompt === "string" ? "text" : "chat",
    slots: typeof prompt === "string" ? [textSlot(prompt)] : slots,
    variables: {},
    config: take("config", isObject(config) ? config : undefined, {}),
    message: take("commitMessage", stringField(value, "commitMessage"), ""),
    createdAt: take("createdAt", createdAt ?? undefined, null),
    author: take("createdBy", stringField(value, "createdBy"), null),
    labels: take("labels", readLabels(labels), value["isActive"] === true ? ["production"] : []),
    number: take("version", isNumber(number) ? number : undefined, null),
    extra: null,
  }
  const tags = take("tags", value["tags"] === undefined ? undefined : tagsIn(value["tags"]), [])
  const fields = { ...telling(without(value, ...taken)), ...(isEmpty(rests) ? {} : { messages: rests }) }
  const extra = isEmpty(fields) ? null : { of: "langfuse" as const, fields }
  return { where, version: { ...version, extra }, tags, notices }
}

function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

/** Labels that may be set here; `latest` follows the numbers. Undefined when some are no labels, which are then kept as they stand. */
function readLabels(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  const set = (value as readonly unknown[]).filter((label) => label !== LATEST_LABEL)
  return set.every((label): label is string => typeof label === "string" && labelProblem(label) === undefined) ? set : undefined
}

/** The messages as slots; what a slot cannot hold is in `rests`, by the place of the message. */
function readMessages(
  messages: readonly JsonObject[],
  notices: ImportReason[],
): { readonly slots: PortableSlot[]; readonly rests: JsonObject } {
  const rests: [string, JsonObject][] = []
  const slots = messages.map((message, index): PortableSlot => {
    const placeholder = message["type"] === "placeholder"
    const text = textOf(message["content"])
    if (!placeholder && typeof message["content"] !== "string") {
      const what = `message ${index + 1} is no text; it is kept as JSON`
      notices.push({ code: "reshaped", message: what })
    }
    // What tells a message from a placeholder says nothing else.
    const known = placeholder ? ["type", "name"] : ["role", "content", ...(message["type"] === "chatmessage" ? ["type"] : [])]
    const rest = without(message, ...known)
    if (!isEmpty(rest)) rests.push([String(index), rest])
    if (placeholder) return { role: "placeholder", name: stringField(message, "name") ?? "", text: "" }
    return { role: stringField(message, "role") ?? "user", text }
  })
  return { slots, rests: Object.fromEntries(rests) }
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content
  return content === undefined || content === null ? "" : JSON.stringify(content)
}
