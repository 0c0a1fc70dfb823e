import {
  addAsk,
  AnsweringConversation,
  type Ask,
  asksOf,
  Conversation,
  conversationDocumentId,
  generationIdOf,
  generationKey,
  generationValue,
  indexDocumentId,
  type ModelCard,
  responderKey,
  responderValue,
  sourceCards,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { createPolylogue, type Polylogue, PolylogueProvider, useConversation, useWorkspace } from "@polylogue/react"
import { randomBytes } from "@polylogue/replica/browser"
import { act } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import { RegisterAuthority } from "../../../packages/conversation/test/register-authority.ts"
import { FakeReplica } from "../../../packages/react/test/fake-replica.ts"
import { FirstMessage } from "../src/conversation/first-message.tsx"
import { HeaderFacts } from "../src/conversation/header-tools.tsx"
import { TextPlane } from "../src/conversation/text-plane.tsx"
import "../src/style/tokens.css"
import "../src/style/base.css"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const ANA = { id: "ana", kind: "person", name: "Ana" }
const INDEX = indexDocumentId("home")
const PASSAGES: ModelCard = { id: "passages", label: "Passages", kind: "passages", isDefault: false }
const LARGE: ModelCard = { id: "large", label: "Large", kind: "model", isDefault: true }
const SMALL: ModelCard = { id: "small", label: "Small", kind: "model", isDefault: false }

let authority: RegisterAuthority
let replica: FakeReplica
let polylogue: Polylogue
let index: WorkspaceIndex
let place: HTMLElement
let root: Root

beforeEach(async () => {
  localStorage.clear()
  authority = new RegisterAuthority()
  replica = new FakeReplica()
  replica.registers = authority.client("ana")
  polylogue = createPolylogue({ replica, writer: "w", author: () => ANA, lingerMs: 0 })
  const list = await replica.open(INDEX)
  index = new WorkspaceIndex(list.ydoc, { writer: "w", now: Date.now, randomBytes })
  index.create({ id: "c" })
  place = document.body.appendChild(document.createElement("div"))
  place.style.cssText = "display: flex; flex-direction: column; height: 600px"
  root = createRoot(place)
})

afterEach(async () => {
  await act(async () => root.unmount())
  place.remove()
  index.destroy()
  localStorage.clear()
  history.replaceState(null, "", "#/")
})

function Plane() {
  const state = useConversation("c")
  const workspace = useWorkspace()
  if (state.state !== "open" || workspace.state !== "open") return null
  return <TextPlane key={state.open.ydoc.guid} held={state} workspace={workspace} identity={{ id: "ana", name: "Ana", colour: 1 }} />
}

function Head() {
  const state = useConversation("c")
  return state.state === "open" ? <HeaderFacts held={state} /> : null
}

function Beginning() {
  const workspace = useWorkspace()
  return workspace.state === "open" ? <FirstMessage workspace={workspace} mayBegin={() => true} /> : null
}

/** A responder says that it runs, and what it offers. */
async function announce(...models: ModelCard[]): Promise<void> {
  const value = responderValue({ id: "r", name: "Responder", models, problem: null })
  const { revision } = authority.read(responderKey(INDEX, "r"))
  await act(() => authority.client("r").cas(responderKey(INDEX, "r"), { expected: revision, value, ttlMs: 60_000 }))
}

async function showPlane(): Promise<void> {
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <Plane />
      </PolylogueProvider>,
    ),
  )
  await expect.poll(() => field()).not.toBeNull()
}

const field = (): HTMLTextAreaElement => place.querySelector<HTMLTextAreaElement>("textarea")!
const picker = (): HTMLSelectElement | null => place.querySelector("[data-testid=who-answers]")
const note = (): string | undefined => place.querySelector(".answer-note")?.textContent

async function typeText(text: string): Promise<void> {
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set?.call(field(), text)
    field().dispatchEvent(new Event("input", { bubbles: true }))
  })
}

const enter = (keys: KeyboardEventInit = {}): Promise<void> =>
  act(async () => void field().dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...keys })))

