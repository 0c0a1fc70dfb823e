import { Conversation, conversationDocumentId } from "@polylogue/conversation"
import type { Polylogue } from "@polylogue/react"

/** Gives a conversation its title in its own document, where exports and people without the index read it. */
export async function retitle(polylogue: Polylogue, conversationId: string, title: string): Promise<void> {
  const { replica, workspace, writer, author, now, randomBytes } = polylogue
  const document = await replica.open(conversationDocumentId(workspace, conversationId))
  const conversation = new Conversation(document.ydoc, { writer, author, now, randomBytes })
  if (conversation.getTitle() !== title) conversation.setTitle(title)
  conversation.destroy()
  await document.close()
}
