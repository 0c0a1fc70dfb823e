import { listedPrompt, PromptNames } from "./prompt-columns.ts"
import type { PortablePrompt, PromptImportItem } from "./prompt-item.ts"
import type { PromptLeft } from "./prompt-left.ts"
import { foundPrompt } from "./prompt-report.ts"
import { flatten, note } from "./prompt-text.ts"

/** What a prompt is called whose file names none: the file's name without folders and extension. */
export function nameOfFile(file: string): string {
  const base = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1)
  const name = base.replace(/\.[A-Za-z0-9]{1,8}$/u, "").trim()
  return name === "" ? "prompt" : name
}

/** Reads a file that is the text of one prompt, every character of it. */
export function readPlainPrompt(file: string, text: string): PromptImportItem {
  const name = nameOfFile(file)
  const { id } = new PromptNames("text").take(name)
  return foundPrompt({ file, position: "" }, listedPrompt("text", id, { name, text, extra: {} }))
}

/** Writes the newest version of a prompt as its text and nothing else. What that loses is put into `left`. */
export function writePlainPrompt(prompt: PortablePrompt, left: PromptLeft[]): string {
  const { text, description, tags } = flatten(prompt, left, ["text"])
  if (description !== "") note(left, prompt.name, "description", "its description")
  if (tags.length > 0) note(left, prompt.name, "tags", "its tags")
  return text
}