async function say(text: string, keys?: KeyboardEventInit): Promise<void> {
  await typeText(text)
  await enter(keys)
}

async function pick(select: HTMLSelectElement | null, value: string): Promise<void> {
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value")?.set?.call(select, value)
    select?.dispatchEvent(new Event("change", { bubbles: true }))
  })
}

/** Somebody else's reply to what was asked last, being written. */
async function beginAnswer() {
  const { ydoc } = await replica.open(conversationDocumentId("home", "c"))
  const answering = new AnsweringConversation(ydoc, { writer: "r", author: { id: "r", kind: "model" }, now: Date.now, randomBytes })
  const messageId = answering.getLine().at(-1)!.id
  const ask = asksOf(ydoc, messageId).at(-1)!
  const run = { token: "1", slot: ask.slot, generationId: generationIdOf(ask) }
  let reply: ReturnType<typeof answering.startReply>
  await act(async () => {
    reply = answering.startReply({ parentId: messageId, author: { id: "large", kind: "model", name: "Large" }, ...run })
    reply.append("So far")
  })
  return { reply: reply!, ask: () => asksOf(ydoc, messageId).at(-1)!, end: () => answering.destroy() }
}

/** What was asked in a conversation: the text of each message with the model asked for. */
async function asked(id = "c"): Promise<(readonly [text: string, model: string | null | undefined])[]> {
  const { ydoc } = await replica.open(conversationDocumentId("home", id))
  const conversation = new Conversation(ydoc, { writer: "reader", author: ANA, now: Date.now, randomBytes })
  const all = [...conversation.getTree().nodes.keys()].map((messageId) => {
    const asks: readonly Ask[] = asksOf(ydoc, messageId)
    return [conversation.getMessage(messageId)?.text ?? "", asks.at(-1)?.model] as const
  })
  conversation.destroy()
  return all
}

test("[WB201] sending asks for an answer in the turn that writes the message, Mod+Shift+Enter does not, nor does writing down an answer", async () => {
  await announce(LARGE, SMALL, PASSAGES)
  await showPlane()
  expect([...(picker()?.options ?? [])].map(({ text }) => text)).toEqual(["Large", "Small", "Passages of your sources", "Nobody answers"])
  expect(picker()?.value).toBe("large")
  const { ydoc } = await replica.open(conversationDocumentId("home", "c"))
  const turns: string[][] = []
  let turn: string[] = []
  ydoc.on("afterTransaction", ({ changedParentTypes, doc }) => {
    const roots = [...doc.share].filter(([, type]) => changedParentTypes.has(type as never)).map(([name]) => name)
    if (turn.length === 0) queueMicrotask(() => (turn = []))
    if (turn.push(...roots) === roots.length) turns.push(turn)
  })
  await say("Asked")
  expect(turns).toHaveLength(1)
  expect(turns[0]).toEqual(expect.arrayContaining(["messages", "asks"]))
  await say("Told", { ctrlKey: true, shiftKey: true })
  await pick(place.querySelector(".composer-role select"), "assistant")
  expect(picker()).toBeNull()
  await say("Written down")
  expect(await asked()).toEqual([
    ["Asked", "large"],
    ["Told", undefined],
    ["Written down", undefined],
  ])
})

test("[WB200] who answers is chosen at the foot, remembered for the conversation, and a model as the usual one", async () => {
  await announce(LARGE, SMALL)
  await showPlane()
  await pick(picker(), "small")
  await say("One")
  await pick(picker(), "")
  await say("Two")
  expect(await asked()).toEqual([
    ["One", "small"],
    ["Two", undefined],
  ])
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <Beginning />
      </PolylogueProvider>,
    ),
  )
  await expect.poll(() => picker()?.value).toBe("small")
  await pick(picker(), "")
  await say("Begun")
  await expect.poll(() => location.hash).toMatch(/^#\/c\//)
  const id = location.hash.slice("#/c/".length)
  expect(await asked(id)).toEqual([["Begun", undefined]])
  expect(localStorage.getItem("polylogue.who-answers/ana")).toBe(
    JSON.stringify({
      usual: "small",
      conversations: [
        ["c", ""],
        [id, ""],
      ],
    }),
  )
})

