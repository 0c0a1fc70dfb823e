import { type ImportPlace, ImportProblem } from "../formats/import-item.ts"
import { type CsvRow, readCsv, writeCsvRow } from "./csv-text.ts"
import { type Columns, findColumns, listedPrompt, PromptNames, splitTags, WRITTEN } from "./prompt-columns.ts"
import type { PortablePrompt, PromptImportItem } from "./prompt-item.ts"
import { foundPrompt, failedPrompt } from "./prompt-report.ts"
import { type Flattened, flatten } from "./prompt-text.ts"
import type { PromptLeft } from "./prompt-left.ts"

/** Separators that programs put between fields, in the order in which they are tried. */
const SEPARATORS = [",", ";", "\t"] as const

/** Whether the first row of `text` names columns of prompts. */
export function isPromptCsv(text: string): boolean {
  return headerOf(text) !== undefined
}

interface Header {
  readonly separator: string
  readonly names: readonly string[]
  readonly columns: Columns
}

function headerOf(text: string): Header | undefined {
  for (const separator of SEPARATORS) {
    const { value: row } = readCsv(text, separator).next()
    const names = (row as CsvRow | undefined)?.fields ?? []
    const columns = findColumns(names)
    // Two columns of one name could not be told apart: the later would hide the earlier.
    if (columns !== undefined && new Set(names).size === names.length) return { separator, names, columns }
  }
  return undefined
}

/** Reads a list of prompts, a row each. A row that is not well formed fails by itself, named by its number. */
export function* readCsvPrompts(file: string, text: string): IterableIterator<PromptImportItem> {
  const header = headerOf(text)
  if (header === undefined) throw new ImportProblem("unknown-format", "the first row names no columns `act` and `prompt`")
  const names = new PromptNames("csv")
  let first = true
  for (const row of readCsv(text, header.separator)) {
    if (first) first = false
    else yield readRow({ file, position: `row ${row.number}` }, row, header, names)
  }
}

function readRow(where: ImportPlace, { fields, problem }: CsvRow, { names, columns }: Header, known: PromptNames): PromptImportItem {
  // No more than what the row has is touched before it is known to have what the first row has.
  const name = (fields[names.indexOf(columns.name)] ?? "").trim()
  if (problem !== undefined) return failedPrompt(where, "bad-record", `${problem}: mend the row and import again`, name)
  if (fields.length !== names.length) {
    return failedPrompt(where, "bad-record", `${fields.length} fields where the first row has ${names.length}: is a quote missing?`, name)
  }
  if (name === "") return failedPrompt(where, "bad-record", "the row has no name", null)
  const values = new Map(names.map((column, index) => [column, fields[index] ?? ""] as const))
  const own = new Set(Object.values(columns))
  const { id, before } = known.take(name)
  const prompt = listedPrompt("csv", id, {
    name,
    text: values.get(columns.text)!,
    description: values.get(columns.description ?? "") ?? "",
    tags: splitTags(values.get(columns.tags ?? "") ?? ""),
    extra: Object.fromEntries([...values].filter(([key]) => !own.has(key))),
  })
  return foundPrompt(where, prompt, before)
}

/** Writes prompts as a list, a row each, of their newest versions. What a row cannot hold is put into `left`. */
export function* writeCsvPrompts(prompts: Iterable<PortablePrompt>, left: PromptLeft[]): IterableIterator<string> {
  const rows = [...prompts].map((prompt) => flatten(prompt, left, ["csv", "json"]))
  const optional = (["description", "tags"] as const).filter((field) => rows.some((row) => row[field].length > 0))
  const taken = new Set<string>([WRITTEN.name, WRITTEN.text, ...optional])
  const extra = [...new Set(rows.flatMap((row) => Object.keys(row.extra)))].filter((name) => !taken.has(name))
  yield writeCsvRow([WRITTEN.name, WRITTEN.text, ...optional, ...extra])
  for (const row of rows)
    yield writeCsvRow([row.name, row.text, ...optional.map((field) => cell(row, field)), ...extra.map((name) => asText(row.extra[name]))])
}

function cell(row: Flattened, field: "description" | "tags"): string {
  return field === "tags" ? row.tags.join(", ") : row.description
}

function asText(value: unknown): string {
  if (value === undefined) return ""
  return typeof value === "string" ? value : JSON.stringify(value)
}
