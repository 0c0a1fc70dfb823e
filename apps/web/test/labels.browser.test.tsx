import {
  labelKey,
  MAIN_DRAFT,
  Prompt,
  promptDocumentId,
  promptNameKey,
  protectLabel,
  versionsKey,
  VersionNumbers,
} from "@polylogue/conversation"
import { act } from "react"
import { afterEach, beforeEach, expect, test } from "vitest"
import { RegisterAuthority } from "../../../packages/conversation/test/register-authority.ts"
import { FakeReplica } from "../../../packages/react/test/fake-replica.ts"
import { button, click, named, press, PromptsDevice, type } from "./prompts-device.tsx"

let authority: RegisterAuthority
let replica: FakeReplica
let device: PromptsDevice

beforeEach(async () => {
  authority = new RegisterAuthority()
  authority.now = Date.now()
  replica = new FakeReplica()
  replica.registers = authority.client("ana")
  device = await PromptsDevice.open(replica)
})

afterEach(() => device.close())

const production = (id: string): string => labelKey(promptDocumentId("home", id), "production")
const dialog = (): HTMLElement | null => document.querySelector("dialog[open]")
const inDialog = (text: string): HTMLButtonElement | undefined =>
  [...(dialog()?.querySelectorAll<HTMLButtonElement>("button") ?? [])].find((candidate) => candidate.textContent.trim() === text)
const panel = (): string | undefined => document.querySelector('aside[aria-label="Labels"]')?.textContent
const toast = (): string | undefined => document.querySelector(".toast")?.textContent
const radio = (text: string): HTMLElement | undefined =>
  [...(dialog()?.querySelectorAll<HTMLElement>(".publish-label") ?? [])].find((label) => label.textContent.includes(text))
const items = async (menu: string): Promise<string[]> => {
  await click(named(menu))
  const found = [...document.querySelectorAll('[role^="menuitem"]')].map((item) => item.textContent)
  await press(document.querySelector('[role="menu"]')!, "Escape")
  return found
}

/** A text prompt on screen, under a name, of which v1 and v2 were published; v2 is in production. */
async function published(): Promise<{ readonly id: string; readonly prompt: Prompt; readonly versions: readonly string[] }> {
  await click(button("New text prompt"))
  await expect.poll(() => named("Draft: Main draft")).not.toBeNull()
  const id = location.hash.slice("#/p/".length)
  const { ydoc } = await replica.open(promptDocumentId("home", id))
  const prompt = new Prompt(ydoc, { ...device.polylogue, writer: "other" })
  const versions: string[] = []
  await act(async () => {
    prompt.setName("greeting")
    device.cards.rename(id, "greeting")
    for (const text of ["Be brief.", "Be brief and kind."]) {
      prompt.setText(MAIN_DRAFT, prompt.getSlots(MAIN_DRAFT)[0].id, text)
      versions.push(prompt.saveVersion(MAIN_DRAFT, { message: `say: ${text}` }))
    }
    const registers = authority.client("bo")
    const numbers = JSON.stringify(versions.map((version) => version.slice(0, 16)))
    await registers.cas(versionsKey(promptDocumentId("home", id)), { expected: null, value: numbers })
    await registers.cas(promptNameKey("home", "greeting"), { expected: null, value: id })
    await registers.cas(production(id), { expected: null, value: versions[1] ?? null })
  })
  await tell(id)
  return { id, prompt, versions }
}

/** Lets the page hear what the authority holds, as a relay tells whoever observes. */
const tell = (id: string): Promise<void> =>
  act(async () => {
    const key = production(id)
    const { value, revision } = authority.read(key)
    await authority.client("bo").cas(key, { expected: revision, value })
  })

async function openPanel(): Promise<void> {
  await press(document.body, "l")
  await expect.poll(panel).toContain("Everybody who asks for production gets v2.")
}

/** Chooses from the menu of the label, once it is there: whoever changed a label waits until the panel says so. */
async function choose(item: string): Promise<void> {
  const found = (): Element | undefined =>
    [...document.querySelectorAll('[role="menuitem"]')].find(({ textContent }) => textContent === item)
  await expect
    .poll(async () => {
      if (document.querySelector('[role="menu"]') === null) await click(named("Actions for label production"))
      return found()
    })
    .toBeInstanceOf(HTMLElement)
  await click(found())
}

