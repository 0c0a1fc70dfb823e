import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  addCitation,
  asksOf,
  askState,
  citationsOf,
  eraseMessage,
  exportConversation,
  findReply,
  type Message,
  stopAsk,
  supersededParts,
} from "@polylogue/conversation"
import { asked, asking, begin, MODEL } from "./asked.ts"
import { countUpdates, type Device, device, linesOf, reload, seededRandom, sync } from "./devices.ts"
import { erase } from "./erasure.ts"

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1)
const messageOf = ({ conversation }: Device, id: string): Message => conversation.getMessage(id)!
const partsOf = (at: Device, id: string): string[] =>
  messageOf(at, id).parts.map(({ pid, type, state, text }) => `${pid} ${type} ${state} ${text ?? ""}`.trim())

test("[CV215] each part of an answer is named by its writer's token and says its slot, the first one what it was made from", () => {
  const a = device("a")
  const ask = asked(a)
  const reply = begin(a, ask, "s:1")
  reply.append("let me see")
  const tool = reply.startTool({ toolCallId: "1", name: "look", input: {} })
  reply.startPart("text", { slot: "another", about: "x" })
  const source = reply.addPart({ type: "source", url: "https://example.org", slot: "another" })
  reply.pause()
  expect([reply.pid, tool.pid, source]).toEqual(["s:1.2", "s:1.1", "s:1.3"])
  const rest = a.conversation.continueReply(reply.messageId, { token: "s:1", slot: ask.slot, partType: "reasoning", about: { model: "n" } })
  expect(rest.pid).toBe("s:1.4")
  const other = a.conversation.continueReply(reply.messageId, { token: "s:11", slot: ask.slot })
  expect(other.pid).toBe("s:11.0")
  const { parts, generationId } = messageOf(a, reply.messageId) as Message & { generationId: string }
  expect(generationId).toBe(`${ask.messageId}/${ask.slot}`)
  expect(parts.map(({ fields }) => fields["slot"])).toEqual(Array.from({ length: 6 }, () => ask.slot))
  expect(parts.map(({ fields }) => fields["about"])).toEqual([{ model: "m" }, undefined, "x", undefined, { model: "n" }, undefined])
})

test("[CV215] a writer says later what its answer is made from and what it begins with; parts without a word add nothing to the text", () => {
  const a = device("a")
  const b = device("b")
  const ask = asked(a)
  const reply = begin(a, ask, "t1")
  sync(a.ydoc, b.ydoc)
  expect(reply.beginWith("reasoning")).toBe(true)
  reply.describe({ model: "m", messages: 2 })
  reply.append("hm")
  expect(reply.beginWith("text")).toBe(false)
  reply.startTool({ toolCallId: "1", name: "look", input: {} })
  expect(reply.startPart("text")).toBe("t1.2")
  expect(reply.beginWith("reasoning")).toBe(false)
  reply.startPart("text")
  reply.append("Because.")
  reply.done()
  sync(a.ydoc, b.ydoc)
  expect(partsOf(b, reply.messageId)).toEqual([
    "t1.0 reasoning done hm",
    "t1.1 tool input-available",
    "t1.2 text done",
    "t1.3 text done Because.",
  ])
  expect(messageOf(b, reply.messageId).parts[0]!.fields["about"]).toEqual({ model: "m", messages: 2 })
  expect(messageOf(b, reply.messageId).text).toBe("Because.")
  const other = begin(b, ask, "t2")
  other.startTool({ toolCallId: "1", name: "look" })
  expect(other.beginWith("reasoning")).toBe(false)
  other.done()
  expect(() => other.describe({ model: "m" })).toThrow(TypeError)
})

