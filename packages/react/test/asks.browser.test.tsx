import {
  AnsweringConversation,
  approvalKey,
  type Ask,
  asksOf,
  type AskState,
  conversationDocumentId,
  type Generation,
  generationIdOf,
  generationKey,
  generationValue,
} from "@polylogue/conversation"
import { act, type ReactNode } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import type * as Y from "yjs"
import { RegisterAuthority } from "../../conversation/test/register-authority.ts"
import {
  type Answering,
  createPolylogue,
  type OpenConversation,
  PolylogueProvider,
  useAnswering,
  useAsks,
  useAskState,
  useConversation,
  useGeneration,
  useToolAnswer,
} from "../src/index.ts"
import { FakeReplica } from "./fake-replica.ts"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const DOCUMENT_ID = conversationDocumentId("home", "c")
const MODEL = { id: "model:m", kind: "model", name: "M" }

let authority: RegisterAuthority
let replica: FakeReplica
let ydoc: Y.Doc
let program: AnsweringConversation
let root: Root
// What the components were given, for the test to look at and act on.
let answering: Answering
let asks: readonly Ask[]
let give: ReturnType<typeof useToolAnswer>
let generation: Generation | null | undefined
const note = {
  question: (given: Answering, asked: readonly Ask[], giving: typeof give): void => {
    answering = given
    give = giving
    asks = asked
    renders++
  },
  answer: (state: AskState, heard: Generation | null | undefined): void => {
    generation = heard
    states.push(state)
  },
}
let states: AskState[]
let renders: number
let now: number

beforeEach(async () => {
  authority = new RegisterAuthority()
  replica = new FakeReplica()
  replica.registers = authority.client("ana")
  now = authority.now
  ydoc = (await replica.open(DOCUMENT_ID)).ydoc
  const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length))
  program = new AnsweringConversation(ydoc, { writer: "program", author: MODEL, now: Date.now, randomBytes })
  states = []
  renders = 0
  root = createRoot(document.createElement("div"))
})

afterEach(async () => {
  await act(async () => root.unmount())
})

function Question({ held, id }: { readonly held: OpenConversation; readonly id: string }): ReactNode {
  const asked = useAsks(held, id)
  note.question(useAnswering(held), asked, useToolAnswer(held))
  return asked.map((ask) => <Answer key={ask.slot} held={held} ask={ask} />)
}

function Answer({ held, ask }: { readonly held: OpenConversation; readonly ask: Ask }): null {
  note.answer(useAskState(held, ask), useGeneration(held, ask))
  return null
}

function Chat({ id }: { readonly id: string }): ReactNode {
  const state = useConversation("c")
  return state.state === "open" ? <Question held={state} id={id} /> : null
}

function show(id: string): Promise<void> {
  const polylogue = createPolylogue({
    replica,
    writer: "device",
    author: () => ({ id: "ana", kind: "person", name: "Ana" }),
    now: () => now,
    lingerMs: 0,
  })
  return act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <Chat id={id} />
      </PolylogueProvider>,
    ),
  )
}

const lease = (ask: Ask, state: Generation["state"] | undefined): Promise<unknown> => {
  const key = generationKey(DOCUMENT_ID, ask)
  const value = state === undefined ? null : generationValue({ holder: "r", holderName: "Rook", state, replyId: null, stored: null })
  return act(() => authority.client("r").cas(key, { expected: authority.read(key).revision, value, ttlMs: value === null ? 0 : 90_000 }))
}
const begin = ({ messageId, slot }: Ask) =>
  program.startReply({ parentId: messageId, author: MODEL, generationId: generationIdOf({ messageId, slot }), token: "t", slot })

test("[RE51] what was asked about a message renders what shows that message, and nothing else", async () => {
  const id = program.send({ text: "why", parentId: null })
  const other = program.send({ text: "else", parentId: null })
  await show(id)
  expect(asks).toEqual([])
  const before = renders
  await act(async () => void answering.ask({ messageId: other }))
  expect(renders).toBe(before)
  await act(async () => void answering.ask({ messageId: id, model: "m" }))
  expect(asks).toMatchObject([{ messageId: id, model: "m", userId: "ana", userName: "Ana" }])
  expect(renders).toBe(before + 1)
})

test("[RE52, RE53] how far an answer is follows the authority and the document; its words render nothing", async () => {
  const id = program.send({ text: "why", parentId: null })
  await show(id)
  await act(async () => void answering.ask({ messageId: id }))
  const [ask] = asks as [Ask]
  expect([generation, states.at(-1)?.phase]).toEqual([undefined, "waiting"])
  await lease(ask, "writing")
  expect([generation?.holderName, states.at(-1)]).toEqual(["Rook", { phase: "writing", replyId: null }])
  const heard = generation
  const reply = await act(async () => begin(ask))
  await act(async () => reply.append("Because"))
  expect(states.at(-1)).toEqual({ phase: "writing", replyId: reply.messageId })
  const rendered = states.length
  await act(async () => reply.append(" of light"))
  expect(states).toHaveLength(rendered)
  expect(generation).toBe(heard)
  await lease(ask, undefined)
  expect([generation, states.at(-1)?.phase]).toEqual([null, "interrupted"])
  await lease(ask, "writing")
  await act(async () => reply.done())
  expect(states.at(-1)?.phase).toBe("done")
})

