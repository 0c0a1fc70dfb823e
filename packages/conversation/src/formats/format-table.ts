/**
 * Every format, once: what the command, the menus and the documents say about formats derives from here.
 *
 * `holds` says what a file of it can keep of a conversation: `everything`; the `tree` of all messages with what they say; or one
 * `line` through it. `files` says whether several conversations are one file or a file each.
 */
export const FORMATS = [
  format("polylogue", "Polylogue", { extension: "json", exports: true, holds: "everything" }),
  format("bundle", "Polylogue with files", { extension: "zip", mediaType: "application/zip", exports: true, holds: "everything" }),
  format("markdown", "Markdown", { extension: "md", mediaType: "text/markdown", imports: false, exports: true, holds: "tree" }),
  format("openai", "OpenAI messages", { extension: "jsonl", mediaType: "application/jsonl", exports: true, holds: "line" }),
  format("ui-messages", "AI SDK messages", { exports: true, holds: "line", files: "each" }),
  format("assistant-ui", "assistant-ui", { exports: true, holds: "tree", files: "each" }),
  format("chatgpt", "ChatGPT", { exports: true, holds: "tree" }),
  format("claude", "Claude", { holds: "tree" }),
  format("librechat", "LibreChat", { holds: "tree" }),
  format("open-webui", "Open WebUI", { holds: "tree" }),
  format("sharegpt", "ShareGPT", { holds: "line" }),
  format("chatbot-ui", "Chatbot UI", { holds: "line" }),
  format("openassistant", "OpenAssistant", { holds: "tree" }),
  format("langfuse", "Langfuse trace", { holds: "line" }),
  format("cast", "TREC CAsT topics", { holds: "tree" }),
  format("chat-log", "Chat log", { extension: "log", mediaType: "text/plain", holds: "line" }),
] as const

/** One format as {@link FORMATS} tells it. */
export interface Format<Name extends string = string> {
  readonly name: Name
  /** What people call it. */
  readonly title: string
  /** Without a dot. */
  readonly extension: string
  readonly mediaType: string
  readonly imports: boolean
  readonly exports: boolean
  readonly holds: "everything" | "tree" | "line"
  readonly files: "one" | "each"
}

/** The name of a format. */
export type FormatName = (typeof FORMATS)[number]["name"]

function format<const Name extends string>(name: Name, title: string, fields: Pick<Format, "holds"> & Partial<Format>): Format<Name> {
  return { extension: "json", mediaType: "application/json", imports: true, exports: false, files: "one", ...fields, name, title }
}
