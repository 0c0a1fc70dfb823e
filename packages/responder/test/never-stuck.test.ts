import { conversationDocumentId, generationKey, readGeneration } from "@polylogue/conversation"
import { expect, test } from "vitest"
import { seededBytes } from "../../replica/test/support/random.ts"
import { generate, type GenerationTask } from "../src/generation.ts"
import { type AnswerEvent, AnswerError, DEFAULT_RESPONDER_LIMITS } from "../src/index.ts"
import { AnsweringTown, type RunningHere, whole } from "./support/answering-town.ts"

const ASKS_PEOPLE: readonly AnswerEvent[] = [
  { type: "tool-call", toolCallId: "c", name: "send", input: {} },
  { type: "tool-asks", toolCallId: "c", details: null },
  { type: "finish", finishReason: "tool-calls" },
]

/** The end of an answer is said to the authority only when `go` is called. */
function holdRegister({ replica }: RunningHere, state: string): () => void {
  let go = (): void => undefined
  const gate = new Promise<void>((resolve) => (go = resolve))
  const cas = replica.registers.cas.bind(replica.registers)
  replica.registers.cas = async (key, change) => {
    if (readGeneration({ value: change.value })?.state === state) await gate
    return cas(key, change)
  }
  return go
}

test("[RS51] people who answer a tool before the authority knows that it asks are heard all the same", async () => {
  const here = await AnsweringTown.open()
  const one = await here.respond("one")
  const go = holdRegister(one, "waiting")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say(...ASKS_PEOPLE)
  const asking = () => ana.replies(ask.messageId)[0]?.parts.find(({ state }) => state === "approval-requested")
  await here.until("it asks", () => asking() !== undefined)
  ana.conversation.approve(ana.replies(ask.messageId)[0]!.id, asking()!.pid)
  await here.pass(5_000)
  expect(here.answers).toHaveLength(1)
  go()
  await here.until("it goes on", () => here.answers.length === 2)
  here.answers[1]!.say({ type: "tool-output", toolCallId: "c", output: "sent" }, ...whole("Done."))
  expect((await ana.answer(ask)).text).toBe("Done.")
})

test("[RS51] one that waits for people is left alone, however often its conversation changes", async () => {
  const here = await AnsweringTown.open()
  const { responder } = await here.respond("one")
  const ana = await here.person("ana")
  ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say({ type: "text", text: "Wait" })
  await here.pass(1_000)
  here.answers[0]!.say(...ASKS_PEOPLE)
  for (let count = 0; count < 20; count++) {
    await here.pass(500)
    ana.send(`More ${count}`)
  }
  await here.pass(100_000)
  expect(here.answers).toHaveLength(1)
  expect(responder.status).toMatchObject({ writing: 0, waiting: 0 })
})

test("[RS52] a register never says that an answer is over before a relay has its end, whoever finds it ended", async () => {
  const here = await AnsweringTown.open()
  const first = await here.respond("first")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  const key = generationKey(conversationDocumentId("home", "c1"), ask)
  // The words come to the relay, the register hears nothing of them.
  const cas = first.replica.registers.cas.bind(first.replica.registers)
  first.replica.registers.cas = async (asked, change) => (asked === key ? { outcome: "unavailable" } : cas(asked, change))
  here.answers[0]!.say(...whole("All of it."))
  await ana.answer(ask)
  await here.pass(200_000)
  const second = await here.respond("second")
  const { registers } = second.replica
  const open = second.replica.open.bind(second.replica)
  // To this device it looks as an end of its own does that has not gone out.
  let isStored = false
  let kept: (() => void)[] = []
  second.replica.open = async (documentId) => {
    const document = await open(documentId)
    document.whenDurable = () => (isStored ? Promise.resolve() : new Promise((resolve) => kept.push(resolve)))
    return document
  }
  const random = { randomBytes: seededBytes(15), limits: DEFAULT_RESPONDER_LIMITS, events: () => undefined }
  const host = { ...second, id: "second", name: "Second", ...random }
  const model = { id: "m", label: "M", kind: "model" } as const
  const answerer = { offers: () => [], answer: () => expect.unreachable() }
  const closing = new AbortController().signal
  const task: GenerationTask = { ask, workspace: "home", conversationId: "c1", answerer, model, former: undefined, expected: null, closing }
  const refused = generate(host, task)
  await here.pass(10_000)
  expect(kept).toHaveLength(1)
  expect(registers.cached(key)?.value ?? null).toBeNull()
  await here.pass(10_000)
  expect(await refused).toMatchObject({ outcome: "unavailable" })
  expect(registers.cached(key)?.value ?? null).toBeNull()
  isStored = true
  kept = []
  const settled = generate(host, task)
  await here.pass(1_000)
  expect(await settled).toEqual({ outcome: "settled" })
  expect(readGeneration(registers.cached(key))).toMatchObject({ state: "done" })
})

