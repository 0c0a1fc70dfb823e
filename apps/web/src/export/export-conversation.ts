import {
  conversationDocumentId,
  ConversationView,
  documentsOf,
  exportMarkdown,
  exportNative,
  openSegments,
  writeNativeFile,
} from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"
import type { ReplicaDocument } from "@polylogue/replica"
import { cutText } from "../conversation-list/card-text.ts"

/** In which form a conversation leaves the app: `polylogue` holds everything and can be imported again, `markdown` is for reading. */
export type ExportFormat = "polylogue" | "markdown"

/** Gives the browser a file with the whole conversation, all segments, branches and deleted messages included. */
export async function downloadConversation(
  polylogue: Polylogue,
  conversationId: string,
  title: string,
  format: ExportFormat,
): Promise<void> {
  const { replica, workspace } = polylogue
  const documents: ReplicaDocument[] = []
  const open = async (segment: number): Promise<ReplicaDocument> => {
    const document = await replica.open(conversationDocumentId(workspace, conversationId, segment))
    documents.push(document)
    return document
  }
  try {
    const view = new ConversationView(documentsOf(await openSegments(open)))
    offerFile(view, conversationId, title, format)
    view.destroy()
  } finally {
    await Promise.all(documents.map((document) => document.close()))
  }
}

function offerFile(view: ConversationView, conversationId: string, title: string, format: ExportFormat): void {
  const file =
    format === "markdown"
      ? new Blob([exportMarkdown(conversationId, view)], { type: "text/markdown" })
      : new Blob([...writeNativeFile([exportNative(conversationId, view)])], { type: "application/json" })
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
