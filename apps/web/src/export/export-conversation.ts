import { exportMarkdown, exportNative, writeNativeFile } from "@polylogue/conversation"
import { cutText } from "../conversation-list/card-text.ts"
import type { OpenConversation } from "@polylogue/react"

/** In which form a conversation leaves the app: `polylogue` holds everything and can be imported again, `markdown` is for reading. */
export type ExportFormat = "polylogue" | "markdown"

/** Gives the browser a file with the whole conversation, all branches and deleted messages included. */
export function downloadConversation({ conversationId, conversation }: OpenConversation, title: string, format: ExportFormat): void {
  const file =
    format === "markdown"
      ? new Blob([exportMarkdown(conversationId, conversation.ydoc)], { type: "text/markdown" })
      : new Blob([...writeNativeFile([exportNative(conversationId, conversation.ydoc)])], { type: "application/json" })
  const url = URL.createObjectURL(file)
  const link = document.createElement("a")
  link.href = url
  link.download = `${fileName(title)}.${format === "markdown" ? "md" : "json"}`
  link.click()
  // The download reads from the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** A file name from a title: what file systems do not take becomes a dash. */
export function fileName(title: string): string {
  const name = cutText(title.replace(/[\p{Control}\\/:*?"<>|]+/gu, "-"), 80)
    .trim()
    .replace(/^\.+|\.+$/g, "")
  return name === "" ? "conversation" : name
}
