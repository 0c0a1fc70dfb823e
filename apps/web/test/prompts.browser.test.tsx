import { MAIN_DRAFT, Prompt, promptDocumentId } from "@polylogue/conversation"
import { act } from "react"
import { afterEach, beforeEach, expect, test } from "vitest"
import { button, click, named, press, PromptsDevice, type } from "./prompts-device.tsx"

/** Later than anything the tests make, however slow they run. */
const NOW = Date.now() + 3_600_000

let device: PromptsDevice

beforeEach(async () => {
  device = await PromptsDevice.open()
})

afterEach(() => device.close())

/** Three prompts, the first on top. */
async function fill(): Promise<readonly string[]> {
  const ids: string[] = []
  await act(async () => {
    for (const name of ["third", "second", "first"]) ids.unshift(device.cards.create({ name }))
    ids.forEach((id, at) => device.cards.touch(id, { clock: NOW + 3_000 - at * 1_000, snippet: `words of ${at}` }))
  })
  await expect.poll(() => device.texts()).toEqual(["first", "second", "third"])
  return ids
}

const filter = (): HTMLInputElement => document.querySelector<HTMLInputElement>("#prompt-filter")!
const opened = async (promptId: string): Promise<Prompt> => {
  const document = await device.replica.open(promptDocumentId("home", promptId))
  return new Prompt(document.ydoc, { ...device.polylogue, writer: "other" })
}

test("[WB95] the list shows every prompt once, pinned ones first, and finds by name, tag and words, archived ones last", async () => {
  const ids = await fill()
  await act(async () => {
    device.cards.setPinned(ids[2], true)
    device.cards.setArchived(ids[0], true)
    device.cards.addTag(ids[1], "Café")
  })
  await expect.poll(() => device.texts()).toEqual(["third", "second", "Archive"])
  await type(filter(), "cafe")
  await expect.poll(() => device.texts()).toEqual(["second"])
  await type(filter(), "words OF")
  await expect.poll(() => device.texts()).toEqual(["third", "second", "first"])
  expect(device.place.querySelector('[role="status"].list-note')?.textContent).toBe("3 prompts found")
  await type(filter(), "nothing of the kind")
  await expect.poll(() => device.place.querySelector(".list-note")?.textContent).toContain("No prompt matches")
  await type(filter(), "")
  await click(button("Café"))
  await expect.poll(() => device.texts()).toEqual(["second"])
})

test("[WB96] prompts are renamed, pinned, tagged, archived and deleted, one or several, and one press takes it back", async () => {
  const ids = await fill()
  await device.choose("Actions for second", "Pin")
  await expect.poll(() => device.texts()).toEqual(["second", "first", "third"])
  await click(button("Undo"))
  await expect.poll(() => device.texts()).toEqual(["first", "second", "third"])
  device.link("first").focus()
  await press(device.link("first"), "ArrowDown", { shiftKey: true })
  expect(named("Selected prompts")?.textContent).toContain("2 selected")
  await press(document.activeElement!, "Delete")
  await expect.poll(() => device.texts()).toEqual(["third", "Deleted"])
  await click(button("Undo"))
  await expect.poll(() => device.texts()).toEqual(["first", "second", "third"])
  await device.choose("Actions for first", "Rename")
  const field = document.querySelector<HTMLInputElement>(".title-field")!
  await type(field, "summary")
  await press(field, "Enter")
  await expect.poll(() => device.texts()).toEqual(["summary", "second", "third"])
  const prompt = await opened(ids[0])
  await expect.poll(() => prompt.getMeta().name).toBe("summary")
  await device.choose("Actions for third", "Tags…")
  await expect.poll(() => document.querySelector(".picker-field")).not.toBeNull()
  await type(document.querySelector<HTMLInputElement>(".picker-field"), "support")
  await press(document.querySelector(".picker-field")!, "Enter")
  await expect.poll(() => device.cards.getCard(ids[2])?.tags).toEqual(["support"])
})

