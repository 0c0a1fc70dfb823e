import {
  AnswerOpinions,
  Conversation,
  conversationDocumentId,
  indexDocumentId,
  notesDocumentId,
  Round,
  roundCards,
  roundDocumentId,
  WorkspaceIndex,
} from "@polylogue/conversation"
import { createPolylogue, type Polylogue, PolylogueProvider } from "@polylogue/react"
import { openReplica, type Replica } from "@polylogue/replica"
import { randomBytes, systemClock } from "@polylogue/replica/browser"
import { MemoryEntryLog } from "@polylogue/storage"
import { act } from "react"
import { createRoot, type Root } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import * as Y from "yjs"
import { EraseDialog } from "../src/erasing/erase-dialog.tsx"
import type { EraseSubject } from "../src/erasing/erase-subject.ts"
import { sumOfErasures } from "../src/erasing/use-erasures.ts"

Reflect.set(globalThis, "IS_REACT_ACT_ENVIRONMENT", true)

const AUTHOR = { id: "ana", kind: "person", name: "Ana" }
let place: HTMLElement
let root: Root
let replica: Replica
let polylogue: Polylogue

beforeEach(async () => {
  place = document.body.appendChild(document.createElement("div"))
  root = createRoot(place)
  const dial = (): never => {
    throw new Error("there is no relay here")
  }
  replica = await openReplica({
    store: new MemoryEntryLog(),
    relays: ["ws://relay.example/sync"],
    dial,
    clock: systemClock,
    randomBytes,
    cutOff: true,
  })
  polylogue = createPolylogue({ replica, writer: "w", author: () => AUTHOR })
})

afterEach(async () => {
  await act(async () => root.unmount())
  await expect.poll(() => (history.state as { readonly layer?: number } | null)?.layer).toBeUndefined()
  await replica.close()
  place.remove()
})

/** A conversation with a secret in two segments, and its card. */
async function prepare(): Promise<{ readonly secret: string; readonly other: string }> {
  const first = await replica.open(conversationDocumentId("home", "c1"))
  const options = { writer: "w", author: AUTHOR, now: Date.now, randomBytes }
  const conversation = new Conversation(first.ydoc, options)
  const secret = conversation.send({ text: "a sesame secret", parentId: null })
  const other = conversation.send({ text: "something else", parentId: secret })
  const index = new WorkspaceIndex((await replica.open(indexDocumentId("home"))).ydoc, options)
  index.create({ id: "c1", title: "Of sesame" })
  index.touch("c1", { clock: Date.now(), snippet: "a sesame secret" })
  return { secret, other }
}

const show = (subject: EraseSubject): Promise<void> =>
  act(async () =>
    root.render(
      <PolylogueProvider polylogue={polylogue}>
        <EraseDialog subject={subject} onClose={() => root.render(null)} />
      </PolylogueProvider>,
    ),
  )

const bytesHold = async (documentId: string, word: string): Promise<boolean> => {
  const document = await replica.open(documentId)
  const text = new TextDecoder().decode(Y.encodeStateAsUpdate(document.ydoc))
  await document.close()
  return text.includes(word)
}

const eraseButton = (): HTMLButtonElement | undefined =>
  [...place.querySelectorAll("button")].find((button) => button.textContent?.includes("Erase for good"))

async function confirm(word: string): Promise<void> {
  await expect.poll(() => place.querySelector("input") !== null).toBe(true)
  const field = place.querySelector("input")!
  await act(async () => {
    Reflect.set(HTMLInputElement.prototype, "value", word, field)
    field.dispatchEvent(new Event("input", { bubbles: true }))
  })
}

test("[WB68] a message is erased when the word was typed, from the list as well, and it is said that no relay has heard of it", async () => {
  const { secret } = await prepare()
  await show({ kind: "message", conversationId: "c1", messageId: secret, excerpt: "a sesame secret" })
  await confirm("yes")
  expect(place.textContent).toContain("a sesame secret")
  expect(place.textContent).toContain("No relay is in reach")
  expect(eraseButton()?.disabled).toBe(true)
  await confirm("Erase")
  expect(eraseButton()?.disabled).toBe(false)
  await act(async () => eraseButton()?.click())
  await expect.poll(() => place.querySelector('[data-testid="erasure-state"]')?.textContent).toContain("Erased on this device")
  await expect.poll(() => place.textContent).toContain("relay.example has not heard of it yet")
  expect(await bytesHold(conversationDocumentId("home", "c1"), "secret")).toBe(false)
  expect(await bytesHold(conversationDocumentId("home", "c1"), "something else")).toBe(true)
  expect(await bytesHold(indexDocumentId("home"), "a sesame secret")).toBe(false)
  expect(await bytesHold(indexDocumentId("home"), "Of sesame")).toBe(true)
})

