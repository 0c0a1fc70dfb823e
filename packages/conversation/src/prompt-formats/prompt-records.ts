import { ImportProblem } from "../formats/import-item.ts"
import { isDeeperThan, isObject, MAX_DEPTH } from "../formats/json-value.ts"
import { parseJson } from "../formats/parse-import.ts"

/** One value of a JSON file that may be a prompt, with its place in it. */
export interface PromptRecord {
  readonly position: string
  readonly value: unknown
}

/** Keys under which programs put the list of prompts that a file holds. */
const LISTS = ["prompts", "data"] as const

/** The records of a JSON file, of a list in it, or of a file with a JSON value on each line; the problem when it is no JSON. */
export function promptRecords(text: string): readonly PromptRecord[] | ImportProblem {
  const whole = parseJson(text)
  if (whole instanceof ImportProblem) return linesOf(text) ?? whole
  if (Array.isArray(whole)) return whole.map((value: unknown, index) => record(`[${index}]`, value))
  if (isObject(whole)) {
    for (const key of LISTS) {
      const list = whole[key]
      if (Array.isArray(list)) return list.map((value: unknown, index) => record(`${key}[${index}]`, value))
    }
  }
  return [record("", whole)]
}

function linesOf(text: string): readonly PromptRecord[] | undefined {
  const records: PromptRecord[] = []
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() !== "") records.push(record(`line ${index + 1}`, parseJson(line)))
  }
  // A JSON document that was cut off also has lines that parse by themselves, but its first has none.
  const first = records[0]?.value
  return records.length > 1 && isObject(first) && !(first instanceof ImportProblem) ? records : undefined
}

function record(position: string, value: unknown): PromptRecord {
  const deep = isDeeperThan(value, MAX_DEPTH)
  return { position, value: deep ? new ImportProblem("too-deep", `nested more than ${MAX_DEPTH} deep`) : value }
}
