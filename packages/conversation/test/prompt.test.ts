import { expect, test } from "vitest"
import * as Y from "yjs"
import {
  type ConversationError,
  ConversationOrigin,
  MAIN_DRAFT,
  parseDocumentId,
  promptDocumentId,
  PromptView,
} from "@polylogue/conversation"
import { countUpdates, promptDevice, reload, slotTexts, sync } from "./devices.ts"

function withCode(code: string): ConversationError {
  return expect.objectContaining({ code }) as ConversationError
}

test("[CV60] a prompt is made, its slots added, moved, removed and restored, and every device reads the same", () => {
  const { ydoc, prompt } = promptDevice("a")
  prompt.create({ name: "  Answer \n letters ", description: "For the desk", text: "You are {{tone}}." })
  expect(prompt.getMeta()).toEqual({ name: "Answer letters", kind: "chat", description: "For the desk" })
  const question = prompt.addSlot(MAIN_DRAFT, { role: "user", text: "{{question}}" })
  const history = prompt.addSlot(MAIN_DRAFT, { role: "placeholder", name: "history", after: "system" })
  const first = prompt.addSlot(MAIN_DRAFT, { role: "developer", text: "first", after: null })
  expect(prompt.getSlots(MAIN_DRAFT).map(({ id }) => id)).toEqual([first, "system", history, question])
  prompt.moveSlot(MAIN_DRAFT, first, { after: history })
  prompt.moveSlot(MAIN_DRAFT, question, { after: null })
  prompt.setRole(MAIN_DRAFT, first, "assistant")
  prompt.renamePlaceholder(MAIN_DRAFT, history, "earlier")
  prompt.setVariable(MAIN_DRAFT, "tone", { type: "choice", choices: ["kind", "short"], default: "kind" })
  prompt.setConfig(MAIN_DRAFT, "temperature", 0.2)
  prompt.setConfig(MAIN_DRAFT, "tools", [{ name: "search" }])
  prompt.removeSlot(MAIN_DRAFT, "system")
  expect(prompt.getSlots(MAIN_DRAFT)).toMatchObject([
    { id: question, role: "user", removed: false },
    { id: "system", role: "system", removed: true, changedSinceRemoved: false },
    { id: history, role: "placeholder", name: "earlier", removed: false },
    { id: first, role: "assistant", removed: false },
  ])
  expect(prompt.usedVariables(MAIN_DRAFT)).toEqual(["question"])
  prompt.restoreSlot(MAIN_DRAFT, "system")
  expect(prompt.usedVariables(MAIN_DRAFT)).toEqual(["question", "tone"])
  const other = new PromptView(reload(ydoc))
  expect(other.getMeta()).toEqual(prompt.getMeta())
  expect(other.getSlots(MAIN_DRAFT)).toEqual(prompt.getSlots(MAIN_DRAFT))
  expect(other.getContent(MAIN_DRAFT)).toEqual(prompt.getContent(MAIN_DRAFT))
  expect(other.getContent(MAIN_DRAFT)).toMatchObject({
    variables: { tone: { type: "choice", choices: ["kind", "short"], default: "kind" } },
    config: { temperature: 0.2, tools: [{ name: "search" }] },
  })
})

test("[CV60] each operation is one transaction with a tagged origin, one that changes nothing writes nothing, and reading writes nothing", () => {
  const { ydoc, prompt } = promptDevice("a")
  const origins: unknown[] = []
  ydoc.on("afterTransaction", ({ origin, changed }: Y.Transaction) => changed.size > 0 && origins.push(origin))
  const operations = [
    (): void => prompt.create({ name: "p", text: "text" }),
    (): void => void prompt.addSlot(MAIN_DRAFT, { role: "user", text: "x" }),
    (): void => prompt.removeSlot(MAIN_DRAFT, "system"),
    (): void => prompt.restoreSlot(MAIN_DRAFT, "system"),
    (): void => void prompt.createDraft({ from: MAIN_DRAFT, name: "other" }),
    (): void => void prompt.saveVersion(MAIN_DRAFT, { message: "first" }),
    (): void =>
      prompt.applyContent(MAIN_DRAFT, { kind: "chat", slots: [{ id: "new", role: "user", text: "y" }], variables: {}, config: { a: 1 } }),
  ]
  for (const operation of operations) expect(countUpdates(ydoc, operation)).toBe(1)
  expect(origins).toHaveLength(operations.length)
  for (const origin of origins) expect(origin).toBeInstanceOf(ConversationOrigin)
  const nothing = (): void => {
    prompt.setName("p")
    prompt.closeDraft(MAIN_DRAFT)
    prompt.reopenDraft(MAIN_DRAFT)
  }
  nothing()
  const same = (): void => {
    prompt.setName("p")
    prompt.create({ text: "again" })
    prompt.setText(MAIN_DRAFT, "new", "y")
    prompt.setRole(MAIN_DRAFT, "new", "user")
    prompt.removeSlot(MAIN_DRAFT, "system")
    prompt.setVariable(MAIN_DRAFT, "gone", null)
    prompt.applyContent(MAIN_DRAFT, prompt.getContent(MAIN_DRAFT))
    for (const draft of prompt.getDrafts()) prompt.getContent(draft.id)
    prompt.slotText("nowhere", "nothing")
    prompt.getVersions()
  }
  expect(countUpdates(ydoc, same)).toBe(0)
})