test("[CV215] taken over, what the former writer was at is interrupted and stays, beside what is written anew; tools that ask go on asking", () => {
  const a = device("a")
  const b = device("b")
  const ask = asked(a)
  const reply = begin(a, ask, "t1")
  reply.append("Because of")
  const asks = reply.startTool({ toolCallId: "1", name: "pay", input: {} })
  asks.requestApproval()
  reply.startTool({ toolCallId: "2", name: "look", input: {} })
  reply.startTool({ toolCallId: "3", name: "type" }).appendInput("{")
  sync(a.ydoc, b.ydoc)
  // Another slot in the same message is none of its business.
  const beside = b.conversation.continueReply(reply.messageId, { token: "x", slot: "other" })
  expect(countUpdates(b.ydoc, () => b.conversation.interruptReply(reply.messageId, ask.slot))).toBe(1)
  expect(countUpdates(b.ydoc, () => b.conversation.interruptReply(reply.messageId, ask.slot))).toBe(0)
  expect(partsOf(b, reply.messageId)).toEqual([
    "t1.0 text interrupted Because of",
    "t1.1 tool approval-requested",
    "t1.2 tool interrupted",
    "t1.3 tool interrupted",
    "x.0 text streaming",
  ])
  beside.done()
  expect(messageOf(b, reply.messageId)).toMatchObject({ streaming: false, text: "Because of" })
  const anew = b.conversation.continueReply(reply.messageId, { token: "t2", slot: ask.slot })
  anew.append("Because of light.")
  expect(supersededParts(messageOf(b, reply.messageId).parts)).toEqual(new Set(["t1.0", "t1.1", "t1.2", "t1.3"]))
  expect(messageOf(b, reply.messageId).text).toBe("Because of light.")
  anew.done()
  // An end that the former writer had noted before it was cut off goes before what others took it for.
  reply.done()
  sync(a.ydoc, b.ydoc)
  expect(partsOf(a, reply.messageId)[0]).toBe("t1.0 text done Because of")
  expect(messageOf(a, reply.messageId)).toEqual(messageOf(b, reply.messageId))
  // Two ends, of writers that did not know of each other: one is shown.
  expect(supersededParts(messageOf(a, reply.messageId).parts)).toEqual(new Set(["t1.0", "t1.1", "t1.2", "t1.3"]))
  expect(messageOf(a, reply.messageId).text).toBe("Because of light.")
})

test("[CV218] a reply that somebody went on with has not ended because that has: the one that ended is shown", () => {
  const a = device("a")
  const b = device("b")
  const ask = asked(a)
  sync(a.ydoc, b.ydoc)
  const whole = begin(a, ask, "t1")
  whole.append("A whole answer.")
  whole.done()
  const lost = begin(b, ask, "t2")
  const more = b.conversation.continueReply(lost.messageId, { token: "t3", slot: "2-more" })
  more.append("And more.")
  more.done()
  sync(a.ydoc, b.ydoc)
  for (const { conversation } of [a, b]) {
    expect(conversation.getTree().nodes.get(whole.messageId)?.superseded).toBe(false)
    expect(conversation.getTree().nodes.get(lost.messageId)?.superseded).toBe(true)
  }
})

test("[CV215] an end that comes late counts, not the words that broke off behind it", () => {
  const a = device("a")
  const b = device("b")
  const c = device("c")
  const ask = asked(a)
  const reply = begin(a, ask, "t1")
  sync(a.ydoc, b.ydoc)
  b.conversation.interruptReply(reply.messageId, ask.slot)
  b.conversation.continueReply(reply.messageId, { token: "t2", slot: ask.slot }).append("Half an")
  sync(b.ydoc, c.ydoc)
  c.conversation.interruptReply(reply.messageId, ask.slot)
  expect(messageOf(c, reply.messageId).text).toBe("Half an")
  reply.append("A whole answer.")
  reply.done()
  sync(a.ydoc, c.ydoc)
  expect(messageOf(c, reply.messageId).text).toBe("A whole answer.")
  expect(supersededParts(messageOf(c, reply.messageId).parts)).toEqual(new Set(["t2.0"]))
})

test("[CV215] words of a writer that was never heard of when another ended the answer count no more, and nobody is taken to write them", () => {
  const a = device("a")
  const b = device("b")
  const ask = asked(a)
  const reply = begin(a, ask, "t1")
  sync(a.ydoc, b.ydoc)
  const lost = b.conversation.continueReply(reply.messageId, { token: "t2", slot: ask.slot })
  lost.append("Half an")
  lost.startTool({ toolCallId: "1", name: "look", input: {} })
  expect(messageOf(b, reply.messageId).streaming).toBe(true)
  reply.append("A whole answer.")
  reply.done()
  sync(a.ydoc, b.ydoc)
  expect(partsOf(b, reply.messageId)).toEqual(["t1.0 text done A whole answer.", "t2.0 text interrupted Half an", "t2.1 tool interrupted"])
  expect(messageOf(b, reply.messageId)).toMatchObject({ streaming: false, text: "A whole answer." })
})

