import {
  contentJson,
  Conversation,
  conversationDocumentId,
  MAIN_DRAFT,
  type MessagePrompt,
  mintId,
  type Prompt,
  type RenderedMessage,
} from "@polylogue/conversation"
import type { OpenWorkspace, Polylogue } from "@polylogue/react"
import { autoTitle } from "../conversation-list/card-text.ts"

/** The version that says what a draft says at this moment; undefined where none of those it stands on does. */
export function versionOf(prompt: Prompt, draftId: string): string | undefined {
  const [only, ...more] = prompt.getDraft(draftId)?.base ?? []
  const version = only === undefined || more.length > 0 ? undefined : prompt.getVersion(only)
  return version !== undefined && contentJson(version.content) === contentJson(prompt.getContent(draftId)) ? version.id : undefined
}

/**
 * What messages made from a draft record of it. What the draft says is saved as a version first, unless it is one: a record of something that can still
 * change would be none.
 * @throws ConversationError `too-large` when a version cannot hold it.
 */
export function recordOf(prompt: Prompt, promptId: string, draftId: string): MessagePrompt {
  const versionId = versionOf(prompt, draftId) ?? prompt.saveVersion(draftId, { message: "Used in a conversation" })
  return { promptId, versionId, name: prompt.getMeta().name, ...(draftId === MAIN_DRAFT ? {} : { draft: draftId }) }
}

/**
 * Makes a conversation of `messages`, one after the other, each with its record, and gives its id once they are on their way to this device's disk. All of
 * them are sent, the last one too: a text that one could still change would not be what the version produced. They are the author's, who chose them, whatever
 * their role.
 */
export async function beginFromPrompt(
  { replica, workspace, writer, author, now, randomBytes }: Polylogue,
  { index }: Pick<OpenWorkspace, "index">,
  messages: readonly RenderedMessage[],
  record: MessagePrompt,
): Promise<string> {
  const id = mintId(now(), randomBytes)
  const document = await replica.open(conversationDocumentId(workspace, id))
  const conversation = new Conversation(document.ydoc, { writer, author, now, randomBytes })
  let last: string | null = null
  const title = autoTitle(record.name === "" ? ((messages.find(({ role }) => role === "user") ?? messages[0])?.content ?? "") : record.name)
  document.ydoc.transact(() => {
    for (const { role, content } of messages) last = conversation.send({ text: content, role, parentId: last, prompt: record })
    if (title !== "") conversation.setAutoTitle(title)
  })
  index.create({ id })
  const message = last === null ? undefined : conversation.getMessage(last)
  if (message !== undefined) index.touch(id, { clock: message.clock, snippet: message.text, authorId: message.authorId })
  if (title !== "") index.setAutoTitle(id, title)
  conversation.destroy()
  await document.close()
  return id
}
