import {
  addAsk,
  Conversation,
  conversationDocumentId,
  type MessagePrompt,
  mintId,
  type NewAsk,
  type RenderedMessage,
} from "@polylogue/conversation"
import type { OpenWorkspace, Polylogue } from "@polylogue/react"
import { autoTitle } from "../conversation-list/card-text.ts"
import { writingOptions } from "../device/writing-options.ts"

/**
 * Makes a conversation of `messages`, one after the other, each with its record, and gives its id once they are on their way to this device's disk. All of
 * them are sent, the last one too: a text that one could still change would not be what the version produced. They are the author's, who chose them, whatever
 * their role.
 * @param asked - how the last message is to be answered, in the same turn; undefined: nobody is asked.
 */
export async function beginFromPrompt(
  polylogue: Polylogue,
  { index }: Pick<OpenWorkspace, "index">,
  messages: readonly RenderedMessage[],
  record: MessagePrompt,
  asked: Omit<NewAsk, "messageId"> | undefined,
): Promise<string> {
  const { replica, workspace, writer, author, now, randomBytes } = polylogue
  const id = mintId(now(), randomBytes)
  const document = await replica.open(conversationDocumentId(workspace, id))
  const conversation = new Conversation(document.ydoc, { writer, author, now, randomBytes })
  let last: string | null = null
  const title = autoTitle(record.name === "" ? ((messages.find(({ role }) => role === "user") ?? messages[0])?.content ?? "") : record.name)
  document.ydoc.transact(() => {
    for (const { role, content } of messages) last = conversation.send({ text: content, role, parentId: last, prompt: record })
    if (title !== "") conversation.setAutoTitle(title)
  })
  if (last !== null && asked !== undefined) addAsk(document.ydoc, writingOptions(polylogue), { messageId: last, ...asked })
  index.create({ id })
  const message = last === null ? undefined : conversation.getMessage(last)
  if (message !== undefined) index.touch(id, { clock: message.clock, snippet: message.text, authorId: message.authorId })
  if (title !== "") index.setAutoTitle(id, title)
  conversation.destroy()
  await document.close()
  return id
}
