import { ConversationError, decisionOf, type Message, type MessagePart } from "@polylogue/conversation"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { countUpdates, type Device, device, linesOf, reload, seededRandom, sync } from "./devices.ts"

const MODEL = { id: "model:test", kind: "model" }
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed)
const HASH = "a".repeat(64)

function messageOf({ conversation }: Device, id: string): Message {
  const message = conversation.getMessage(id)
  if (message === undefined) throw new Error(`message ${id} is not here`)
  return message
}

function partOf(at: Device, id: string, pid: string): MessagePart {
  const part = messageOf(at, id).parts.find((candidate) => candidate.pid === pid)
  if (part === undefined) throw new Error(`part ${pid} is not here`)
  return part
}

const codeOf = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error instanceof ConversationError ? error.code : error
  }
  return undefined
}

test("[CV31] a message is written with its parts in order, in one update, and reads the same elsewhere", () => {
  const a = device("a")
  const parts = [
    { type: "quote", text: "words \ud800 of another", messageId: "m1", authorName: "Bo" },
    { type: "file", sha256: HASH, name: "cat \udc00.png", mediaType: "image/png", size: 3, width: 2, height: 1 },
    { type: "from-the-future", deep: { list: [1, "\ud801", null] }, nothing: undefined },
  ]
  let id = ""
  expect(countUpdates(a.ydoc, () => (id = a.conversation.send({ parts, text: "look", parentId: null })))).toBe(1)
  const b = device("b")
  sync(a.ydoc, b.ydoc)
  for (const at of [a, b]) {
    expect(messageOf(at, id).parts.map(({ type, text, state, fields }) => ({ type, text, state, fields }))).toEqual([
      { type: "quote", text: "words \ufffd of another", state: "done", fields: { messageId: "m1", authorName: "Bo" } },
      {
        type: "file",
        text: null,
        state: "done",
        fields: { sha256: HASH, name: "cat \ufffd.png", mediaType: "image/png", size: 3, width: 2, height: 1 },
      },
      { type: "from-the-future", text: null, state: "done", fields: { deep: { list: [1, "\ufffd", null] } } },
      { type: "text", text: "look", state: "done", fields: {} },
    ])
    expect(messageOf(at, id).text).toBe("look")
  }
  expect(new Set(messageOf(a, id).parts.map(({ pid }) => pid)).size).toBe(4)
})

test("[CV31] parts are counted and bounded; what is no message is refused before anything is written", () => {
  const { conversation, ydoc } = device("a")
  const many = (count: number): { type: string; name: string }[] => Array.from({ length: count }, () => ({ type: "data", name: "n" }))
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
  expect(countUpdates(ydoc, () => expect(codeOf(() => conversation.send({ parts: many(257), parentId: null }))).toBe("too-large"))).toBe(0)
  expect(codeOf(() => conversation.send({ parts: [{ type: "data", data: nested(102) }], parentId: null }))).toBe("too-large")
  expect(() => conversation.send({ parentId: null })).toThrow(TypeError)
  expect(linesOf(conversation)).toEqual([])
  conversation.send({ parts: many(256), parentId: null })
  conversation.send({ parts: [{ type: "data", data: nested(101) }], parentId: null })
  expect(linesOf(conversation)).toEqual(["", ""])
})

test("[CV31] a new version of one's own message keeps the quotes and files of the old one; its calls of tools stay with it", () => {
  const a = device("a")
  const file = { type: "file", sha256: HASH, name: "cat.png", mediaType: "image/png" }
  const id = a.conversation.send({
    parts: [{ type: "quote", text: "said" }, { type: "text", text: "first" }, file, { type: "text", text: "second" }],
    parentId: null,
  })
  const edited = messageOf(a, a.conversation.edit(id, "new words"))
  expect(edited.parts.map(({ type, text, fields }) => [type, text ?? fields["name"]])).toEqual([
    ["quote", "said"],
    ["text", "new words"],
    ["file", "cat.png"],
  ])
  expect(edited.alternativeOf).toBe(id)
  const b = device("b")
  sync(a.ydoc, b.ydoc)
  expect(messageOf(b, b.conversation.edit(id, "another's")).parts.map(({ type }) => type)).toEqual(["text"])
  const reply = a.conversation.startReply({ parentId: null, author: { id: "user-a", kind: "person" } })
  reply.startTool({ toolCallId: "1", name: "rm", input: {} }).requestApproval()
  reply.done()
  expect(messageOf(a, a.conversation.edit(reply.messageId, "written down")).parts.map(({ type }) => type)).toEqual(["text"])
})

