import { EditorView } from "@codemirror/view"
import { anchorText, Notes, notesDocumentId } from "@polylogue/conversation"
import { act } from "react"
import { afterEach, beforeEach, expect, test } from "vitest"
import { writingOptions } from "../src/device/writing-options.ts"
import { button, click, named, press, type } from "./prompts-device.tsx"
import { SourcesDevice } from "./sources-device.tsx"

const TEXT = "The tide rises twice a day.\nThe moon pulls at the sea, and the sun helps it a little.\nAt new moon both pull together."

let device: SourcesDevice
let sourceId: string

beforeEach(async () => {
  device = await SourcesDevice.open()
  sourceId = await device.show(TEXT)
})

afterEach(() => device.close())

/** Chooses words of the text as a person does. */
async function choose(words: string): Promise<void> {
  await act(async () => {
    const block = document.querySelector(".source-block")!.firstChild!
    const from = block.textContent!.indexOf(words)
    document.getSelection()!.setBaseAndExtent(block, from, block, from + words.length)
    document.dispatchEvent(new Event("selectionchange"))
  })
}

/** Changes the text beside the page. */
const edit = (change: (text: import("yjs").Text, words: string) => void): Promise<void> =>
  act(async () => {
    await device.withSource(sourceId, ({ text }) => text.doc!.transact(() => change(text, text.toJSON())))
  })

/** Works on the notes beside the page. */
const withNotes = async <Value,>(use: (notes: Notes) => Value): Promise<Value> => {
  const document = await device.replica.open(notesDocumentId("home", { sourceId }))
  const notes = new Notes(document.ydoc, writingOptions(device.polylogue))
  try {
    return use(notes)
  } finally {
    notes.destroy()
    await document.close()
  }
}

const addNote = (words: string, text: string): Promise<string> =>
  act(() =>
    device
      .withSource(sourceId, (source) => {
        const from = source.getText().indexOf(words)
        return anchorText(source.text, { from, to: from + words.length })
      })
      .then((anchor) => withNotes((notes) => notes.add({ target: { kind: "source" }, anchor, text, kind: "note" }))),
  )

const cards = (): Element[] => [...document.querySelectorAll(".thread:not(.comment-new)")]

test("[WB140] chosen words are highlighted by a button beside them or a key, and one press takes it back", async () => {
  await choose("moon pulls")
  await expect.poll(() => named("With the chosen words")).not.toBeNull()
  await click(button("Highlight"))
  await expect.poll(() => device.painted("highlighted")).toEqual(["moon pulls"])
  await click(button("Undo"))
  await expect.poll(() => device.painted("highlighted")).toEqual([])
  await choose("twice")
  await press(document.body, "h")
  await expect.poll(() => device.painted("highlighted")).toEqual(["twice"])
})

test("[WB141] a note is begun at chosen words, said in the margin, answered and settled; its mark follows the words while others edit around them", async () => {
  await choose("the sun helps it")
  await press(document.body, "a")
  await expect.poll(() => document.activeElement?.matches(".comment-new textarea")).toBe(true)
  await type(document.activeElement as HTMLTextAreaElement, "How much?")
  await click(button("Note"))
  await expect.poll(() => cards().map((card) => card.querySelector("q")?.textContent)).toEqual(["the sun helps it"])
  await expect.poll(() => device.painted("noted-here")).toEqual(["the sun helps it"])
  await edit((text) => text.insert(0, "Of tides. "))
  await expect.poll(() => device.text()).toContain("Of tides. The tide")
  await expect.poll(() => device.painted("noted-here")).toEqual(["the sun helps it"])
  await click(button("Reply"))
  await type(document.querySelector<HTMLTextAreaElement>(".thread .comment-field textarea"), "About half.")
  await click([...document.querySelectorAll<HTMLElement>(".comment-field button")].find(({ textContent }) => textContent === "Reply"))
  await expect
    .poll(() => [...document.querySelectorAll(".comment-text")].map(({ textContent }) => textContent))
    .toEqual(["How much?", "About half."])
  await click(button("Resolve"))
  await expect.poll(() => withNotes((notes) => notes.getThreads()[0]?.resolvedBy?.id)).toBe("ana")
  expect(named("Notes")).not.toBeNull()
})

