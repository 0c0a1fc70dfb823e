/**
 * Every format of prompts, once: what the command, the menus and the documents say about them derives from here.
 *
 * `holds` says what a file of it can keep: all `versions` of a prompt with their labels; one version `whole`, with roles, variables and
 * configuration; or its `text` alone. `files` says whether several prompts are one file or a file each.
 */
export const PROMPT_FORMATS = [
  format("langfuse", "Langfuse prompts", { holds: "versions" }),
  format("markdown", "Markdown with front matter", { extension: "md", mediaType: "text/markdown", holds: "whole", files: "each" }),
  format("csv", "CSV (act, prompt)", { extension: "csv", mediaType: "text/csv", holds: "text" }),
  format("json", "JSON list (act, prompt)", { holds: "text" }),
  format("text", "Plain text", { extension: "txt", mediaType: "text/plain", holds: "text", files: "each" }),
] as const

/** One format as {@link PROMPT_FORMATS} tells it; each is read and written. */
export interface PromptFormat<Name extends string = string> {
  readonly name: Name
  /** What people call it. */
  readonly title: string
  /** Without a dot. */
  readonly extension: string
  readonly mediaType: string
  readonly holds: "versions" | "whole" | "text"
  readonly files: "one" | "each"
}

/** The name of a format of prompts. */
export type PromptFormatName = (typeof PROMPT_FORMATS)[number]["name"]

function format<const Name extends string>(
  name: Name,
  title: string,
  fields: Pick<PromptFormat, "holds"> & Partial<PromptFormat>,
): PromptFormat<Name> {
  return { extension: "json", mediaType: "application/json", files: "one", ...fields, name, title }
}
