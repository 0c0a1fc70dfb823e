import {
  addAsk,
  AnsweringConversation,
  applyImport,
  ConversationView,
  eraseMessage,
  exportNative,
  generationIdOf,
  parseImport,
  stopAsk,
} from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { erase } from "../../conversation/test/erasure.ts"
import { asksToDo } from "../src/open-asks.ts"

const AUTHOR = { id: "ana", kind: "person" }

function device() {
  let bytes = 0
  const ydoc = new Y.Doc()
  const options = {
    writer: "w",
    author: AUTHOR,
    now: () => 1_700_000_000_000,
    randomBytes: (length: number) => new Uint8Array(length).fill(++bytes),
  }
  return { ydoc, options, conversation: new AnsweringConversation(ydoc, options) }
}

test("[RS15] nobody answers what an import brought, nor a message that was deleted or is not here, nor again what was erased after it was answered", () => {
  const { ydoc, options, conversation } = device()
  const ask = addAsk(ydoc, options, { messageId: conversation.send({ text: "why", parentId: null }) })
  addAsk(ydoc, options, { messageId: "not-here" })
  expect(asksToDo(ydoc, conversation)).toEqual([ask])
  conversation.delete(ask.messageId)
  expect(asksToDo(ydoc, conversation)).toEqual([])
  conversation.restore(ask.messageId)

  const file = JSON.stringify({ format: "polylogue", version: 1, conversations: [exportNative("c", conversation)] })
  const imported = new Y.Doc()
  for (const item of parseImport([{ name: "c.json", content: file }])) applyImport(item, { conversationDocs: [imported] })
  const view = new ConversationView(imported)
  expect(view.getMessage(ask.messageId)?.text).toBe("why")
  expect(asksToDo(imported, view)).toEqual([])
  const mine = addAsk(imported, options, { messageId: ask.messageId })
  expect(asksToDo(imported, view)).toEqual([mine])

  const { messageId, slot } = ask
  const reply = conversation.startReply({ parentId: messageId, author: AUTHOR, generationId: generationIdOf(ask), token: "t", slot })
  expect(asksToDo(ydoc, conversation)).toEqual([ask])
  reply.done()
  expect(asksToDo(ydoc, conversation)).toEqual([])
  erase(ydoc, eraseMessage(ydoc, reply.messageId))
  expect(asksToDo(ydoc, conversation)).toEqual([])
})

test("[RS6] what was stopped is not begun; what its writer left in the middle is closed", () => {
  const { ydoc, options, conversation } = device()
  const ask = addAsk(ydoc, options, { messageId: conversation.send({ text: "why", parentId: null }) })
  stopAsk(ydoc, options, ask)
  expect(asksToDo(ydoc, conversation)).toEqual([])
  const { messageId, slot } = ask
  const reply = conversation.startReply({ parentId: messageId, author: AUTHOR, generationId: generationIdOf(ask), token: "t", slot })
  expect(asksToDo(ydoc, conversation)).toMatchObject([{ slot }])
  reply.stop()
  expect(asksToDo(ydoc, conversation)).toEqual([])
})
