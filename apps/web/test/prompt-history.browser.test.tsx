import { MAIN_DRAFT, Prompt, promptDocumentId } from "@polylogue/conversation"
import axe from "axe-core"
import { act } from "react"
import { afterEach, beforeEach, expect, test } from "vitest"
import { isOnLayer } from "../src/frame/layers.ts"
import { VERSIONS_A_PAGE } from "../src/prompt-review/history-panel.tsx"
import { frames } from "./prompt-editor-page.tsx"
import { button, click, named, press, PromptsDevice } from "./prompts-device.tsx"

let device: PromptsDevice

beforeEach(async () => {
  device = await PromptsDevice.open()
})

afterEach(() => device.close())

interface Written {
  readonly id: string
  readonly prompt: Prompt
  readonly slot: string
  readonly write: (text: string, draftId?: string) => Promise<void>
}

/** A prompt on screen, written in from another device. */
async function begin(): Promise<Written> {
  await click(button("New text prompt"))
  await expect.poll(() => named("Draft: Main draft")).not.toBeNull()
  const id = location.hash.slice("#/p/".length)
  const document = await device.replica.open(promptDocumentId("home", id))
  const prompt = new Prompt(document.ydoc, { ...device.polylogue, writer: "other" })
  const slot = prompt.getSlots(MAIN_DRAFT)[0].id
  const write = (text: string, draftId = MAIN_DRAFT): Promise<void> => act(async () => prompt.setText(draftId, slot, text))
  return { id, prompt, slot, write }
}

const panel = (): HTMLElement | null => document.querySelector("aside.margin")
const items = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(".history-item")]
const reasons = (): (string | undefined)[] => items().map((item) => item.querySelector(".history-link bdi")?.textContent)
const dialog = (): HTMLElement | null => document.querySelector("dialog[open]")
const inDialog = (text: string): HTMLElement | undefined =>
  [...(dialog()?.querySelectorAll<HTMLElement>("button") ?? [])].find((candidate) => candidate.textContent.trim() === text)

async function violations(place: HTMLElement | null): Promise<readonly string[]> {
  const { violations: found } = await axe.run(place ?? document.body)
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)
}

test("[WB116] the history has every version, newest first, with who, why, the draft that stands on it, and where lines met", async () => {
  const { id, prompt, write } = await begin()
  await press(document.body, "h")
  await expect.poll(() => panel()?.textContent).toContain("No version was saved yet.")
  await write("one")
  const first = await act(async () => prompt.saveVersion(MAIN_DRAFT, { message: "so it begins" }))
  const side = await act(async () => prompt.createDraft({ from: first, name: "Shorter" }))
  await write("1", side)
  const left = await act(async () => prompt.saveVersion(side, { message: "short" }))
  await write("one two")
  await act(async () => void prompt.saveVersion(MAIN_DRAFT, { message: "" }))
  await act(async () => {
    prompt.applyContent(MAIN_DRAFT, prompt.getContent(side), [left])
    prompt.saveVersion(MAIN_DRAFT, { message: "both" })
  })
  await expect.poll(reasons).toEqual(["both", "No reason was given", "short", "so it begins"].toSorted(sameTimes(prompt)))
  const [both] = items()
  expect(both.querySelector(".history-who")?.textContent).toMatch(/^Ana, now, made from .* and /u)
  expect(both.querySelector(".history-marks")?.textContent).toBe("Main draft")
  expect(items().at(-1)?.querySelector(".history-who")?.textContent).toBe("Ana, now")
  expect(both.querySelectorAll(".lane-cell line").length).toBeGreaterThan(1)
  for (const item of items()) {
    const [drawing, words] = ["svg", ".history-words"].map((part) => item.querySelector(part)?.getBoundingClientRect().height)
    expect(drawing).toBe(item.getBoundingClientRect().height)
    expect(words).toBeGreaterThan(item.getBoundingClientRect().height - 8)
  }
  expect(await violations(panel())).toEqual([])
  items()[0].querySelector<HTMLElement>(".history-link")?.focus()
  await press(document.activeElement!, "ArrowDown")
  expect(document.activeElement).toBe(items()[1].querySelector(".history-link"))
  await click(items().at(-1)?.querySelector(".history-link"))
  await expect.poll(() => document.querySelector(".version-text")?.textContent).toBe("one")
  expect(location.hash).toBe(`#/p/${id}/v/${first}`)
  expect(items().at(-1)?.querySelector("[aria-current=page]")).toBeInstanceOf(HTMLElement)
})

/** Opens the history with its one version, and waits until it is drawn and has the focus, as a person would. */
async function openHistory(): Promise<void> {
  await press(document.body, "h")
  await expect.poll(reasons).toEqual(["first"])
  await expect.poll(() => document.activeElement).toBe(named("Close history"))
  await frames(2)
}

/** Two versions of one time have the order of their ids. */
function sameTimes(prompt: Prompt): (left: string, right: string) => number {
  const order = prompt.getVersions().map(({ message }) => (message === "" ? "No reason was given" : message))
  return (left, right) => order.indexOf(left) - order.indexOf(right)
}

