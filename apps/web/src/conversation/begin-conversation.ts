import { addAsk, Conversation, conversationDocumentId, mintId } from "@polylogue/conversation"
import type { OpenWorkspace, Polylogue } from "@polylogue/react"
import { autoTitle } from "../conversation-list/card-text.ts"
import { writingOptions } from "../device/writing-options.ts"

/**
 * Makes a conversation of its first message and gives its id. Resolves once the message is on its way to this device's disk, in one turn with what
 * `written` does.
 * @param model - who is asked for an answer; undefined: nobody.
 * @param written - given the id of the conversation.
 */
export async function beginConversation(
  polylogue: Polylogue,
  { index }: Pick<OpenWorkspace, "index">,
  text: string,
  model: string | undefined,
  written: (id: string) => void,
): Promise<string> {
  const { replica, workspace, writer, author, now, randomBytes } = polylogue
  const id = mintId(now(), randomBytes)
  const document = await replica.open(conversationDocumentId(workspace, id))
  const conversation = new Conversation(document.ydoc, { writer, author, now, randomBytes })
  const messageId = conversation.send({ text, parentId: null })
  if (model !== undefined) addAsk(document.ydoc, writingOptions(polylogue), { messageId, model })
  const title = autoTitle(text)
  if (title !== "") conversation.setAutoTitle(title)
  index.create({ id })
  const message = conversation.getMessage(messageId)
  if (message !== undefined) index.touch(id, { clock: message.clock, snippet: message.text, authorId: message.authorId })
  if (title !== "") index.setAutoTitle(id, title)
  written(id)
  conversation.destroy()
  await document.close()
  return id
}
