import { Conversation, conversationDocumentId, mintId } from "@polylogue/conversation"
import type { OpenWorkspace, Polylogue } from "@polylogue/react"
import { autoTitle } from "../conversation-list/card-text.ts"

/**
 * Makes a conversation of its first message and gives its id. Resolves once the message is on its way to this device's disk, in one turn with what
 * `written` does.
 */
export async function beginConversation(
  polylogue: Polylogue,
  { index }: Pick<OpenWorkspace, "index">,
  text: string,
  written: () => void,
): Promise<string> {
  const { replica, workspace, writer, author, now, randomBytes } = polylogue
  const id = mintId(now(), randomBytes)
  const document = await replica.open(conversationDocumentId(workspace, id))
  const conversation = new Conversation(document.ydoc, { writer, author, now, randomBytes })
  const messageId = conversation.send({ text, parentId: null })
  const title = autoTitle(text)
  if (title !== "") conversation.setAutoTitle(title)
  index.create({ id })
  const message = conversation.getMessage(messageId)
  if (message !== undefined) index.touch(id, { clock: message.clock, snippet: message.text, authorId: message.authorId })
  if (title !== "") index.setAutoTitle(id, title)
  written()
  conversation.destroy()
  await document.close()
  return id
}
