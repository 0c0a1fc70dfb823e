import { expect, test, vi } from "vitest"
import { settle } from "../../replica/test/support/manual-clock.ts"
import { AnswerError, type FoundPassage, type Tool } from "../src/index.ts"
import { eventsOf, type Line, Scene, ScriptedModel } from "./scripted-model.ts"

const never = new AbortController().signal

/** A tool that notes what it is called with. */
function noting(
  name: string,
  run: Tool["run"] = async () => "fine",
  given: Partial<Tool> = {},
): Tool & { run: ReturnType<typeof vi.fn<Tool["run"]>> } {
  return {
    name,
    description: `Does ${name}.`,
    input: { type: "object" },
    asks: false,
    readsOnly: true,
    ...given,
    run: vi.fn<Tool["run"]>(run),
  }
}

test("[RS44] a model without tools answers in one step, with what was used before its first word", async () => {
  const scene = new Scene()
  const model = new ScriptedModel([{ say: "Room four." }])
  const ask = scene.ask({ options: { temperature: 0.5, maxOutputTokens: 100 } })
  const events = await eventsOf(scene.answerer(model).answer(scene.question(ask, "r"), never))
  expect(events).toEqual([
    { type: "about", about: { model: "scripted", tokens: 900 } },
    { type: "text", text: "Room four." },
    { type: "finish", finishReason: "stop", usage: { inputTokens: 10, outputTokens: 2 }, citations: expect.any(Function) },
  ])
  expect(model.requests).toEqual([
    { messages: [{ role: "user", text: "Which room? (900)" }], tools: [], temperature: 0.5, maxOutputTokens: 100, signal: never },
  ])
})

test("[RS44] calls that do not ask run together, and what they give is told in the next step by the model's own names", async () => {
  const scene = new Scene()
  let release = (): void => undefined
  const slow = noting("slow", () => new Promise((resolve) => (release = () => resolve({ room: 4 }))))
  const quick = noting("quick", async () => {
    void settle().then(release)
    throw new AnswerError("failed", "No such room.")
  })
  const model = new ScriptedModel(
    [{ say: "I look." }, { call: "slow" }, { call: "quick", id: "call_1" }],
    [{ call: "slow", input: { again: true } }],
    [{ say: "Room four." }],
  )
  const answering = eventsOf(scene.answerer(model, [slow, quick]).answer(scene.question(scene.ask(), "r"), never))
  await vi.waitFor(() => expect(slow.run).toHaveBeenCalledTimes(2))
  release()
  const events = await answering
  expect(events.slice(1).map((event) => ("toolCallId" in event ? `${event.type} ${event.toolCallId}` : event.type))).toEqual(
    [
      "text",
      "tool-input-start call_0, tool-input call_0, tool-call call_0",
      "tool-input-start call_1, tool-input call_1, tool-call call_1",
      "tool-failed call_1, tool-output call_0",
      // The provider calls each step's first call alike; in the reply it has a name of its own.
      "tool-input-start call_0_2, tool-input call_0_2, tool-call call_0_2, tool-output call_0_2",
      "text, finish",
    ].flatMap((line) => line.split(", ")),
  )
  expect(events.at(-1)).toMatchObject({ finishReason: "stop", usage: { inputTokens: 30, outputTokens: 6 } })
  expect(model.requests.map(({ messages }) => messages.length)).toEqual([1, 3, 5])
  expect(model.requests[2]!.messages.slice(1)).toEqual([
    {
      role: "assistant",
      content: [
        { type: "text", text: "I look." },
        { type: "tool-call", toolCallId: "call_0", name: "slow", input: {} },
        { type: "tool-call", toolCallId: "call_1", name: "quick", input: {} },
      ],
    },
    {
      role: "tool",
      results: [
        { toolCallId: "call_0", name: "slow", output: { room: 4 } },
        { toolCallId: "call_1", name: "quick", failed: "No such room." },
      ],
    },
    { role: "assistant", content: [{ type: "tool-call", toolCallId: "call_0", name: "slow", input: { again: true } }] },
    { role: "tool", results: [{ toolCallId: "call_0", name: "slow", output: { room: 4 } }] },
  ])
  expect(model.requests[0]!.tools).toEqual([slow, quick].map(({ name, description, input }) => ({ name, description, inputSchema: input })))
})

