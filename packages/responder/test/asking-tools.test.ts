import { type Ask, approvalKey, runKey } from "@polylogue/conversation"
import { expect, test, vi } from "vitest"
import { settle } from "../../replica/test/support/manual-clock.ts"
import type { AnswerEvent, Tool } from "../src/index.ts"
import { eventsOf, Scene, ScriptedModel } from "./scripted-model.ts"

const never = new AbortController().signal
const MODEL = { id: "m", kind: "model" }

function writing(run: Tool["run"] = async () => "booked"): Tool & { run: ReturnType<typeof vi.fn<Tool["run"]>> } {
  const input = { type: "object", properties: { room: { type: "number" } } } as const
  return { name: "book", description: "Books a room.", input, asks: false, readsOnly: false, run: vi.fn<Tool["run"]>(run) }
}

/** A reply in which a run with token `a` has said something and asked people about two calls. */
function waitingReply(scene: Scene, ask: Ask): { readonly replyId: string; readonly pids: readonly string[] } {
  const reply = scene.conversation.startReply({ parentId: scene.messageId, author: MODEL, token: "a", slot: ask.slot })
  reply.append("I book both.")
  const calls = [4, 5].map((room) => reply.startTool({ toolCallId: `c${room}`, name: "book", input: { room } }))
  for (const call of calls) call.requestApproval()
  reply.pause()
  return { replyId: reply.messageId, pids: calls.map(({ pid }) => pid) }
}

function outcomes(events: readonly AnswerEvent[]): readonly AnswerEvent[] {
  return events.filter(({ type }) => type === "tool-output" || type === "tool-failed" || type === "tool-denied")
}

test("[RS41, RS45] a call that writes asks, and the run ends; what reads has run before", async () => {
  const scene = new Scene()
  const book = writing()
  const look: Tool = { ...book, name: "look", readsOnly: true, run: async () => 4 }
  const model = new ScriptedModel([{ say: "I book." }, { call: "book", id: "1" }, { call: "look", id: "2" }], [{ say: "Never." }])
  const events = await eventsOf(scene.answerer(model, [book, look]).answer(scene.question(scene.ask(), "r"), never))
  expect(events.slice(-3)).toEqual([
    { type: "tool-output", toolCallId: "2", output: 4 },
    { type: "tool-asks", toolCallId: "1", details: { description: "Books a room." } },
    { type: "finish", finishReason: "tool-calls", usage: { inputTokens: 10, outputTokens: 2 }, citations: expect.any(Function) },
  ])
  expect(book.run).not.toHaveBeenCalled()
  expect(model.requests).toHaveLength(1)
})

test("[RS43, RS45] once people have answered, what they allowed runs and what they denied is told; then the model goes on", async () => {
  const scene = new Scene()
  const book = writing(async (input) => `booked ${(input as { room: number }).room}`)
  const ask = scene.ask()
  const { replyId, pids } = waitingReply(scene, ask)
  scene.conversation.approve(replyId, pids[0]!)
  scene.conversation.deny(replyId, pids[1]!, "too small")
  const model = new ScriptedModel([{ call: "book", id: "c4", input: { room: 6 } }])
  const events = await eventsOf(scene.answerer(model, [book]).answer(scene.question(ask, replyId, true), never))
  expect(outcomes(events)).toEqual([
    { type: "tool-denied", toolCallId: "c5", reason: "It was denied: too small" },
    { type: "tool-output", toolCallId: "c4", output: "booked 4" },
  ])
  expect(model.requests[0]!.messages.slice(1)).toEqual([
    {
      role: "assistant",
      content: [
        { type: "text", text: "I book both." },
        ...[4, 5].map((room) => ({ type: "tool-call", toolCallId: `c${room}`, name: "book", input: { room } })),
      ],
    },
    {
      role: "tool",
      results: [
        { toolCallId: "c4", name: "book", output: "booked 4" },
        { toolCallId: "c5", name: "book", denied: "It was denied: too small" },
      ],
    },
  ])
  // The next call has a name of its own, though its provider gave it one that is taken.
  expect(events.at(-2)).toMatchObject({ type: "tool-asks", toolCallId: "c4_2" })
  expect(book.run).toHaveBeenCalledTimes(1)
  const keys = [...scene.authority.registers.keys()]
  expect(keys.toSorted()).toEqual(
    [...pids.map((pid) => approvalKey("home/conv/c1", replyId, pid)), runKey("home/conv/c1", replyId, pids[0]!)].toSorted(),
  )
})