test("[WB131, I8] a label is taken away after saying who gets nothing then, and one press publishes again", async () => {
  const { id, versions } = await published()
  await openPanel()
  expect(panel()).toContain("Set by \u2068bo\u2069")
  await choose("Take the label away")
  await expect.poll(() => dialog()?.textContent).toContain("v2 is production")
  expect(dialog()?.textContent).toContain("Nobody gets anything as production then")
  await click(inDialog("Take it away"))
  await expect.poll(dialog).toBeNull()
  expect(authority.read(production(id)).value).toBeNull()
  await expect.poll(panel).not.toContain("Everybody who asks for production")
  expect(toast()).toContain("Nobody gets anything as production any more.")
  await click(button("Publish again"))
  await expect.poll(() => authority.read(production(id)).value).toBe(versions[1])
  await expect.poll(panel).toContain("Everybody who asks for production gets v2.")
})

test("[WB131, I8] what stands elsewhere meanwhile, what no relay answered and what is refused is said, and nothing else is taken away", async () => {
  const { id, versions } = await published()
  await openPanel()
  await choose("Take the label away")
  await expect.poll(dialog).not.toBeNull()
  await authority.client("bo").cas(production(id), { expected: authority.read(production(id)).revision, value: versions[0] ?? null })
  await click(inDialog("Take it away"))
  await expect.poll(() => dialog()?.textContent).toContain("It was set to something else meanwhile")
  expect(authority.read(production(id)).value).toBe(versions[0])
  authority.fates.set(authority.requests, "unanswered")
  await click(inDialog("Take it away"))
  await expect.poll(() => dialog()?.textContent).toContain("it is not known whether it was done")
  authority.fates.set(authority.requests, "deny")
  await click(inDialog("Take it away"))
  await expect.poll(() => dialog()?.textContent).toContain("You may not take this label away.")
  await click(inDialog("Take it away"))
  await expect.poll(dialog).toBeNull()
  expect(authority.changes.filter(({ key, value }) => key === production(id) && value === null)).toHaveLength(1)
})

test("[WB131] owners protect a label and lift that; others see why they may not set it", async () => {
  const { id } = await published()
  const document = replica.documents.get(promptDocumentId("home", id))!
  await openPanel()
  await choose("Protect: only owners may set it")
  await click(inDialog("Protect it"))
  await expect.poll(() => authority.read(production(id)).guarded).toBe(true)
  await expect.poll(panel).toContain("Only owners may set it.")
  await act(async () => document.setStatus({ mayErase: false }))
  await expect.poll(panel).toContain("An owner protected it: only owners may set it. Ask one to.")
  expect(named("Actions for label production")).toBeNull()
  await act(async () => document.setStatus({ mayErase: true }))
  expect(await items("Actions for label production")).toEqual([
    "Publish another version",
    "Take the label away",
    "Let everybody who writes set it",
  ])
  await choose("Let everybody who writes set it")
  await click(inDialog("Let everybody set it"))
  await expect.poll(() => authority.read(production(id)).guarded).toBe(false)
  await act(async () => document.setStatus({ mayErase: false }))
  expect(await items("Actions for label production")).toEqual(["Publish another version", "Take the label away"])
  await protectLabel(authority.client("olga"), promptDocumentId("home", id), "production", true)
  await act(async () => document.setStatus({ mayWrite: false }))
  await expect.poll(() => named("Actions for label production")).toBeNull()
  expect(button("Give a version a label")).toBeUndefined()
})

test("[WB131, I8] without a relay nothing of a label is changed, nor noted down for later", async () => {
  const { id } = await published()
  await openPanel()
  await act(async () => replica.setStatus({ connection: "offline" }))
  await expect.poll(panel).toContain("labels are taken away and protected once it is there")
  const before = authority.requests
  await choose("Take the label away")
  await expect.poll(() => dialog()?.textContent).toContain("nor noted down for later: nothing was changed")
  expect(inDialog("Take it away")?.disabled).toBe(true)
  await click(inDialog("Leave it"))
  await act(async () => replica.setStatus({ connection: "online" }))
  expect([authority.requests, authority.read(production(id)).value]).toEqual([before, expect.any(String)])
})

test("[WB132] a version that is there gets a label of one's own, chosen in the panel", async () => {
  const { id, versions } = await published()
  await openPanel()
  await click(button("Give a version a label"))
  await expect.poll(() => dialog()?.querySelector("select")).toBeInstanceOf(HTMLSelectElement)
  const select = dialog()!.querySelector("select")!
  expect([...select.options].map(({ text }) => text)).toEqual([
    "What the draft says (Main draft)",
    "v2 \u00b7 say: Be brief and kind. \u00b7 Ana",
    "v1 \u00b7 say: Be brief. \u00b7 Ana",
  ])
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, "value")?.set?.call(select, versions[0])
    select.dispatchEvent(new Event("change", { bubbles: true }))
  })
  await click(radio("Another")?.querySelector("input"))
  await type(dialog()!.querySelector<HTMLInputElement>(".publish-own"), "team-b")
  await expect.poll(() => dialog()?.textContent).toContain("v1 gets the label, with the number it has.")
  await click(inDialog("Publish"))
  const own = labelKey(promptDocumentId("home", id), "team-b")
  await expect.poll(() => authority.read(own).value).toBe(versions[0])
})

