import { MAIN_DRAFT, Prompt, promptDocumentId, PublishIntents, userHomeDocumentId } from "@polylogue/conversation"
import { act } from "react"
import { createRoot } from "react-dom/client"
import { afterEach, beforeEach, expect, test } from "vitest"
import { ContentDiff } from "../src/prompt-review/content-diff.tsx"
import { button, click, named, press, PromptsDevice, type } from "./prompts-device.tsx"

let device: PromptsDevice

beforeEach(async () => {
  device = await PromptsDevice.open()
})

afterEach(() => device.close())

/** A prompt on screen whose text is `text`. */
async function begin(text: string): Promise<{ readonly id: string; readonly prompt: Prompt; readonly slot: string }> {
  await click(button("New text prompt"))
  await expect.poll(() => named("Draft: Main draft")).not.toBeNull()
  const id = location.hash.slice("#/p/".length)
  const document = await device.replica.open(promptDocumentId("home", id))
  const prompt = new Prompt(document.ydoc, { ...device.polylogue, writer: "other" })
  const slot = prompt.getSlots(MAIN_DRAFT)[0].id
  await act(async () => prompt.setText(MAIN_DRAFT, slot, text))
  return { id, prompt, slot }
}

async function intents(): Promise<PublishIntents> {
  const { ydoc } = await device.replica.open(userHomeDocumentId("ana"))
  return new PublishIntents(ydoc, { ...device.polylogue, writer: "elsewhere" })
}

const dialog = (): HTMLElement | null => document.querySelector("dialog[open]")
const field = (name: string): HTMLInputElement | null =>
  [...document.querySelectorAll<HTMLInputElement>(".publish-field input")].find((input) =>
    input.parentElement?.textContent.includes(name),
  ) ?? null
const banner = (): string | undefined => document.querySelector(".publish-banner")?.textContent
const inDialog = (text: string): HTMLElement | undefined =>
  [...(dialog()?.querySelectorAll<HTMLElement>("button") ?? [])].find((candidate) => candidate.textContent.trim() === text)

test("[WB102] without a relay publishing says when it will happen, waits on list and page, and can be taken back", async () => {
  const { id, prompt } = await begin("Be brief.")
  await press(document.body, "p")
  await expect.poll(() => dialog()?.textContent).toContain("No relay is in reach. It will be published when one is.")
  // Nobody can ask for what has no name.
  expect(inDialog("Publish")?.hasAttribute("disabled")).toBe(true)
  await type(field("Name"), "greeting")
  await type(field("Why"), "to begin with")
  await expect.poll(() => inDialog("Publish")?.hasAttribute("disabled")).toBe(false)
  await click(inDialog("Publish"))
  await expect.poll(banner).toContain("Will be published as production when a relay is in reach.")
  expect(dialog()).toBeNull()
  await expect.poll(() => device.rows()[0]?.textContent).toContain("to be published")
  expect(prompt.getMeta().name).toBe("greeting")
  const [intent] = (await intents()).get(id)
  expect(prompt.getVersion(intent.versionId)?.message).toBe("to begin with")
  await click(button("Withdraw"))
  await expect.poll(banner).toBeUndefined()
  await expect.poll(() => device.rows()[0]?.textContent).not.toContain("to be published")
  expect(prompt.getVersion(intent.versionId)?.content.slots[0]?.text).toBe("Be brief.")
})