test("[WB68] a whole conversation goes with its title, and its card is marked", async () => {
  await prepare()
  await show({ kind: "conversation", conversationId: "c1", title: "Of sesame" })
  await confirm("erase")
  await act(async () => eraseButton()?.click())
  await expect.poll(() => place.textContent).toContain("Erased on this device")
  for (const word of ["sesame", "something else"]) {
    expect(await bytesHold(conversationDocumentId("home", "c1"), word)).toBe(false)
    expect(await bytesHold(indexDocumentId("home"), word)).toBe(false)
  }
  const document = await replica.open(indexDocumentId("home"))
  const index = new WorkspaceIndex(document.ydoc, { writer: "w", now: Date.now, randomBytes })
  expect(index.getCard("c1")?.erased).toBe(true)
})

/** Two rounds on the list, the second one deleted, that ask what the conversation asks; and what somebody thinks of it. */
async function judge({ secret, other }: Awaited<ReturnType<typeof prepare>>): Promise<void> {
  const options = { writer: "w", author: AUTHOR, annotator: "ana", now: Date.now, randomBytes }
  const cards = roundCards(new WorkspaceIndex((await replica.open(indexDocumentId("home"))).ydoc, options))
  const asked = { conversationId: "c1", retrievalId: "", chunks: [{ sourceId: "s1", chunkId: "p1", rank: 1, score: 1 }] }
  for (const roundId of ["r1", "r2"]) {
    const document = await replica.open(roundDocumentId("home", roundId))
    const round = new Round(document.ydoc, { ...options, roundId })
    round.begin({ name: "Round" })
    round.addItems([
      { ...asked, messageId: secret, query: "what is sesame" },
      { ...asked, messageId: other, query: "what else" },
    ])
    cards.create({ id: roundId, name: roundId })
  }
  cards.delete("r2")
  const notes = await replica.open(notesDocumentId("home", { conversationId: "c1" }))
  new AnswerOpinions(notes.ydoc, options).rate(secret, { grade: 1, note: "too much about sesame" })
}

test("[WB146] with a message go the questions of all rounds that ask it and what people thought of it; with the conversation the rest", async () => {
  const ids = await prepare()
  await judge(ids)
  await show({ kind: "message", conversationId: "c1", messageId: ids.secret, excerpt: "a sesame secret" })
  await confirm("erase")
  expect(place.textContent).toContain("What people judged in rounds")
  await act(async () => eraseButton()?.click())
  await expect.poll(() => place.textContent).toContain("Erased on this device")
  for (const roundId of ["r1", "r2"]) {
    expect(await bytesHold(roundDocumentId("home", roundId), "sesame")).toBe(false)
    expect(await bytesHold(roundDocumentId("home", roundId), "what else")).toBe(true)
  }
  expect(await bytesHold(notesDocumentId("home", { conversationId: "c1" }), "sesame")).toBe(false)
  await act(async () => root.render(null))
  await show({ kind: "conversation", conversationId: "c1", title: "Of sesame" })
  await confirm("erase")
  await act(async () => eraseButton()?.click())
  await expect.poll(() => place.textContent).toContain("Erased on this device")
  for (const roundId of ["r1", "r2"]) expect(await bytesHold(roundDocumentId("home", roundId), "what else")).toBe(false)
})

test("[WB68] what is missing is missing until every erasure is reported, and refused ones are counted apart", () => {
  expect(sumOfErasures([])).toBeUndefined()
  const status = { row: "r", state: "stored", done: ["ws://a"], missing: ["ws://b"], confirmed: [] } as const
  expect(sumOfErasures([status, { ...status, state: "pending", done: [], missing: ["ws://a", "ws://b"] }])).toEqual({
    count: 2,
    pending: 1,
    refused: 0,
    done: [],
    missing: ["ws://a", "ws://b"],
  })
  expect(
    sumOfErasures([
      { ...status, state: "done", done: ["ws://b", "ws://a"], missing: [] },
      { ...status, state: "refused" },
    ]),
  ).toEqual({
    count: 2,
    pending: 0,
    refused: 1,
    done: ["ws://a", "ws://b"],
    missing: [],
  })
})
