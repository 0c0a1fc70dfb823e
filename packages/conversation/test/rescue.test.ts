import { expect, test } from "vitest"
import * as Y from "yjs"
import { type ConversationError, rescueTexts } from "@polylogue/conversation"
import { device, sync } from "./devices.ts"
import { Shelf } from "./imports.ts"

const MODEL = { id: "model:test", kind: "model" }

test("[CV15] messages, texts, feedback and the title that the document lost are listed, oldest first, and nothing else", () => {
  const kept = device("a")
  const current = device("b", 2)
  const shared = kept.conversation.send({ text: "shared", parentId: null })
  const reply = kept.conversation.startReply({ parentId: shared, author: MODEL })
  reply.append("as far as the relay had it")
  sync(kept.ydoc, current.ydoc)
  reply.append(", and the rest")
  kept.clock.now += 10
  const lost = kept.conversation.send({ text: "lost", parentId: shared })
  const below = kept.conversation.send({ text: "lost too", parentId: lost })
  kept.conversation.setTitle("Lost title")
  kept.conversation.setFeedback(shared, { rating: "down", text: "why" })
  const before = Y.encodeStateAsUpdate(current.ydoc)
  const rescued = rescueTexts(Y.encodeStateAsUpdate(kept.ydoc), current.ydoc)
  expect(rescued.map(({ kind, messageId, parentId, text }) => [kind, messageId, parentId, text])).toEqual([
    ["title", null, null, "Lost title"],
    ["feedback", shared, null, '{"rating":"down","text":"why"}'],
    ["part", reply.messageId, shared, "as far as the relay had it, and the rest"],
    ["message", lost, shared, "lost"],
    ["message", below, null, "lost too"],
  ])
  expect(rescued.at(-1)).toMatchObject({ role: "user", authorId: "user-a" })
  expect(Y.encodeStateAsUpdate(current.ydoc)).toEqual(before)
  expect(rescueTexts(before, current.ydoc)).toEqual([])
})

test("[CV15] what is here with more text, or as an import, is not rescued", () => {
  const kept = device("a")
  const reply = kept.conversation.startReply({ parentId: null, author: MODEL })
  reply.append("half")
  const update = Y.encodeStateAsUpdate(kept.ydoc)
  reply.append(" and half")
  expect(rescueTexts(update, kept.ydoc)).toEqual([])
  const shelf = new Shelf()
  shelf.docs.set("c", kept.ydoc)
  const copy = new Shelf()
  copy.import(shelf.nativeFile())
  expect(rescueTexts(update, copy.doc("c"))).toEqual([])
  expect(rescueTexts(Y.encodeStateAsUpdate(copy.doc("c")), new Y.Doc()).map(({ text }) => text)).toEqual(["half and half"])
})

test("[CV15] texts in entries whose causes are missing are rescued as fragments", () => {
  const kept = device("a")
  const updates: Uint8Array[] = []
  kept.ydoc.on("update", (update: Uint8Array) => updates.push(update))
  const reply = kept.conversation.startReply({ parentId: null, author: MODEL })
  reply.append("first ")
  reply.append("second ")
  const shelf = new Shelf()
  const [report] = shelf.import(JSON.stringify({ messages: [{ role: "user", content: "imported text" }] }))
  const imported = shelf.doc(report?.conversationId ?? "")
  expect(rescueTexts(updates[2] ?? new Uint8Array(), new Y.Doc()).map(({ kind, text }) => [kind, text])).toEqual([["fragment", "second "]])
  expect(rescueTexts(updates[2] ?? new Uint8Array(), kept.ydoc)).toEqual([])
  expect(rescueTexts(Y.encodeStateAsUpdate(imported), new Y.Doc())).toMatchObject([
    { kind: "message", text: "imported text" },
    { kind: "title" },
  ])
})

test("[CV15] bytes that are no update are refused with a code", () => {
  const wrong = expect.objectContaining({ code: "bad-update" }) as ConversationError
  for (const bytes of [new Uint8Array(), Uint8Array.of(1, 2, 3), Uint8Array.of(255, 255, 255, 255)]) {
    expect(() => rescueTexts(bytes, new Y.Doc())).toThrow(wrong)
  }
})