test("[RS44] each call has a name of its own in the reply, whether its input streamed or not, and without one", async () => {
  const scene = new Scene()
  const tool = noting("look")
  const whole = (id: string): Line => ({ call: "look", id, isWhole: true })
  const model = new ScriptedModel([whole("1"), whole("1"), whole("")], [{ call: "look", id: "1" }, whole("1")], [{ say: "So." }])
  const events = await eventsOf(scene.answerer(model, [tool]).answer(scene.question(scene.ask(), "r"), never))
  const names = (type: string): readonly string[] =>
    events.flatMap((event) => ("toolCallId" in event && event.type === type ? [event.toolCallId] : []))
  expect(names("tool-call")).toEqual(["1", "1_2", "_2", "1_3", "1_4"])
  expect(names("tool-output").toSorted()).toEqual(names("tool-call").toSorted())
  expect(names("tool-input")).toEqual(["1_3"])
})

test("[RS44] what cannot run is told to the model, and never runs", async () => {
  const scene = new Scene()
  const tool = noting("look", undefined, { input: { type: "object", required: ["room"] } })
  const calls = [
    { call: "look", id: "1", input: { floor: 1 } },
    { call: "erase", id: "2" },
    { call: "look", id: "3", input: "{{", problem: "No JSON." },
  ]
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(101)}1${"}".repeat(101)}`)
  const model = new ScriptedModel([...calls, { call: "look", id: "4", input: deep }], [{ say: "I cannot." }])
  const events = await eventsOf(scene.answerer(model, [tool]).answer(scene.question(scene.ask(), "r"), never))
  expect(events.flatMap((event) => (event.type === "tool-failed" ? [event.reason] : []))).toEqual([
    "The input does not fit: input.room is missing.",
    'There is no tool "erase".',
    "No JSON.",
    "The input nests too deeply.",
  ])
  expect(tool.run).not.toHaveBeenCalled()
  expect(events.find((event) => event.type === "tool-call" && event.toolCallId === "4")).toMatchObject({ input: "nested too deeply" })
})

test("[RS44] an answer ends after the most steps and calls; the model is told before the last step, and one more call does not run", async () => {
  const scene = new Scene()
  const tool = noting("look")
  const endless = (count: number): ScriptedModel => new ScriptedModel(...Array.from({ length: count }, () => [{ call: "look" }]))
  const model = endless(9)
  const limits = { limits: { maxSteps: 3, maxCalls: 10 } }
  const events = await eventsOf(scene.answerer(model, [tool], limits).answer(scene.question(scene.ask(), "r"), never))
  expect(model.requests).toHaveLength(3)
  expect(tool.run).toHaveBeenCalledTimes(2)
  expect(model.requests.map(({ messages }) => messages.at(-1)?.role)).toEqual(["user", "tool", "user"])
  expect(events.at(-2)).toMatchObject({ type: "tool-failed", reason: "No more tools can be called in this answer." })
  expect(events.at(-1)).toMatchObject({ type: "finish", finishReason: "tool-limit" })
  const many = new ScriptedModel(
    Array.from({ length: 3 }, (_, index) => ({ call: "look", id: `c${index}` })),
    [{ say: "Enough." }],
  )
  tool.run.mockClear()
  const bounded = scene.answerer(many, [tool], { limits: { maxCalls: 2 } })
  const failed = (await eventsOf(bounded.answer(scene.question(scene.ask(), "r"), never))).filter(({ type }) => type === "tool-failed")
  expect(failed).toEqual([{ type: "tool-failed", toolCallId: "c2", reason: "No more tools can be called in this answer." }])
  expect(tool.run).toHaveBeenCalledTimes(2)
  for (const limits of [{ maxSteps: 0 }, { maxCalls: -1 }]) expect(() => scene.answerer(many, [], { limits })).toThrow(RangeError)
})

test("[RS44] a model that takes no tools is asked without them, and the answer says that it had none", async () => {
  const scene = new Scene()
  const refusal = new AnswerError("bad-request", "No tools.")
  const model = new ScriptedModel([refusal], [{ say: "Room four." }])
  const events = await eventsOf(scene.answerer(model, [noting("look")]).answer(scene.question(scene.ask(), "r"), never))
  expect(model.requests.map(({ tools }) => tools.length)).toEqual([1, 0])
  expect(events[0]).toMatchObject({ type: "about", about: expect.not.objectContaining({ tools: expect.anything() }) })
  expect(events.at(-1)).toMatchObject({ finishReason: "stop" })
  for (const script of [
    [[refusal], [refusal]],
    [[{ call: "look" }], [refusal]],
  ] as const) {
    const failing = new ScriptedModel(...script, [{ say: "Never." }])
    await expect(eventsOf(scene.answerer(failing, [noting("look")]).answer(scene.question(scene.ask(), "r"), never))).rejects.toBe(refusal)
  }
})

test("[RS44] whoever asked may forbid tools, and gets no more than the model may give", async () => {
  const scene = new Scene()
  const model = Object.assign(new ScriptedModel([{ call: "look" }], [{ say: "No." }]), { maxOutputTokens: 200 })
  const tool = noting("look")
  const ask = scene.ask({ options: { tools: "none", maxOutputTokens: 1e9, temperature: 3 } })
  const events = await eventsOf(scene.answerer(model, [tool]).answer(scene.question(ask, "r"), never))
  expect(tool.run).not.toHaveBeenCalled()
  expect(model.requests[0]).toMatchObject({ tools: [], maxOutputTokens: 200 })
  expect(model.requests[0]).not.toHaveProperty("temperature")
  expect(events[0]).toEqual({ type: "about", about: { model: "scripted", tokens: 800 } })
})

test("[RS44] a model that says nothing, or stops in the middle, has failed", async () => {
  const scene = new Scene()
  const answer = (model: ScriptedModel): Promise<unknown> => eventsOf(scene.answerer(model).answer(scene.question(scene.ask(), "r"), never))
  await expect(answer(new ScriptedModel([]))).rejects.toMatchObject({ code: "failed" })
  const broken = new ScriptedModel()
  broken.stream = async function* () {
    yield { type: "text", text: "Room" }
  }
  await expect(answer(broken)).rejects.toMatchObject({ code: "broken-stream" })
  const other = scene.ask({ model: "other" })
  await expect(eventsOf(scene.answerer(broken).answer(scene.question(other, "r"), never))).rejects.toMatchObject({ code: "no-model" })
})

test("[RS46] a question that is too long is made shorter twice, which the answer says; then it has failed", async () => {
  const scene = new Scene()
  const overflow = new AnswerError("context-overflow", "Too long.")
  const model = new ScriptedModel([overflow], [overflow], [{ say: "Room four." }])
  const events = await eventsOf(scene.answerer(model).answer(scene.question(scene.ask(), "r"), never))
  expect(model.requests.map(({ messages }) => messages)).toEqual(
    [750, 375, 187].map((tokens) => [{ role: "user", text: `Which room? (${tokens})` }]),
  )
  expect(events[0]).toEqual({ type: "about", about: { model: "scripted", tokens: 187, shrunk: 2 } })
  const longer = new ScriptedModel([overflow], [overflow], [overflow], [{ say: "Never." }])
  await expect(eventsOf(scene.answerer(longer).answer(scene.question(scene.ask(), "r"), never))).rejects.toBe(overflow)
  const broken = new ScriptedModel([{ say: "Room" }, overflow], [{ say: "Never." }])
  await expect(eventsOf(scene.answerer(broken).answer(scene.question(scene.ask(), "r"), never))).rejects.toBe(overflow)
})

test("[RS46] what tools gave is made shorter, too; a provider that is busy between two steps is waited for", async () => {
  const scene = new Scene()
  const tool = noting("look", async () => "x".repeat(20_000))
  const busy = new AnswerError("rate-limited", "Busy.", { retryAfterMs: 20_000 })
  const model = new ScriptedModel([{ call: "look" }], [new AnswerError("context-overflow", "Too long.")], [busy], [{ say: "Done." }])
  const answering = eventsOf(scene.answerer(model, [tool]).answer(scene.question(scene.ask(), "r"), never))
  await scene.clock.pass(19_999)
  expect(model.requests).toHaveLength(3)
  await scene.clock.pass(1)
  expect((await answering).at(-1)).toMatchObject({ type: "finish", finishReason: "stop" })
  const outputs = model.requests.flatMap(({ messages }) =>
    messages.flatMap((message) =>
      message.role === "tool" ? message.results.map((result) => ("output" in result ? String(result.output).length : 0)) : [],
    ),
  )
  expect(outputs).toEqual([20_000, 4_092, 4_092])
  for (const [error, steps] of [
    [busy, 0],
    [new AnswerError("rate-limited", "Busy.", { retryAfterMs: 20_001 }), 1],
    [new AnswerError("rate-limited", "Busy."), 1],
    [new AnswerError("unauthorised", "No.", { retryAfterMs: 1 }), 1],
  ] as const) {
    const failing = new ScriptedModel(...Array.from({ length: steps }, () => [{ call: "look" }]), [error], [{ say: "Never." }])
    await expect(eventsOf(scene.answerer(failing, [tool]).answer(scene.question(scene.ask(), "r"), never))).rejects.toBe(error)
  }
})

test("[RS47] what tools find has numbers behind what the model was given, and is cited by them", async () => {
  const scene = new Scene()
  const passage = (chunkId: string): FoundPassage => ({ sourceId: "s", chunkId, hash: chunkId, title: chunkId }) as FoundPassage
  const numbers: number[] = []
  const tool = noting("find", async (_, { cite }) => {
    numbers.push(...["c", "b", "a", "c"].map((id) => cite(passage(id))))
    return null
  })
  const model = new ScriptedModel([{ call: "find" }], [{ say: "Both say so [2] [3], not [4]." }])
  const answerer = scene.answerer(model, [tool], { buildContext: async () => scene.context(9, [passage("a"), passage("b")]) })
  const events = await eventsOf(answerer.answer(scene.question(scene.ask(), "r"), never))
  expect(numbers).toEqual([3, 2, 1, 3])
  const finish = events.at(-1)
  const said = events.findLast((event) => event.type === "text")
  const text = said?.type === "text" ? said.text : ""
  const cited = finish?.type === "finish" ? (finish.citations?.([{ pid: "p", type: "text", text }]) ?? []) : []
  expect(cited.map(({ source }) => (source as FoundPassage).chunkId)).toEqual(["b", "c"])
})

test("[RS44] an answer that is stopped ends its model and its tools", async () => {
  const scene = new Scene()
  const stop = new AbortController()
  const signals: AbortSignal[] = []
  const tool = noting("wait", (_, { signal }) => {
    signals.push(signal)
    return new Promise(() => undefined)
  })
  const answering = eventsOf(
    scene.answerer(new ScriptedModel([{ call: "wait" }]), [tool]).answer(scene.question(scene.ask(), "r"), stop.signal),
  )
  const ended = expect(answering).rejects.toThrow("stopped")
  await vi.waitFor(() => expect(tool.run).toHaveBeenCalled())
  stop.abort(new Error("stopped"))
  await ended
  expect(signals[0]!.aborted).toBe(true)
  expect(scene.clock.pending).toBe(0)
})
