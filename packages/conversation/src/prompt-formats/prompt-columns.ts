import { importedId } from "../identifier.ts"
import { isEmpty, type JsonObject } from "../formats/json-value.ts"
import { type ImportedPrompt, PLAIN_VERSION } from "./prompt-item.ts"
import type { PromptFormatName } from "./prompt-format-table.ts"

/** What lists of prompts call the fields of a prompt, in whatever case; the first is what is written. */
const COLUMNS = {
  name: ["act", "name", "title"],
  text: ["prompt", "text", "content", "template"],
  description: ["description"],
  tags: ["tags"],
} as const satisfies Record<string, readonly string[]>

type ColumnName = keyof typeof COLUMNS

/** Which field of a list is which; the others are kept as they are. */
export type Columns = Readonly<Record<"name" | "text", string> & Partial<Record<ColumnName, string>>>

/** How a prompt's fields are written in lists. */
export const WRITTEN = Object.freeze({ name: "act", text: "prompt", description: "description", tags: "tags" } as const)

/** Finds the columns of a prompt among the names of fields; undefined unless both a name and a text are among them. */
export function findColumns(fields: readonly string[]): Columns | undefined {
  const find = (column: ColumnName): string | undefined => {
    for (const known of COLUMNS[column]) {
      const found = fields.find((field) => field.trim().toLowerCase() === known)
      if (found !== undefined) return found
    }
    return undefined
  }
  const [name, text, description, tags] = [find("name"), find("text"), find("description"), find("tags")]
  if (name === undefined || text === undefined) return undefined
  return { name, text, ...(description === undefined ? {} : { description }), ...(tags === undefined ? {} : { tags }) }
}

/** Tags in one field, separated by commas, semicolons or bars. */
export function splitTags(field: string): readonly string[] {
  return field
    .split(/[,;|]/u)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "")
}

/** Gives ids by source and name; the second prompt of one name in one input is another prompt. */
export class PromptNames {
  readonly #source: PromptFormatName
  readonly #counts = new Map<string, number>()

  constructor(source: PromptFormatName) {
    this.#source = source
  }

  /** The id of the next prompt of that name, and how many of the name came before it. */
  take(name: string): { readonly id: string; readonly before: number } {
    const before = this.#counts.get(name) ?? 0
    this.#counts.set(name, before + 1)
    return { id: importedId("prompt", this.#source, name, ...(before === 0 ? [] : [String(before + 1)])), before }
  }
}

/** What one row of a list says. */
export interface ListedPrompt {
  readonly name: string
  readonly text: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly extra: JsonObject
}

/** A prompt of one text. */
export function listedPrompt(
  source: PromptFormatName,
  id: string,
  { name, text, description = "", tags = [], extra }: ListedPrompt,
): ImportedPrompt {
  const version = { ...PLAIN_VERSION, slots: [textSlot(text)], extra: isEmpty(extra) ? null : { of: source, fields: extra } }
  return { id, source, name, description, tags, versions: [version] }
}

/** The only slot of a prompt that is one text. */
export function textSlot(text: string): { readonly role: string; readonly text: string } {
  return { role: "user", text }
}