test("[WB132] a number only is offered last, and moves no label", async () => {
  const { id, prompt, versions } = await published()
  await act(async () => prompt.setText(MAIN_DRAFT, prompt.getSlots(MAIN_DRAFT)[0].id, "Be calm."))
  await press(document.body, "p")
  await expect.poll(dialog).not.toBeNull()
  const all = [...dialog()!.querySelectorAll(".publish-label")].map((label) => label.textContent)
  expect(all.at(-1)).toBe("A number onlyno label moves; v3 is given to whoever asks for the latest")
  await click(radio("A number only")?.querySelector("input"))
  await expect.poll(() => dialog()?.textContent).toContain("It becomes a new version: v3")
  await click(inDialog("Publish"))
  const list = (): VersionNumbers | undefined => VersionNumbers.read(authority.read(versionsKey(promptDocumentId("home", id))).value)
  await expect.poll(() => list()?.count).toBe(3)
  expect(authority.read(production(id)).value).toBe(versions[1])
  await press(document.body, "p")
  await expect.poll(dialog).not.toBeNull()
  await click(radio("A number only")?.querySelector("input"))
  await expect.poll(() => dialog()?.textContent).toContain("It has a number already: v3.")
  expect(inDialog("Publish")?.disabled).toBe(true)
})

test("[WB132] a version says its number, its labels, who made it, when and why", async () => {
  const { id, versions } = await published()
  await act(async () => void (location.hash = `#/p/${id}/v/${versions[1]}`))
  const head = (): string | undefined => document.querySelector(".version-head")?.textContent
  await expect.poll(head).toContain("v2 · production")
  expect(head()).toContain("say: Be brief and kind.")
  expect(head()).toContain("Ana, now")
  await act(async () => void (location.hash = `#/p/${id}/v/${versions[0]}`))
  await expect.poll(head).toContain("v1")
  expect(head()).not.toContain("production")
})

test("[WB133] one key leads to the form that fills a prompt in, another to what begins a conversation, from a version too", async () => {
  const { id, prompt, versions } = await published()
  const focused = (): string | null | undefined => {
    const element = document.activeElement
    return element instanceof HTMLTextAreaElement ? element.labels[0]?.textContent : element?.textContent
  }
  await device.choose("Prompt actions", "Use in a conversation")
  await expect.poll(() => document.activeElement?.closest(".use-prompt")).toBeInstanceOf(HTMLElement)
  await act(async () => (document.activeElement as HTMLElement).blur())
  await act(async () => prompt.setText(MAIN_DRAFT, prompt.getSlots(MAIN_DRAFT)[0].id, "Write to {{name}}."))
  await expect.poll(() => document.querySelector(".fill-in-form textarea")).toBeInstanceOf(HTMLTextAreaElement)
  await press(document.body, "f")
  await expect.poll(focused).toBe("name")
  await act(async () => void (location.hash = `#/p/${id}/v/${versions[0]}`))
  await expect.poll(() => document.querySelector(".version-head")).toBeInstanceOf(HTMLElement)
  // What is still to be filled in comes first.
  await press(document.body, "u")
  await expect.poll(focused).toBe("name")
})

test("[WB134, I8] a deleted prompt says that it stays published, and stops it where somebody decides so", async () => {
  const { id } = await published()
  await device.choose("Prompt actions", "Delete")
  await expect.poll(toast).toContain("What is published stays published")
  await act(async () => void (location.hash = `#/p/${id}`))
  const banner = (): string | undefined => document.querySelector(".banner")?.textContent
  await expect.poll(banner).toContain("whoever asks for it by name and label gets it")
  await click(button("Stop publishing"))
  await expect
    .poll(() => [...(dialog()?.querySelectorAll("li") ?? [])].map(({ textContent }) => textContent))
    .toEqual(["The name “\u2068greeting\u2069”", "The label production, now v2"])
  // The name is given up, and of the label it is not known.
  authority.fates.set(authority.requests + 2, "lost")
  await click(inDialog("Take all away"))
  await expect.poll(() => dialog()?.textContent).toContain("production: No relay answered")
  const name = promptNameKey("home", "greeting")
  expect([authority.read(name).value, authority.read(production(id)).value]).toEqual([null, expect.any(String)])
  await click(inDialog("Take all away"))
  await expect.poll(dialog).toBeNull()
  expect(authority.read(production(id)).value).toBeNull()
  await expect.poll(() => button("Stop publishing")).toBeUndefined()
  expect(VersionNumbers.read(authority.read(versionsKey(promptDocumentId("home", id))).value)?.count).toBe(2)
})
