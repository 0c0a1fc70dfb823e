import { act } from "react"
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest"
import { page } from "vitest/browser"
import { button, click, named, press, type } from "./prompts-device.tsx"
import { SourcesDevice } from "./sources-device.tsx"

let device: SourcesDevice

beforeEach(async () => {
  device = await SourcesDevice.open()
})

afterEach(() => device.close())

const report = (): string[] =>
  [...document.querySelectorAll(".adding-file")].map(
    (file) => `${file.querySelector(".adding-name")?.textContent}: ${file.querySelector(".adding-state")?.textContent}`,
  )

test("[WB135] a file that is dropped is a source with its text, passages and bytes; one that is here already is none more, and one that cannot be read says why", async () => {
  await device.drop(
    new File(["# Foxes\n\nThe quick brown fox jumps."], "foxes.md", { type: "text/markdown" }),
    new File(["<title>Bees</title><p>Bees hum.</p><script>alert(1)</script>"], "bees.html", { type: "text/html" }),
    new File(["   "], "blank.txt", { type: "text/plain" }),
    new File([new Uint8Array([0x25, 0x50, 0x44, 0x46, 0x2d, 1, 2, 3])], "broken.pdf", { type: "application/pdf" }),
  )
  await expect
    .poll(() => document.querySelector(".adding-panel [role=status]")?.textContent, { timeout: 10_000 })
    .toBe("4 files: 2 added, 2 refused.")
  expect(device.titles().toSorted()).toEqual(["Bees", "Foxes"])
  expect(report()[0]).toBe("Foxes: Added: 1 passage")
  expect(document.querySelectorAll(".adding-problem")).toHaveLength(2)
  await click(named("Try blank.txt again"))
  await expect.poll(() => document.querySelector(".adding-panel [role=status]")?.textContent).toBe("4 files: 2 added, 2 refused.")
  expect(document.querySelectorAll(".adding-file")).toHaveLength(4)
  await device.drop(new File(["# Foxes\n\nThe quick brown fox jumps."], "again.md"), new File(["Cats."], "cats.txt"))
  await expect
    .poll(() => document.querySelector(".adding-panel [role=status]")?.textContent, { timeout: 10_000 })
    .toBe("2 files: 1 added, 1 here already.")
  const foxes = device.cards.getCards().find(({ name }) => name === "Foxes")!
  await click(document.querySelector(`a[href="#/s/${foxes.id}"]`))
  await act(async () => {
    location.hash = `#/s/${foxes.id}`
  })
  await expect.poll(() => device.text()).toBe("# Foxes\n\nThe quick brown fox jumps.")
  await device.withSource(foxes.id, (source) => {
    expect(source.getChunking()?.places).toHaveLength(1)
    expect(source.getMeta()).toMatchObject({ blob: true, name: "foxes.md", addedBy: { id: "ana" } })
  })
  const sha256 = await device.withSource(foxes.id, (source) => source.getMeta().sha256 ?? "")
  expect(new TextDecoder().decode(await device.replica.blobs.get("home", sha256))).toBe("# Foxes\n\nThe quick brown fox jumps.")
})

test("[WB135] one file alone is shown when it is there; a text that is pasted is a source called by its first line", async () => {
  await device.drop(new File(["Owls see at night."], "owls.txt", { type: "text/plain" }))
  await expect.poll(() => device.text(), { timeout: 5_000 }).toBe("Owls see at night.")
  expect(document.querySelector(".adding-panel")).toBeNull()
  await device.paste("Minutes of Monday\r\nWe met.")
  await expect.poll(() => device.text(), { timeout: 5_000 }).toBe("Minutes of Monday\nWe met.")
  expect(device.titles()).toContain("Minutes of Monday")
})

test("[WB135] the title that a file gives itself reads as it is written, whatever turns its letters round", async () => {
  await device.drop(
    new File(["<title>exe\u202efdp.report</title><p>Bees hum.</p>"], "bees.html", { type: "text/html" }),
    new File(["Owls see at night."], "owls.txt", { type: "text/plain" }),
  )
  await expect.poll(() => report()[0], { timeout: 5_000 }).toBe("exefdp.report: Added: 1 passage")
  expect(device.titles()).toContain("exefdp.report")
})

