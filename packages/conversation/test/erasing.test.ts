import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  AnsweringConversation,
  applyImport,
  eraseCard,
  eraseConversation,
  eraseDocument,
  eraseMessage,
  ConversationView,
  exportNative,
  type IdRange,
  idRangesOf,
  parseImport,
  writeNativeFile,
} from "../src/index.ts"
import { erase } from "./erasure.ts"
import { device, indexDevice, linesOf, reload, sync } from "./devices.ts"

const MODEL = { id: "model:test", kind: "model" }
const HASH = "a1".repeat(32)
const SHARED_HASH = "b2".repeat(32)

/** The bytes of a document that a new device would be sent, as text. */
function bytesOf(ydoc: Y.Doc): string {
  return Buffer.from(Y.encodeStateAsUpdate(reload(ydoc))).toString("latin1")
}

test("[CV18] all ids that were ever in a type or under a key are found, deleted ones included, and no living container", () => {
  const ydoc = new Y.Doc({ gc: false })
  const text = ydoc.getText("text")
  text.insert(0, "secret words")
  text.delete(0, 6)
  text.format(0, 6, { bold: true })
  const map = ydoc.getMap<unknown>("map")
  for (const value of ["first", "second"]) map.set("key", value)
  map.set("other", "kept")
  const nested = new Y.Text("nested")
  map.set("type", nested)
  const count = (ranges: readonly IdRange[]): number => ranges.reduce((sum, { length }) => sum + length, 0)
  // 12 characters and two marks.
  expect(count(idRangesOf(text))).toBe(14)
  expect(count(idRangesOf(map, "key"))).toBe(2)
  expect(count(idRangesOf(map, "type"))).toBe(6)
  expect(idRangesOf(map, "none")).toEqual([])
  map.delete("type")
  expect(count(idRangesOf(map, "type"))).toBe(7)
  const ranges = idRangesOf(map)
  expect(count(ranges)).toBe(10)
  for (const [index, range] of ranges.entries()) {
    const before = ranges[index - 1]
    expect(before === undefined || before.client < range.client || before.clock + before.length < range.clock).toBe(true)
  }
})

test("[CV18] after an erasure no byte of the message is in the document, and the tree stands", () => {
  const { ydoc, conversation } = device("a")
  const question = conversation.send({ text: "a topsecret question", parentId: null })
  const reply = conversation.startReply({ parentId: question, author: MODEL, model: "secretive-1" })
  reply.append("topsecret answer")
  reply.startPart("file", { sha256: HASH, name: "topsecret.pdf" })
  reply.fail("a topsecret reason")
  conversation.continueReply(reply.messageId, { partType: "note" }).startPart("file", { sha256: SHARED_HASH })
  const follow = conversation.startReply({ parentId: reply.messageId, author: MODEL })
  follow.append("fine")
  follow.startPart("file", { sha256: SHARED_HASH })
  conversation.setFeedback(reply.messageId, { comment: "what a topsecret answer" })
  conversation.react(reply.messageId, "👍")
  conversation.setAutoTitle("topsecret …")
  conversation.setAutoTitle("topsecret answer…")
  const { nodes, roots } = conversation.getTree()
  const erasing = eraseMessage(ydoc, reply.messageId)
  expect(erasing.blobs).toEqual([HASH])
  erase(ydoc, erasing)
  const bytes = bytesOf(ydoc)
  for (const word of ["topsecret answer", "topsecret reason", "topsecret.pdf", "secretive-1", HASH, "what a"])
    expect(bytes).not.toContain(word)
  expect(bytes).toContain("a topsecret question")
  expect(conversation.getTitle()).toBe("")
  expect(conversation.getTree()).toMatchObject({ nodes, roots })
  expect(conversation.getMessage(reply.messageId)).toMatchObject({
    erased: true,
    role: "assistant",
    parentId: question,
    text: "",
    streaming: true,
    feedback: [],
    model: null,
    createdAt: null,
  })
  expect(conversation.getMessage(reply.messageId)?.reactions).toHaveLength(1)
  expect(linesOf(conversation)).toEqual(["a topsecret question", "", "fine"])
  expect(conversation.getMessage(question)?.erased).toBe(false)
  // Again: what is left is nothing, and nothing is written.
  const again = eraseMessage(ydoc, reply.messageId)
  const state = Y.encodeStateAsUpdate(ydoc)
  erase(ydoc, again)
  expect(Y.encodeStateAsUpdate(ydoc)).toEqual(state)
  expect(() => eraseMessage(ydoc, "nobody")).toThrow(expect.objectContaining({ code: "unknown-message" }))
})

