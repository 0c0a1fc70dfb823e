import { citationsOf, retrievalsOf } from "@polylogue/conversation"
import { expect, test } from "vitest"
import { besidePage } from "./beside-page.tsx"

const SKY_TEXT = [
  "The atmosphere scatters short waves of light more than long ones. This is called Rayleigh scattering, and it makes the sky blue.",
  "At sunset light travels a longer way through the air, and most of the blue is scattered out of the line of sight.",
].join("\n\n")
const BREAD_TEXT = "Bread rises because yeast makes gas. The dough holds it."
const ANSWER = "The sky is blue because short waves are scattered more."

type Page = Awaited<ReturnType<typeof besidePage>>

/** Polls between renders, as what comes later needs. */
function eventually(page: Page, read: () => unknown) {
  return expect.poll(async () => {
    await page.settle()
    return read()
  })
}

const titles = (page: Page): (string | null)[] =>
  [...(page.margin()?.querySelectorAll(".passage-title") ?? [])].map(({ textContent }) => textContent)

async function lookedUp(id: string): Promise<{ readonly page: Page; readonly answer: string }> {
  const page = await besidePage(id)
  await page.source("sky", "On the sky", SKY_TEXT)
  await page.source("bread", "On bread", BREAD_TEXT)
  const answer = page.answer(ANSWER)
  await page.show()
  await eventually(page, () => page.row(answer)?.querySelector('[aria-label="More actions"]')).toBeInstanceOf(HTMLElement)
  await page.press("More actions", page.row(answer) ?? page.place)
  await page.press("Look up in sources")
  return { page, answer }
}

test("[WB156] what a turn asks is looked up in the sources, best passages first, with how well they fit for who asks; other words find others", async () => {
  const { page } = await lookedUp("look-up")
  await eventually(page, () => page.margin()?.querySelector("input")?.value).toBe("Why is the sky blue?")
  await eventually(page, () => titles(page)[0]).toBe("On the sky")
  expect([...(page.margin()?.querySelector(".passage")?.querySelectorAll("mark") ?? [])].map(({ textContent }) => textContent)).toContain(
    "sky",
  )
  expect(page.margin()?.querySelector(".passage details")?.hasAttribute("open")).toBe(false)
  const field = page.margin()?.querySelector("input")
  if (field == null) throw new Error("there is no field")
  await page.type(field, "yeast")
  await eventually(page, () => titles(page)).toEqual(["On bread"])
  await page.type(field, "zeppelin")
  await eventually(page, () => page.margin()?.querySelector("[role=status]")?.textContent).toBe("Nothing found. Try other words.")
  await page.end()
})

test("[WB156] where there are no sources yet, a look-up leads to adding one", async () => {
  const page = await besidePage("none")
  const answer = page.answer(ANSWER)
  await page.show()
  await eventually(page, () => page.row(answer)?.querySelector('[aria-label="More actions"]')).toBeInstanceOf(HTMLElement)
  await page.does(() => window.dispatchEvent(new KeyboardEvent("keydown", { key: "l", bubbles: true })))
  await eventually(page, () => page.margin()?.textContent).toContain("There are no sources here yet.")
  expect(page.margin()?.querySelector("a")?.getAttribute("href")).toBe("#/s")
  await page.end()
})

test("[WB157] what was found is kept with the message as it was found, and shown there from then on", async () => {
  const { page, answer } = await lookedUp("keep")
  await eventually(page, () => titles(page)[0]).toBe("On the sky")
  const count = titles(page).length
  await page.press("Keep with this message")
  const [record] = retrievalsOf(page.ydoc, answer)
  expect(record).toMatchObject({ query: "Why is the sky blue?", config: { ranker: "bm25" } })
  expect(record?.results.map(({ sourceId, rank }) => [sourceId, rank])[0]).toEqual(["sky", 1])
  await eventually(page, () => page.row(answer)?.querySelector(".message-retrieval")?.textContent).toBe(`Looked up ${count} passages`)
  const sky = await page.source("sky", "On the sky", "")
  await page.does(() => sky.text.delete(0, sky.text.length))
  await page.press(`Looked up ${count} passages`)
  await eventually(page, () => page.margin()?.querySelector(".passage-text")?.textContent).toContain("scatter")
  expect(page.margin()?.textContent).toContain("It is kept as it was found.")
  await page.end()
})

