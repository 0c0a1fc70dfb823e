import {
  asksOf,
  Conversation,
  conversationDocumentId,
  indexDocumentId,
  type MessagePrompt,
  publishVersion,
  responderKey,
  responderValue,
  WorkspaceIndex,
} from "@polylogue/conversation"
import type { ReplicaRegisters } from "@polylogue/replica"
import { randomBytes } from "@polylogue/replica/browser"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import { RegisterAuthority } from "../../../packages/conversation/test/register-authority.ts"
import { PromptSource } from "../src/conversation/prompt-source.tsx"
import { press } from "./parts-page.tsx"
import { fieldOf, fill, type PromptPage, promptPage, typeInto, unfold } from "./prompt-editor-page.tsx"

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

beforeEach(() => localStorage.clear())
afterEach(() => history.replaceState(null, "", "#/"))

const preview = ({ place }: PromptPage): string[] =>
  [...place.querySelectorAll(".preview-message")].map(({ textContent }) => textContent ?? "")

async function greeting(registers?: ReplicaRegisters): Promise<PromptPage> {
  unfold("fill-in", "config")
  const page = await promptPage("Ana", "chat", registers)
  const { prompt } = page
  const [system] = prompt.getSlots("main")
  await act(async () => {
    prompt.setText("main", system?.id ?? "", "Answer in {{language}}.")
    prompt.addSlot("main", { role: "placeholder", name: "history" })
    prompt.addSlot("main", { role: "user", text: "Greet {{name}}, {{count}} times" })
    prompt.setVariable("main", "language", { type: "choice", choices: ["English", "Deutsch"], default: "English" })
    prompt.setVariable("main", "count", { type: "number" })
  })
  await page.show()
  return page
}

test("[WB86] a prompt is filled in by the types of its variables, shown as messages with what is missing by name, and kept on this device", async () => {
  const page = await greeting()
  const { place } = page
  expect(preview(page)).toEqual(["SystemAnswer in English.", "UserGreet {{name}}, {{count}} times"])
  expect(place.querySelector(".fill-in-missing")?.textContent).toBe("Still to be filled in: history, name, count.")
  await fill(fieldOf(place, "language"), "Deutsch")
  await fill(fieldOf(place, "name"), "{{count}}")
  await fill(fieldOf(place, "count"), "many")
  expect(place.querySelector(".fill-in-form")?.textContent).toContain("This is no number, such as 3 or 0.5.")
  await fill(fieldOf(place, "count"), "3")
  await fill(fieldOf(place, "history"), JSON.stringify([{ role: "assistant", content: "Hm?" }]))
  expect(preview(page)).toEqual(["SystemAnswer in Deutsch.", "AssistantHm?", "UserGreet {{count}}, 3 times"])
  expect(place.querySelector(".fill-in-missing")?.textContent).toBe("")
  expect(place.querySelector(".fill-in")?.textContent).toMatch(/About \d+ tokens \(estimate\)/)
  await page.end()
  const again = await greeting()
  expect(fieldOf(again.place, "name")?.value).toBe("{{count}}")
  await again.end()
})