test("[RS53] an answer whose writers all break off is begun so many times and no more, and says so", async () => {
  const here = await AnsweringTown.open()
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  for (let time = 1; time <= 3; time++) {
    const { responder } = await here.respond(`r${time}`, { maxBrokenOff: 3 })
    await here.until("a question", () => here.answers.length === time)
    here.answers.at(-1)!.say({ type: "text", text: `Try ${time}` })
    await here.pass(1_000)
    const closing = responder.close()
    await here.pass(3_000)
    await closing
  }
  await here.respond("last", { maxBrokenOff: 3 })
  const reply = await ana.answer(ask)
  expect(reply.parts.map(({ text, state }) => [text, state])).toEqual([
    ["Try 1", "interrupted"],
    ["Try 2", "interrupted"],
    ["Try 3", "interrupted"],
    ["", "failed"],
  ])
  expect(reply.parts.at(-1)!.details).toMatchObject({ code: "failed", reason: expect.stringContaining("3 times") })
  await here.pass(200_000)
  expect(here.answers).toHaveLength(3)
})

test("[RS53] what nobody can write fails the answer once, also at its very end, and takes no words with it", async () => {
  const here = await AnsweringTown.open()
  await here.respond("one")
  const ana = await here.person("ana")
  const twice = { type: "tool-asks", toolCallId: "a", details: null } as const
  const bad = [{ type: "tool-call", toolCallId: "a", name: "x", input: 1 } as const, twice, twice, twice]
  const ends: readonly ((answer: (typeof here.answers)[number]) => void)[] = [
    (answer) => answer.fail(new AnswerError("broken-stream", "It broke off.")),
    (answer) => answer.say({ type: "finish", finishReason: "stop" }),
    () => undefined,
  ]
  for (const [index, end] of ends.entries()) {
    const ask = ana.question(`Question ${index}`)
    await here.until("a question", () => here.answers.length === index + 1)
    here.answers[index]!.say({ type: "text", text: "Before" }, ...bad, { type: "text", text: "behind" })
    end(here.answers[index]!)
    const reply = await ana.answer(ask)
    expect(reply.parts.filter(({ type }) => type === "text").map(({ text }) => text)).toEqual(["Before", "behind"])
    expect(reply.parts.at(-1)!.state).toBe("failed")
  }
  await here.pass(200_000)
  expect(here.answers).toHaveLength(ends.length)
})

test("[RS54] what people wrote is not gone on with as if a model had written it", async () => {
  const here = await AnsweringTown.open()
  here.onAnswer = (answer) => answer.say(...whole("Yes."))
  const { responder } = await here.respond("one")
  const ana = await here.person("ana")
  const message = ana.send("I say")
  ana.ask(message, { kind: "continue", replyId: message })
  await here.pass(100_000)
  expect(here.answers).toHaveLength(0)
  expect(ana.conversation.getMessage(message)!.text).toBe("I say")
  expect(responder.status).toMatchObject({ writing: 0, waiting: 0 })
})

test("[RS55, I5] many asks in one conversation hold up no other: its ask is next, and remembered", async () => {
  const here = await AnsweringTown.open()
  const ana = await here.person("ana", "busy")
  const ben = await here.person("ben", "quiet")
  await here.respond("one", { maxGenerations: 2, maxAwaited: 20 })
  for (let count = 0; count < 30; count++) ana.question(`Question ${count}`)
  await here.until("two", () => here.answers.length === 2)
  const ask = ben.question("Well?")
  await here.pass(1_000)
  here.answers[0]!.say(...whole("Yes."))
  await here.until("the next", () => here.answers.length === 3)
  expect(here.answers[2]!.question.ask.messageId).toBe(ask.messageId)
  here.onAnswer = (answer) => answer.say(...whole("Yes."))
  for (const answer of here.answers) answer.say(...whole("Yes."))
  await here.until("all", () => here.answers.length === 31)
})

test("[RS6, RS5] who is not sure of the lease when a stop comes leaves the end to whoever is: it is noted all the same", async () => {
  const here = await AnsweringTown.open()
  const one = await here.respond("one")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say({ type: "text", text: "So far" })
  await here.pass(1_000)
  // The clock of its machine was set an hour on.
  const now = one.clock.now.bind(one.clock)
  one.clock.now = () => now() + 3_600_000
  ana.stop(ask)
  await here.until("the stop", () => here.answers[0]!.signal.aborted)
  await here.pass(200_000)
  const [reply] = ana.replies(ask.messageId)
  expect(reply!.streaming).toBe(false)
  expect(here.answers).toHaveLength(1)
})
