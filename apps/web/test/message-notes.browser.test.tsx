import { expect, test } from "vitest"
import { besidePage } from "./beside-page.tsx"

const ANSWER = "The sky is **blue** because short waves are scattered more.\n\nIn the evening it is red, says the *almanac*."

type Page = Awaited<ReturnType<typeof besidePage>>

/** Polls between renders, as what comes later needs. */
function eventually(page: Page, read: () => unknown) {
  return expect.poll(async () => {
    await page.settle()
    return read()
  })
}

/** The words that are marked on the page. */
const marked = (name: string): string[] => [...(CSS.highlights.get(name) ?? [])].map((range) => (range as Range).toString()).toSorted()

const field = (page: Page): HTMLTextAreaElement | null => page.margin()?.querySelector("textarea") ?? null

async function write(page: Page, text: string): Promise<void> {
  await eventually(page, () => field(page)).not.toBeNull()
  const area = field(page)
  if (area !== null) await page.type(area, text)
}

test("[WB160] a note is made on chosen words of a message, which are marked from then on; a press in them shows what is said", async () => {
  const page = await besidePage("notes")
  const notes = await page.notes()
  const answer = page.answer(ANSWER)
  await page.show()
  await eventually(page, () => page.row(answer)?.querySelector("strong")).toBeInstanceOf(HTMLElement)
  await page.choose(answer, "In the evening")
  await eventually(page, () => page.place.querySelector(".chosen-bar")).not.toBeNull()
  await page.press("Note")
  await write(page, "Is that so?")
  await page.press("Note", page.margin() ?? page.place)
  expect(notes.getThreads().map(({ anchor, comments, target }) => [anchor?.quote.exact, comments[0]?.text, target])).toEqual([
    ["In the evening", "Is that so?", { kind: "message", messageId: answer, partId: page.part(answer) }],
  ])
  await eventually(page, () => [...marked("noted"), ...marked("noted-here")]).toEqual(["In the evening"])
  await eventually(page, () => page.row(answer)?.querySelector(".message-retrieval")?.textContent).toBe("1 note")
  await page.press("Close notes")
  await page.press("1 note")
  await eventually(page, () => page.margin()?.querySelector("[data-thread-card]")?.textContent).toContain("Is that so?")
  await page.press("Close notes")
  await eventually(page, () => marked("noted")).toEqual(["In the evening"])
  const [range] = [...(CSS.highlights.get("noted") ?? [])] as Range[]
  const { left, top } = range?.getBoundingClientRect() ?? new DOMRect()
  const text = page.row(answer)?.querySelector("p:last-of-type")
  document.getSelection()?.removeAllRanges()
  await page.does(() => text?.dispatchEvent(new MouseEvent("click", { bubbles: true, clientX: left + 4, clientY: top + 4 })))
  await eventually(page, () => page.margin()?.querySelector("[data-thread-card][data-chosen]")?.textContent).toContain("Is that so?")
  await page.end()
})

test("[WB160] a note that is begun stays on this device, and no other is begun over its words", async () => {
  const page = await besidePage("begun")
  const answer = page.answer(ANSWER)
  await page.show()
  await eventually(page, () => page.row(answer)?.querySelector("strong")).toBeInstanceOf(HTMLElement)
  const begin = async (words: string): Promise<void> => {
    await page.choose(answer, words)
    await eventually(page, () => page.place.querySelector(".chosen-bar")).not.toBeNull()
    await page.press("Note", page.place.querySelector(".chosen-bar") ?? page.place)
  }
  await begin("short waves")
  await write(page, "half a tho")
  await page.press("Close notes")
  await begin("the evening")
  await eventually(page, () => field(page)?.value).toBe("half a tho")
  expect(page.margin()?.querySelector(".comment-new q")?.textContent).toBe("short waves")
  expect(page.said()).toContain("A note that you began is still open.")
  await page.end()
})