test("[CV32] a call of a tool goes from its streamed input to its output, each step one update that every device reads", () => {
  const a = device("a")
  const b = device("b")
  const reply = a.conversation.startReply({ parentId: null, author: MODEL })
  const tool = reply.startTool({ toolCallId: "call-1", name: "weather" })
  const seen: string[] = []
  const look = (): void => {
    sync(a.ydoc, b.ydoc)
    const part = partOf(b, reply.messageId, tool.pid)
    expect(part).toEqual(partOf(a, reply.messageId, tool.pid))
    seen.push(`${part.state} ${JSON.stringify(part.fields)}`)
  }
  look()
  expect(countUpdates(a.ydoc, () => tool.appendInput('{"city":"🏙'.slice(0, -1)))).toBe(1)
  tool.appendInput('🏙"}'.slice(1))
  look()
  expect(countUpdates(a.ydoc, () => tool.setInput({ city: "🏙" }))).toBe(1)
  look()
  expect(messageOf(b, reply.messageId).streaming).toBe(true)
  reply.done()
  expect(messageOf(a, reply.messageId).streaming).toBe(false)
  expect(countUpdates(a.ydoc, () => tool.succeed({ degrees: 20 }))).toBe(1)
  look()
  const about = '"inputText":"{\\"city\\":\\"🏙\\"}","name":"weather"'
  expect(seen).toEqual([
    'input-streaming {"inputText":"","name":"weather","toolCallId":"call-1"}',
    `input-streaming {${about},"toolCallId":"call-1"}`,
    `input-available {"input":{"city":"🏙"},${about},"toolCallId":"call-1"}`,
    `output-available {"input":{"city":"🏙"},${about},"output":{"degrees":20},"toolCallId":"call-1"}`,
  ])
  expect(() => tool.fail("too late")).toThrow(TypeError)
  expect(() => tool.appendInput("x")).toThrow(TypeError)
})

test("[CV32] sources and files stand behind the text that goes on; a stop ends the calls that have not ended, an end only those without input", () => {
  const a = device("a")
  for (const end of ["stop", "fail", "done"] as const) {
    const reply = a.conversation.startReply({ parentId: null, author: MODEL })
    reply.append("see ")
    reply.addPart({ type: "source", url: "https://example.org", title: "Example" })
    const ended = reply.startTool({ toolCallId: "1", name: "ended", input: 1 })
    ended.fail("no network")
    const asking = reply.startTool({ toolCallId: "2", name: "asking", input: 1 })
    asking.requestApproval({ why: "it costs" })
    const streaming = reply.startTool({ toolCallId: "3", name: "streaming" })
    streaming.appendInput("{")
    reply.append("there")
    if (end === "fail") reply.fail("the model went away")
    else reply[end]()
    const states = messageOf(a, reply.messageId).parts.map(({ type, state }) => `${type} ${state}`)
    const last = { stop: "stopped", fail: "failed", done: "done" }[end]
    expect(states).toEqual([
      `text ${last}`,
      "source done",
      "tool output-error",
      `tool ${end === "done" ? "approval-requested" : last}`,
      `tool ${end === "done" ? "stopped" : last}`,
    ])
    expect(messageOf(a, reply.messageId)).toMatchObject({ text: "see there", streaming: false })
    expect([ended.open, asking.open, streaming.open]).toEqual([false, end === "done", false])
  }
})

test("[CV32] another writer goes on with a call after a restart; an imported part says itself how far it came, and nobody waits for it", () => {
  const a = device("a")
  const reply = a.conversation.startReply({ parentId: null, author: MODEL })
  const begun = reply.startTool({ toolCallId: "1", name: "build", input: {} })
  begun.requestApproval()
  reply.done()
  const b = device("b")
  sync(a.ydoc, b.ydoc)
  b.conversation.approve(reply.messageId, begun.pid)
  const writer = b.conversation.resumeTool(reply.messageId, begun.pid)
  writer.succeed("built")
  sync(a.ydoc, b.ydoc)
  expect(partOf(a, reply.messageId, begun.pid)).toMatchObject({ state: "output-available", fields: { output: "built" } })
  expect(codeOf(() => a.conversation.resumeTool(reply.messageId, begun.pid))).toBe("not-waiting")
  expect(codeOf(() => a.conversation.resumeTool(reply.messageId, "0"))).toBe("not-waiting")

  const part = (pid: string, state: string): object => ({ pid, type: "tool", name: "t", input: {}, state })
  a.ydoc.getMap("imported").set("i/1", {
    core: { id: "i", parentId: null, role: "assistant" },
    parts: [part("0", "output-error"), part("1", "input-streaming"), part("2", "approval-requested"), part("3", "of-another-time")],
  })
  expect(a.conversation.getMessage("i")?.parts.map(({ state }) => state)).toEqual([
    "output-error",
    "stopped",
    "approval-requested",
    "of-another-time",
  ])
  expect(a.conversation.getMessage("i")?.streaming).toBe(false)
  expect(codeOf(() => a.conversation.resumeTool("i", "2"))).toBe("not-writable")
  a.ydoc.getMap("state").set("i/2/output-denied", null)
  expect(a.conversation.getMessage("i")?.parts[2]?.state).toBe("output-denied")
})