test("[CV60] what is not here is refused with a code and nothing is written", () => {
  const { ydoc, prompt } = promptDevice("a")
  prompt.create()
  const refused: readonly (readonly [string, () => unknown])[] = [
    ["unknown-draft", () => prompt.addSlot("x", { role: "user" })],
    ["unknown-slot", () => prompt.addSlot(MAIN_DRAFT, { role: "user", after: "x" })],
    ["unknown-slot", () => prompt.moveSlot(MAIN_DRAFT, "x", { after: null })],
    ["unknown-slot", () => prompt.moveSlot(MAIN_DRAFT, "system", { after: "x" })],
    ["unknown-slot", () => prompt.removeSlot(MAIN_DRAFT, "x")],
    ["unknown-draft", () => prompt.setConfig("x", "key", 1)],
    ["unknown-draft", () => prompt.createDraft({ from: "x", name: "x" })],
    ["unknown-draft", () => prompt.saveVersion("x", { message: "" })],
    [
      "bad-id",
      () => prompt.applyContent(MAIN_DRAFT, { kind: "chat", slots: [{ id: "a/b", role: "user", text: "" }], variables: {}, config: {} }),
    ],
  ]
  for (const [code, operation] of refused) expect(countUpdates(ydoc, () => expect(operation).toThrow(withCode(code)))).toBe(0)
  expect(() => prompt.setVariable(MAIN_DRAFT, "no name", { type: "text" })).toThrow(RangeError)
  expect(() => prompt.setRole(MAIN_DRAFT, "system", " ")).toThrow(RangeError)
  expect(promptDocumentId("home", "p1")).toBe("home/prompt/p1")
  expect(parseDocumentId("home/prompt/p1")).toEqual({ kind: "prompt", workspace: "home", promptId: "p1" })
  expect(() => promptDocumentId("home", "a/b")).toThrow(withCode("bad-id"))
})

test("[CV61] what was read is the same object until it changes, and only whose subject changed is called", () => {
  const { prompt } = promptDevice("a")
  prompt.create({ text: "Say {{what}}" })
  const added = prompt.addSlot(MAIN_DRAFT, { role: "user", text: "x" })
  const draft = prompt.createDraft({ from: MAIN_DRAFT, name: "other" })
  const calls = { prompt: 0, main: 0, draft: 0 }
  prompt.subscribe(() => calls.prompt++)
  prompt.subscribeDraft(MAIN_DRAFT, () => calls.main++)
  const stop = prompt.subscribeDraft(draft, () => calls.draft++)
  const before = { slots: prompt.getSlots(MAIN_DRAFT), used: prompt.usedVariables(MAIN_DRAFT), other: prompt.getContent(draft) }
  prompt.slotText(MAIN_DRAFT, added).insert(1, "yz")
  expect(calls).toEqual({ prompt: 0, main: 1, draft: 0 })
  expect(prompt.getSlots(MAIN_DRAFT)).toBe(before.slots)
  expect(prompt.usedVariables(MAIN_DRAFT)).toBe(before.used)
  expect(prompt.getContent(draft)).toBe(before.other)
  expect(prompt.getContent(MAIN_DRAFT).slots[1]?.text).toBe("xyz")
  expect(prompt.getContent(MAIN_DRAFT)).toBe(prompt.getContent(MAIN_DRAFT))
  prompt.setRole(MAIN_DRAFT, added, "assistant")
  expect(prompt.getSlots(MAIN_DRAFT)[0]).toBe(before.slots[0])
  expect(prompt.getSlots(MAIN_DRAFT)[1]).not.toBe(before.slots[1])
  prompt.setText(MAIN_DRAFT, added, "{{more}}")
  expect(prompt.usedVariables(MAIN_DRAFT)).toEqual(["what", "more"])
  prompt.setName("named")
  prompt.saveVersion(draft, { message: "" })
  expect(calls).toEqual({ prompt: 2, main: 3, draft: 0 })
  const versions = prompt.getVersions()
  stop()
  prompt.setConfig(draft, "a", 1)
  expect(prompt.getVersions()).toBe(versions)
  prompt.destroy()
  prompt.destroy()
  expect(calls).toEqual({ prompt: 2, main: 3, draft: 0 })
})