test("[RE52] cut off, a lease is known as long as it runs", async () => {
  const id = program.send({ text: "why", parentId: null })
  await show(id)
  await act(async () => void answering.ask({ messageId: id }))
  await lease(asks[0]!, "writing")
  await act(async () => replica.setStatus({ connection: "offline" }))
  now += 89_999
  await show(id)
  expect(generation?.holder).toBe("r")
  now += 1
  await show(id)
  expect(generation).toBeUndefined()
})

test("[RE54] asking, stopping, asking again and asking to go on are one transaction each, and keep what was asked", async () => {
  const id = program.send({ text: "why", parentId: null })
  await show(id)
  let transactions = 0
  ydoc.on("update", () => transactions++)
  const first = await act(async () => answering.ask({ messageId: id, model: "m", values: { tone: "kind" }, options: { temperature: 1 } }))
  await act(async () => answering.stop(first))
  expect(transactions).toBe(2)
  expect(asks[0]?.stopped).toMatchObject({ userId: "ana" })
  expect(states.at(-1)?.phase).toBe("stopped")
  const reply = await act(async () => begin(first))
  const { messageId } = reply
  await act(async () => reply.stop())
  transactions = 0
  const again = await act(async () => answering.regenerate(messageId, { ask: first }))
  const other = await act(async () => answering.regenerate(messageId, { ask: first, model: "n" }))
  const more = await act(async () => answering.goOn(messageId))
  expect(transactions).toBe(3)
  expect(again).toMatchObject({
    messageId: id,
    kind: "answer",
    replyId: messageId,
    model: "m",
    values: { tone: "kind" },
    options: { temperature: 1 },
  })
  expect(other).toMatchObject({ model: "n", values: { tone: "kind" } })
  expect(more).toMatchObject({ messageId: id, kind: "continue", replyId: messageId, model: null, values: {} })
  expect(asksOf(ydoc, id)).toHaveLength(4)
  expect(() => answering.regenerate(id)).toThrow(TypeError)
  expect(() => answering.ask({ messageId: "not-here" })).toThrow(TypeError)
})

async function askingTool(): Promise<{ readonly messageId: string; readonly pid: string }> {
  const reply = program.startReply({ parentId: null, author: MODEL })
  const tool = reply.startTool({ toolCallId: "1", name: "pay", input: {} })
  tool.requestApproval()
  reply.done()
  await show(reply.messageId)
  return { messageId: reply.messageId, pid: tool.pid }
}

const answersTo = ({ messageId, pid }: { messageId: string; pid: string }) =>
  program
    .getMessage(messageId)
    ?.parts.find((part) => part.pid === pid)
    ?.approvals.map(({ userId, approved }) => `${userId} ${approved}`)

test("[RE55] of two answers to a tool at once the authority's first counts, and who came second is told and writes nothing", async () => {
  const call = await askingTool()
  const key = approvalKey(DOCUMENT_ID, call.messageId, call.pid)
  await authority.client("bo").cas(key, { expected: null, value: JSON.stringify({ approved: false, by: "bo" }) })
  expect(await act(() => give({ ...call, approved: true }))).toEqual({ state: "other", decision: { approved: false, by: "bo" } })
  expect(answersTo(call)).toEqual([])
  // Who says the same as what counts says it in the conversation, too.
  expect(await act(() => give({ ...call, approved: false, reason: "no" }))).toEqual({ state: "given" })
  expect(answersTo(call)).toEqual(["ana false"])
  await expect(act(() => give({ ...call, approved: false }))).rejects.toMatchObject({ code: "not-waiting" })
  const other = await askingTool()
  expect(await act(() => give({ ...other, approved: true }))).toEqual({ state: "given" })
  expect(authority.changes.at(-1)?.value).toBe(JSON.stringify({ approved: true, by: "ana" }))
  expect(answersTo(other)).toEqual(["ana true"])
})

test("[RE56] where the authority cannot be asked the answer stands in the conversation; who may not answer leaves nothing", async () => {
  const denied = await askingTool()
  authority.fates.set(authority.requests, "deny")
  expect(await act(() => give({ ...denied, approved: true }))).toEqual({ state: "refused" })
  expect(answersTo(denied)).toEqual([])
  authority.fates.set(authority.requests, "lost")
  expect(await act(() => give({ ...denied, approved: true }))).toEqual({ state: "given" })
  expect(answersTo(denied)).toEqual(["ana true"])
  const other = await askingTool()
  replica.setStatus({ connection: "offline" })
  const { requests } = authority
  expect(await act(() => give({ ...other, approved: false }))).toEqual({ state: "given" })
  expect(authority.requests).toBe(requests)
  expect(answersTo(other)).toEqual(["ana false"])
})
