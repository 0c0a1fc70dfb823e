import { writeCsvPrompts } from "./csv-prompts.ts"
import { writeJsonPrompts } from "./json-prompts.ts"
import { writeLangfusePrompts } from "./langfuse-writer.ts"
import { writeMarkdownPrompt } from "./markdown-prompt.ts"
import { writePlainPrompt } from "./plain-prompt.ts"
import type { PromptFormatName } from "./prompt-format-table.ts"
import type { PortablePrompt } from "./prompt-item.ts"
import type { PromptLeft } from "./prompt-left.ts"

/** A prompt with the id under which its file names it. */
export interface ExportedPrompt extends PortablePrompt {
  /** Of the prompt here: a Markdown file with it comes back as a version of the same. */
  readonly id?: string
}

/**
 * Writes prompts in a format, piece by piece; formats of one prompt a file take exactly one. What the format cannot hold is put into
 * `left`, prompt by prompt.
 * @throws RangeError for several prompts, or none, in a format of one.
 */
export function* writePrompts(format: PromptFormatName, prompts: readonly ExportedPrompt[], left: PromptLeft[]): IterableIterator<string> {
  switch (format) {
    case "langfuse":
      return yield* writeLangfusePrompts(prompts, left)
    case "csv":
      return yield* writeCsvPrompts(prompts, left)
    case "json":
      return yield* writeJsonPrompts(prompts, left)
    case "markdown":
      return yield writeMarkdownPrompt(only(prompts), left)
    case "text":
      return yield writePlainPrompt(only(prompts), left)
  }
}

function only(prompts: readonly ExportedPrompt[]): ExportedPrompt {
  const [prompt] = prompts
  if (prompt === undefined || prompts.length > 1) throw new RangeError(`a file of this format has one prompt, not ${prompts.length}`)
  return prompt
}