test("[RS43, I8] of responders that go on at the same moment one runs the call; a run that was claimed and never ended runs nowhere again", async () => {
  const scene = new Scene()
  const runs: (() => void)[] = []
  const book = writing(() => new Promise((resolve) => runs.push(() => resolve("booked"))))
  const ask = scene.ask()
  const { replyId, pids } = waitingReply(scene, ask)
  for (const pid of pids) scene.conversation.approve(replyId, pid)
  const dead = new AbortController()
  const resume = (signal: AbortSignal): Promise<readonly AnswerEvent[]> =>
    eventsOf(scene.answerer(new ScriptedModel([{ say: "So." }]), [book]).answer(scene.question(ask, replyId, true), signal)).then(outcomes)
  const [left, right] = [resume(never), resume(never)]
  await settle()
  for (const run of runs) run()
  const all = [...(await left), ...(await right)]
  expect(all.filter(({ type }) => type === "tool-output")).toHaveLength(2)
  expect(all.filter((event) => event.type === "tool-failed" && event.reason.startsWith("Whether it ran is not known"))).toHaveLength(2)
  expect(book.run).toHaveBeenCalledTimes(2)
  dead.abort()
  // Nobody wrote what came of it: a third one finds both claimed.
  expect((await resume(never)).map(({ type }) => type)).toEqual(["tool-failed", "tool-failed"])
  expect(book.run).toHaveBeenCalledTimes(2)
})

test("[RS45] what is not fit to run any more fails after it was allowed; nothing runs for what nobody allowed", async () => {
  const scene = new Scene()
  const book = writing()
  const ask = scene.ask()
  const { replyId, pids } = waitingReply(scene, ask)
  scene.conversation.approve(replyId, pids[0]!)
  const changed = { ...book, input: { type: "object", required: ["day"] } } as Tool
  const waiting = await eventsOf(scene.answerer(new ScriptedModel(), [changed]).answer(scene.question(ask, replyId, true), never))
  expect(outcomes(waiting)).toEqual([{ type: "tool-failed", toolCallId: "c4", reason: "The input does not fit: input.day is missing." }])
  // The other one was not answered: it goes on waiting, and no model is asked.
  expect(waiting.at(-1)).toMatchObject({ type: "finish", finishReason: "tool-calls" })
  expect(book.run).not.toHaveBeenCalled()
})

test("[RS48] words of a run that broke off are not the model's; those of a run that waited for people are", async () => {
  const scene = new Scene()
  const book = writing()
  const ask = scene.ask()
  const { conversation } = scene
  const broken = conversation.startReply({ parentId: scene.messageId, author: MODEL, token: "a:1", slot: ask.slot })
  const replyId = broken.messageId
  broken.append("I begin.")
  broken.startTool({ toolCallId: "c1", name: "book", input: {} }).succeed("booked")
  broken.startPart("text")
  broken.append("And then")
  broken.interrupt()
  const waited = conversation.continueReply(replyId, { token: "a:2", slot: ask.slot, partType: "reasoning" })
  waited.append("I think.")
  waited.startPart("text")
  waited.append("I book.")
  const call = waited.startTool({ toolCallId: "c2", name: "book", input: { room: 4 } })
  waited.startTool({ toolCallId: "c3", name: "web_search", input: {} }).succeed("found by its provider")
  call.requestApproval()
  waited.pause()
  conversation.approve(replyId, call.pid)
  conversation.resumeTool(replyId, call.pid).succeed("booked 4")
  const died = conversation.continueReply(replyId, { token: "b:1", slot: ask.slot })
  died.append("It is boo")
  conversation.interruptReply(replyId, ask.slot)
  const other = conversation.continueReply(replyId, { token: "b:2", slot: "another" })
  other.append("Of another slot.")
  other.done()
  const model = new ScriptedModel([{ say: "Booked." }])
  await eventsOf(scene.answerer(model, [book]).answer(scene.question(ask, replyId, true), never))
  expect(model.requests[0]!.messages.slice(1)).toEqual([
    {
      role: "assistant",
      content: [
        { type: "text", text: "I book." },
        { type: "tool-call", toolCallId: "c2", name: "book", input: { room: 4 } },
      ],
    },
    { role: "tool", results: [{ toolCallId: "c2", name: "book", output: "booked 4" }] },
  ])
})
