import { conversationDocumentId, generationKey, readGeneration } from "@polylogue/conversation"
import { expect, test } from "vitest"
import { AnswerError } from "../src/index.ts"
import { AnsweringTown, whole } from "./support/answering-town.ts"

test("[RS1] what is asked for is answered once, in the conversation, and shown on every device; the register says how it ended", async () => {
  const here = await AnsweringTown.open()
  here.onAnswer = (answer) => answer.say(...whole("An answer."))
  const { replica, events } = await here.respond("one")
  const [ana, ben] = [await here.person("ana"), await here.person("ben")]
  const ask = ana.question("What is it?")
  const reply = await ben.answer(ask)
  expect(reply.text).toBe("An answer.")
  expect(reply.parts).toHaveLength(1)
  expect(reply.parts[0]).toMatchObject({ state: "done", details: { finishReason: "stop", usage: { outputTokens: 1 } } })
  expect(reply).toMatchObject({ model: "m", authorName: "Model M", authorKind: "model" })
  await here.pass(100_000)
  expect(here.answers).toHaveLength(1)
  expect(ana.texts(ask.messageId)).toEqual(["An answer."])
  const generation = readGeneration(replica.registers.cached(generationKey(conversationDocumentId("home", "c1"), ask)))
  expect(generation).toMatchObject({ holder: "one", holderName: "Responder one", state: "done", replyId: reply.id })
  expect(events.map((event) => (event.type === "written" ? event.outcome : event.type))).toEqual(["writing", "done"])
})

test("[RS1, RS2] equal asks of two devices that were offline are answered once, different ones each", async () => {
  const here = await AnsweringTown.open()
  here.onAnswer = (answer) => answer.say(...whole(`Answer ${here.answers.length}.`))
  const [ana, ben] = [await here.person("ana"), await here.person("ben")]
  const message = ana.send("Hello?")
  await here.pass(100)
  ana.replica.setCutOff(true)
  ben.replica.setCutOff(true)
  ana.ask(message)
  ben.ask(message)
  ben.ask(message, { model: "m" })
  await here.respond("one")
  await here.respond("two")
  await here.pass(1_000)
  expect(here.answers).toHaveLength(0)
  ana.replica.setCutOff(false)
  ben.replica.setCutOff(false)
  await here.until("two answers", () => ana.replies(message).length === 2)
  await here.pass(200_000)
  expect(here.answers).toHaveLength(2)
  expect(ana.texts(message).toSorted()).toEqual(["Answer 1.", "Answer 2."])
  expect(ben.texts(message)).toEqual(ana.texts(message))
})

test("[RS2, I8] six responders answer forty asks, each exactly once, and share them", async () => {
  const here = await AnsweringTown.open()
  here.onAnswer = (answer) => {
    here.town.clock.setTimer(() => answer.say(...whole(`To ${answer.question.ask.messageId}.`)), 300)
  }
  let claims = 0
  for (let count = 0; count < 6; count++) {
    const { replica } = await here.respond(`r${count}`, { maxGenerations: 4 })
    const cas = replica.registers.cas.bind(replica.registers)
    replica.registers.cas = async (key, change) => {
      if (key.includes("#gen/") && change.expected === null) claims++
      return cas(key, change)
    }
  }
  const people = [await here.person("ana", "c1"), await here.person("ben", "c2")]
  const asks = people.flatMap((person) =>
    Array.from({ length: 20 }, (_, index) => ({ person, ask: person.question(`Question ${index}?`) })),
  )
  for (const { person, ask } of asks) expect((await person.answer(ask)).text).toBe(`To ${ask.messageId}.`)
  await here.pass(100_000)
  expect(here.answers).toHaveLength(40)
  expect(new Set(here.answers.map(({ at }) => at)).size).toBeGreaterThan(3)
  // They look at what they observe: an ask is claimed about once, not by each of them.
  expect(claims).toBeLessThan(60)
  for (const { person, ask } of asks) expect(person.texts(ask.messageId)).toHaveLength(1)
})

