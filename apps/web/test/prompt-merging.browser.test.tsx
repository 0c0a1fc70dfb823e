import { MAIN_DRAFT, Prompt, promptDocumentId } from "@polylogue/conversation"
import axe from "axe-core"
import { act } from "react"
import { afterEach, beforeEach, expect, test } from "vitest"
import { button, click, named, PromptsDevice } from "./prompts-device.tsx"

let device: PromptsDevice

beforeEach(async () => {
  device = await PromptsDevice.open()
})

afterEach(() => device.close())

const dialog = (): HTMLElement | null => document.querySelector("dialog[open]")
const inDialog = (text: string): HTMLElement | undefined =>
  [...(dialog()?.querySelectorAll<HTMLElement>("button") ?? [])].find((candidate) => candidate.textContent.trim() === text)
const role = (): string | undefined => dialog()?.querySelector(".publish-foot [role=status]")?.textContent

interface Written {
  readonly prompt: Prompt
  readonly slot: string
  readonly side: string
  readonly write: (text: string, draftId?: string) => Promise<void>
}

/** A prompt with a draft that began from what the main one says. */
async function branch(text: string): Promise<Written> {
  await click(button("New text prompt"))
  await expect.poll(() => named("Draft: Main draft")).not.toBeNull()
  const document = await device.replica.open(promptDocumentId("home", location.hash.slice("#/p/".length)))
  const prompt = new Prompt(document.ydoc, { ...device.polylogue, writer: "other" })
  const slot = prompt.getSlots(MAIN_DRAFT)[0].id
  const write = (words: string, draftId = MAIN_DRAFT): Promise<void> => act(async () => prompt.setText(draftId, slot, words))
  await write(text)
  await device.choose("Draft: Main draft", "New draft from this one")
  await expect.poll(() => prompt.getDrafts().length).toBe(2)
  await act(async () => void (location.hash = location.hash.replace(/\/d\/.*/u, "")))
  await expect.poll(() => named("Draft: Main draft")).not.toBeNull()
  return { prompt, slot, side: prompt.getDrafts()[1].id, write }
}

test("[WB119] a draft is merged into another word by word against where they parted, and what either said is kept as a version", async () => {
  const { prompt, slot, side, write } = await branch("Be kind.\nBe brief.\nBe calm.\n")
  await write("Be very kind.\nBe brief.\nBe calm.\n")
  await write("Be kind.\nBe brief.\nBe calm and sure.\n", side)
  await device.choose("Draft: Main draft", "Merge a draft into this one")
  await expect.poll(role).toContain("No place was changed by both.")
  expect([...dialog()!.querySelectorAll(".publish-changes ins")].map((ins) => ins.textContent)).toEqual([" and sure"])
  const { violations } = await axe.run(dialog()!)
  expect(violations.map(({ id }) => id)).toEqual([])
  await click(inDialog("Merge"))
  expect(prompt.getText(MAIN_DRAFT, slot)).toBe("Be very kind.\nBe brief.\nBe calm and sure.\n")
  expect(prompt.getText(side, slot)).toBe("Be kind.\nBe brief.\nBe calm and sure.\n")
  const saved = prompt.getVersions().map(({ content }) => content.slots[0]?.text)
  expect(saved).toContain("Be very kind.\nBe brief.\nBe calm.\n")
  expect(saved).toContain("Be kind.\nBe brief.\nBe calm and sure.\n")
  expect(prompt.getDraft(MAIN_DRAFT)?.base.toSorted()).toEqual(
    prompt
      .getVersions()
      .filter(({ content }) => content.slots[0]?.text !== "Be kind.\nBe brief.\nBe calm.\n")
      .map(({ id }) => id)
      .toSorted(),
  )
})

test("[WB120] where both changed the same, each place is decided for itself and the result is seen before; undecided, both stay", async () => {
  const { prompt, slot, side, write } = await branch("one\n\nmiddle\n\nlast\n\nend\n")
  await write("one mine\n\nmiddle\n\nlast mine\n\nend mine\n")
  await write("one theirs\n\nmiddle\n\nlast theirs\n\nend theirs\n", side)
  await act(async () => {
    prompt.setConfig(MAIN_DRAFT, "model", "small")
    prompt.setConfig(side, "model", "large")
  })
  await device.choose("Draft: Main draft", "Merge a draft into this one")
  await expect.poll(role).toContain("3 places will have both texts")
  const places = (): HTMLElement[] => [...dialog()!.querySelectorAll<HTMLElement>(".merge-place")]
  const choose = (at: number, value: string): Promise<void> => click(places()[at]?.querySelector(`input[value=${value}]`))
  expect(places()[0]?.textContent).toContain("one theirs")
  expect(places().map((place) => place.querySelector<HTMLInputElement>("input:checked")?.value)).toEqual(["both", "both", "both", "mine"])
  await choose(0, "theirs")
  await choose(2, "mine")
  await choose(3, "theirs")
  expect(role()).toContain("1 place will have both texts")
  await expect.poll(() => dialog()?.querySelector(".publish-changes")?.textContent).toContain("large")
  const { violations } = await axe.run(dialog()!)
  expect(violations.map(({ id }) => id)).toEqual([])
  await click(inDialog("Merge"))
  expect(prompt.getText(MAIN_DRAFT, slot)).toBe("one theirs\n\nmiddle\n\nlast mine\nlast theirs\n\nend mine\n")
  expect(prompt.getConfig(MAIN_DRAFT)["model"]).toBe("large")
})

test("[WB121] a merge goes on from what both say at the moment, and one press takes it back without what was written since", async () => {
  const { prompt, slot, side, write } = await branch("Be kind.\nBe brief.\nBe calm.\n")
  await write("Be kind.\nBe brief.\nBe calm and sure.\n", side)
  await device.choose("Draft: Main draft", "Merge a draft into this one")
  await expect.poll(role).toContain("No place was changed by both.")
  await write("Be very kind.\nBe brief.\nBe calm.\n")
  await click(inDialog("Merge"))
  expect(prompt.getText(MAIN_DRAFT, slot)).toBe("Be very kind.\nBe brief.\nBe calm and sure.\n")
  await write("Be very kind.\nBe really brief.\nBe calm and sure.\n")
  await click(button("Undo"))
  expect(prompt.getText(MAIN_DRAFT, slot)).toBe("Be very kind.\nBe really brief.\nBe calm.\n")
  // What was not merged after all is offered again.
  await device.choose("Draft: Main draft", "Merge a draft into this one")
  await expect.poll(() => dialog()?.querySelector(".publish-changes ins")?.textContent).toBe(" and sure")
})