test("[WB161] a note whose words are gone is listed with the words as they were, marks nothing, and is attached to others by a person alone", async () => {
  const page = await besidePage("orphan")
  const notes = await page.notes()
  const answer = page.answer(ANSWER)
  const from = ANSWER.indexOf("In the evening")
  const id = notes.add({
    target: { kind: "message", messageId: answer, partId: page.part(answer) },
    anchor: {
      start: "",
      end: "",
      quote: { exact: "At sunset", prefix: "more.\n\n", suffix: " it is red" },
      position: { from, to: from + 9 },
    },
    text: "Is that so?",
    kind: "note",
  })
  await page.show()
  await eventually(page, () => page.row(answer)?.querySelector("strong")).toBeInstanceOf(HTMLElement)
  await page.does(() => window.dispatchEvent(new KeyboardEvent("keydown", { key: "m", bubbles: true })))
  await eventually(page, () => page.margin()?.querySelector(".notes-lost h3")?.textContent).toBe("1 note has lost its words")
  expect(page.margin()?.querySelector(".notes-lost q")?.textContent).toBe("At sunset")
  expect(marked("noted")).toEqual([])
  document.getSelection()?.removeAllRanges()
  await page.press("Attach to other words")
  expect(page.said()).toContain("Choose the words in its message, then press Attach.")
  expect(notes.getThreads().find((note) => note.id === id)?.anchor?.quote.exact).toBe("At sunset")
  await page.choose(answer, "In the evening")
  await eventually(page, () => page.place.querySelector(".chosen-bar")?.textContent).toContain("Attach")
  await page.press("Attach")
  expect(notes.getThreads().find((note) => note.id === id)?.anchor?.quote.exact).toBe("In the evening")
  await eventually(page, () => marked("noted")).toEqual(["In the evening"])
  expect(page.margin()?.querySelector(".notes-lost")).toBeNull()
  await page.end()
})

test("[WB161] where the words of a note may be now is shown, and taken by a press alone", async () => {
  const page = await besidePage("suggested")
  const notes = await page.notes()
  const answer = page.answer(ANSWER)
  const from = ANSWER.indexOf("In the evening")
  const exact = "In the evenings it was red"
  notes.add({
    target: { kind: "message", messageId: answer, partId: page.part(answer) },
    anchor: {
      start: "",
      end: "",
      quote: { exact, prefix: "waves are scattered more.\n\n", suffix: ", says the *almanac*." },
      position: { from, to: from + exact.length },
    },
    text: "Is that so?",
    kind: "note",
  })
  const quoted = (): string | undefined => notes.getThreads()[0]?.anchor?.quote.exact
  await page.show()
  await eventually(page, () => page.row(answer)?.querySelector("strong")).toBeInstanceOf(HTMLElement)
  await page.does(() => window.dispatchEvent(new KeyboardEvent("keydown", { key: "m", bubbles: true })))
  await eventually(page, () => page.margin()?.querySelector(".notes-lost q")?.textContent).toBe(exact)
  expect([...marked("noted"), ...marked("noted-here")]).toEqual([])
  await page.press("Look")
  await eventually(page, () => marked("cited-here")).toEqual(["In the evening it is red"])
  expect(quoted()).toBe(exact)
  await page.press("Attach there")
  expect(quoted()).toBe("In the evening it is red")
  await eventually(page, () => [...marked("noted"), ...marked("noted-here")]).toEqual(["In the evening it is red"])
  expect(page.margin()?.querySelector(".notes-lost")).toBeNull()
  await page.end()
})

test("[WB162] what others say is text; a note is answered, settled and folded away", async () => {
  const page = await besidePage("others")
  const notes = await page.notes()
  const answer = page.answer(ANSWER)
  await page.show()
  await eventually(page, () => page.row(answer)?.querySelector("strong")).toBeInstanceOf(HTMLElement)
  await page.choose(answer, "almanac")
  await eventually(page, () => page.place.querySelector(".chosen-bar")).not.toBeNull()
  await page.press("Note")
  await write(page, "<img src=x onerror=alert(1)> **bold**")
  await page.press("Note", page.margin() ?? page.place)
  await eventually(page, () => page.margin()?.querySelector(".comment-text")?.textContent).toBe("<img src=x onerror=alert(1)> **bold**")
  expect(page.margin()?.querySelector("img")).toBeNull()
  const [note] = notes.getThreads()
  await page.does(() => notes.reply(note?.id ?? "", "It is old."))
  await eventually(page, () => page.margin()?.querySelectorAll(".comment-text").length).toBe(2)
  await page.press("Resolve")
  await eventually(page, () => notes.getThreads()[0]?.resolvedBy?.id).toBe("ana")
  await eventually(page, () => [...marked("noted"), ...marked("noted-here")].length < 2).toBe(true)
  await page.end()
})