test("[WB202] without a responder nothing is shown or asked; with passages alone the first message asks, and each one once there are sources", async () => {
  await showPlane()
  expect(picker()).toBeNull()
  await say("Nobody hears")
  await announce(PASSAGES)
  await expect.poll(() => picker()?.value).toBe("")
  await say("Among ourselves")
  await act(async () => void sourceCards(index).create({ id: "s" }))
  await expect.poll(() => picker()?.value).toBe("passages")
  await say("From sources")
  expect(await asked()).toEqual([
    ["Nobody hears", undefined],
    ["Among ourselves", undefined],
    ["From sources", "passages"],
  ])
})

test("[WB207] before the first message it is said that no model is connected; the message asks, and is where it belongs", async () => {
  await announce(PASSAGES)
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <Beginning />
      </PolylogueProvider>,
    ),
  )
  await expect.poll(note).toBe("No model is connected. Ask anyway: you get to know how to connect one.")
  await say("How does this work?")
  await expect.poll(() => location.hash).toMatch(/^#\/c\//)
  expect(await asked(location.hash.slice("#/c/".length))).toEqual([["How does this work?", "passages"]])
})

test("[WB203] offline, or while no responder runs, one asks all the same and is told when the answer comes", async () => {
  await announce(LARGE)
  await showPlane()
  expect(note()).toBeUndefined()
  await act(async () => replica.setStatus({ connection: "offline" }))
  expect(note()).toBe("Asked now, answered when a relay and a responder are reached.")
  await say("Offline")
  await act(async () => replica.setStatus({ connection: "online" }))
  const key = responderKey(INDEX, "r")
  await act(() => authority.client("r").cas(key, { expected: authority.read(key).revision, value: null }))
  await expect.poll(note).toBe("No responder is running. Asked now, answered when one runs again.")
  await say("None runs")
  await pick(picker(), "")
  expect(note()).toBeUndefined()
  expect(await asked()).toEqual([
    ["Offline", "large"],
    ["None runs", "large"],
  ])
})

test("[WB205] a new version of a message asks whom the old one asked, and nobody where that one did not", async () => {
  await announce(LARGE, SMALL)
  await showPlane()
  await pick(picker(), "small")
  await say("Frist")
  await pick(picker(), "large")
  const editLast = async (text: string): Promise<void> => {
    await act(async () => void field().dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true, cancelable: true })))
    const editor = (): HTMLTextAreaElement | null => place.querySelector(".message-editor textarea")
    await expect.poll(editor).not.toBeNull()
    await typeText(text)
    await act(async () => editor()?.form?.requestSubmit())
    await expect.poll(editor).toBeNull()
  }
  await editLast("First")
  await say("Tolt", { ctrlKey: true, shiftKey: true })
  await editLast("Told")
  expect(Object.fromEntries(await asked())).toEqual({ Frist: "small", First: "small", Tolt: undefined, Told: undefined })
})

test("[WB204] while an answer of one's own is being written an empty composer stops it; words that are being written are sent", async () => {
  await announce(LARGE)
  await showPlane()
  const button = (): HTMLButtonElement => place.querySelector<HTMLButtonElement>(".composer-send")!
  await say("Why?")
  expect([button().ariaLabel, button().disabled]).toEqual(["Send", true])
  const { reply, ask, end } = await beginAnswer()
  await expect.poll(() => button().ariaLabel).toBe("Stop the answer")
  await typeText("And")
  expect([button().ariaLabel, button().type]).toEqual(["Send", "submit"])
  // Leaving the composer is no wish to stop.
  await typeText("")
  await act(async () => void field().dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true })))
  expect(ask().stopped).toBeNull()
  // Nor is the second click of a double click, by which it was sent.
  await act(async () => void button().dispatchEvent(new MouseEvent("click", { detail: 2, bubbles: true, cancelable: true })))
  expect(ask().stopped).toBeNull()
  button().focus()
  await act(async () => button().click())
  expect(ask().stopped).toMatchObject({ userId: "ana" })
  expect(button().ariaLabel).toBe("Send")
  expect(document.activeElement).toBe(field())
  await act(async () => reply.end("stopped"))
  expect((await asked())[0]).toEqual(["Why?", "large"])
  end()
})