test("[CV33] one denial outweighs all approvals, whoever answered when and in whatever order it arrives", () => {
  for (const seed of SEEDS) {
    const random = seededRandom(seed)
    const devices = ["a", "b", "c"].map((name) => device(name, seed))
    const [first] = devices
    if (first === undefined) throw new Error("there is no device")
    const reply = first.conversation.startReply({ parentId: null, author: MODEL })
    const tool = reply.startTool({ toolCallId: "1", name: "pay", input: { euros: 3 } })
    tool.requestApproval()
    reply.done()
    sync(...devices.map(({ ydoc }) => ydoc))
    const denies = devices.map(() => random() < 0.4)
    devices.forEach(({ conversation, clock }, index) => {
      clock.now += Math.floor(random() * 1000)
      if (denies[index] === true) conversation.deny(reply.messageId, tool.pid, "too much")
      else conversation.approve(reply.messageId, tool.pid)
    })
    const order = devices.toSorted(() => random() - 0.5)
    for (const { ydoc } of order) sync(...order.map((other) => other.ydoc), ydoc)
    const seen = devices.map((at) => partOf(at, reply.messageId, tool.pid))
    for (const part of seen) {
      expect(part).toEqual(seen[0])
      expect(part.state).toBe("approval-responded")
      expect(part.approvals).toHaveLength(3)
      expect(decisionOf(part.approvals)).toBe(denies.includes(true) ? "denied" : "approved")
    }
    expect(partOf(reloaded(first), reply.messageId, tool.pid)).toEqual(seen[0])
  }
})

function reloaded({ ydoc }: Device): Device {
  const fresh = device("reader")
  Y.applyUpdate(fresh.ydoc, Y.encodeStateAsUpdate(reload(ydoc)))
  return fresh
}

test("[CV33] a denial is final, on every device of the same person too; an answer is taken only while it is asked for", () => {
  const phone = device("phone", 1, { author: { id: "ana", kind: "person", name: "Ana" } })
  const laptop = device("laptop", 1, { author: { id: "ana", kind: "person" } })
  const reply = phone.conversation.startReply({ parentId: null, author: MODEL })
  const tool = reply.startTool({ toolCallId: "1", name: "pay", input: {} })
  const { messageId } = reply
  expect(codeOf(() => phone.conversation.approve(messageId, tool.pid))).toBe("not-waiting")
  tool.requestApproval()
  sync(phone.ydoc, laptop.ydoc)
  laptop.clock.now += 5000
  phone.conversation.deny(messageId, tool.pid, "not now")
  laptop.conversation.approve(messageId, tool.pid)
  sync(phone.ydoc, laptop.ydoc)
  for (const at of [phone, laptop]) {
    const { approvals } = partOf(at, messageId, tool.pid)
    expect(approvals).toEqual([{ userId: "ana", userName: "Ana", approved: false, reason: "not now", at: 1_700_000_000_000 }])
    expect(codeOf(() => at.conversation.approve(messageId, tool.pid))).toBe("not-waiting")
  }
  tool.refuse("not now")
  expect(partOf(phone, messageId, tool.pid)).toMatchObject({ state: "output-denied", fields: { errorText: "not now" } })
  expect(codeOf(() => phone.conversation.deny(messageId, tool.pid))).toBe("not-waiting")
  expect(codeOf(() => phone.conversation.approve(messageId, "nothing"))).toBe("not-waiting")
  expect(codeOf(() => phone.conversation.approve("nobody", tool.pid))).toBe("unknown-message")
  // What has no form of an answer is none.
  for (const value of [null, 1, {}, { approved: "yes" }]) phone.ydoc.getMap("state").set(`${messageId}/${tool.pid}/approval/eve/x`, value)
  expect(partOf(phone, messageId, tool.pid).approvals).toHaveLength(1)
})