test("[RS3] what comes is written every 50 ms in one transaction, thoughts, words and calls of tools in their order", async () => {
  const here = await AnsweringTown.open()
  await here.respond("one")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  const [answer] = here.answers
  let writes = 0
  answer!.question.ydoc.on("update", () => writes++)
  answer!.say({ type: "about", about: { model: "m", messages: 1 } })
  for (let count = 0; count < 50; count++) answer!.say({ type: "reasoning", text: "r" })
  for (let count = 0; count < 50; count++) {
    answer!.say({ type: "text", text: "t" })
    await here.pass(4)
  }
  expect(writes).toBeLessThanOrEqual(6)
  answer!.say(
    { type: "tool-input-start", toolCallId: "c", name: "look" },
    { type: "tool-input", toolCallId: "c", text: '{"a"' },
    { type: "tool-input", toolCallId: "c", text: ":1}" },
    { type: "tool-call", toolCallId: "c", name: "look", input: { a: 1 } },
    { type: "tool-output", toolCallId: "c", output: [1] },
    { type: "text", text: "after" },
    { type: "part", part: { type: "source", url: "https://example.org" } },
    { type: "text", text: " all" },
  )
  await here.pass(100)
  const before = writes
  answer!.say({ type: "text", text: "." }, { type: "finish", finishReason: "stop" })
  const reply = await ana.answer(ask)
  expect(writes).toBe(before + 1)
  expect(reply.parts.map(({ type, text, state }) => [type, text, state])).toEqual([
    ["reasoning", "r".repeat(50), "done"],
    ["text", "t".repeat(50), "done"],
    ["tool", null, "output-available"],
    ["text", "after all.", "done"],
    ["source", null, "done"],
  ])
  expect(reply.parts[0]!.fields["about"]).toEqual({ model: "m", messages: 1 })
  expect(reply.parts[2]!.fields).toMatchObject({ name: "look", input: { a: 1 }, output: [1], inputText: '{"a":1}' })
  const tokens = new Set(reply.parts.map(({ pid }) => pid.slice(0, pid.lastIndexOf("."))))
  expect(tokens.size).toBe(1)
})

test("[RS61] a call of which nothing came back is over when its run ends, and what was said before people were asked stays", async () => {
  const here = await AnsweringTown.open()
  await here.respond("one")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say(
    { type: "text", text: "First." },
    { type: "tool-call", toolCallId: "theirs", name: "search", input: {} },
    { type: "tool-call", toolCallId: "asks", name: "write", input: {} },
    { type: "tool-asks", toolCallId: "asks", details: null },
    { type: "finish", finishReason: "tool-calls" },
  )
  const tools = (): readonly string[] =>
    ana
      .replies(ask.messageId)[0]
      ?.parts.filter(({ type }) => type === "tool")
      .map(({ state }) => state) ?? []
  await here.until("the request", () => tools().includes("approval-requested"))
  expect(tools()).toEqual(["output-error", "approval-requested"])
  const { id, parts } = ana.replies(ask.messageId)[0]!
  ana.conversation.approve(id, parts.find(({ state }) => state === "approval-requested")!.pid)
  await here.until("the next run", () => here.answers.length === 2)
  here.answers[1]!.say(
    { type: "tool-output", toolCallId: "asks", output: 1 },
    { type: "tool-call", toolCallId: "more", name: "search", input: {} },
    { type: "text", text: "Done." },
    { type: "finish", finishReason: "stop" },
  )
  const reply = await ana.answer(ask)
  expect(reply.text).toBe("First.\n\nDone.")
  expect(reply.parts.filter(({ type }) => type === "tool").map(({ state, fields }) => [state, fields["errorText"]])).toEqual([
    ["output-error", "Nothing came back of it."],
    ["output-available", undefined],
    ["output-error", "Nothing came back of it."],
  ])
})

test("[RS10] a failure stands in the reply with its code and words; one of the answerer's own says nothing of its inside", async () => {
  const here = await AnsweringTown.open()
  const { events } = await here.respond("one")
  const ana = await here.person("ana")
  const failures = [new AnswerError("rate-limited", "Too many requests.", { retryAfterMs: 60_000 }), new Error("secret words")]
  for (const failure of failures) {
    const ask = ana.question("Well?")
    await here.until("a question", () => here.answers.length > 0)
    const answer = here.answers.pop()!
    answer.say({ type: "text", text: "So far" })
    answer.fail(failure)
    const reply = await ana.answer(ask)
    expect(reply.text).toBe("So far")
    expect(reply.parts[0]!.state).toBe("failed")
    expect(JSON.stringify(reply.parts[0]!.details)).not.toContain("secret")
    if (failure instanceof AnswerError)
      expect(reply.parts[0]!.details).toMatchObject({ code: "rate-limited", reason: "Too many requests.", retryAfterMs: 60_000 })
    else expect(reply.parts[0]!.details).toMatchObject({ code: "failed" })
  }
  await here.pass(200_000)
  expect(here.answers).toHaveLength(0)
  expect(events.filter(({ type }) => type === "problem")).toHaveLength(1)
})

