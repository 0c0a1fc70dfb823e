import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  addAsk,
  type Ask,
  askedMessages,
  asksOf,
  askState,
  type ConversationError,
  type ConversationView,
  eraseMessage,
  exportNative,
  type Generation,
  generationKey,
  generationValue,
  MAX_ASK_LENGTH,
  MAX_ASKS,
  MAX_MODELS,
  readGeneration,
  readResponderCard,
  responderKey,
  responderValue,
  stopAsk,
  subscribeAllAsks,
  subscribeAsks,
} from "@polylogue/conversation"
import { asked, asking, begin } from "./asked.ts"
import { countUpdates, type Device, device, reload, sync } from "./devices.ts"
import { erase } from "./erasure.ts"
import { Shelf } from "./imports.ts"

const code = (name: string): ConversationError => expect.objectContaining({ code: name }) as ConversationError
const slots = (at: Device, id: string): string[] => asksOf(at.ydoc, id).map(({ slot }) => slot)
const phase = ({ ydoc, conversation }: Device, { messageId, slot }: Ask, generation?: Generation | null): string =>
  askState(
    asksOf(ydoc, messageId).find((ask) => ask.slot === slot)!,
    conversation,
    generation,
  ).phase

/** What was asked here and has not ended. */
const open = (ydoc: Y.Doc, view: ConversationView): readonly Ask[] =>
  [...askedMessages(ydoc)]
    .flatMap((id) => asksOf(ydoc, id))
    .filter((ask) => !ask.imported && !["done", "stopped", "failed"].includes(askState(ask, view).phase))

test("[CV209] two devices that ask for the same at once ask for one answer, for different things for two; asked again it is another", () => {
  const a = device("a")
  const b = device("b")
  const messageId = a.conversation.send({ text: "why", parentId: null })
  sync(a.ydoc, b.ydoc)
  const wanted = { messageId, model: "m", values: { tone: "kind" }, options: { temperature: 0.5, odd: [1] } }
  expect(countUpdates(a.ydoc, () => addAsk(a.ydoc, asking("a", 2), wanted))).toBe(1)
  addAsk(b.ydoc, asking("b", 1), wanted)
  sync(a.ydoc, b.ydoc)
  expect(asksOf(a.ydoc, messageId)).toEqual(asksOf(reload(b.ydoc), messageId))
  expect(asksOf(a.ydoc, messageId)).toMatchObject([
    {
      messageId,
      kind: "answer",
      replyId: null,
      model: "m",
      prompt: null,
      values: { tone: "kind" },
      options: { odd: [1] },
      userId: "user-b",
      userName: "b",
    },
  ])
  addAsk(a.ydoc, asking("a"), wanted)
  addAsk(b.ydoc, asking("b"), { ...wanted, model: "n" })
  sync(a.ydoc, b.ydoc)
  expect(slots(a, messageId)).toEqual(slots(b, messageId))
  expect(slots(a, messageId).map((slot) => slot.split("-")[0])).toEqual(["1", "2", "2"])
  expect([...askedMessages(a.ydoc)]).toEqual([messageId])
})

test("[CV209] asked again it is another one whatever number somebody gave a slot before", () => {
  const a = device("a")
  const messageId = a.conversation.send({ text: "Well?", parentId: null })
  a.ydoc.getMap("asks").set(`${messageId}/999999-x/ask/somebody`, { kind: "answer", clock: 1 })
  const again = [1, 2, 3].map(() => asked(a, { messageId, model: "m" }).slot)
  expect(new Set(again).size).toBe(3)
})

