import { describe, expect, test, vi } from "vitest"
import * as Y from "yjs"
import { AnsweringConversation, chooseBranch, ConversationError, ConversationOrigin } from "@polylogue/conversation"
import { countUpdates, device, linesOf, reload, seededBytes, seededRandom, sync } from "./devices.ts"

const MODEL = { id: "model:test", kind: "model", name: "Test model" }

describe("operations", () => {
  test("[CV4] a conversation of two people and a model reads the same on both devices", () => {
    const a = device("a")
    const b = device("b")
    const hello = a.conversation.send({ text: "Hello", parentId: null })
    const reply = a.conversation.startReply({ parentId: hello, author: MODEL, model: "test-1" })
    reply.append("Good ")
    reply.append("morning")
    reply.done({ usage: { output: 2 } })
    sync(a.ydoc, b.ydoc)
    b.conversation.send({ text: "And to you", parentId: reply.messageId })
    sync(a.ydoc, b.ydoc)
    expect(linesOf(a.conversation)).toEqual(["Hello", "Good morning", "And to you"])
    expect(linesOf(b.conversation)).toEqual(linesOf(a.conversation))
    const message = b.conversation.getMessage(reply.messageId)
    expect(message).toMatchObject({ role: "assistant", model: "test-1", streaming: false, imported: false, authorName: "Test model" })
    expect(message?.parts[0]).toMatchObject({ type: "text", state: "done", details: { usage: { output: 2 } } })
  })

  test("[CV4] an edit stands beside what it edits, and both can be chosen", () => {
    const { conversation } = device("a")
    const first = conversation.send({ text: "frist", parentId: null })
    const answer = conversation.startReply({ parentId: first, author: MODEL })
    answer.append("?")
    answer.done()
    const edited = conversation.edit(first, "first")
    expect(linesOf(conversation)).toEqual(["first"])
    const [entry] = conversation.getLine()
    expect(entry).toMatchObject({ id: edited, alternatives: [first, edited], index: 1, concurrent: false })
    const choices = chooseBranch(new Set(), entry ?? { alternatives: [] }, first)
    expect(linesOf(conversation, choices)).toEqual(["frist", "?"])
  })

  test("[CV4] every operation is one transaction with a tagged origin, and a repeated reading writes nothing", () => {
    const { conversation, ydoc } = device("a")
    const origins: unknown[] = []
    ydoc.on("update", (_update: Uint8Array, origin: unknown) => origins.push(origin))
    const id = conversation.send({ text: "one", parentId: null })
    const reply = conversation.startReply({ parentId: id, author: MODEL })
    reply.append("two")
    reply.startPart("text")
    reply.append("three")
    reply.stop()
    conversation.edit(id, "uno")
    conversation.delete(id)
    conversation.restore(id)
    conversation.react(id, "👍")
    conversation.setFeedback(id, { rating: "up" })
    conversation.setPinned(id, true)
    conversation.setTitle("Title")
    conversation.setAutoTitle("Automatic")
    expect(origins.map((origin) => (origin instanceof ConversationOrigin ? origin.operation : origin))).toEqual(
      "send start-reply append start-part append stopped send delete restore react feedback pin set-title set-auto-title".split(" "),
    )
    expect(
      countUpdates(ydoc, () => {
        conversation.getLine()
        conversation.getTitle()
        new AnsweringConversation(ydoc, { writer: "x", author: MODEL, now: () => 0, randomBytes: seededBytes(seededRandom(1)) }).destroy()
      }),
    ).toBe(0)
  })

  test("[CV4] operations on a message that is not here fail with a code and write nothing", () => {
    const { conversation, ydoc } = device("a")
    const failing = [
      (): void => conversation.delete("nobody"),
      (): void => conversation.react("nobody", "👍"),
      (): unknown => conversation.edit("nobody", "text"),
      (): unknown => conversation.continueReply("nobody"),
      (): void => conversation.endPart("nobody", "0", "done"),
      (): void => conversation.setFeedback("nobody", 1),
    ]
    const updates = countUpdates(ydoc, () => {
      for (const run of failing) expect(run).toThrow(expect.objectContaining({ code: "unknown-message" }) as ConversationError)
    })
    expect(updates).toBe(0)
    const id = conversation.send({ text: "x", parentId: null })
    expect(() => conversation.react(id, "")).toThrow(RangeError)
    expect(() => conversation.react(id, "x".repeat(65))).toThrow(RangeError)
    conversation.react(id, "x".repeat(64))
    expect(() => device("a/b")).toThrow(TypeError)
    expect(() => device("a", 1, { randomBytes: () => new Uint8Array(3) }).conversation.send({ text: "", parentId: null })).toThrow(
      RangeError,
    )
  })

  test("[CV4] deleting keeps text and answers, and restoring brings the message back", () => {
    const { conversation } = device("a")
    const id = conversation.send({ text: "keep me", parentId: null })
    const answer = conversation.send({ text: "answer", parentId: id })
    conversation.delete(id)
    expect(conversation.getMessage(id)).toMatchObject({ text: "keep me", deletedAt: expect.any(Number) as number })
    expect(conversation.getLine().map((entry) => entry.id)).toEqual([id, answer])
    conversation.restore(id)
    expect(conversation.getMessage(id)?.deletedAt).toBeNull()
  })

  test("[CV4] a reply that was stopped goes on in a new part, also on another device", () => {
    const a = device("a")
    const b = device("b")
    const reply = a.conversation.startReply({ parentId: null, author: MODEL, partType: "reasoning" })
    reply.append("hm")
    expect(a.conversation.getMessage(reply.messageId)).toMatchObject({ streaming: true, text: "" })
    reply.startPart("text")
    reply.append("Half of")
    reply.stop({ by: "user-a" })
    expect(() => reply.append("!")).toThrow(TypeError)
    expect(reply.open).toBe(false)
    sync(a.ydoc, b.ydoc)
    const rest = b.conversation.continueReply(reply.messageId)
    rest.append("it is here")
    rest.done()
    sync(a.ydoc, b.ydoc)
    const message = a.conversation.getMessage(reply.messageId)
    expect(message?.parts.map((part) => [part.type, part.text, part.state])).toEqual([
      ["reasoning", "hm", "done"],
      ["text", "Half of", "stopped"],
      ["text", "it is here", "done"],
    ])
    expect(message?.text).toBe("Half of\n\nit is here")
  })

  test("[CV4] a part whose writer went away can be ended, and a failure keeps its reason and the text", () => {
    const a = device("a")
    const left = a.conversation.startReply({ parentId: null, author: MODEL })
    left.append("cut")
    a.conversation.endPart(left.messageId, left.pid, "stopped")
    expect(a.conversation.getMessage(left.messageId)).toMatchObject({ streaming: false, text: "cut" })
    const failed = a.conversation.startReply({ parentId: null, author: MODEL })
    failed.append("so far")
    failed.fail("the model is out of reach")
    expect(a.conversation.getMessage(failed.messageId)?.parts[0]).toMatchObject({
      text: "so far",
      state: "failed",
      details: { reason: "the model is out of reach" },
    })
  })

  test("[CV4] a person's title goes before the automatic one, whichever comes later", () => {
    const { conversation } = device("a")
    expect(conversation.getTitle()).toBe("")
    conversation.setTitle("Mine")
    conversation.setAutoTitle("Automatic")
    expect(conversation.getTitle()).toBe("Mine")
    conversation.setTitle("")
    expect(conversation.getTitle()).toBe("Automatic")
  })

  test("[CV7] a stream cut within a surrogate pair, and lone surrogates, read the same on every device", () => {
    const { conversation, ydoc } = device("a")
    const reply = conversation.startReply({ parentId: null, author: MODEL })
    for (const unit of "a👩‍💻b𝒳") for (const half of unit.split("")) reply.append(half)
    reply.append("\ud83d")
    reply.done()
    const sent = conversation.send({ text: "lone \udc00 one", parentId: reply.messageId })
    expect(conversation.getMessage(reply.messageId)?.text).toBe("a👩‍💻b𝒳\ufffd")
    expect(conversation.getMessage(sent)?.text).toBe("lone \ufffd one")
    const other = new AnsweringConversation(reload(ydoc), { writer: "b", author: MODEL, now: () => 0, randomBytes: seededBytes(() => 0.5) })
    expect(linesOf(other)).toEqual(linesOf(conversation))
  })
})