test("[RS10] a provider that wants a short wait is waited for under the lease, up to 20 s and no longer; a stop ends the wait", async () => {
  const here = await AnsweringTown.open()
  await here.respond("one")
  const ana = await here.person("ana")
  for (const [retryAfterMs, isHeld] of [
    [20_000, true],
    [20_001, false],
  ] as const) {
    const ask = ana.question("Well?")
    await here.until("a question", () => here.answers.length === 1)
    here.answers.pop()!.fail(new AnswerError("rate-limited", "Wait.", { retryAfterMs }))
    await here.pass(retryAfterMs + 1_000)
    expect(here.answers.length).toBe(isHeld ? 1 : 0)
    here.answers.pop()?.say(...whole("At last."))
    const reply = await ana.answer(ask)
    expect(reply.text).toBe(isHeld ? "At last." : "")
  }
  const stopped = ana.question("Well?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers.pop()!.fail(new AnswerError("overloaded", "Wait.", { retryAfterMs: 10_000 }))
  await here.pass(1_000)
  ana.stop(stopped)
  expect((await ana.answer(stopped)).parts[0]!.state).toBe("stopped")
  await here.pass(30_000)
  expect(here.answers).toHaveLength(0)
})

test("[RS10] an answerer that ends without an end, says what nobody can write, or too much, fails and stops nothing else", async () => {
  const here = await AnsweringTown.open()
  await here.respond("one", { maxAnswerLength: 10 })
  const ana = await here.person("ana")
  const say = [
    [{ type: "text", text: "12345678901" }],
    [
      { type: "tool-call", toolCallId: "a", name: "x", input: 1 },
      { type: "tool-asks", toolCallId: "a", details: null },
      { type: "tool-asks", toolCallId: "a", details: null },
    ],
  ] as const
  for (const events of say) {
    const ask = ana.question("Well?")
    await here.until("a question", () => here.answers.length === 1)
    here.answers.pop()!.say(...events)
    here.answers.pop()
    await here.pass(100)
    // The one that says nothing more is not waited for.
    const reply = await ana.answer(ask).catch(() => undefined)
    expect(reply?.parts[0]!.state).toBe("failed")
  }
  const fine = ana.question("And now?")
  await here.until("a question", () => here.answers.length === 1)
  here.answers.pop()!.say(...whole("0123456789"))
  expect((await ana.answer(fine)).text).toBe("0123456789")
})

test("[RS11] the card says who answers with what as long as it runs, and goes with it", async () => {
  const here = await AnsweringTown.open()
  const ana = await here.person("ana")
  const changed: string[] = []
  ana.replica.registers.watch("home/index", (key) => changed.push(key))
  const { responder } = await here.respond("one")
  await here.pass(200_000)
  const key = "home/index#responder/one"
  expect(JSON.parse(ana.replica.registers.cached(key)!.value!)).toEqual({
    id: "one",
    name: "Responder one",
    models: [{ id: "m", label: "Model M", kind: "model", isDefault: true }],
    problem: null,
  })
  const closing = responder.close()
  await here.pass(5_000)
  await closing
  await here.pass(100)
  expect(ana.replica.registers.cached(key)!.value).toBeNull()
})

test("[RS11] an ask for a model that nobody offers waits for a responder that does, then fails and says so", async () => {
  const here = await AnsweringTown.open()
  await here.respond("one")
  const ana = await here.person("ana")
  const ask = ana.question("Well?", { model: "other" })
  await here.pass(14_000)
  expect(ana.replies(ask.messageId)).toHaveLength(0)
  expect((await ana.answer(ask)).parts[0]!.details).toMatchObject({ code: "no-model" })
  expect(here.answers).toHaveLength(0)
})

test("[RS14] no more answers are written at once than the limit, the others in the order in which they were asked for", async () => {
  const here = await AnsweringTown.open()
  const { responder } = await here.respond("one", { maxGenerations: 2 })
  const ana = await here.person("ana")
  const asks = [1, 2, 3].map((count) => ana.question(`Question ${count}`))
  await here.until("two", () => here.answers.length === 2)
  await here.pass(10_000)
  expect(here.answers).toHaveLength(2)
  expect(responder.status).toMatchObject({ writing: 2, waiting: 1 })
  here.answers[1]!.say(...whole("Two."))
  await here.until("three", () => here.answers.length === 3)
  expect(here.answers.map(({ question }) => question.ask.messageId)).toEqual(asks.map(({ messageId }) => messageId))
})

test("[RS1] a reply that is to go on gets its new words in parts of their own, and one generated again is an alternative", async () => {
  const here = await AnsweringTown.open()
  here.onAnswer = (answer) => answer.say(...whole(`Words ${here.answers.length}.`))
  await here.respond("one")
  const ana = await here.person("ana")
  const ask = ana.question("Well?")
  const reply = await ana.answer(ask)
  ana.ask(ask.messageId, { kind: "continue", replyId: reply.id })
  await here.until("it went on", () => ana.texts(ask.messageId)[0] === "Words 1.\n\nWords 2.")
  ana.ask(ask.messageId, { replyId: reply.id })
  await here.until("another one", () => ana.replies(ask.messageId).length === 2)
  const other = ana.replies(ask.messageId).find(({ id }) => id !== reply.id)!
  expect(other.alternativeOf).toBe(reply.id)
  await here.pass(100_000)
  expect(ana.texts(ask.messageId)).toEqual(["Words 1.\n\nWords 2.", "Words 3."])
})

test("[RS1] in a conversation of several segments the reply stands where its writers have gone on to, and is found there", async () => {
  const here = await AnsweringTown.open()
  const ana = await here.person("ana")
  let last: string | null = null
  ana.document.ydoc.transact(() => {
    for (let count = 0; count < 511; count++) last = ana.send(`Message ${count}`, last)
  })
  const ask = ana.ask(ana.send("Well?", last))
  await here.respond("one")
  await here.until("a question", () => here.answers.length === 1)
  here.answers[0]!.say(...whole("Elsewhere."))
  const next = await ana.replica.open(conversationDocumentId("home", "c1", 1))
  await here.until("the segment", () => next.status.synced)
  ana.conversation.attach(1, next.ydoc)
  const reply = await ana.answer(ask)
  expect(ana.conversation.segmentsOf(reply.id)).toEqual([1])
  await here.pass(300_000)
  expect(here.answers).toHaveLength(1)
})

test("[RS14] of many asks no more are remembered than the limit, and all are answered", async () => {
  const here = await AnsweringTown.open()
  here.onAnswer = (answer) => answer.say(...whole("Yes."))
  const people = [await here.person("ana", "c1"), await here.person("ben", "c2")]
  const asks = Array.from({ length: 25 }, (_, index) => people[index % 2]!.question(`Question ${index}?`))
  const { responder } = await here.respond("one", { maxAwaited: 4, maxGenerations: 2 })
  let most = 0
  await here.until("all", () => {
    most = Math.max(most, responder.status.waiting + responder.status.writing)
    return asks.every(({ messageId }, index) => people[index % 2]!.texts(messageId)[0] === "Yes.")
  })
  expect(most).toBe(4)
  expect(here.answers).toHaveLength(25)
})

test("[RS14, I7] an ask to go on with what is not here is left alone, and keeps nobody from anything", async () => {
  const here = await AnsweringTown.open()
  here.onAnswer = (answer) => answer.say(...whole("Yes."))
  const { responder, events } = await here.respond("one")
  const ana = await here.person("ana")
  const message = ana.send("Well?")
  ana.ask(message, { kind: "continue", replyId: "nothing" })
  expect((await ana.answer(ana.question("And?"))).text).toBe("Yes.")
  await here.pass(100_000)
  expect(ana.replies(message)).toHaveLength(0)
  expect(responder.status).toMatchObject({ writing: 0, waiting: 0 })
  expect(events.filter(({ type }) => type === "problem")).toHaveLength(0)
})