test("[WB96] what was deleted comes back from its view", async () => {
  const ids = await fill()
  await act(async () => device.cards.delete(ids[1]))
  await expect.poll(() => device.texts()).toEqual(["first", "third", "Deleted"])
  await click(device.link("Deleted"))
  await expect.poll(() => device.texts()).toEqual(["second"])
  await click(named("Restore second"))
  await expect.poll(() => location.hash).toBe(`#/p/${ids[1]}`)
  expect(device.cards.getDeletedCards()).toEqual([])
})

test("[WB97] the list is gone through by keys, and what others do leaves the focus where it is", async () => {
  const ids = await fill()
  await press(document.body, "j")
  expect(document.activeElement).toBe(device.link("first"))
  await press(document.activeElement!, "j")
  await press(document.activeElement!, "ArrowDown")
  expect(document.activeElement).toBe(device.link("third"))
  await press(document.activeElement!, "Home")
  expect(document.activeElement).toBe(device.link("first"))
  await act(async () => device.cards.touch(ids[2], { clock: NOW + 9_000, snippet: "to the top" }))
  await expect.poll(() => device.texts()).toEqual(["third", "first", "second"])
  expect(document.activeElement).toBe(device.link("first"))
  await act(async () => device.cards.delete(ids[0]))
  await expect.poll(() => document.activeElement?.closest("[data-row]") !== null).toBe(true)
  await press(document.body, "/")
  expect(document.activeElement).toBe(filter())
  await press(filter(), "n")
  expect(device.cards.getCards().length).toBe(2)
})

test("[WB98] a new prompt has messages to write in; asking twice gives one, as long as nobody wrote in it", async () => {
  await press(document.body, "n")
  await expect.poll(() => device.texts()).toEqual(["New prompt"])
  const [card] = device.cards.getCards()
  await expect.poll(() => location.hash).toBe(`#/p/${card.id}`)
  const prompt = await opened(card.id)
  expect(prompt.getSlots(MAIN_DRAFT).map(({ role }) => role)).toEqual(["system", "user"])
  await click(named("New prompt"))
  await expect.poll(() => location.hash).toBe(`#/p/${card.id}`)
  await device.choose("List actions", "New text prompt")
  await expect.poll(() => device.cards.getCards().length).toBe(2)
  await expect.poll(() => location.hash).not.toBe(`#/p/${card.id}`)
  const other = await opened(location.hash.slice("#/p/".length))
  expect(other.getMeta().kind).toBe("text")
  await act(async () => prompt.setText(MAIN_DRAFT, prompt.getSlots(MAIN_DRAFT)[0].id, "Be brief."))
  await click(named("New prompt"))
  await expect.poll(() => device.cards.getCards().length).toBe(3)
})

test("[WB99] a prompt is renamed in its head, and what is written in it shows on the list", async () => {
  await click(button("New chat prompt"))
  await expect.poll(() => document.querySelector(".text-title-button")?.textContent).toBe("New prompt")
  const [card] = device.cards.getCards()
  await click(document.querySelector(".text-title-button"))
  const field = document.querySelector<HTMLInputElement>(".text-head .title-field")!
  await type(field, "greeting")
  await press(field, "Enter")
  await expect.poll(() => document.querySelector(".text-title-button")?.textContent).toBe("greeting")
  const prompt = await opened(card.id)
  await expect.poll(() => prompt.getMeta().name).toBe("greeting")
  expect(device.texts()).toEqual(["greeting"])
  await act(async () => prompt.setText(MAIN_DRAFT, prompt.getSlots(MAIN_DRAFT)[0].id, "Greet {{name}}."))
  await expect.poll(() => device.cards.getCard(card.id)?.snippet, { timeout: 5_000 }).toBe("Greet {{name}}.")
  await device.choose("Prompt actions", "About this prompt")
  await expect.poll(() => document.querySelector<HTMLTextAreaElement>(".about-description textarea")).not.toBeNull()
  await type(document.querySelector<HTMLTextAreaElement>(".about-description textarea"), "For the front desk")
  await click(named("Close about this prompt"))
  await expect.poll(() => prompt.getMeta().description).toBe("For the front desk")
})