test("[CV216] the last words, the states and what belongs to the end are one update; whatever goes wrong in the latter, the end is written", () => {
  const a = device("a")
  const b = device("b")
  const ask = asked(a)
  const reply = begin(a, ask, "t1")
  reply.append("see Rayleigh \ud83c")
  const typed = reply.startTool({ toolCallId: "1", name: "look" })
  sync(a.ydoc, b.ydoc)
  const updates: Uint8Array[] = []
  a.ydoc.on("update", (update: Uint8Array) => updates.push(update))
  const { messageId } = reply
  // The half of a character that waited is part of the text by then.
  const citation = { messageId, partId: reply.pid, answer: { from: 13, to: 14 }, source: { url: "https://example.org" } }
  reply.end("done", { usage: { outputTokens: 3 } }, () => addCitation(a.ydoc, asking("a"), citation))
  expect(updates).toHaveLength(1)
  Y.applyUpdate(b.ydoc, updates[0]!)
  expect(partsOf(b, messageId)).toEqual(["t1.0 text done see Rayleigh \ufffd", "t1.1 tool stopped"])
  expect(messageOf(b, messageId).parts[0]?.details).toEqual({ usage: { outputTokens: 3 }, ends: true })
  expect(citationsOf(b.ydoc, messageId)).toHaveLength(1)
  expect([reply.open, typed.open]).toEqual([false, false])
  expect(() => reply.done()).toThrow(TypeError)

  const other = begin(a, asked(a), "t2")
  const problem = new Error("no citation")
  expect(() =>
    other.done("words", () => {
      throw problem
    }),
  ).toThrow(problem)
  expect(messageOf(a, other.messageId).parts[0]).toMatchObject({ state: "done", details: { details: "words", ends: true } })
  expect(other.open).toBe(false)
  // Without a slot an end says what it is given, as ever.
  const plain = a.conversation.startReply({ parentId: null, author: MODEL })
  plain.done()
  expect(messageOf(a, plain.messageId).parts[0]).toMatchObject({ pid: "0", state: "done", details: null })
})

test("[CV217] a writer whose message is erased, or whose document gives way to another, writes on without harm, and never into what was erased", () => {
  const a = device("a")
  const ask = asked(a)
  const reply = begin(a, ask, "t1")
  const tool = reply.startTool({ toolCallId: "1", name: "look" })
  reply.append("one ")
  const next = reload(a.ydoc)
  a.conversation.attach(0, next)
  reply.append("two")
  tool.appendInput("{}")
  expect(messageOf(a, reply.messageId).text).toBe("one two")
  expect(next.getMap("messages").size).toBe(2)
  expect(reply.gone).toBe(false)
  erase(next, eraseMessage(next, reply.messageId))
  const state = Y.encodeStateAsUpdate(next)
  expect(reply.gone).toBe(true)
  reply.append("secret")
  tool.setInput({ secret: 1 })
  tool.succeed("secret")
  reply.startPart("text")
  reply.addPart({ type: "source", title: "secret" })
  reply.startTool({ toolCallId: "2", name: "secret" }).appendInput("secret")
  reply.fail("secret")
  expect(Y.encodeStateAsUpdate(next)).toEqual(state)
  const empty = new Y.Doc()
  const late = begin(a, ask, "t2")
  a.conversation.attach(0, empty)
  late.append("x")
  late.done()
  expect(empty.share.get("messages") === undefined || empty.getMap("messages").size === 0).toBe(true)
})

