import { conversationDocumentId, eraseMessage, generationKey, readGeneration } from "@polylogue/conversation"
import { encodeSessionToken } from "@polylogue/protocol"
import { expect, test } from "vitest"
import { seededBytes } from "../../replica/test/support/random.ts"
import { generate } from "../src/generation.ts"
import { DEFAULT_RESPONDER_LIMITS } from "../src/index.ts"
import { AnsweringTown, whole } from "./support/answering-town.ts"

test("[RS4, I8] the holder dies: another finishes after its lease, the partial text is kept as interrupted, one reply is shown", async () => {
  const here = await AnsweringTown.open()
  const first = await here.respond("first")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say({ type: "text", text: "The beginning" })
  await here.pass(15_000)
  await here.respond("second")
  // It never renews, and says nothing any more.
  first.clock.freeze()
  first.replica.setCutOff(true)
  await here.pass(60_000)
  expect(here.answers).toHaveLength(1)
  await here.until("another", () => here.answers.length === 2, 1_000)
  here.answers[1]!.say(...whole("All of it."))
  const reply = await ana.answer(ask)
  expect(reply.parts.map(({ text, state }) => [text, state])).toEqual([
    ["The beginning", "interrupted"],
    ["All of it.", "done"],
  ])
  expect(ana.texts(ask.messageId)).toEqual(["All of it."])
  await here.pass(300_000)
  expect(here.answers).toHaveLength(2)
})

test("[RS4, I8] that a lease has run out is for the authority to say: who has a shorter one does not begin while a longer one runs", async () => {
  const here = await AnsweringTown.open()
  const first = await here.respond("first", { leaseMs: 600_000, heartbeatMs: 10_000 })
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say({ type: "text", text: "The beginning" })
  await here.pass(1_000)
  first.clock.freeze()
  first.replica.setCutOff(true)
  await here.respond("second", { leaseMs: 30_000, heartbeatMs: 5_000 })
  await here.pass(540_000)
  expect(here.answers).toHaveLength(1)
  await here.until("another", () => here.answers.length === 2, 2_000)
  here.answers[1]!.say(...whole("All of it."))
  expect((await ana.answer(ask)).parts.map(({ state }) => state)).toEqual(["interrupted", "done"])
})

test("[RS4] who takes over first waits for what the former holder had stored, for a while", async () => {
  const here = await AnsweringTown.open()
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.pass(100)
  const lacking = encodeSessionToken(new Map([["home/conv/c1", new Map([["f".repeat(16), 9]])]]))
  const taker = await here.town.replica()
  const host = {
    replica: taker,
    id: "taker",
    name: "T",
    clock: here.town.clock,
    randomBytes: seededBytes(4),
    limits: DEFAULT_RESPONDER_LIMITS,
    events: () => undefined,
  }
  const begun: number[] = []
  const answerer = {
    offers: () => [],
    async *answer() {
      begun.push(here.town.clock.monotonic())
      yield* whole("Here.")
    },
  }
  const former = { holder: "gone", holderName: "G", state: "writing", replyId: null, stored: lacking } as const
  const model = { id: "m", label: "M", kind: "model" } as const
  const task = {
    ask,
    workspace: "home",
    conversationId: "c1",
    answerer,
    model,
    former,
    expected: null,
    closing: new AbortController().signal,
  }
  const began = here.town.clock.monotonic()
  const generating = generate(host, task)
  await here.pass(10_000)
  expect(await generating).toEqual({ outcome: "done" })
  expect(begun[0]! - began).toBeGreaterThanOrEqual(5_000)
  expect(begun[0]! - began).toBeLessThan(6_000)
})

test("[RS5, I8] a holder that slept past its lease and wakes writes nothing more", async () => {
  const here = await AnsweringTown.open()
  const first = await here.respond("first")
  await here.respond("second")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  const [stale] = here.answers
  const sleeper = stale!.at === "first" ? first : undefined
  if (sleeper === undefined) throw new Error("the seed has changed: the first is to have it")
  stale!.say({ type: "text", text: "The beginning" })
  await here.pass(1_000)
  const thaw = sleeper.clock.freeze()
  stale!.say({ type: "text", text: " of a stale holder" })
  await here.until("another", () => here.answers.length === 2, 1_000)
  here.answers[1]!.say({ type: "text", text: "Anew" })
  await here.pass(100)
  thaw()
  stale!.say({ type: "text", text: " that goes on" }, { type: "finish", finishReason: "stop" })
  await here.pass(1_000)
  here.answers[1]!.say(...whole("."))
  const reply = await ana.answer(ask)
  await here.pass(200_000)
  expect(ana.replies(ask.messageId)[0]!.parts.map(({ text, state }) => [text, state])).toEqual([
    ["The beginning", "interrupted"],
    ["Anew.", "done"],
  ])
  expect(reply.parts.map(({ pid }) => pid.split(".")[0])).toHaveLength(2)
  expect(new Set(reply.parts.map(({ pid }) => pid.split(".")[0])).size).toBe(2)
  expect(stale!.signal.aborted).toBe(true)
})