test("[WB142] a note whose words are gone is listed with them, never marks others, and is attached again by a person, or kept as it is", async () => {
  await addNote("The moon pulls at the sea", "Is it so?")
  await addNote("twice a day", "And here?")
  await expect.poll(() => device.painted("noted").length).toBe(2)
  await edit((text, words) => {
    const from = words.indexOf("The moon pulls at the sea")
    text.delete(from, "The moon pulls".length)
    text.insert(from, "Our moon tugs")
  })
  await expect.poll(() => device.painted("noted")).toEqual(["twice a day"])
  await expect.poll(() => named("Notes: 2, 1 lost")).not.toBeNull()
  await click(named("Notes: 2, 1 lost"))
  await expect.poll(() => document.querySelector(".notes-lost h3")?.textContent).toBe("1 note has lost its words")
  expect(document.querySelector(".notes-lost q")?.textContent).toBe("The moon pulls at the sea")
  await click(button("Look"))
  await expect.poll(() => device.painted("shown").join()).toContain("tugs at the sea")
  await choose("Our moon tugs at the sea")
  await click(button("Attach to the chosen words"))
  await expect.poll(() => device.painted("noted-here")).toEqual(["Our moon tugs at the sea"])
  expect(document.querySelector(".notes-lost")).toBeNull()
  await edit((text, words) => text.delete(words.indexOf("twice a day"), "twice a day".length))
  await expect.poll(() => document.querySelector(".notes-lost q")?.textContent).toBe("twice a day")
  await click(button("Keep as it is"))
  await expect.poll(() => withNotes((notes) => notes.getThreads().filter(({ resolvedBy }) => resolvedBy !== null).length)).toBe(1)
})

test("[WB143] notes are gone through by keys, an address leads to one, and others' notes take no focus", async () => {
  const later = await addNote("both pull together", "Spring tide.")
  await addNote("rises twice", "Not everywhere.")
  await expect.poll(() => device.painted("noted")).toEqual(["rises twice", "both pull together"])
  expect(document.activeElement).toBe(document.body)
  await press(document.body, "n")
  await expect.poll(() => document.activeElement?.textContent).toBe("rises twice")
  await press(document.activeElement!, "n")
  await expect.poll(() => document.activeElement?.textContent).toBe("both pull together")
  await press(document.activeElement!, "p")
  await expect.poll(() => device.painted("noted-here")).toEqual(["rises twice"])
  await act(async () => {
    location.hash = `#/s/${sourceId}/a/${later}`
  })
  await expect.poll(() => device.painted("noted-here")).toEqual(["both pull together"])
  expect(location.hash).toBe(`#/s/${sourceId}`)
})

test("[WB144] the text is edited together with others; when one leaves the editor its passages are made anew, and those before stay readable", async () => {
  const before = await device.withSource(sourceId, (source) => source.getChunking()?.places[0]?.chunkId ?? "")
  await press(document.body, "e")
  await expect.poll(() => document.querySelector(".cm-content")).not.toBeNull()
  const view = EditorView.findFromDOM(document.querySelector<HTMLElement>(".cm-editor")!)!
  expect(view.hasFocus).toBe(true)
  await act(async () => view.dispatch({ changes: { from: 0, insert: "Mine. " } }))
  await edit((text) => text.insert(text.length, " Theirs."))
  await expect.poll(() => view.state.doc.toString()).toBe(`Mine. ${TEXT} Theirs.`)
  await click(button("Done"))
  await expect.poll(() => device.text()).toBe(`Mine. ${TEXT} Theirs.`)
  await expect.poll(() => device.withSource(sourceId, (source) => source.isStale()), { timeout: 5_000 }).toBe(false)
  await device.withSource(sourceId, (source) => {
    expect(source.getPassage(before)?.text).toBe(TEXT)
    expect(source.getChunking()?.places[0]?.chunkId).not.toBe(before)
  })
})
