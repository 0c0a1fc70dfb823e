import type { ConversationView } from "../conversation-view.ts"
import { exportAssistantUi } from "./assistant-ui-writer.ts"
import { exportChatGpt } from "./chatgpt-writer.ts"
import { type Exported, type ExportOptions, leaveRecords, type Left } from "./exported.ts"
import type { FormatName } from "./format-table.ts"
import { exportMarkdown } from "./markdown.ts"
import { exportNative, NATIVE_FORMAT, NATIVE_VERSION } from "./native.ts"
import { exportOpenAi } from "./openai-writer.ts"
import { exportUiMessages } from "./ui-message-writer.ts"

/** The formats that write one conversation as text. A bundle is written by `writeBundle`. */
export type TextFormat = Extract<FormatName, "polylogue" | "markdown" | "openai" | "ui-messages" | "assistant-ui" | "chatgpt">

interface Writer {
  readonly write: (id: string, view: ConversationView, options: ExportOptions) => Exported
  readonly open: string
  readonly between: string
  readonly close: string
}

const WRITERS: Readonly<Record<TextFormat, Writer>> = {
  polylogue: {
    write: (id, view) => ({ content: JSON.stringify(exportNative(id, view)), left: [] }),
    open: `{"format":${JSON.stringify(NATIVE_FORMAT)},"version":${NATIVE_VERSION},"conversations":[\n`,
    between: ",\n",
    close: "\n]}\n",
  },
  markdown: {
    write: (id, view, { choices }) => ({
      content: exportMarkdown(id, view, choices === undefined ? {} : { choices }),
      left: leftOfMarkdown(view),
    }),
    open: "",
    between: "\n\n",
    close: "",
  },
  openai: { write: exportOpenAi, open: "", between: "", close: "" },
  "ui-messages": { write: exportUiMessages, open: "", between: "\n", close: "\n" },
  "assistant-ui": { write: exportAssistantUi, open: "", between: "\n", close: "\n" },
  chatgpt: { write: exportChatGpt, open: "[\n", between: ",\n", close: "\n]\n" },
}

/**
 * One conversation as text, and what that format could not hold. A file is the text between the `open` and the `close` of {@link exportFrame}, or
 * several with `between` between them where a format puts many conversations into one file (`FORMATS`).
 * @param view - of all segments of the conversation.
 */
export function exportConversation(format: TextFormat, id: string, view: ConversationView, options: ExportOptions = {}): Exported {
  return WRITERS[format].write(id, view, options)
}

/** What stands around and between the conversations of a file. */
export function exportFrame(format: TextFormat): { readonly open: string; readonly between: string; readonly close: string } {
  const { open, between, close } = WRITERS[format]
  return { open, between, close }
}

/** The hashes of the attachments that a conversation names, so that their bytes can be fetched before it is exported. */
export function blobsOf(view: ConversationView): readonly string[] {
  const hashes = new Set<string>()
  for (const id of view.getTree().nodes.keys()) {
    const message = view.getMessage(id)
    for (const { fields } of message?.deletedAt === null ? message.parts : []) {
      if (typeof fields["sha256"] === "string") hashes.add(fields["sha256"])
    }
  }
  return [...hashes]
}

/** Markdown tells every message; what it only names is left behind. */
function leftOfMarkdown(view: ConversationView): Left[] {
  const left: Left[] = []
  for (const messageId of view.getTree().nodes.keys()) {
    const message = view.getMessage(messageId)
    if (message === undefined) continue
    if (message.deletedAt !== null) left.push({ messageId, code: "deleted", what: "it is deleted: its words are left out" })
    else {
      for (const { type, fields } of message.parts) {
        const named = typeof fields["name"] === "string" ? `: ${fields["name"]}` : ""
        if (type === "file" && typeof fields["url"] !== "string") left.push({ messageId, code: "bytes", what: `an attachment${named}` })
      }
    }
    leaveRecords(message, left)
  }
  return left
}