test("[RS6] a stop ends the answer within a tick, whoever's device it comes from; before it began nothing is written, and offline it waits", async () => {
  const here = await AnsweringTown.open()
  const ana = await here.person("ana")
  const ben = await here.person("ben")
  const never = ana.question("Never mind?")
  ana.stop(never)
  await here.respond("one")
  await here.pass(5_000)
  expect(here.answers).toHaveLength(0)
  expect(ana.replies(never.messageId)).toHaveLength(0)
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say({ type: "text", text: "So far" })
  await here.pass(200)
  ben.replica.setCutOff(true)
  ben.stop(ask)
  await here.pass(5_000)
  expect(here.answers[0]!.signal.aborted).toBe(false)
  here.answers[0]!.say({ type: "text", text: ", so good" })
  await here.pass(100)
  ben.replica.setCutOff(false)
  await here.until("the stop", () => here.answers[0]!.signal.aborted)
  here.answers[0]!.say({ type: "text", text: " and on" })
  const reply = await ana.answer(ask)
  expect(reply.parts.map(({ text, state }) => [text, state])).toEqual([["So far, so good", "stopped"]])
  await here.pass(200_000)
  expect(here.answers).toHaveLength(1)
})

test("[RS6] an answer that was stopped when its holder was gone is noted as ended by another, and not begun anew", async () => {
  const here = await AnsweringTown.open()
  const first = await here.respond("first")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say({ type: "text", text: "So far" })
  await here.pass(1_000)
  first.clock.freeze()
  first.replica.setCutOff(true)
  ana.stop(ask)
  await here.respond("second")
  await here.pass(200_000)
  expect(here.answers).toHaveLength(1)
  expect(ana.replies(ask.messageId)[0]!.streaming).toBe(false)
})

test("[RS7] cut off from the authority nothing begins; who writes ends as interrupted before its lease does, and the answer is written anew", async () => {
  const here = await AnsweringTown.open()
  const { clock, replica, events } = await here.respond("one")
  void clock
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say({ type: "text", text: "So far" })
  await here.pass(1_000)
  await here.town.relay.close()
  await here.pass(70_000)
  here.answers[0]!.say({ type: "text", text: ", on the device" })
  await here.pass(30_000)
  expect(here.answers[0]!.signal.aborted).toBe(true)
  expect(events.filter(({ type }) => type === "written")).toMatchObject([{ outcome: "lost" }])
  await here.pass(200_000)
  expect(here.answers).toHaveLength(1)
  await here.town.raise(here.relayDisk)
  replica.reconnect()
  await here.until("once more", () => here.answers.length === 2, 1_000)
  here.answers[1]!.say(...whole("All of it."))
  const reply = await ana.answer(ask)
  expect(reply.parts.map(({ text, state }) => [text, state])).toEqual([
    ["So far, on the device", "interrupted"],
    ["All of it.", "done"],
  ])
})

test("[RS7] a restart of the relay in the middle is not noticed in the answer", async () => {
  const here = await AnsweringTown.open()
  const { replica } = await here.respond("one")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say({ type: "text", text: "Before, " })
  await here.pass(5_000)
  await here.town.relay.close()
  here.answers[0]!.say({ type: "text", text: "meanwhile, " })
  await here.pass(5_000)
  await here.town.raise(here.relayDisk)
  here.answers[0]!.say(...whole("after."))
  replica.reconnect()
  ana.replica.reconnect()
  const reply = await ana.answer(ask)
  expect(reply.parts.map(({ text, state }) => [text, state])).toEqual([["Before, meanwhile, after.", "done"]])
  await here.pass(200_000)
  expect(here.answers).toHaveLength(1)
})

test("[RS8] a responder that is closed leaves its answers at once, and another takes them over without waiting for a lease", async () => {
  const here = await AnsweringTown.open()
  const first = await here.respond("first")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say({ type: "text", text: "So far" })
  await here.pass(1_000)
  await here.respond("second")
  const closing = first.responder.close()
  await here.until("another", () => here.answers.length === 2, 10, 200)
  await closing
  here.answers[1]!.say(...whole("All of it."))
  const reply = await ana.answer(ask)
  expect(reply.parts.map(({ text, state }) => [text, state])).toEqual([
    ["So far", "interrupted"],
    ["All of it.", "done"],
  ])
})