test("[WB87] used in a conversation, its messages are sent in their order, each with the version that says exactly this", async () => {
  const page = await greeting()
  const { place, prompt, replica } = page
  const button = [...place.querySelectorAll<HTMLButtonElement>("button")].find(({ textContent }) => textContent === "Use in a conversation")
  expect(button?.disabled).toBe(true)
  await fill(fieldOf(place, "name"), "Sky")
  await fill(fieldOf(place, "count"), "2")
  await fill(fieldOf(place, "history"), "Earlier")
  await press(place, "Use in a conversation")
  await expect.poll(() => location.hash).toMatch(/^#\/c\//)
  const [version] = prompt.getVersions()
  expect(version).toMatchObject({ message: "Used in a conversation", content: prompt.getContent("main") })
  const id = location.hash.slice("#/c/".length)
  const { ydoc } = await replica.open(conversationDocumentId("home", id))
  const conversation = new Conversation(ydoc, { writer: "w", author: { id: "ana", kind: "person" }, now: Date.now, randomBytes })
  const messages = conversation.getLine().map((entry) => conversation.getMessage(entry.id))
  expect(messages.map((message) => [message?.role, message?.text])).toEqual([
    ["system", "Answer in English."],
    ["user", "Earlier"],
    ["user", "Greet Sky, 2 times"],
  ])
  const record: MessagePrompt = { promptId: "p", versionId: version?.id ?? "", name: "Greeting" }
  expect(messages.map((message) => message?.prompt)).toEqual([record, record, record])
  const list = await replica.open(indexDocumentId("home"))
  const index = new WorkspaceIndex(list.ydoc, { writer: "w", now: Date.now, randomBytes })
  expect(index.getCards().map(({ title, snippet }) => [title, snippet])).toEqual([["Greeting", "Greet Sky, 2 times"]])
  // Nothing has changed since, so it is the same version.
  await press(place, "Use in a conversation")
  await expect.poll(() => location.hash).not.toBe(`#/c/${id}`)
  expect(prompt.getVersions()).toHaveLength(1)
  conversation.destroy()
  await page.end()
})

test("[WB206] used in a conversation, its last message asks for an answer; the version goes along, with its number where it has one, and what was filled in", async () => {
  const authority = new RegisterAuthority()
  const registers = authority.client("ana")
  const model = { id: "large", label: "Large", kind: "model", isDefault: true } as const
  const card = responderValue({ id: "r", name: "R", models: [model], problem: null })
  await registers.cas(responderKey(indexDocumentId("home"), "r"), { expected: null, value: card, ttlMs: 60_000 })
  const page = await greeting(registers)
  const { place, prompt, replica } = page
  await fill(fieldOf(place, "name"), "Sky")
  await fill(fieldOf(place, "count"), "2")
  await fill(fieldOf(place, "history"), "Earlier")
  await expect.poll(() => place.querySelector(".use-prompt")?.textContent).toContain("Asks for an answer: Large.")
  const use = async (): Promise<unknown> => {
    const before = location.hash
    await press(place, "Use in a conversation")
    await expect.poll(() => location.hash !== before && location.hash.startsWith("#/c/")).toBe(true)
    const { ydoc } = await replica.open(conversationDocumentId("home", location.hash.slice("#/c/".length)))
    const conversation = new Conversation(ydoc, { writer: "w", author: { id: "ana", kind: "person" }, now: Date.now, randomBytes })
    const asks = conversation.getLine().map(({ id }) => asksOf(ydoc, id).map(({ model, prompt, values }) => ({ model, prompt, values })))
    conversation.destroy()
    return asks
  }
  const values = { name: "Sky", count: "2", history: "Earlier" }
  const asked = (number: object): unknown => {
    const record = { promptId: "p", versionId: prompt.getVersions()[0]?.id, name: "Greeting", ...number }
    return [[], [], [{ model: "large", prompt: record, values }]]
  }
  expect(await use()).toEqual(asked({}))
  const versionId = prompt.getVersions()[0]?.id ?? ""
  const base = { revision: null, versionId: null }
  const stored = async (): Promise<boolean> => true
  const publishing = { registers, workspace: "home", promptId: "p", name: "Greeting", versionId, label: "production", base, stored }
  await act(() => publishVersion({ ...publishing, attempt: "0123456789abcdef" }))
  expect(await use()).toEqual(asked({ number: 1 }))
  await page.end()
})

test("[WB90] a message says which version of a prompt it came from, and leads there; what is no such record says nothing", async () => {
  const place = document.body.appendChild(document.createElement("div"))
  const root = createRoot(place)
  const shown = async (prompt: unknown): Promise<string> => {
    await act(async () => root.render(<PromptSource message={{ prompt } as never} />))
    return place.innerHTML
  }
  expect(await shown({ promptId: "p", versionId: "v", name: "<b>Greeting", number: 7 })).toBe(
    '<a class="quiet prompt-source" href="#/p/p/v/v">From prompt “\u2068&lt;b&gt;Greeting\u2069” v7</a>',
  )
  expect(await shown({ promptId: "p", versionId: "v" })).toContain(">From a prompt</a>")
  expect(await shown({ promptId: "javascript:1", versionId: "/../x" })).toContain('href="#/p/javascript:1/v//../x"')
  for (const none of [undefined, null, "p", {}, { promptId: 1, versionId: "v" }]) expect(await shown(none)).toBe("")
  await act(async () => root.unmount())
  place.remove()
})

test("[WB85] the configuration has fields that refuse what is none of theirs and keep it; JSON that is half-written changes nothing and is kept", async () => {
  const page = await greeting()
  const { place, prompt } = page
  const leave = (field: Element | null): Promise<void> =>
    act(async () => void field?.dispatchEvent(new FocusEvent("focusout", { bubbles: true })))
  const temperature = (): HTMLInputElement | null => fieldOf(place, "Temperature")
  await fill(temperature(), "hot")
  await leave(temperature())
  expect([temperature()?.value, temperature()?.ariaInvalid, prompt.getConfig("main")]).toEqual(["hot", "true", {}])
  await fill(temperature(), "0,5")
  await leave(temperature())
  expect(prompt.getConfig("main")).toEqual({ temperature: 0.5 })
  await press(place, "Show as JSON")
  const source = (): HTMLInputElement | null => fieldOf(place, "Configuration as JSON")
  await fill(source(), '{ "temperature": 1, "seed": ')
  expect(place.textContent).toContain("This is not JSON yet")
  await page.show({ draftId: "none" })
  await page.show()
  expect(source()?.value).toBe('{ "temperature": 1, "seed": ')
  // What somebody else sets meanwhile is not taken back by what was begun before.
  await act(async () => prompt.setConfig("main", "model", "small"))
  await fill(source(), '{ "temperature": 1, "seed": [2] }')
  await press(place, "Take over")
  expect(prompt.getConfig("main")).toEqual({ temperature: 1, seed: [2], model: "small" })
  await press(place, "Show as fields")
  expect([fieldOf(place, "seed")?.value, fieldOf(place, "Model")?.value]).toEqual(["[\n  2\n]", "small"])
  await fill(fieldOf(place, "seed"), "")
  await leave(fieldOf(place, "seed"))
  expect(prompt.getConfig("main")).toEqual({ temperature: 1, model: "small" })
  await page.end()
})

test("[WB88] who may only read sees messages, variables and configuration, can change none of it, and is told so once", async () => {
  const page = await greeting()
  const { place, prompt } = page
  await act(async () => prompt.setConfig("main", "model", "small"))
  const before = prompt.getContent("main")
  await page.show({ mayWrite: false })
  const [view] = page.views()
  expect(view.state.readOnly).toBe(true)
  expect(view.contentDOM.getAttribute("contenteditable")).toBe("false")
  await act(async () => typeInto(view, 0, "no"))
  expect(place.textContent?.match(/You can read this prompt/g)).toHaveLength(1)
  expect(fieldOf(place, "Model")?.readOnly).toBe(true)
  expect(place.querySelector(".slot-handle, .slot-add, .slot-add-last, select.slot-role, [aria-haspopup=menu]")).toBeNull()
  // Filling in is one's own.
  await fill(fieldOf(place, "name"), "Sky")
  expect(preview(page).at(-1)).toContain("Greet Sky")
  expect(prompt.getContent("main")).toEqual(before)
  await page.end()
})
