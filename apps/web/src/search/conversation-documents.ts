import { parseDocumentId } from "@polylogue/conversation"

/** The conversation whose messages the document holds, in whichever of its segments; undefined for another document. */
export function conversationOf(workspace: string, documentId: string): string | undefined {
  if (!documentId.startsWith(`${workspace}/conv/`)) return undefined
  try {
    const name = parseDocumentId(documentId)
    return name.kind === "conversation" ? name.conversationId : undefined
  } catch {
    // Whatever else somebody has put there.
    return undefined
  }
}