test("[WB103] a label is one that can be set: what is wrong with another is said before anything is published", async () => {
  await begin("Be brief.")
  await press(document.body, "p")
  await expect.poll(dialog).not.toBeNull()
  await type(field("Name"), "greeting")
  const radios = [...(dialog()?.querySelectorAll<HTMLInputElement>('input[type="radio"]') ?? [])]
  expect(radios.map((radio) => radio.parentElement?.querySelector("bdi, span")?.textContent)).toEqual([
    "production",
    "staging",
    "Another",
    "A number only",
  ])
  await click(radios[2])
  const own = (): HTMLInputElement | null => dialog()?.querySelector<HTMLInputElement>(".publish-own") ?? null
  await type(own(), "latest")
  await expect.poll(() => dialog()?.querySelector(".publish-problem")?.textContent).toContain("highest number")
  await type(own(), "the best")
  await expect.poll(() => dialog()?.querySelector(".publish-problem")?.textContent).toContain("Letters a to z")
  expect(inDialog("Publish")?.hasAttribute("disabled")).toBe(true)
  await type(own(), "team-b")
  await expect.poll(() => inDialog("Publish")?.hasAttribute("disabled")).toBe(false)
})

/** Ana wanted her words in production, and somebody else was first. */
async function lose(): Promise<{ readonly prompt: Prompt; readonly mine: string; readonly theirs: string; readonly id: string }> {
  const { id, prompt, slot } = await begin("Be brief.\nBe kind.")
  const base = prompt.saveVersion(MAIN_DRAFT, { message: "before" })
  await act(async () => prompt.setText(MAIN_DRAFT, slot, "Be brief.\nBe kind and calm."))
  const mine = prompt.saveVersion(MAIN_DRAFT, { message: "mine" })
  const other = prompt.createDraft({ from: base, name: "other" })
  await act(async () => prompt.setText(other, prompt.getSlots(other)[0].id, "Be very brief.\nBe kind."))
  const theirs = prompt.saveVersion(other, { message: "theirs" })
  prompt.closeDraft(other)
  const store = await intents()
  await act(async () => {
    const intent = store.add({
      workspace: "home",
      promptId: id,
      label: "production",
      versionId: mine,
      base: { revision: "00:1", versionId: base },
      message: "mine",
    })
    store.settle(intent, "conflict", { theirs: { revision: "00:2", versionId: theirs, principal: "bo", setAt: 2 } })
  })
  await expect.poll(banner).toContain("somebody else was first. Your text is kept as a version")
  await click(button("Compare"))
  await expect.poll(() => dialog()?.querySelectorAll(".conflict-side").length).toBe(3)
  return { prompt, mine, theirs, id }
}

test("[WB104] whoever was second sees theirs, yours and what both began from, and can go on from any of them", async () => {
  const { prompt, mine, theirs } = await lose()
  const texts = [...(dialog()?.querySelectorAll(".conflict-side") ?? [])].map((side) => ({
    title: side.querySelector("h3")?.textContent,
    added: [...side.querySelectorAll("ins")].map((ins) => ins.textContent).join("|"),
  }))
  expect(texts).toEqual([
    { title: "Theirs", added: "very " },
    { title: "Yours", added: " and calm" },
    { title: "What both began from", added: "" },
  ])
  await click(inDialog("Merge into a draft"))
  await expect.poll(() => named("Draft: Merged")).not.toBeNull()
  const merged = prompt.getDrafts().find(({ name }) => name === "Merged")!
  expect(prompt.getContent(merged.id).slots[0]?.text).toBe("Be very brief.\nBe kind and calm.")
  expect(merged.base.toSorted()).toEqual([mine, theirs].toSorted())
  expect(banner()).toBeUndefined()
})