test("[CV218, I8] of two replies to one slot all devices show one, the last that ended, else the last; the other can be chosen", () => {
  const reached = new Set<string>()
  for (const seed of SEEDS) {
    const random = seededRandom(seed)
    const devices = ["a", "b", "c"].map((name) => device(name, seed))
    const [a, ...holders] = devices as [Device, Device, Device]
    const ask = asked(a)
    const late = asked(a, { messageId: ask.messageId, model: "m" })
    sync(...devices.map(({ ydoc }) => ydoc))
    const replies = holders.map((holder, index) => {
      holder.clock.now += Math.floor(random() * 10_000)
      const reply = begin(holder, ask, `t${index}`)
      reply.append(`answer ${index}`)
      const end = (["done", "stop", "interrupt", "none"] as const)[Math.floor(random() * 4)] ?? "none"
      if (end !== "none") reply[end]()
      return { id: reply.messageId, ended: end === "done" || end === "stop", clock: messageOf(holder, reply.messageId).clock }
    })
    for (const _ of devices)
      for (const { ydoc } of devices.toSorted(() => random() - 0.5)) for (const other of devices) if (random() < 0.5) sync(ydoc, other.ydoc)
    sync(...devices.map(({ ydoc }) => ydoc))
    const order = replies.toSorted(
      (left, right) => Number(left.ended) - Number(right.ended) || left.clock - right.clock || (left.id < right.id ? -1 : 1),
    )
    const [hidden, shown] = order.map(({ id }) => id) as [string, string]
    reached.add(order.map(({ ended }) => ended).join())
    for (const { conversation, ydoc } of [...devices, { ...device("fresh"), ydoc: reload(a.ydoc) }]) {
      if (ydoc !== conversation.documents.get(0)) conversation.attach(0, ydoc)
      const [, entry] = conversation.getLine()
      expect(entry).toMatchObject({ id: shown })
      expect(entry?.alternatives.toSorted()).toEqual([hidden, shown].toSorted())
      expect(findReply(ask, conversation)?.id).toBe(shown)
      expect(askState(asksOf(ydoc, ask.messageId)[0]!, conversation).replyId).toBe(shown)
      expect(conversation.getTree().nodes.get(hidden)?.superseded).toBe(true)
    }
    // What people wrote after the hidden one is not hidden with it.
    a.conversation.send({ text: "go on", parentId: hidden })
    expect(linesOf(a.conversation).at(-1)).toBe("go on")
    begin(a, late, "t9").done()
    expect(findReply(late, a.conversation)?.id).not.toBe(shown)
  }
  expect([...reached].toSorted()).toEqual(["false,false", "false,true", "true,true"])
})

test("[CV218] a reply that names another's generation under another message takes nobody's place; one that goes gives the place back", () => {
  const a = device("a")
  const ask = asked(a)
  const reply = begin(a, ask, "t1")
  reply.append("mine")
  const elsewhere = a.conversation.send({ text: "else", parentId: null })
  a.conversation.startReply({ parentId: elsewhere, author: MODEL, generationId: `${ask.messageId}/${ask.slot}` }).done()
  expect(findReply(ask, a.conversation)?.id).toBe(reply.messageId)
  const before = reload(a.ydoc)
  const rival = begin(a, ask, "t2")
  rival.done()
  expect(a.conversation.getTree().nodes.get(reply.messageId)?.superseded).toBe(true)
  a.conversation.attach(0, before)
  expect(a.conversation.getTree().nodes.get(reply.messageId)?.superseded).toBe(false)
  stopAsk(before, asking("a"), ask)
  expect(findReply(ask, a.conversation)?.text).toBe("mine")
})

test("[CV45, CV215] an attempt that was written anew goes into no other program's format, and is told; native files and Markdown have it", () => {
  const a = device("a")
  const ask = asked(a)
  const reply = begin(a, ask, "t1")
  reply.append("Because of the")
  a.conversation.interruptReply(reply.messageId, ask.slot)
  const anew = a.conversation.continueReply(reply.messageId, { token: "t2", slot: ask.slot })
  anew.append("Light is scattered.")
  anew.done()
  for (const format of ["openai", "ui-messages", "assistant-ui", "chatgpt"] as const) {
    const { content, left } = exportConversation(format, "c", a.conversation)
    expect(content).toContain("Light is scattered.")
    expect(content).not.toContain("Because of the")
    expect(left).toContainEqual({
      messageId: reply.messageId,
      code: "part",
      what: "what was written before it broke off and was written anew",
    })
  }
  for (const format of ["polylogue", "markdown"] as const)
    expect(exportConversation(format, "c", a.conversation).content).toContain("Because of the")
})