test("[CV62] devices that make the same prompt at the same time make one slot, and what each writes in it is there once", () => {
  for (let seed = 0; seed < 40; seed++) {
    const a = promptDevice("a", seed)
    const b = promptDevice("b", seed)
    a.prompt.create({ name: "same", text: "from the one that made it" })
    b.prompt.create({ name: "same" })
    b.prompt.slotText(MAIN_DRAFT, "system").insert(0, "typed at b")
    sync(a.ydoc, b.ydoc)
    expect(a.prompt.getSlots(MAIN_DRAFT)).toHaveLength(1)
    expect(a.prompt.getContent(MAIN_DRAFT)).toEqual(b.prompt.getContent(MAIN_DRAFT))
    const [text = ""] = slotTexts(a.prompt)
    expect([text.split("from the one that made it").length, text.split("typed at b").length]).toEqual([2, 2])
    expect(countUpdates(a.ydoc, () => a.prompt.create({ text: "once more" }))).toBe(0)
  }
})

test("[CV62] words with which several devices begin the same prompt stand there once after the next operation, whoever does it, unless somebody wrote in a copy", () => {
  for (let seed = 0; seed < 40; seed++) {
    const devices = ["c", "a", "b"].map((name) => promptDevice(name, seed))
    const slots = [
      { id: "system", role: "system", text: "Answer in one word. 😀" },
      { id: "first", role: "user", text: "{{question}}" },
    ]
    for (const { prompt } of devices) {
      if (seed % 2 === 0) prompt.create({ text: "Answer in one word. 😀" })
      else prompt.applyContent(MAIN_DRAFT, { kind: "chat", slots, variables: {}, config: {} })
    }
    const [c, a, b] = devices
    if (a === undefined || b === undefined || c === undefined) throw new RangeError("three devices")
    sync(...devices.map(({ ydoc }) => ydoc))
    expect(slotTexts(a.prompt)[0]?.split("Answer")).toHaveLength(4)
    const version = a.prompt.saveVersion(MAIN_DRAFT, { message: "" })
    b.prompt.setConfig(MAIN_DRAFT, "x", 1)
    sync(...devices.map(({ ydoc }) => ydoc))
    for (const { prompt, ydoc } of devices) {
      expect(slotTexts(prompt)).toEqual(seed % 2 === 0 ? ["Answer in one word. 😀"] : slots.map(({ text }) => text))
      expect(prompt.getVersion(version)?.content.slots[0]?.text).toBe("Answer in one word. 😀")
      expect(countUpdates(ydoc, () => void prompt.getContent(MAIN_DRAFT))).toBe(0)
    }
    c.prompt.setText(MAIN_DRAFT, "system", "")
    sync(...devices.map(({ ydoc }) => ydoc))
    a.prompt.setName("emptied")
    expect(slotTexts(a.prompt)[0]).toBe("")
  }
})

test("[CV62] of copies of the first words one stays, and each in which somebody wrote", () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => promptDevice(name))
  if (a === undefined || b === undefined || c === undefined) throw new RangeError("three devices")
  for (const { prompt } of [a, b, c]) prompt.create({ text: "Answer in one word." })
  c.prompt.slotText(MAIN_DRAFT, "system").insert(13, " short")
  sync(a.ydoc, b.ydoc, c.ydoc)
  a.prompt.setName("settled")
  const [text = ""] = slotTexts(a.prompt)
  expect(text).toHaveLength("Answer in one word.Answer in one short word.".length)
  for (const words of ["Answer in one word.", "Answer in one short word."]) expect(text).toContain(words)
})

test("[CV62, I12] who writes in one copy while another device, cut off, writes in the other loses no first word, whoever tidies up", () => {
  for (let seed = 0; seed < 40; seed++) {
    const [a, b] = ["a", "b"].map((name) => promptDevice(name, seed))
    if (a === undefined || b === undefined) throw new RangeError("two devices")
    for (const { prompt } of [a, b]) prompt.create({ text: "Answer in one word." })
    sync(a.ydoc, b.ydoc)
    const [first, second] = seed % 2 === 0 ? [a, b] : [b, a]
    first.prompt.slotText(MAIN_DRAFT, "system").insert(3, "X")
    second.prompt.slotText(MAIN_DRAFT, "system").insert(22, "Y")
    for (const { prompt } of [a, b]) prompt.saveVersion(MAIN_DRAFT, { message: "" })
    sync(a.ydoc, b.ydoc)
    const [text = ""] = slotTexts(a.prompt)
    for (const word of ["X", "Y", "word."]) expect(text).toContain(word)
    expect(text.replaceAll(/[XY]/gu, "")).toContain("Answer in one word.")
    expect(slotTexts(b.prompt)).toEqual([text])
  }
})

test("[CV62, I12] a record that names the characters of another device takes none of them away", () => {
  const { prompt, ydoc } = promptDevice("b")
  prompt.create({ text: "Answer in one word." })
  const slots = ydoc.getMap<{ readonly clock: number; readonly length: number }>("slots")
  const [key = "", seed] = [...slots.entries()].find(([name]) => name.includes("/seed/")) ?? []
  if (seed === undefined) throw new RangeError("a device notes what it began with")
  for (const writer of ["a", "c"]) slots.set(key.replace(/[^/]+$/u, writer), seed)
  prompt.setName("settled")
  expect(slotTexts(prompt)).toEqual(["Answer in one word."])
})
