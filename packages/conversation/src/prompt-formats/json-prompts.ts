import { ImportProblem } from "../formats/import-item.ts"
import { isObject, type JsonObject, stringField, without } from "../formats/json-value.ts"
import { findColumns, listedPrompt, PromptNames, splitTags, WRITTEN } from "./prompt-columns.ts"
import type { PortablePrompt, PromptImportItem } from "./prompt-item.ts"
import { failedPrompt, foundPrompt } from "./prompt-report.ts"
import { flatten } from "./prompt-text.ts"
import type { PromptLeft } from "./prompt-left.ts"
import type { PromptRecord } from "./prompt-records.ts"

/** Whether `value` is a prompt of a list: an object with a name and a text. */
export function isListedPrompt(value: unknown): value is JsonObject {
  if (!isObject(value)) return false
  const columns = findColumns(Object.keys(value))
  return columns !== undefined && typeof value[columns.name] === "string" && typeof value[columns.text] === "string"
}

/** Reads a list of prompts. What is none among them is reported by itself. */
export function* readJsonPrompts(file: string, records: Iterable<PromptRecord>): IterableIterator<PromptImportItem> {
  const names = new PromptNames("json")
  for (const { position, value } of records) {
    const where = { file, position }
    if (value instanceof ImportProblem) yield failedPrompt(where, value.code, value.message)
    else if (isListedPrompt(value)) yield readRecord(where, value, names)
    else yield failedPrompt(where, "bad-record", "this is no prompt: it needs texts `act` and `prompt`")
  }
}

function readRecord(where: { readonly file: string; readonly position: string }, value: JsonObject, names: PromptNames): PromptImportItem {
  const columns = findColumns(Object.keys(value))!
  const name = String(value[columns.name]).trim()
  if (name === "") return failedPrompt(where, "bad-record", "the prompt has no name")
  const description = columns.description === undefined ? undefined : stringField(value, columns.description)
  const tags = columns.tags === undefined ? undefined : tagsIn(value[columns.tags])
  const own = [
    columns.name,
    columns.text,
    ...(description === undefined ? [] : [columns.description!]),
    ...(tags === undefined ? [] : [columns.tags!]),
  ]
  const { id, before } = names.take(name)
  const prompt = listedPrompt("json", id, {
    name,
    text: String(value[columns.text]),
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
    extra: without(value, ...own),
  })
  return foundPrompt(where, prompt, before)
}

/** The tags in a list or in one text; undefined for anything else, which is kept as it is. */
export function tagsIn(value: unknown): readonly string[] | undefined {
  if (typeof value === "string") return splitTags(value)
  const items: readonly unknown[] = Array.isArray(value) ? value : [null]
  return items.every((item): item is string => typeof item === "string") ? items : undefined
}

/** Writes prompts as a list, an object each, of their newest versions. What it cannot hold is put into `left`. */
export function* writeJsonPrompts(prompts: Iterable<PortablePrompt>, left: PromptLeft[]): IterableIterator<string> {
  let open = "[\n"
  for (const prompt of prompts) {
    const { name, text, description, tags, extra } = flatten(prompt, left, ["csv", "json"])
    const record = {
      [WRITTEN.name]: name,
      [WRITTEN.text]: text,
      ...(description === "" ? {} : { [WRITTEN.description]: description }),
      ...(tags.length === 0 ? {} : { [WRITTEN.tags]: tags }),
      ...without(extra, ...Object.values(WRITTEN)),
    }
    yield open + JSON.stringify(record, null, 2)
    open = ",\n"
  }
  yield open === "[\n" ? "[]\n" : "\n]\n"
}