test("[CV34] retried on two devices at once after it failed, a reply stays with both retries beside it; an edit of a question likewise", () => {
  for (const seed of SEEDS) {
    const a = device("a", seed)
    const b = device("b", seed)
    const question = a.conversation.send({ text: "why", parentId: null })
    const failed = a.conversation.startReply({ parentId: question, author: MODEL })
    failed.append("becau")
    failed.fail("the model went away")
    sync(a.ydoc, b.ydoc)
    for (const { conversation } of [a, b]) {
      const retry = conversation.startReply({ parentId: question, alternativeOf: failed.messageId, author: MODEL })
      retry.append("because")
      retry.done()
      conversation.edit(question, "why indeed")
    }
    sync(a.ydoc, b.ydoc)
    for (const { conversation } of [a, b]) {
      const { roots, turnsAfter } = conversation.getTree()
      expect(roots.map(({ members }) => members.length)).toEqual([3])
      const [answers] = turnsAfter(question)
      expect(answers?.members).toHaveLength(3)
      expect(answers?.members.map((id) => conversation.getMessage(id)?.text).toSorted()).toEqual(["becau", "because", "because"])
    }
    expect(a.conversation.getTree().turnsAfter(question)).toEqual(b.conversation.getTree().turnsAfter(question))
  }
})

test("[CV34] continued after a stop a reply is the same message with another part, on two devices at once with both", () => {
  for (const seed of SEEDS) {
    const a = device("a", seed)
    const b = device("b", seed)
    const reply = a.conversation.startReply({ parentId: null, author: MODEL })
    reply.append("one")
    reply.stop()
    sync(a.ydoc, b.ydoc)
    for (const { conversation } of [a, b]) {
      const rest = conversation.continueReply(reply.messageId)
      rest.append("more")
      rest.startTool({ toolCallId: "t", name: "look", input: {} }).succeed("seen")
      rest.done()
    }
    sync(a.ydoc, b.ydoc)
    const message = messageOf(a, reply.messageId)
    expect(message).toEqual(messageOf(b, reply.messageId))
    expect(message.text).toBe("one\n\nmore\n\nmore")
    expect(message.parts.map(({ type, state }) => `${type} ${state}`).toSorted()).toEqual([
      "text done",
      "text done",
      "text stopped",
      "tool output-available",
      "tool output-available",
    ])
    expect(a.conversation.getTree().roots.map(({ members }) => members)).toEqual([[reply.messageId]])
  }
})

test("[CV36] what people think of an answer is one value a person, the one set last, whatever device it was set on", () => {
  const phone = device("phone", 1, { author: { id: "ana", kind: "person" } })
  const laptop = device("laptop", 1, { author: { id: "ana", kind: "person" } })
  const bo = device("bo")
  const id = phone.conversation.send({ text: "answer", parentId: null, role: "assistant" })
  sync(phone.ydoc, laptop.ydoc, bo.ydoc)
  phone.conversation.setFeedback(id, { rating: "up" })
  bo.conversation.setFeedback(id, { rating: "down", reason: "wrong", text: "no \ud800" })
  sync(phone.ydoc, laptop.ydoc, bo.ydoc)
  laptop.conversation.setFeedback(id, null)
  sync(phone.ydoc, laptop.ydoc, bo.ydoc)
  for (const at of [phone, laptop, bo]) {
    expect(messageOf(at, id).feedback).toEqual([{ userId: "user-bo", value: { rating: "down", reason: "wrong", text: "no \ufffd" } }])
  }
})

test("[CV36] pinned messages are listed by clock, whoever pinned them where, and only those that are here and not deleted", () => {
  const a = device("a")
  const b = device("b")
  const ids = ["one", "two", "three"].map((text, index) => {
    a.clock.now += index
    return a.conversation.send({ text, parentId: null })
  })
  sync(a.ydoc, b.ydoc)
  let calls = 0
  const stop = b.conversation.subscribePinned(() => calls++)
  expect(b.conversation.getPinned()).toBe(b.conversation.getPinned())
  a.conversation.setPinned(ids[2] ?? "", true)
  b.conversation.setPinned(ids[0] ?? "", true)
  sync(a.ydoc, b.ydoc)
  expect(a.conversation.getPinned()).toEqual([ids[0], ids[2]])
  expect(b.conversation.getPinned()).toEqual([ids[0], ids[2]])
  expect(calls).toBe(2)
  const before = b.conversation.getPinned()
  b.conversation.react(ids[1] ?? "", "👍")
  expect(b.conversation.getPinned()).toBe(before)
  expect(calls).toBe(2)
  b.conversation.delete(ids[0] ?? "")
  b.conversation.setPinned(ids[2] ?? "", false)
  expect(b.conversation.getPinned()).toEqual([])
  stop()
})