test("[CV209] a stop comes from any device, is not taken back, and calls only the listeners of its message", () => {
  const a = device("a")
  const b = device("b")
  const ask = asked(a)
  const other = asked(a)
  sync(a.ydoc, b.ydoc)
  const calls: string[] = []
  const ends = [ask, other].map(({ messageId }, index) => subscribeAsks(b.ydoc, messageId, () => calls.push(`message ${index}`)))
  ends.push(subscribeAllAsks(b.ydoc, () => calls.push("any")))
  stopAsk(b.ydoc, asking("b", 7), ask)
  stopAsk(a.ydoc, asking("a", 9), ask)
  expect(calls).toEqual(["message 0", "any"])
  for (const end of ends) end()
  sync(a.ydoc, b.ydoc)
  expect(calls).toHaveLength(2)
  for (const { ydoc } of [a, b]) expect(asksOf(ydoc, ask.messageId)[0]?.stopped).toEqual({ userId: "user-b", userName: "b", at: 7 })
  expect(asksOf(a.ydoc, ask.messageId)).toBe(asksOf(a.ydoc, ask.messageId))
  expect([phase(a, ask), phase(a, other)]).toEqual(["stopped", "waiting"])
})

test("[CV210] limits of asks hold at the limit and refuse one past it, with nothing written; whatever their map holds is read without harm", () => {
  const a = device("a")
  const messageId = a.conversation.send({ text: "why", parentId: null })
  const frame = JSON.stringify({ kind: "answer", values: { word: "" } }).length
  const filled = (length: number): Record<string, string> => ({ word: "x".repeat(length - frame) })
  addAsk(a.ydoc, asking("a"), { messageId, values: filled(MAX_ASK_LENGTH) })
  expect(
    countUpdates(a.ydoc, () =>
      expect(() => addAsk(a.ydoc, asking("a"), { messageId, values: filled(MAX_ASK_LENGTH + 1) })).toThrow(code("too-large")),
    ),
  ).toBe(0)
  a.ydoc.transact(() => {
    for (let count = 1; count < MAX_ASKS; count++) a.ydoc.getMap("asks").set(`${messageId}/${count}-x/ask/a`, { kind: "answer" })
  })
  expect(asksOf(a.ydoc, messageId)).toHaveLength(MAX_ASKS)
  expect(() => addAsk(a.ydoc, asking("a"), { messageId })).toThrow(code("too-large"))
  expect(() => addAsk(a.ydoc, asking("a"), { messageId: "m", kind: "continue" })).toThrow(TypeError)

  const odd = new Y.Doc()
  const map = odd.getMap<unknown>("asks")
  for (const [index, value] of [null, 1, "x", [], {}, new Y.Map()].entries()) map.set(`m/s${index}/ask/a`, value)
  for (const key of ["m", "m/s", "m/s/ask", "m/s/ask/a/b", "m/s/odd/a", ""]) map.set(key, {})
  map.set("m/s/ask/a", { kind: 7, model: 1, prompt: [], values: { a: 1, b: "kept" }, options: "none", userId: {}, clock: "late" })
  expect(asksOf(odd, "m").find(({ slot }) => slot === "s")).toMatchObject({
    kind: "answer",
    model: null,
    prompt: null,
    values: { b: "kept" },
    options: {},
    userId: "unknown",
  })
})