test("[WB116] a long history is shown page by page", async () => {
  const { prompt } = await begin()
  await act(async () => {
    for (let at = 0; at <= VERSIONS_A_PAGE; at++) prompt.saveVersion(MAIN_DRAFT, { message: `version ${at}` })
  })
  await press(document.body, "h")
  await expect.poll(() => items().length).toBe(VERSIONS_A_PAGE)
  await click(button("Show more (1)"))
  await expect.poll(() => items().length).toBe(VERSIONS_A_PAGE + 1)
  expect(button("Show more (1)")).toBeUndefined()
})

test("[WB117] a draft is made to say what a version says, what it said becomes a version, and one press takes it back without what came after", async () => {
  const { prompt, slot, write } = await begin()
  await write("Be kind.\nBe brief.\n")
  await act(async () => void prompt.saveVersion(MAIN_DRAFT, { message: "first" }))
  await write("Be quick.\nBe brief.\n")
  await openHistory()
  await device.choose("Actions for “\u2068first\u2069”", "Put into “\u2068Main draft\u2069”")
  await expect.poll(() => dialog()?.querySelector("del")?.textContent).toBe("quick")
  expect(await violations(dialog())).toEqual([])
  await click(inDialog("Put into the draft"))
  await expect.poll(() => prompt.getText(MAIN_DRAFT, slot)).toBe("Be kind.\nBe brief.\n")
  expect(prompt.getVersions()[0]?.content.slots[0]?.text).toBe("Be quick.\nBe brief.\n")
  await expect.poll(() => reasons()).toHaveLength(2)
  await act(async () => prompt.slotText(MAIN_DRAFT, slot).insert(0, "New: "))
  await write("Be kind.\nBe brief.\nBe calm.\n")
  await click(button("Undo"))
  expect(prompt.getText(MAIN_DRAFT, slot)).toBe("Be quick.\nBe brief.\nBe calm.\n")
})

test("[WB117] a version is published again and begins a draft, from the history", async () => {
  const { id, prompt, write } = await begin()
  await write("one")
  await act(async () => void prompt.saveVersion(MAIN_DRAFT, { message: "first" }))
  await write("two")
  await openHistory()
  await device.choose("Actions for “\u2068first\u2069”", "Publish this again")
  await expect.poll(() => dialog()?.getAttribute("aria-label")).toBe("Publish")
  await click(inDialog("Cancel"))
  // What lay over the page is a step of the history, which is taken back a moment later.
  await expect.poll(isOnLayer).toBe(false)
  await device.choose("Actions for “\u2068first\u2069”", "New draft from it")
  await expect.poll(() => location.hash).toBe(`#/p/${id}/d/${prompt.getDrafts()[1]?.id}`)
  expect(prompt.getContent(prompt.getDrafts()[1].id).slots[0]?.text).toBe("one")
})

const role = (): string | undefined => dialog()?.querySelector(".publish-foot [role=status]")?.textContent
const focused = (): string | null | undefined => document.activeElement?.textContent

test("[WB118] any two drafts and versions are compared word by word, and one goes from change to change by key and button", async () => {
  const { prompt, write } = await begin()
  await write("one two three four five")
  await act(async () => void prompt.saveVersion(MAIN_DRAFT, { message: "numbers" }))
  await write("one 2 three four 5 six")
  await act(async () => prompt.setConfig(MAIN_DRAFT, "temperature", 0.5))
  await press(document.body, "d")
  await expect.poll(role).toBe("3 changes")
  expect([...dialog()!.querySelectorAll("del")].map((del) => del.textContent)).toEqual(["two", "five"])
  expect(await violations(dialog())).toEqual([])
  await press(dialog()!.querySelector(".compare")!, "j")
  expect(role()).toBe("Change 1 of 3")
  expect(focused()).toBe("two")
  await press(document.activeElement!, "k")
  expect(role()).toBe("Change 3 of 3")
  expect(focused()).toContain("temperature")
  await click(inDialog("Next"))
  expect(role()).toBe("Change 1 of 3")
  await write("one 2 three four five")
  await expect.poll(role).toContain("2")
  await click(inDialog("Swap"))
  await expect.poll(() => dialog()?.querySelector("ins")?.textContent).toBe("two")
  const [before, after] = dialog()!.querySelectorAll("select")
  expect(before.selectedOptions[0]?.textContent).toBe("Main draft")
  expect(after.selectedOptions[0]?.textContent).toContain("numbers")
})

test("[WB118] side by side what was stands beside what is, each word in its column", async () => {
  const { prompt, write } = await begin()
  await write("one two three")
  await act(async () => void prompt.saveVersion(MAIN_DRAFT, { message: "numbers" }))
  await write("one 2 three")
  await press(document.body, "d")
  await expect.poll(role).toBe("1 change")
  await click(inDialog("Side by side"))
  const [before, after] = dialog()!.querySelectorAll<HTMLElement>(".content-diff-columns > [role=group]")
  expect([before, after].map((side) => [side.getAttribute("aria-label"), side.textContent])).toEqual([
    ["Before", "one two three"],
    ["After", "one 2 three"],
  ])
  expect(role()).toBe("1 change")
  expect(await violations(dialog())).toEqual([])
})