test("[WB100] drafts are begun, named, closed and opened again; a closed one keeps its text and takes no more", async () => {
  await click(button("New chat prompt"))
  await expect.poll(() => named("Draft: Main draft")).not.toBeNull()
  const id = device.cards.getCards()[0].id
  const prompt = await opened(id)
  await act(async () => prompt.setText(MAIN_DRAFT, prompt.getSlots(MAIN_DRAFT)[0].id, "Be kind."))
  await device.choose("Draft: Main draft", "New draft from this one")
  const field = (): HTMLInputElement | null => document.querySelector<HTMLInputElement>(".prompt-facts .title-field")
  await expect.poll(field).not.toBeNull()
  await type(field(), "Shorter")
  await press(field()!, "Enter")
  await expect.poll(() => named("Draft: Shorter")).not.toBeNull()
  const draft = prompt.getDrafts()[1]
  expect(location.hash).toBe(`#/p/${id}/d/${draft.id}`)
  expect(prompt.getContent(draft.id).slots[0]?.text).toBe("Be kind.")
  await device.choose("Draft: Shorter", "Close this draft")
  await expect.poll(() => named("Draft: Main draft")).not.toBeNull()
  await device.choose("Draft: Main draft", "Shorter (closed)")
  await expect.poll(() => document.querySelector(".prompt-note")?.textContent).toContain("is closed. Its text is kept.")
  await expect.poll(() => document.querySelector('[contenteditable="true"]')).toBeNull()
  await click(button("Open it again"))
  expect(prompt.getDraft(draft.id)?.closed).toBe(false)
})

test("[WB101] a prompt of which nothing has arrived is said to be missing, is not written over, and is shown once it comes", async () => {
  const id = device.cards.create({ name: "Far away" })
  await act(async () => void (location.hash = `#/p/${id}`))
  await expect.poll(() => document.querySelector(".empty-conversation")?.textContent).toContain("Nothing of this prompt is on this device")
  expect([button("Add a message"), button("Publish")]).toEqual([undefined, undefined])
  const prompt = await opened(id)
  await act(async () => prompt.create({ name: "Far away", text: "Words from afar" }))
  await expect.poll(() => document.querySelector(".cm-content")?.textContent).toBe("Words from afar")
  expect(button("Publish")).toBeDefined()
})

test("[WB101] a version is read as it was saved, and a draft begins from it", async () => {
  await click(button("New text prompt"))
  await expect.poll(() => named("Draft: Main draft")).not.toBeNull()
  const id = device.cards.getCards()[0].id
  const prompt = await opened(id)
  const slot = prompt.getSlots(MAIN_DRAFT)[0].id
  await act(async () => prompt.setText(MAIN_DRAFT, slot, "First words"))
  const version = prompt.saveVersion(MAIN_DRAFT, { message: "so it begins" })
  await act(async () => prompt.setText(MAIN_DRAFT, slot, "Other words"))
  await act(async () => void (location.hash = `#/p/${id}/v/${version}`))
  await expect.poll(() => document.querySelector(".version-message")?.textContent).toBe("so it begins")
  expect(document.querySelector(".version-text")?.textContent).toBe("First words")
  await click(button("New draft from it"))
  await expect.poll(() => location.hash).toContain("/d/")
  expect(prompt.getContent(prompt.getDrafts()[1].id).slots[0]?.text).toBe("First words")
  await act(async () => void (location.hash = `#/p/${id}/v/${"x".repeat(43)}`))
  await expect.poll(() => document.querySelector(".empty-conversation")?.textContent).toContain("not on this device yet")
})