test("[WB158] chosen words of an answer are cited by a passage: of the source exactly its words, of the answer exactly those", async () => {
  const { page, answer } = await lookedUp("cite")
  await eventually(page, () => titles(page)[0]).toBe("On the sky")
  await page.choose(answer, "short waves")
  await eventually(page, () => page.place.querySelector(".chosen-bar")).not.toBeNull()
  await page.press("Cite")
  await eventually(page, () => page.margin()?.querySelector(".citing")?.textContent).toContain("short waves")
  await page.press("Cite", page.margin()?.querySelector(".passage") ?? page.place)
  await eventually(page, () => citationsOf(page.ydoc, answer).length).toBe(1)
  const [citation] = citationsOf(page.ydoc, answer)
  expect(citation?.answer?.quote.exact).toBe("short waves")
  expect(citation?.source).toMatchObject({ kind: "source", sourceId: "sky" })
  expect(SKY_TEXT).toContain(citation?.source.anchor?.quote.exact)
  await eventually(page, () => page.row(answer)?.querySelector(".citation-mark")?.getAttribute("aria-label")).toBe("Source 1: On the sky")
  expect(page.margin()?.querySelector(".citing")).toBeNull()
  await page.end()
})

test("[WB158] of a passage only the words are cited that are chosen in it", async () => {
  const { page, answer } = await lookedUp("within")
  await eventually(page, () => titles(page)[0]).toBe("On the sky")
  await page.choose(answer, "short waves")
  await eventually(page, () => page.place.querySelector(".chosen-bar")).not.toBeNull()
  await page.press("Cite")
  await eventually(page, () => page.margin()?.querySelector(".citing")).toBeInstanceOf(HTMLElement)
  const first = page.margin()?.querySelector(".passage")
  const text = first?.querySelector(".passage-text")
  if (first == null || text == null) throw new Error("there is no passage")
  const marks = text.querySelectorAll("mark")
  await page.does(() => {
    const range = document.createRange()
    range.setStartBefore(marks[0] ?? text)
    range.setEndAfter(marks[1] ?? text)
    document.getSelection()?.removeAllRanges()
    document.getSelection()?.addRange(range)
  })
  const chosen = document.getSelection()?.toString()
  await page.press("Cite", first)
  await eventually(page, () => citationsOf(page.ydoc, answer)[0]?.source.anchor?.quote.exact).toBe(chosen)
  await page.end()
})

test("[WB158] a message that changed while somebody looked up is not cited at other words", async () => {
  const { page, answer } = await lookedUp("changed")
  await eventually(page, () => titles(page)[0]).toBe("On the sky")
  await page.choose(answer, "short waves")
  await eventually(page, () => page.place.querySelector(".chosen-bar")).not.toBeNull()
  await page.press("Cite")
  await eventually(page, () => page.margin()?.querySelector(".citing")).toBeInstanceOf(HTMLElement)
  await page.does(() => page.ana.delete(answer))
  await page.press("Cite", page.margin()?.querySelector(".passage") ?? page.place)
  await eventually(page, () => page.said()).toContain("The message has changed meanwhile.")
  expect(citationsOf(page.ydoc, answer)).toEqual([])
  await page.end()
})

test("[WB159] a passage is quoted into the message being written, with the source that it is from", async () => {
  const { page } = await lookedUp("quote")
  await eventually(page, () => titles(page)[0]).toBe("On the sky")
  await eventually(page, () => page.place.querySelector("[data-testid=composer]")).not.toBeNull()
  await page.press("Quote", page.margin()?.querySelector(".passage") ?? page.place)
  await eventually(page, () => page.place.querySelector(".draft-quote")?.textContent).toContain("scatter")
  const field = page.place.querySelector<HTMLTextAreaElement>("[data-testid=composer]")
  if (field === null) throw new Error("there is no composer")
  await page.type(field, "What of this?")
  await page.press("Send")
  await eventually(page, () => page.place.querySelector("a.quote-link")?.getAttribute("href")).toBe("#/s/sky")
  await page.end()
})
