import {
  AnsweringConversation,
  type Ask,
  asksOf,
  Conversation,
  conversationDocumentId,
  type Generation,
  generationIdOf,
  generationKey,
  generationValue,
  indexDocumentId,
  type ModelCard,
  type NewAsk,
  type ReplyWriter,
  addAsk,
  responderKey,
  responderValue,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { createPolylogue, PolylogueProvider, useConversation, useWorkspace } from "@polylogue/react"
import { randomBytes } from "@polylogue/replica/browser"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { expect } from "vitest"
import { RegisterAuthority } from "../../../packages/conversation/test/register-authority.ts"
import { FakeReplica } from "../../../packages/react/test/fake-replica.ts"
import { TextPlane } from "../src/conversation/text-plane.tsx"
import { settle } from "./text-plane-page.tsx"
import "../src/style/tokens.css"
import "../src/style/base.css"

export const LARGE: ModelCard = { id: "large", label: "Large", kind: "model", isDefault: true }
export const SMALL: ModelCard = { id: "small", label: "Small", kind: "model", isDefault: false }

const ANA = { id: "ana", kind: "person", name: "Ana" }
const MODEL = { id: "model:large", kind: "model", name: "Large" }
const DOCUMENT = conversationDocumentId("home", "c")

/** A conversation of Ana's on screen, with an authority that responders speak to, and a responder that does what the test says. */
export interface AnswersPage {
  readonly place: HTMLElement
  readonly replica: FakeReplica
  readonly ana: Conversation
  readonly program: AnsweringConversation
  /** A question of Ana's with an ask about it. */
  readonly ask: (more?: Partial<NewAsk>) => Promise<Ask>
  /** What was asked about a message. */
  readonly asks: (messageId: string) => readonly Ask[]
  /** Begins the answer of an ask as the holder of `token`. */
  readonly begin: (ask: Ask, token?: string, about?: Readonly<Record<string, unknown>>) => ReplyWriter
  /** A responder announces itself; without models it says that it ends. */
  readonly announce: (...models: ModelCard[]) => Promise<void>
  /** What the lease of an ask says; undefined: nobody has it. */
  readonly lease: (ask: Ask, state: Generation["state"] | undefined) => Promise<void>
  readonly show: () => Promise<void>
  /** The line below message `id`: words and names of buttons. */
  readonly below: (id: string) => string
  readonly press: (name: string, within?: Element | null) => Promise<void>
  readonly row: (id: string) => HTMLElement | null
  readonly end: () => Promise<void>
}

export async function answersPage(): Promise<AnswersPage> {
  localStorage.clear()
  const authority = new RegisterAuthority()
  const replica = new FakeReplica()
  replica.registers = authority.client("ana")
  const polylogue = createPolylogue({ replica, writer: "w", author: () => ANA, lingerMs: 0 })
  const list = await replica.open(indexDocumentId("home"))
  new WorkspaceIndex(list.ydoc, { writer: "w", now: Date.now, randomBytes }).create({ id: "c" })
  const { ydoc } = await replica.open(DOCUMENT)
  const writing = { now: Date.now, randomBytes }
  const ana = new Conversation(ydoc, { ...writing, writer: "w", author: ANA })
  const program = new AnsweringConversation(ydoc, { ...writing, writer: "r", author: MODEL })
  const place = document.body.appendChild(document.createElement("div"))
  place.style.cssText = "display: flex; flex-direction: column; height: 600px; width: 800px"
  const root = createRoot(place)
  const set = async (key: string, value: string | null): Promise<void> => {
    const { revision } = authority.read(key)
    await act(() => authority.client("r").cas(key, { expected: revision, value, ttlMs: value === null ? 0 : 90_000 }))
  }
  const row = (id: string): HTMLElement | null => place.querySelector(`[data-message-id="${id}"]`)
  return {
    place,
    replica,
    ana,
    program,
    ask: (more = {}) =>
      act(async () => {
        const messageId = more.messageId ?? ana.send({ text: "Why is the sky blue?", parentId: null })
        return addAsk(ydoc, { ...writing, writer: "w", author: ANA }, { ...more, messageId })
      }),
    asks: (messageId) => asksOf(ydoc, messageId),
    begin: (ask, token = "t1", about = { model: "large", messages: { count: 1 } }) =>
      program.startReply({ parentId: ask.messageId, author: MODEL, generationId: generationIdOf(ask), token, slot: ask.slot, about }),
    announce: (...models) =>
      set(
        responderKey(indexDocumentId("home"), "r"),
        models.length === 0 ? null : responderValue({ id: "r", name: "Rook", models, problem: null }),
      ),
    lease: (ask, state) =>
      set(
        generationKey(DOCUMENT, ask),
        state === undefined ? null : generationValue({ holder: "r", holderName: "Rook", state, replyId: null, stored: null }),
      ),
    show: async () => {
      await act(async () =>
        root.render(
          <PolylogueProvider polylogue={polylogue}>
            <Plane />
          </PolylogueProvider>,
        ),
      )
      await settled(() => place.querySelector(".composer textarea, textarea")).not.toBeNull()
    },
    row,
    below: (id) => [...(row(id)?.querySelectorAll(".message-ask") ?? [])].map((line) => wordsOf(line)).join(" / "),
    press: (name, within = place) => act(async () => buttonNamed(name, within).click()),
    end: async () => {
      await act(async () => root.unmount())
      place.remove()
      localStorage.clear()
    },
  }
}

function Plane() {
  const state = useConversation("c")
  const workspace = useWorkspace()
  if (state.state !== "open" || workspace.state !== "open") return null
  return <TextPlane key={state.open.ydoc.guid} held={state} workspace={workspace} identity={{ id: "ana", name: "Ana", colour: 1 }} />
}

/** Polls what `read` gives once rendering has settled. */
export const settled = <Value,>(read: () => Value) =>
  expect.poll(async () => {
    await settle()
    return read()
  })

function buttonNamed(name: string, within: Element | null): HTMLButtonElement {
  const found = [...(within?.querySelectorAll<HTMLButtonElement>("button") ?? [])].find((button) => nameOf(button) === name)
  if (found === undefined) throw new Error(`there is no button ${name}`)
  return found
}

function nameOf(button: HTMLElement): string {
  return button.getAttribute("aria-label") ?? button.textContent
}

/** The words of a line, its buttons in brackets. */
function wordsOf(line: Element): string {
  const words = [...line.querySelectorAll<HTMLElement>("span:not(button span), .message-ask-advice, button, dt, dd")].map((element) =>
    element.tagName === "BUTTON" ? `[${nameOf(element)}]` : element.textContent,
  )
  return words.filter((word) => word !== "").join(" ")
}