test("[RS8] with nobody within reach a responder closes all the same, within seconds", async () => {
  const here = await AnsweringTown.open()
  const { responder } = await here.respond("one")
  const ana = await here.person("ana")
  ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  await here.town.relay.close()
  let isClosed = false
  void responder.close().then(() => (isClosed = true))
  await here.pass(6_000)
  expect(isClosed).toBe(true)
})

test("[RS9] a document that is replaced under an answer, as by an erasure, ends it cleanly; it is written anew unless its question is gone", async () => {
  const here = await AnsweringTown.open()
  await here.respond("one")
  const ana = await here.person("ana")
  const other = ana.send("Something else")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say({ type: "text", text: "So far" })
  await here.pass(1_000)
  await ana.document.erase(eraseMessage(ana.document.ydoc, other))
  await here.until("the end", () => here.answers[0]!.signal.aborted)
  await here.until("once more", () => here.answers.length === 2)
  here.answers[1]!.say({ type: "text", text: "Anew" })
  await here.pass(1_000)
  expect(ana.replies(ask.messageId)[0]!.parts.map(({ text, state }) => [text, state])).toEqual([
    ["So far", "interrupted"],
    ["Anew", "streaming"],
  ])
  await ana.document.erase(eraseMessage(ana.document.ydoc, ask.messageId))
  await here.until("the end", () => here.answers[1]!.signal.aborted)
  await here.pass(200_000)
  expect(here.answers).toHaveLength(2)
})

test("[RS15] an answer that had ended when its holder died is not written again: who takes it for open only sets its register", async () => {
  const here = await AnsweringTown.open()
  const first = await here.respond("first")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  const key = generationKey(conversationDocumentId("home", "c1"), ask)
  // The relay takes the words, and hears nothing of the register.
  const cas = first.replica.registers.cas.bind(first.replica.registers)
  first.replica.registers.cas = async (asked, change) => (asked === key ? { outcome: "unavailable" } : cas(asked, change))
  here.answers[0]!.say(...whole("All of it."))
  const reply = await ana.answer(ask)
  await here.pass(200_000)
  expect(readGeneration(first.replica.registers.cached(key))).toBeUndefined()
  const second = await here.respond("second")
  const host = {
    ...second,
    id: "second",
    name: "Second",
    randomBytes: seededBytes(15),
    limits: DEFAULT_RESPONDER_LIMITS,
    events: () => undefined,
  }
  const model = { id: "m", label: "M", kind: "model" } as const
  const place = { ask, workspace: "home", conversationId: "c1" }
  const answerer = { offers: () => [], answer: () => expect.unreachable() }
  const closing = new AbortController().signal
  const generating = generate(host, { ...place, answerer, model, former: undefined, expected: null, closing })
  await here.pass(100)
  expect(await generating).toEqual({ outcome: "settled" })
  await here.pass(100)
  expect(readGeneration(second.replica.registers.cached(key))).toMatchObject({ state: "done", holder: "second", replyId: reply.id })
  expect(ana.replies(ask.messageId)).toHaveLength(1)
})

test("[RS15] an answer whose tool asks people waits without a writer, and goes on in whichever responder sees what they said", async () => {
  const here = await AnsweringTown.open()
  const first = await here.respond("first")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say(
    { type: "text", text: "I would." },
    { type: "tool-call", toolCallId: "c", name: "send", input: {} },
    { type: "tool-asks", toolCallId: "c", details: null },
    { type: "finish", finishReason: "tool-calls" },
  )
  const key = generationKey(conversationDocumentId("home", "c1"), ask)
  await here.until("it waits", () => readGeneration(first.replica.registers.cached(key))?.state === "waiting")
  await here.pass(200_000)
  expect(here.answers).toHaveLength(1)
  const second = await here.respond("second")
  const closing = first.responder.close()
  await here.pass(3_000)
  await closing
  const [reply] = ana.replies(ask.messageId)
  const tool = reply!.parts.find(({ type }) => type === "tool")!
  ana.conversation.approve(reply!.id, tool.pid)
  await here.until("it goes on", () => here.answers.length === 2)
  expect(here.answers[1]).toMatchObject({ at: "second", question: { resumes: true, replyId: reply!.id } })
  here.answers[1]!.say({ type: "tool-output", toolCallId: "c", output: "sent" }, ...whole("Done."))
  await here.until("done", () => readGeneration(second.replica.registers.cached(key))?.state === "done")
  expect(ana.replies(ask.messageId)[0]!.parts.map(({ type, text, state }) => [type, text, state])).toEqual([
    ["text", "I would.", "done"],
    ["tool", null, "output-available"],
    ["text", "Done.", "done"],
  ])
})
