import * as Y from "yjs"
import { AnsweringConversation, applyImport, chooseBranch, ConversationView, exportMarkdown, parseImport } from "@polylogue/conversation"

export function example(ydoc: Y.Doc, exported: string): string[] {
  const conversation = new AnsweringConversation(ydoc, {
    writer: "laptop-7f3a",
    author: { id: "ana", kind: "person", name: "Ana" },
    now: () => Date.now(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  })
  const question = conversation.send({ text: "Why is the sky blue?", parentId: null })
  const reply = conversation.startReply({ parentId: question, author: { id: "model:sky", kind: "model" }, model: "sky-1" })
  const stop = conversation.subscribeMessage(reply.messageId, () => console.log(conversation.getMessage(reply.messageId)?.text))
  reply.append("Rayleigh ")
  reply.append("scattering.")
  reply.done({ usage: { output: 2 } })
  stop()

  // An edit is a branch beside the question; the line shows it until somebody chooses the other.
  conversation.edit(question, "Why is the sky red in the evening?")
  const [place] = conversation.getLine()
  const choices = place === undefined ? new Set<string>() : chooseBranch(new Set(), place, question)
  const texts = conversation.getLine(choices).map((entry) => conversation.getMessage(entry.id)?.text ?? "")

  for (const item of parseImport([{ name: "export.json", content: exported }])) {
    if (item.kind === "report") continue
    const imported = new Y.Doc()
    const report = applyImport(item, { conversationDocs: [imported] })
    texts.push(
      `${report.status}: ${report.messages.imported} messages`,
      exportMarkdown(item.conversation.id, new ConversationView(imported)),
    )
  }
  conversation.destroy()
  return texts
}