test("[CV211] how far an answer is: what the document says of its end goes before a stop, that before who is known to write", () => {
  const a = device("a")
  const ask = asked(a)
  const lease = (state: Generation["state"]): Generation => ({ holder: "r", holderName: "R", state, replyId: null, stored: null })
  expect([undefined, null, lease("writing"), lease("waiting")].map((generation) => phase(a, ask, generation))).toEqual([
    "waiting",
    "waiting",
    "writing",
    "waiting",
  ])
  const reply = begin(a, ask, "t1")
  expect([undefined, null, lease("writing")].map((generation) => phase(a, ask, generation))).toEqual(["writing", "interrupted", "writing"])
  const tool = reply.startTool({ toolCallId: "1", name: "pay", input: {} })
  expect(phase(a, ask)).toBe("writing")
  tool.requestApproval()
  expect(phase(a, ask)).toBe("writing")
  reply.pause({ finishReason: "tool-calls" })
  expect([phase(a, ask), phase(a, ask, lease("waiting"))]).toEqual(["asks", "asks"])
  a.conversation.approve(reply.messageId, tool.pid)
  expect([phase(a, ask), phase(a, ask, lease("writing"))]).toEqual(["waiting", "writing"])
  a.conversation.resumeTool(reply.messageId, tool.pid).succeed("paid")
  expect(phase(a, ask)).toBe("waiting")
  const { messageId, slot } = ask
  const rest = a.conversation.continueReply(reply.messageId, { token: "t2", slot })
  expect(phase(a, ask)).toBe("writing")
  rest.interrupt()
  expect(phase(a, ask)).toBe("interrupted")
  expect(open(a.ydoc, a.conversation)).toHaveLength(1)
  // What the authority knows to have ended has words that are on their way.
  expect(phase(a, ask, lease("done"))).toBe("writing")
  stopAsk(a.ydoc, asking("a"), ask)
  expect(phase(a, ask)).toBe("stopped")
  a.conversation.continueReply(reply.messageId, { token: "t3", slot }).done()
  expect(phase(a, ask, lease("writing"))).toBe("done")
  expect(askState(asksOf(a.ydoc, messageId)[0]!, a.conversation).replyId).toBe(reply.messageId)
  expect(open(a.ydoc, a.conversation)).toEqual([])
})

test("[CV211] an answer that goes on is over when what was added is; a failed or stopped one is over", () => {
  const a = device("a")
  const first = asked(a)
  const reply = begin(a, first, "t1")
  reply.fail("too many requests", { code: "rate-limited", retryAfterMs: 60_000 })
  expect(phase(a, first)).toBe("failed")
  expect(a.conversation.getMessage(reply.messageId)?.parts[0]?.details).toEqual({
    reason: "too many requests",
    code: "rate-limited",
    retryAfterMs: 60_000,
    at: 1_700_000_000_000,
    ends: true,
  })
  const more = asked(a, { messageId: first.messageId, kind: "continue", replyId: reply.messageId })
  expect(open(a.ydoc, a.conversation)).toEqual([more])
  const rest = a.conversation.continueReply(reply.messageId, { token: "t2", slot: more.slot })
  expect([phase(a, first), phase(a, more)]).toEqual(["failed", "writing"])
  rest.stop()
  expect([phase(a, first), phase(a, more)]).toEqual(["failed", "stopped"])
})

test("[CV212] an erased message's asks are gone with their words; an erased answer is not written again", () => {
  const a = device("a")
  const ask = asked(a, { values: { who: "topsecret" }, options: { note: "topsecret" } })
  const answered = asked(a)
  const reply = begin(a, answered, "t1")
  reply.append("topsecret")
  reply.done()
  const imported = new Shelf()
  imported.import(`{"format":"polylogue","version":1,"conversations":[${JSON.stringify(exportNative("c", a.conversation))}]}`)
  for (const id of [ask.messageId, reply.messageId]) {
    erase(a.ydoc, eraseMessage(a.ydoc, id))
    erase(imported.doc("c"), eraseMessage(imported.doc("c"), id))
  }
  for (const ydoc of [a.ydoc, imported.doc("c")]) {
    expect(asksOf(ydoc, ask.messageId)).toEqual([])
    expect(Buffer.from(Y.encodeStateAsUpdate(reload(ydoc))).toString("latin1")).not.toContain("topsecret")
  }
  expect(open(a.ydoc, a.conversation)).toEqual([])
  expect(askState(asksOf(a.ydoc, answered.messageId)[0]!, a.conversation)).toEqual({ phase: "done", replyId: reply.messageId })
})

