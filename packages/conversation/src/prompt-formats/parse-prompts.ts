import { type ImportFile, ImportProblem } from "../formats/import-item.ts"
import { asProblem } from "../formats/record-reader.ts"
import { textOf } from "../formats/parse-import.ts"
import { isPromptCsv, readCsvPrompts } from "./csv-prompts.ts"
import { isListedPrompt, readJsonPrompts } from "./json-prompts.ts"
import { isLangfusePrompt, readLangfusePrompts } from "./langfuse-prompts.ts"
import { isPromptMarkdown, readMarkdownPrompt } from "./markdown-prompt.ts"
import { readPlainPrompt } from "./plain-prompt.ts"
import type { PromptFormatName } from "./prompt-format-table.ts"
import type { PromptImportItem } from "./prompt-item.ts"
import { type PromptRecord, promptRecords } from "./prompt-records.ts"
import { problemOf } from "./prompt-report.ts"

/** How files of prompts are read. */
export interface ReadPromptsOptions {
  /** The format they have; by default it is told from the content, and from the end of the name where the content says nothing. */
  readonly format?: PromptFormatName
}

/** Most UTF-16 units of one file: lists of prompts are read whole. */
export const MAX_PROMPT_FILE_LENGTH = 32 * 1024 * 1024

/**
 * Finds the prompts in files, whatever format of `PROMPT_FORMATS` each has. Never throws for what is in the files: each prompt, and each
 * thing that is none, gives one item.
 */
export function* parsePrompts(files: Iterable<ImportFile>, options: ReadPromptsOptions = {}): IterableIterator<PromptImportItem> {
  for (const file of files) {
    try {
      let found = false
      for (const item of readFile(file, options)) {
        found = true
        yield item
      }
      if (!found) throw new ImportProblem("empty", "there are no prompts in it", "skipped")
    } catch (error) {
      yield problemOf({ file: file.name, position: "" }, asProblem(error))
    }
  }
}

function readFile(file: ImportFile, options: ReadPromptsOptions): Iterable<PromptImportItem> {
  const text = textOf(file)
  if (text.length > MAX_PROMPT_FILE_LENGTH)
    throw new ImportProblem("too-large", `${text.length} characters, the most of one file is ${MAX_PROMPT_FILE_LENGTH}`)
  if (text.trim() === "") throw new ImportProblem("empty", "the file is empty", "skipped")
  const records = /^\s*[[{"]/u.test(text) ? promptRecords(text) : undefined
  return readAs(options.format ?? detectFormat(file.name, text, records), file.name, text, records)
}

function readAs(
  format: PromptFormatName,
  name: string,
  text: string,
  records: readonly PromptRecord[] | ImportProblem | undefined,
): Iterable<PromptImportItem> {
  switch (format) {
    case "csv":
      return readCsvPrompts(name, text)
    case "markdown":
      return [readMarkdownPrompt(name, text)]
    case "text":
      return [readPlainPrompt(name, text)]
    case "json":
      return readJsonPrompts(name, listOf(records))
    case "langfuse":
      return readLangfusePrompts(name, listOf(records))
  }
}

function listOf(records: readonly PromptRecord[] | ImportProblem | undefined): readonly PromptRecord[] {
  if (records instanceof ImportProblem) throw records
  if (records === undefined) throw new ImportProblem("not-json", "this is no JSON")
  return records
}

/** @throws ImportProblem for what is no prompt in any format. */
function detectFormat(name: string, text: string, records: readonly PromptRecord[] | ImportProblem | undefined): PromptFormatName {
  const extension = /\.([a-z]+)$/iu.exec(name)?.[1]?.toLowerCase()
  if (records !== undefined && !(records instanceof ImportProblem)) {
    // Langfuse first: its records have a name and a text as lists have, and more.
    const values = records.map(({ value }) => value)
    if (values.some((value) => isLangfusePrompt(value) && !("act" in value))) return "langfuse"
    if (values.some(isListedPrompt)) return "json"
  }
  if (isPromptCsv(text)) return "csv"
  if (isPromptMarkdown(text) || extension === "md" || extension === "mdx" || extension === "markdown") return "markdown"
  // What says it is JSON and is none, or JSON of something else, is no text that somebody wrote as a prompt.
  if (extension === "json" || extension === "jsonl" || (records !== undefined && !(records instanceof ImportProblem))) {
    if (records instanceof ImportProblem) throw records
    throw new ImportProblem("unknown-format", "there are no prompts in it that are known here", "skipped")
  }
  if (extension === "csv") throw new ImportProblem("unknown-format", "the first row names no columns `act` and `prompt`")
  return "text"
}
