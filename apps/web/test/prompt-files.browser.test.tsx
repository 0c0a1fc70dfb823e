import { MAIN_DRAFT, Prompt, promptDocumentId } from "@polylogue/conversation"
import { act } from "react"
import { afterEach, beforeEach, expect, test } from "vitest"
import { exportPrompts } from "../src/prompts/export-prompts.ts"
import { promptSource } from "../src/prompts/prompt-source.ts"
import { publishPlan } from "../src/prompts/publish-plan.ts"
import { button, click, named, PromptsDevice } from "./prompts-device.tsx"

let device: PromptsDevice

beforeEach(async () => {
  device = await PromptsDevice.open()
})

afterEach(() => device.close())

const opened = async (promptId: string): Promise<Prompt> => {
  const document = await device.replica.open(promptDocumentId("home", promptId))
  return new Prompt(document.ydoc, { ...device.polylogue, writer: "other" })
}

const CSV = 'act,prompt\nTutor,"Explain {{topic}} in steps, to a child"\nPoet,Write a poem\n'
const LANGFUSE = JSON.stringify([
  {
    type: "chat",
    name: "greeting",
    prompt: [
      { role: "system", content: "Be kind." },
      { role: "user", content: "{{q}}" },
    ],
    labels: ["production"],
    tags: ["desk"],
    config: { temperature: 0.2 },
  },
])

const reports = (): string[] => [...document.querySelectorAll<HTMLElement>(".import-item")].map((item) => item.dataset["status"] ?? "")

/** Drops files anywhere in the window. */
async function drop(...files: readonly File[]): Promise<void> {
  const data = new DataTransfer()
  for (const file of files) data.items.add(file)
  const over = (): Element | null => {
    window.dispatchEvent(new DragEvent("dragenter", { dataTransfer: data }))
    return document.querySelector(".drop-zone")
  }
  // What takes files comes after the page.
  await expect.poll(over).not.toBeNull()
  await act(async () => void window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })))
}

test("[WB109] dropped files are read as prompts, each thing in them is reported, and a second time changes nothing", async () => {
  const files = [new File([CSV], "prompts.csv"), new File([LANGFUSE], "export.json"), new File(["{"], "broken.json")]
  await drop(...files)
  await expect.poll(reports).toEqual(["failed", "imported", "imported", "imported"])
  await expect.poll(() => document.querySelector(".import-outcome")?.textContent).toBe("4 prompts: not imported 1, imported 3.")
  expect(document.querySelector(".import-report")?.textContent).toContain(
    "It was production where it came from. Publish it to make it so here.",
  )
  await click(button("Done"))
  expect(
    device.cards
      .getCards()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(["Poet", "Tutor", "greeting"])
  const card = device.cards.getCards().find(({ name }) => name === "greeting")
  const prompt = await opened(card?.id ?? "")
  expect(prompt.getContent(MAIN_DRAFT).slots.map(({ role, text }) => [role, text])).toEqual([
    ["system", "Be kind."],
    ["user", "{{q}}"],
  ])
  expect(prompt.getConfig(MAIN_DRAFT)).toEqual({ temperature: 0.2 })
  expect(card?.tags).toEqual(["desk"])
  await drop(new File([CSV], "prompts.csv"))
  await expect.poll(reports).toEqual(["unchanged", "unchanged"])
  expect(device.cards.getCards().length).toBe(3)
})

test("[WB110] one prompt or several are written in the format that is chosen, and what it does not hold is said", async () => {
  await drop(new File([CSV], "prompts.csv"), new File([LANGFUSE], "export.json"))
  await expect.poll(() => document.querySelector(".import-outcome")?.textContent).toBe("3 prompts: imported 3.")
  await click(button("Done"))
  const cards = device.cards.getCards()
  const greeting = cards.filter(({ name }) => name === "greeting")
  const langfuse = await exportPrompts(device.polylogue, greeting, "langfuse")
  expect(langfuse.name).toBe("greeting.json")
  expect(JSON.parse(await langfuse.file.text())).toMatchObject([
    { name: "greeting", type: "chat", tags: ["desk"], config: { temperature: 0.2 } },
  ])
  const csv = await exportPrompts(device.polylogue, cards, "csv")
  expect(csv.name).toBe("Prompts.csv")
  expect(await csv.file.text()).toContain("Explain {{topic}} in steps")
  expect(csv.left.map(({ prompt, code }) => `${prompt} ${code}`)).toContain("greeting config")
  const archive = await exportPrompts(device.polylogue, cards, "markdown")
  expect(archive.name).toBe("Prompts.zip")
  expect(new Uint8Array(await archive.file.arrayBuffer()).slice(0, 2)).toEqual(new Uint8Array([0x50, 0x4b]))
  await device.choose("Actions for Poet", "Export")
  await expect.poll(() => document.querySelector("dialog[open] h2")?.textContent).toBe("Export")
  expect(document.querySelector("dialog[open]")?.textContent).toContain("Langfuse prompts")
  await click(named("Close"))
})

test("[WB111] publishing an older version again makes a new one; a version that nobody went past keeps its number", async () => {
  await click(button("New text prompt"))
  await expect.poll(() => named("Draft: Main draft")).not.toBeNull()
  const prompt = await opened(location.hash.slice("#/p/".length))
  const save = (text: string): string => {
    prompt.setText(MAIN_DRAFT, prompt.getSlots(MAIN_DRAFT)[0].id, text)
    return prompt.saveVersion(MAIN_DRAFT, { message: text })
  }
  const [one, two, three] = await act(async () => [save("one"), save("two"), save("three")])
  const numbers = new Map([
    [one, 1],
    [two, 2],
    [three, 3],
  ])
  const base = { revision: "00:1", versionId: two }
  const label = { label: "production", versionId: two, number: 2, base, setAt: 1, by: "", asOf: 1, protected: false }
  const known = {
    labels: [label],
    unset: [],
    known: true,
    numbers: { count: 3, numberOf: (id: string) => numbers.get(id), find: () => undefined, with: () => undefined },
  }
  const plan = (versionId: string | undefined, name = "production") => {
    const { kind, number, base: from } = publishPlan(prompt, known as never, { draftId: MAIN_DRAFT, versionId }, name)
    return { kind, number, from: from.versionId }
  }
  expect(plan(one)).toEqual({ kind: "again", number: 4, from: two })
  expect(plan(two)).toEqual({ kind: "nothing", number: 2, from: two })
  expect(plan(three)).toEqual({ kind: "same", number: 3, from: two })
  expect(plan(undefined)).toEqual({ kind: "same", number: 3, from: two })
  expect(plan(one, "staging")).toEqual({ kind: "same", number: 1, from: null })
  await act(async () => prompt.setText(MAIN_DRAFT, prompt.getSlots(MAIN_DRAFT)[0].id, "four"))
  expect(plan(undefined)).toEqual({ kind: "new", number: 4, from: two })
})

test("[WB112] the palette finds prompts by name and goes to them", async () => {
  await act(async () => void device.cards.create({ id: "p1", name: "Résumé writer" }))
  const source = promptSource(device.cards.getCards())
  expect(await source.find("", new AbortController().signal)).toEqual({ score: 0, items: [] })
  const { items } = await source.find("resume", new AbortController().signal)
  expect(items.map(({ text }) => text)).toEqual(["Résumé writer"])
  await act(async () => items[0].run())
  expect(location.hash).toBe("#/p/p1")
})
