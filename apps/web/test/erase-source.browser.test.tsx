import { indexDocumentId, Notes, notesDocumentId } from "@polylogue/conversation"
import { randomBytes } from "@polylogue/replica/browser"
import { act } from "react"
import { afterEach, beforeEach, expect, test } from "vitest"
import * as Y from "yjs"
import { button, click, named, type } from "./prompts-device.tsx"
import { SourcesDevice } from "./sources-device.tsx"

let device: SourcesDevice

beforeEach(async () => {
  device = await SourcesDevice.open()
})

afterEach(() => device.close())

const WORDS = "The word is sesame. It opens the door."

const bytesHold = async (documentId: string, word: string): Promise<boolean> => {
  const document = await device.replica.open(documentId)
  const text = new TextDecoder().decode(Y.encodeStateAsUpdate(document.ydoc))
  await document.close()
  return text.includes(word)
}

/** Adds a source of a file with a note on it, and shows it. */
async function prepare(): Promise<string> {
  await device.drop(new File([WORDS], "sesame.txt", { type: "text/plain" }))
  await expect.poll(() => device.text(), { timeout: 5_000 }).toBe(WORDS)
  const id = location.hash.split("/")[2] ?? ""
  const document = await device.replica.open(notesDocumentId("home", { sourceId: id }))
  const notes = new Notes(document.ydoc, { writer: "w", author: { id: "ana", kind: "person" }, now: Date.now, randomBytes })
  notes.add({ target: { kind: "source" }, anchor: null, text: "sesame again", kind: "note" })
  notes.destroy()
  await document.close()
  return id
}

async function eraseShown(): Promise<void> {
  await click(named("Source actions"))
  await expect.poll(() => button("Erase for good")).toBeDefined()
  await click(button("Erase for good"))
  await expect.poll(() => document.querySelector(".erase-confirm input")).not.toBeNull()
}

const confirmed = (): HTMLButtonElement => document.querySelector<HTMLButtonElement>(".button-danger")!

test("[WB145] a source is erased for good once the word was typed: text, notes, title and file; what stays in citations is said before", async () => {
  const id = await prepare()
  const sha256 = await device.withSource(id, (source) => source.getMeta().sha256 ?? "")
  await eraseShown()
  const said = document.querySelector(".erase-body")?.textContent ?? ""
  for (const words of ["sesame", "the file that it was made of", "all notes on it", "what answers quote of it in their citations"]) {
    expect(said.toLowerCase()).toContain(words)
  }
  expect(confirmed().disabled).toBe(true)
  await type(document.querySelector<HTMLInputElement>(".erase-confirm input"), "erase")
  await click(confirmed())
  await expect.poll(() => document.querySelector(".erase-body [role=status]")?.textContent, { timeout: 5_000 }).toContain("Erased.")
  for (const documentId of [device.documentId(id), notesDocumentId("home", { sourceId: id }), indexDocumentId("home")]) {
    expect(await bytesHold(documentId, "sesame")).toBe(false)
  }
  await expect(device.replica.blobs.get("home", sha256)).rejects.toThrow()
  await click(button("Done"))
  await expect.poll(() => document.querySelector(".empty-conversation")?.textContent).toContain("This source was erased for good.")
  await expect.poll(() => document.querySelector(".erasure-state")?.textContent).toContain("Erased on this device")
  expect(document.querySelector(".banner")).toBeNull()
  // A name would be a word of it again.
  expect(document.querySelector(".text-title")?.textContent).toBe("Erased for good")
  expect(named("Source actions")).toBeNull()
  await device.drop(new File([WORDS], "again.txt", { type: "text/plain" }))
  await expect.poll(() => document.querySelector(".adding-panel")?.textContent).toContain("It was erased here for good")
})

test("[WB147] a deleted source can be erased too; the list of deleted ones says so of it and offers no way back", async () => {
  const id = await prepare()
  await act(async () => device.cards.delete(id))
  await expect.poll(() => document.querySelector(".banner")?.textContent).toContain("Its text is still here.")
  await eraseShown()
  await type(document.querySelector<HTMLInputElement>(".erase-confirm input"), "erase")
  await click(confirmed())
  await expect.poll(() => document.querySelector(".erase-body [role=status]")?.textContent, { timeout: 5_000 }).toContain("Erased.")
  await click(button("Done"))
  await click(named("List actions"))
  await expect.poll(() => button("Deleted")).toBeDefined()
  await click(button("Deleted"))
  await expect.poll(() => document.querySelector('[data-testid="deleted-source"]')?.textContent).toContain("Erased for good")
  expect(document.querySelector('[data-testid="deleted-source"]')?.textContent).not.toContain("Restore")
})