test("[WB104] taking theirs, keeping mine as a draft and publishing mine on top lose nothing of either", async () => {
  const { prompt, mine, id } = await lose()
  await click(inDialog("Keep mine as a draft"))
  await expect.poll(() => named("Draft: Not published")).not.toBeNull()
  const kept = prompt.getDrafts().find(({ name }) => name === "Not published")!
  expect(prompt.getContent(kept.id).slots[0]?.text).toBe("Be brief.\nBe kind and calm.")

  const store = await intents()
  const again = async (): Promise<void> => {
    await act(async () => {
      const intent = store.add({
        workspace: "home",
        promptId: id,
        label: "production",
        versionId: mine,
        base: { revision: null, versionId: null },
        message: "",
      })
      const theirs = prompt.getVersions().find(({ message }) => message === "theirs")!.id
      store.settle(intent, "conflict", { theirs: { revision: "00:2", versionId: theirs, principal: "bo", setAt: 2 } })
      location.hash = `#/p/${id}`
    })
    await expect.poll(() => named("Draft: Main draft")).not.toBeNull()
    await click(button("Compare"))
    await expect.poll(() => inDialog("Take theirs")).toBeDefined()
  }
  await act(async () => prompt.setText(MAIN_DRAFT, prompt.getSlots(MAIN_DRAFT)[0].id, "Words that no version has"))
  await again()
  await click(inDialog("Take theirs"))
  await expect.poll(() => prompt.getContent(MAIN_DRAFT).slots[0]?.text).toBe("Be very brief.\nBe kind.")
  expect(prompt.getVersions().map(({ content }) => content.slots[0]?.text)).toContain("Words that no version has")

  await again()
  await click(inDialog("Publish mine as it is"))
  await expect.poll(banner).toContain("Will be published as production")
  const [waiting] = store.get(id)
  expect(prompt.getVersion(waiting.versionId)?.content.slots[0]?.text).toBe("Be brief.\nBe kind and calm.")
  expect(prompt.getVersion(waiting.versionId)?.parents).toContain(mine)
})

test("[WB105] what was refused says why and what to do, and the text stays", async () => {
  const { id, prompt } = await begin("Be brief.")
  const versionId = prompt.saveVersion(MAIN_DRAFT, { message: "" })
  const store = await intents()
  await act(async () => {
    const intent = store.add({
      workspace: "home",
      promptId: id,
      label: "production",
      versionId,
      base: { revision: null, versionId: null },
      message: "",
    })
    store.settle(intent, "refused", { code: "forbidden" })
  })
  await expect.poll(banner).toContain("You may not set this label. Ask an owner to publish it")
  expect(banner()).toContain("Your text is kept.")
  await click(button("Leave it"))
  await expect.poll(banner).toBeUndefined()
})

test("[WB106] a version is saved with its reason, without anybody getting it", async () => {
  const { prompt, id } = await begin("Be brief.")
  await device.choose("Prompt actions", "Save a version")
  await expect.poll(dialog).not.toBeNull()
  await type(field("Why"), "worth keeping")
  await click(inDialog("Save"))
  await expect.poll(() => prompt.getVersions().map(({ message }) => message)).toEqual(["worth keeping"])
  expect((await intents()).get(id)).toEqual([])
})

test("[WB107] a difference shows each word that came and went, what was moved, and what variables and configuration became", async () => {
  const place = document.body.appendChild(document.createElement("div"))
  const root = createRoot(place)
  const one = { id: "a", role: "system", text: "Be brief. Be kind." }
  const two = { id: "b", role: "user", text: "{{q}}" }
  const from = { kind: "chat", slots: [one, two], variables: {}, config: { temperature: 1 } } as const
  const to = {
    kind: "chat",
    slots: [two, { ...one, role: "developer", text: "Be brief. Be calm." }, { id: "c", role: "assistant", text: "<b>hm</b>" }],
    variables: { q: { type: "number", default: "3" } },
    config: { temperature: 0.5 },
  } as const
  await act(async () => root.render(<ContentDiff from={from} to={to} label="one and the other" />))
  const words = (selector: string): string[] => [...place.querySelectorAll(selector)].map((element) => element.textContent)
  expect(words("ins")).toEqual(expect.arrayContaining(["Developer", "calm", "<b>hm</b>", "number, 3 by default", "0.5"]))
  expect(words("del")).toEqual(expect.arrayContaining(["System", "kind", "1"]))
  expect(words(".content-diff-word").some((word) => word.includes("moved"))).toBe(true)
  expect(place.querySelector("b")).toBeNull()
  await act(async () => root.render(<ContentDiff from={from} to={from} label="one and itself" />))
  expect(place.textContent).toBe("Nothing differs.")
  await act(async () => root.unmount())
  place.remove()
})
