import { type ImportCode, type ImportPlace, type ImportProblem, type ImportReason } from "../formats/import-item.ts"
import { isWellFormed } from "../well-formed.ts"
import { storable } from "../formats/json-value.ts"
import type { ImportedPrompt, PromptImportItem, PromptImportReport } from "./prompt-item.ts"

/** A prompt that was found, in the form in which a document can hold it. @param before - how many of its name came before it in the input. */
export function foundPrompt(
  where: ImportPlace,
  prompt: ImportedPrompt,
  before = 0,
  notices: readonly ImportReason[] = [],
): PromptImportItem {
  const clean = storable(prompt) as ImportedPrompt
  const told = [...notices]
  if (clean !== prompt || !isWellFormed(prompt.name))
    told.push({ code: "escaped-text", message: "it has half a character, which stands as \ufffd, or a key `__proto__`, which is left out" })
  if (before > 0)
    told.push({ code: "same-name", message: `another prompt before it has this name: name one of them anew before publishing both` })
  return { kind: "prompt", where, prompt: clean, notices: told }
}

/** The report of something that is not written. */
export function failedPrompt(where: ImportPlace, code: ImportCode, message: string, name: string | null = null): PromptImportItem {
  return { kind: "report", report: promptReport(where, { status: "failed", name, reason: { code, message } }) }
}

/** The report of a whole file, or of a record in it, that is a problem. */
export function problemOf(where: ImportPlace, { status, code, message }: ImportProblem): PromptImportItem {
  return { kind: "report", report: promptReport(where, { status, reason: { code, message } }) }
}

/** A report with nothing in it but what `fields` say. */
export function promptReport(
  where: ImportPlace,
  fields: Pick<PromptImportReport, "status"> & Partial<PromptImportReport>,
): PromptImportReport {
  return {
    where,
    promptId: null,
    name: null,
    versions: { imported: 0, unchanged: 0 },
    versionIds: [],
    labels: [],
    reason: null,
    notices: [],
    ...fields,
  }
}