test("[CV18] what others write at the same time merges: words in the message, an answer to it, a mark on it, the same erasure", () => {
  const a = device("a")
  const b = device("b", 2)
  const question = a.conversation.send({ text: "topsecret", parentId: null })
  const reply = a.conversation.startReply({ parentId: question, author: MODEL })
  reply.append("topsecret too")
  sync(a.ydoc, b.ydoc)
  const more = b.conversation.continueReply(reply.messageId)
  more.append("unharmed")
  b.conversation.send({ text: "answered", parentId: reply.messageId })
  b.conversation.setPinned(question, true)
  erase(a.ydoc, eraseMessage(a.ydoc, reply.messageId))
  erase(b.ydoc, eraseMessage(b.ydoc, question))
  erase(a.ydoc, eraseMessage(a.ydoc, question))
  sync(a.ydoc, b.ydoc)
  expect(linesOf(a.conversation)).toEqual(["", "unharmed", "answered"])
  expect(linesOf(b.conversation)).toEqual(linesOf(a.conversation))
  expect(a.conversation.getMessage(question)).toMatchObject({ erased: true, pinned: true })
  expect(bytesOf(a.ydoc)).toBe(bytesOf(b.ydoc))
  expect(bytesOf(a.ydoc)).not.toContain("topsecret")
  expect(eraseMessage(a.ydoc, reply.messageId).ranges.length).toBeGreaterThan(0)
})

const EXPORT = JSON.stringify({
  messages: [
    { role: "user", content: "topsecret \ud800 question" },
    { role: "assistant", content: "an answer" },
  ],
})

test("[CV18] an imported message is erased in every form of it, and no import brings it back", () => {
  const { ydoc, conversation } = device("a")
  const importAll = () =>
    [...parseImport([{ name: "a.json", content: EXPORT }])].map((item) => applyImport(item, { conversationDocs: [ydoc] }))
  importAll()
  const [first] = conversation.getLine()
  const backup = [...writeNativeFile([exportNative("elsewhere", new ConversationView(ydoc))])].join("")
  erase(ydoc, eraseMessage(ydoc, first!.id))
  expect(bytesOf(ydoc)).not.toContain("topsecret")
  expect(linesOf(conversation)).toEqual(["", "an answer"])
  const [report] = importAll()
  expect(report).toMatchObject({ status: "unchanged", notices: expect.arrayContaining([expect.objectContaining({ code: "erased" })]) })
  for (const item of parseImport([{ name: "b.json", content: backup.replaceAll("question", "query") }])) {
    if (item.kind !== "report") expect(applyImport(item, { conversationDocs: [ydoc] }).notices.map(({ code }) => code)).toContain("erased")
  }
  expect(bytesOf(ydoc)).not.toContain("topsecret")
})