test("[WB136] sources are found by title and words, renamed, deleted with a way back, and read from the deleted ones", async () => {
  const id = await device.show("Tides\nThe moon pulls.")
  await device.show("Winds\nThe sun warms.")
  await type(document.querySelector<HTMLInputElement>("#source-filter"), "moon")
  await expect.poll(() => device.titles()).toEqual(["Tides"])
  await type(document.querySelector<HTMLInputElement>("#source-filter"), "")
  await act(async () => {
    location.hash = `#/s/${id}`
  })
  await expect.poll(() => device.text()).toContain("moon")
  await click(document.querySelector(".text-title-button"))
  const field = document.querySelector<HTMLInputElement>(".title-field")!
  await type(field, "Ebb and flow")
  await press(field, "Enter")
  await expect.poll(() => device.withSource(id, (source) => source.getMeta().title)).toBe("Ebb and flow")
  expect(device.titles()).toContain("Ebb and flow")
  await act(async () => device.cards.delete(id))
  await expect.poll(() => document.querySelector(".banner")?.textContent).toContain("was deleted. Its text is still here.")
  await click(button("Restore"))
  await expect.poll(() => device.titles()).toContain("Ebb and flow")
})

test("[WB136] the keys of the list go before those of the whole app, whichever came first", async () => {
  const choosing = vi.spyOn(HTMLInputElement.prototype, "click").mockImplementation(() => {})
  onTestFinished(() => choosing.mockRestore())
  await press(document.body, "n")
  expect(choosing.mock.contexts.map(({ accept }) => accept)).toEqual([expect.stringContaining("application/pdf")])
  expect(device.general).toBe(0)
})

test("[WB137] words are found in the whole text of a source, in any form, and gone through by keys", async () => {
  await device.show("Café one.\nA CAFE two.\nNothing.\nCafé three.")
  await press(document.body, "f", { ctrlKey: true })
  await expect.poll(() => named("Find in this source")).not.toBeNull()
  const field = document.querySelector<HTMLInputElement>(".find-field")!
  await type(field, "cafe")
  await expect.poll(() => document.querySelector(".find-count")?.textContent).toBe("3 found")
  await expect.poll(() => device.painted("found")).toEqual(["Café", "CAFE", "Café"])
  await press(field, "Enter")
  await press(field, "Enter")
  await expect.poll(() => document.querySelector(".find-count")?.textContent).toBe("2 of 3")
  expect(device.painted("found-here")).toEqual(["CAFE"])
  await press(field, "Escape")
  expect(device.painted("found")).toEqual([])
})

test("[WB138] a search over all sources gives passages, best first, with the words marked, and leads to the place", async () => {
  const id = await device.show(`${"Rivers run to the sea. ".repeat(200)}\n\nA heron stands on one leg.\n\n${"Rivers run on. ".repeat(100)}`)
  await device.show("Herons eat frogs and fish, and stand still for hours.")
  await click([...document.querySelectorAll("button")].find(({ textContent }) => textContent === "Search in all texts"))
  await expect.poll(() => named("Words or a question")).not.toBeNull()
  await type(document.querySelector<HTMLInputElement>(".source-search input"), "heron leg")
  await expect.poll(() => document.querySelector(".source-hit mark")?.textContent, { timeout: 5_000 }).toBe("heron")
  await click(document.querySelector(".source-hit"))
  await expect.poll(() => device.painted("shown").join("")).toContain("A heron stands on one leg.")
  expect(location.hash).toBe(`#/s/${id}`)
})

test("[WB139] a megabyte of text opens quickly, is scrolled to any place, and all of it can be found and chosen", async () => {
  await page.viewport(1280, 800)
  const lines = Array.from(
    { length: 12_000 },
    (_, line) => `Line ${line} says that nobody counts the words of a long book by hand, or hardly.`,
  )
  const text = lines.join("\n")
  expect(text.length).toBeGreaterThan(900_000)
  const id = await device.show(text)
  await act(async () => {
    location.hash = "#/s"
  })
  await expect.poll(() => document.querySelector(".source-text")).toBeNull()
  const from = text.indexOf("Line 11000 says")
  await act(async () => {
    location.hash = `#/s/${id}/a/${from}-${from + 10}`
  })
  await expect.poll(() => device.painted("shown")).toEqual(["Line 11000"])
  const scroller = document.querySelector<HTMLElement>(".source-scroller")!
  const [range] = [...CSS.highlights.get("shown")!] as [StaticRange]
  const live = document.createRange()
  live.setStart(range.startContainer, range.startOffset)
  live.setEnd(range.endContainer, range.endOffset)
  const [words, view] = [live.getBoundingClientRect(), scroller.getBoundingClientRect()]
  expect(words.top).toBeGreaterThan(view.top)
  expect(words.bottom).toBeLessThan(view.bottom)
  const laidOut = [...document.querySelectorAll(".source-block")].filter((block) => block.checkVisibility({ contentVisibilityAuto: true }))
  expect(laidOut.length).toBeLessThan(40)
})