describe("views", () => {
  test("[CV5] a streamed token calls the listener of its message once, and neither the line's nor another's", () => {
    const a = device("a")
    const b = device("b")
    const first = a.conversation.send({ text: "question", parentId: null })
    const reply = a.conversation.startReply({ parentId: first, author: MODEL })
    sync(a.ydoc, b.ydoc)
    const calls = { line: 0, first: 0, reply: 0, title: 0 }
    b.conversation.subscribeLine(() => calls.line++)
    b.conversation.subscribeMessage(first, () => calls.first++)
    b.conversation.subscribeMessage(reply.messageId, () => calls.reply++)
    b.conversation.subscribeTitle(() => calls.title++)
    const line = b.conversation.getLine()
    const question = b.conversation.getMessage(first)
    for (let token = 1; token <= 50; token++) {
      reply.append(`token ${token} `)
      sync(a.ydoc, b.ydoc)
      expect(calls).toEqual({ line: 0, first: 0, reply: token, title: 0 })
    }
    expect(b.conversation.getLine()).toBe(line)
    expect(b.conversation.getMessage(first)).toBe(question)
    expect(b.conversation.getMessage(reply.messageId)?.text).toMatch(/token 50 $/)
  })

  test("[CV5] snapshots are frozen and the same object until their message changes", () => {
    const { conversation } = device("a")
    const id = conversation.send({ text: "x", parentId: null })
    const other = conversation.send({ text: "y", parentId: id })
    const before = conversation.getMessage(id)
    const untouched = conversation.getMessage(other)
    expect(conversation.getMessage(id)).toBe(before)
    expect(Object.isFrozen(before)).toBe(true)
    conversation.react(id, "🎉")
    const after = conversation.getMessage(id)
    expect(after).not.toBe(before)
    expect(before?.reactions).toEqual([])
    expect(after?.reactions).toEqual([{ emoji: "🎉", userIds: ["user-a"] }])
    expect(conversation.getMessage(other)).toBe(untouched)
    conversation.react(id, "🎉", false)
    expect(conversation.getMessage(id)?.reactions).toEqual([])
  })

  test("[CV5] a new message calls the line once and keeps the entries of the others", () => {
    const { conversation, ydoc } = device("a")
    const id = conversation.send({ text: "x", parentId: null })
    const before = conversation.getLine()
    let calls = 0
    conversation.subscribeLine(() => calls++)
    ydoc.transact(() => {
      conversation.send({ text: "y", parentId: id })
      conversation.send({ text: "z", parentId: id })
    })
    expect(calls).toBe(1)
    expect(conversation.getLine()[0]).toBe(before[0])
    expect(linesOf(conversation)).toEqual(["x", "y", "z"])
    conversation.setTitle("t")
    expect(calls).toBe(1)
  })

  test("[CV5] a listener may write, unsubscribe itself or another, and is not called after that", () => {
    const { conversation } = device("a")
    const id = conversation.send({ text: "x", parentId: null })
    const calls: string[] = []
    const stopFirst = conversation.subscribeMessage(id, () => {
      calls.push("first")
      stopFirst()
      stopSecond()
      conversation.setPinned(id, true)
    })
    const stopSecond = conversation.subscribeMessage(id, () => calls.push("second"))
    conversation.react(id, "👍")
    expect(calls).toEqual(["first"])
    expect(conversation.getMessage(id)?.pinned).toBe(true)
    stopFirst()
  })

  test("[CV5] a message that a foreign writer removed leaves the line, and what followed it stays", () => {
    const { conversation, ydoc } = device("a")
    const id = conversation.send({ text: "x", parentId: null })
    const next = conversation.send({ text: "y", parentId: id })
    let calls = 0
    conversation.subscribeMessage(id, () => calls++)
    ydoc.getMap("messages").delete(id)
    expect(calls).toBe(1)
    expect(conversation.getMessage(id)).toBeUndefined()
    expect(conversation.getLine()).toMatchObject([{ id: next, detached: true }])
  })

  test("[CV5] destroy detaches all observers and is idempotent", () => {
    const { conversation, ydoc } = device("a")
    const id = conversation.send({ text: "x", parentId: null })
    let calls = 0
    conversation.subscribeMessage(id, () => calls++)
    conversation.subscribeLine(() => calls++)
    conversation.destroy()
    conversation.destroy()
    const other = new AnsweringConversation(ydoc, { writer: "b", author: MODEL, now: () => 1, randomBytes: seededBytes(() => 0.1) })
    other.send({ text: "y", parentId: id })
    other.react(id, "👍")
    expect(calls).toBe(0)
    other.destroy()
    const attached = [vi.spyOn(Y.Map.prototype, "observe"), vi.spyOn(Y.Map.prototype, "observeDeep"), vi.spyOn(ydoc, "on")]
    const detached = [vi.spyOn(Y.Map.prototype, "unobserve"), vi.spyOn(Y.Map.prototype, "unobserveDeep"), vi.spyOn(ydoc, "off")]
    new AnsweringConversation(ydoc, { writer: "c", author: MODEL, now: () => 1, randomBytes: seededBytes(() => 0.1) }).destroy()
    expect(attached.map((spy) => spy.mock.calls.length)).toEqual([6, 1, 1])
    expect(detached.map((spy) => spy.mock.calls.length)).toEqual([6, 1, 1])
    vi.restoreAllMocks()
  })

  test("[CV5] updates in any order, with duplicates, give the same line; a child may come before its parent", () => {
    const a = device("a")
    const updates: Uint8Array[] = []
    // Every message from a device of its own, so that no update waits for another one inside Yjs.
    let parentId: string | null = null
    for (let step = 0; step < 12; step++) {
      const writer = device(`w${step}`, step)
      writer.clock.now += step
      writer.ydoc.on("update", (update: Uint8Array) => updates.push(update))
      parentId = writer.conversation.send({ text: `m${step}`, parentId })
    }
    const random = seededRandom(42)
    for (let run = 0; run < 30; run++) {
      const reader = device("r")
      const order = [...updates, ...updates].map((update) => ({ update, at: random() })).sort((left, right) => left.at - right.at)
      for (const { update } of order) {
        Y.applyUpdate(reader.ydoc, update)
        expect(reader.conversation.getLine()).toHaveLength(reader.conversation.getTree().nodes.size)
      }
      expect(linesOf(reader.conversation)).toEqual(Array.from({ length: 12 }, (_, step) => `m${step}`))
      expect(reader.conversation.getLine().some((entry) => entry.detached || entry.concurrent)).toBe(false)
    }
    expect(a.conversation.getLine()).toEqual([])
  })
})