test("[CV19] a whole conversation, its card, and any other document keep nothing but their shells", () => {
  const { ydoc, conversation } = device("a")
  for (const item of parseImport([{ name: "a.json", content: EXPORT }])) applyImport(item, { conversationDocs: [ydoc] })
  const id = conversation.send({ text: "topsecret", parentId: null })
  conversation.setTitle("topsecret title")
  conversation.setAutoTitle("topsecret title")
  ydoc.getMap("meta").set("origin", { raw: "topsecret raw" })
  ydoc.getText("foreign").insert(0, "topsecret notes")
  ydoc.getMap("messages").set("odd", "topsecret value")
  ydoc.getMap("feedback").set("odd/x/y", "topsecret remark")
  const size = conversation.getTree().nodes.size
  erase(ydoc, eraseConversation(ydoc))
  const bytes = bytesOf(ydoc)
  for (const word of ["topsecret", "answer"]) expect(bytes).not.toContain(word)
  expect(conversation.getTree().nodes.size).toBe(size)
  expect(conversation.getMessage(id)?.erased).toBe(true)
  expect(conversation.getTitle()).toBe("")
  const next = new AnsweringConversation(reload(ydoc), {
    writer: "x",
    author: { id: "x", kind: "person" },
    now: () => 1,
    randomBytes: (n) => new Uint8Array(n),
  })
  next.setTitle("new")
  expect(next.getTitle()).toBe("new")

  const { ydoc: indexDoc, index } = indexDevice("a")
  const card = index.create({ title: "topsecret title" })
  const other = index.create({ title: "other" })
  index.setAutoTitle(card, "topsecret auto")
  index.touch(card, { clock: 5, snippet: "topsecret snippet" })
  index.touch(other, { clock: 6, snippet: "stays" })
  erase(indexDoc, eraseCard(indexDoc, card))
  expect(index.getCard(card)).toMatchObject({ title: "topsecret title", snippet: "", lastActivity: index.getCard(card)?.createdAt })
  for (const word of ["auto", "snippet"]) expect(bytesOf(indexDoc)).not.toContain(`topsecret ${word}`)
  erase(indexDoc, eraseCard(indexDoc, card, "all"))
  expect(bytesOf(indexDoc)).not.toContain("topsecret")
  expect(index.getCards().map(({ title, snippet }) => [title, snippet])).toEqual([["other", "stays"]])

  const any = new Y.Doc()
  any.getText("t").insert(0, "topsecret")
  any.getArray("list").push([{ words: "topsecret" }, new Y.Map([["in", "topsecret"]])])
  erase(any, eraseDocument(any))
  expect(bytesOf(any)).not.toContain("topsecret")
  expect(reload(any).getArray("list").toJSON()).toEqual([{}])
})

test("[CV29] an erased card stands among the deleted ones as erased, its tags gone, until something is written in it later", () => {
  const a = indexDevice("a")
  const b = indexDevice("b")
  const id = a.index.create({ title: "topsecret" })
  a.index.touch(id, { clock: 100, snippet: "topsecret", authorId: "topsecret" })
  a.index.addTag(id, "topsecret tag")
  a.index.addTag(id, "topsecret earlier")
  a.index.removeTag(id, "topsecret earlier")
  sync(a.ydoc, b.ydoc)
  b.index.touch(id, { clock: 90, snippet: "before" })
  erase(a.ydoc, eraseCard(a.ydoc, id, "all"))
  sync(a.ydoc, b.ydoc)
  for (const { index, ydoc } of [a, b]) {
    expect(bytesOf(ydoc)).not.toContain("topsecret")
    expect(index.getCards()).toEqual([])
    expect(index.getDeletedCards()).toMatchObject([{ id, title: "", erased: true, deletedAt: 100, tags: [], lastAuthorId: null }])
    // There is nothing to bring back.
    index.restore(id)
    expect(index.getCard(id)?.erased).toBe(true)
  }
  b.index.touch(id, { clock: 101, snippet: "after" })
  sync(a.ydoc, b.ydoc)
  expect(a.index.getCard(id)).toMatchObject({ erased: false, deletedAt: null, snippet: "after" })
  // Two erasures at the same time: the one that knew more decides.
  const again = eraseCard(b.ydoc, id, "all")
  const c = indexDevice("c")
  Y.applyUpdate(c.ydoc, Y.encodeStateAsUpdate(b.ydoc))
  c.index.touch(id, { clock: 200, snippet: "more" })
  erase(c.ydoc, eraseCard(c.ydoc, id, "all"))
  erase(b.ydoc, again)
  sync(b.ydoc, c.ydoc)
  for (const { index } of [b, c]) expect(index.getCard(id)).toMatchObject({ erased: true, deletedAt: 200 })
  const nothing = Y.encodeStateVector(c.ydoc)
  eraseCard(c.ydoc, id, "all").after()
  expect(Y.encodeStateVector(c.ydoc)).toEqual(nothing)
})