test("[CV213] asks come back from an export byte for byte, and say that they came with an import; what is asked here about the same message does not", () => {
  const a = device("a")
  const ask = asked(a, { values: { tone: "kind" } })
  stopAsk(a.ydoc, asking("b"), asked(a, { messageId: ask.messageId }))
  const text = JSON.stringify(exportNative("c", a.conversation))
  const file = `{"format":"polylogue","version":1,"conversations":[${text}]}`
  const shelf = new Shelf()
  shelf.import(file)
  const view = shelf.view("c")
  expect(JSON.stringify(exportNative("c", view))).toBe(text)
  const ydoc = shelf.doc("c")
  expect(asksOf(ydoc, ask.messageId)).toMatchObject([
    { slot: ask.slot, values: { tone: "kind" }, imported: true },
    { stopped: { userId: "user-b" } },
  ])
  expect(open(ydoc, view)).toEqual([])
  expect(countUpdates(ydoc, () => shelf.import(file))).toBe(0)
  const mine = addAsk(ydoc, asking("d"), { messageId: ask.messageId })
  expect(open(ydoc, view)).toEqual([mine])
  // Taken in where it was asked, it stays what it was.
  const before = Y.encodeStateVector(a.ydoc)
  const again = new Shelf()
  again.docs.set("c", a.ydoc)
  again.import(file)
  expect(Y.encodeStateVector(a.ydoc)).toEqual(before)
  expect(open(a.ydoc, a.conversation)).toEqual([ask])
})

test("[CV214] the registers of a slot and of a responder come back as they were set; what else they hold is nothing, and long texts are cut", () => {
  const ask = { messageId: "a/b", slot: "1-x y" }
  expect(generationKey("w/conv/c", ask)).toBe("w/conv/c#gen/a%2Fb/1-x%20y")
  const generation: Generation = { holder: "r", holderName: "R", state: "waiting", replyId: "m", stored: "token" }
  expect(readGeneration({ value: generationValue(generation) })).toEqual(generation)
  expect(readGeneration({ value: '{"holder":"r","state":"done"}' })).toEqual({
    holder: "r",
    holderName: "",
    state: "done",
    replyId: null,
    stored: null,
  })
  const card = { id: "r 1", name: "Rook", models: [{ id: "m", label: "M", kind: "model", isDefault: true }], problem: null } as const
  expect(responderKey("w/index", card.id)).toBe("w/index#responder/r%201")
  expect(readResponderCard({ value: responderValue(card) })).toEqual(card)
  for (const value of [
    null,
    "",
    "{",
    "1",
    "[]",
    "{}",
    '{"holder":1,"state":"done"}',
    '{"holder":"r","state":"odd"}',
    '{"id":1,"models":[]}',
  ]) {
    expect(readGeneration({ value })).toBeUndefined()
    expect(readResponderCard({ value })).toBeUndefined()
  }
  const long = "x".repeat(300)
  const models = Array.from({ length: MAX_MODELS + 1 }, (_, index) => ({ id: `m${index}`, label: long }))
  const read = readResponderCard({
    value: JSON.stringify({ id: "r", name: long, models: [...models.slice(0, MAX_MODELS - 1), { id: long }, ...models], problem: long }),
  })
  expect(read).toMatchObject({ name: "x".repeat(200), problem: "x".repeat(200) })
  expect(read?.models).toHaveLength(MAX_MODELS - 1)
  expect(readResponderCard({ value: JSON.stringify({ id: "r", models }) })?.models).toHaveLength(MAX_MODELS)
})

test("[CV209] an ask keeps the prompt that its answer follows, and the name of its author where there is one", () => {
  const a = device("a")
  const messageId = a.conversation.send({ text: "why", parentId: null })
  const ask = addAsk(
    a.ydoc,
    { ...asking("a"), author: { id: "u", kind: "person", name: "" } },
    { messageId, prompt: { promptId: "p", versionId: "v", name: "P" } },
  )
  expect(ask).toMatchObject({ userId: "u", userName: null, prompt: { promptId: "p", versionId: "v", name: "P" } })
})