test("[WB204] the answer to somebody else's question is not stopped from the composer, and one that ends gives the button back", async () => {
  await announce(LARGE)
  await showPlane()
  await say("Why?")
  const own = await beginAnswer()
  await expect.poll(() => place.querySelector(".composer-send")?.ariaLabel).toBe("Stop the answer")
  await act(async () => own.reply.end("done"))
  expect(place.querySelector(".composer-send")?.ariaLabel).toBe("Send")
  own.end()
  const { ydoc } = await replica.open(conversationDocumentId("home", "c"))
  const other = new Conversation(ydoc, { writer: "b", author: { id: "bo", kind: "person" }, now: Date.now, randomBytes })
  await act(async () => {
    const messageId = other.send({ text: "Mine", parentId: own.reply.messageId })
    addAsk(ydoc, { writer: "b", author: { id: "bo", kind: "person" }, now: Date.now, randomBytes }, { messageId })
  })
  other.destroy()
  const theirs = await beginAnswer()
  await expect.poll(() => place.textContent).toContain("Mine")
  expect(place.querySelector(".composer-send")?.ariaLabel).toBe("Send")
  await act(async () => theirs.reply.end("done"))
  theirs.end()
})

test("[WB206] what is asked below an answer that followed a prompt follows it, too, until an ask without one", async () => {
  await announce(LARGE)
  await showPlane()
  const { ydoc } = await replica.open(conversationDocumentId("home", "c"))
  const writing = { writer: "o", author: ANA, now: Date.now, randomBytes }
  const other = new Conversation(ydoc, writing)
  const prompt = { promptId: "p", versionId: "v", name: "Guide" }
  const lastAsk = (): Partial<Ask> | undefined => asksOf(ydoc, other.getLine().at(-1)!.id)[0]
  await act(async () => {
    const messageId = other.send({ text: "Begun", parentId: null })
    addAsk(ydoc, writing, { messageId, prompt, values: { role: "a guide" } })
  })
  await say("Among ourselves", { ctrlKey: true, shiftKey: true })
  await say("And then?")
  expect(lastAsk()).toMatchObject({ model: "large", prompt, values: { role: "a guide" } })
  await act(async () => {
    const messageId = other.send({ text: "Without", parentId: other.getLine().at(-1)!.id })
    addAsk(ydoc, writing, { messageId })
  })
  await say("And now?")
  expect(lastAsk()).toMatchObject({ model: "large", prompt: null })
  other.destroy()
})

test("[WB209] whoever has the lease of an answer is shown beside those who are here, by an agent's shape, until it ends or one is cut off", async () => {
  await announce(LARGE)
  await showPlane()
  await say("Why?")
  await act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <Head />
      </PolylogueProvider>,
    ),
  )
  const present = (): Element | null => place.querySelector("[data-testid=present]")
  expect(present()).toBeNull()
  const { reply, ask, end } = await beginAnswer()
  const key = generationKey(conversationDocumentId("home", "c"), ask())
  const told = (state: "writing" | "done"): Promise<unknown> => {
    const value = generationValue({ holder: "r", holderName: "Responder", state, replyId: reply.messageId, stored: null })
    return act(() => authority.client("r").cas(key, { expected: authority.read(key).revision, value, ttlMs: 90_000 }))
  }
  await told("writing")
  expect(present()?.ariaLabel).toBe("Here now: Large (writing)")
  expect(present()?.querySelector(".avatar")?.className).toContain("avatar-cornered")
  await act(async () => replica.setStatus({ connection: "offline" }))
  expect(present()).toBeNull()
  await act(async () => replica.setStatus({ connection: "online" }))
  expect(present()).not.toBeNull()
  await act(async () => reply.done())
  await told("done")
  expect(present()).toBeNull()
  end()
})
