import axe from "axe-core"
import { expect, test } from "vitest"
import { besidePage } from "./beside-page.tsx"

const SKY_TEXT = [
  "The atmosphere scatters short waves of light more than long ones. This is called Rayleigh scattering.",
  "At sunset light travels a longer way through the air, and most of the blue is scattered out of the line of sight.",
  "The sea looks blue mostly because water absorbs red light.",
].join("\n\n")

const ANSWER = "The sky is **blue** because short waves are scattered more.\n\nAt sunset it is red."

function rangeOf(text: string, words: string): { readonly from: number; readonly to: number } {
  const from = text.indexOf(words)
  return { from, to: from + words.length }
}

/** Polls between renders, as what comes later needs. */
async function eventually(page: Awaited<ReturnType<typeof besidePage>>, read: () => unknown) {
  return expect.poll(async () => {
    await page.settle()
    return read()
  })
}

test("[WB152] cited words of an answer are followed by the number of their source, the same for the same source, and the sources are listed below", async () => {
  const page = await besidePage("marks")
  const source = await page.source("sky", "On the sky", SKY_TEXT)
  const answer = page.answer(ANSWER)
  const cite = (words: string, cited: string): string =>
    page.cite({
      messageId: answer,
      answer: rangeOf(ANSWER, words),
      source: { sourceId: "sky", range: rangeOf(SKY_TEXT, cited), text: source.text },
    })
  cite("**blue**", "Rayleigh scattering")
  page.cite({ messageId: answer, answer: rangeOf(ANSWER, "is red"), source: { url: "https://example.org/sunset", title: "Sunsets" } })
  cite("more", "short waves")
  await page.show()
  const marks = (): (string | null)[] =>
    [...(page.row(answer)?.querySelectorAll(".citation-mark") ?? [])].map((mark) => mark.getAttribute("aria-label"))
  await (await eventually(page, marks)).toEqual(["Source 1: On the sky", "Source 1: On the sky", "Source 2: Sunsets"])
  expect(page.row(answer)?.querySelector("strong")?.innerHTML).toMatch(/^blue<button/)
  // What is read, found and copied are the words alone.
  expect(page.row(answer)?.querySelector<HTMLElement>("[data-part]")?.innerText).toBe(
    "The sky is blue because short waves are scattered more.\n\nAt sunset it is red.",
  )
  const listed = [...(page.row(answer)?.querySelectorAll(".message-sources li") ?? [])].map(({ textContent }) => textContent)
  expect(listed).toEqual(["1Source 1: On the sky", "2Source 2: Sunsetsexample.org"])
  await page.end()
})

test("[WB153] a press on a number shows what is cited with what stands around it, and leads to the next citation and to the source", async () => {
  const page = await besidePage("pane")
  const source = await page.source("sky", "On the sky", SKY_TEXT)
  const answer = page.answer(ANSWER)
  for (const [words, cited] of [
    ["**blue**", "Rayleigh scattering"],
    ["is red", "a longer way through the air"],
  ] as const) {
    page.cite({
      messageId: answer,
      answer: rangeOf(ANSWER, words),
      source: { sourceId: "sky", range: rangeOf(SKY_TEXT, cited), text: source.text },
    })
  }
  await page.show()
  await (await eventually(page, () => page.row(answer)?.querySelectorAll(".citation-mark").length)).toBe(2)
  await page.press("Source 1: On the sky", page.row(answer) ?? page.place)
  await (await eventually(page, () => page.margin()?.querySelector("mark")?.textContent)).toBe("Rayleigh scattering")
  expect(page.margin()?.querySelector(".cited-context")?.textContent).toContain("The atmosphere scatters")
  expect(page.margin()?.textContent).toContain("1 of 2")
  const { from, to } = rangeOf(SKY_TEXT, "Rayleigh scattering")
  await (await eventually(page, () => page.margin()?.querySelector(".cited-title a")?.getAttribute("href"))).toBe(`#/s/sky/a/${from}-${to}`)
  await page.press("Next citation")
  await (await eventually(page, () => page.margin()?.querySelector("mark")?.textContent)).toBe("a longer way through the air")
  expect(page.margin()?.querySelector(".citing-words")?.textContent).toBe("is red")
  await page.press("Close source")
  expect(page.margin()).toBeNull()
  await page.end()
})

test("[WB154] words that are gone from a source are never shown as others: the citation says so, and a person attaches it anew", async () => {
  const page = await besidePage("lost")
  const source = await page.source("sky", "On the sky", SKY_TEXT)
  const answer = page.answer(ANSWER)
  page.cite({
    messageId: answer,
    answer: rangeOf(ANSWER, "is red"),
    source: { sourceId: "sky", range: rangeOf(SKY_TEXT, "most of the blue is scattered out"), text: source.text },
  })
  await page.show()
  await (await eventually(page, () => page.row(answer)?.querySelectorAll(".citation-mark").length)).toBe(1)
  await page.press("Source 1: On the sky", page.row(answer) ?? page.place)
  await (await eventually(page, () => page.margin()?.querySelector("mark")?.textContent)).toBe("most of the blue is scattered out")
  const at = SKY_TEXT.indexOf("blue is scattered")
  await page.does(() => {
    source.text.delete(at, 4)
    source.text.insert(at, "azure")
  })
  await (
    await eventually(page, () => page.margin()?.textContent)
  ).toContain("The words are no longer in the source. This is what they were.")
  expect(page.margin()?.querySelector("mark")?.textContent).toBe("most of the blue is scattered out")
  expect(page.margin()?.textContent).toContain("Probably here, in other words:")
  expect(page.margin()?.querySelector(".citation-candidates mark")?.textContent).toBe("most of the azure is scattered out")
  await page.press("It is here")
  await (
    await eventually(page, () => page.margin()?.querySelector(".cited .cited-context mark")?.textContent)
  ).toBe("most of the azure is scattered out")
  expect(page.margin()?.textContent).not.toContain("no longer")
  await page.end()
})

test("[WB155] of a page of strangers nothing is loaded: its title stands as text beside its host, and only http and https lead there", async () => {
  const page = await besidePage("strangers")
  const answer = page.answer(ANSWER)
  for (const url of ["https://example.org/a", "javascript:alert(1)", "data:text/html,x"]) {
    page.cite({ messageId: answer, answer: null, source: { url, title: "<img src=x> https://trusted.example" }, quote: "<b>quoted</b>" })
  }
  await page.show()
  await (await eventually(page, () => page.row(answer)?.querySelectorAll(".message-source").length)).toBe(3)
  expect(page.row(answer)?.querySelectorAll("img, .message-sources a")).toHaveLength(0)
  const links: (string | null)[] = []
  for (const button of page.row(answer)?.querySelectorAll<HTMLElement>(".message-source") ?? []) {
    await page.does(() => button.click())
    await (await eventually(page, () => page.margin()?.querySelector("mark")?.textContent)).toBe("<b>quoted</b>")
    for (const link of page.margin()?.querySelectorAll("a") ?? []) links.push(link.getAttribute("href"), link.textContent, link.rel)
  }
  expect(links).toEqual(["https://example.org/a", "example.org", "noopener noreferrer nofollow"])
  await page.end()
})

for (const theme of ["light", "dark"] as const) {
  for (const contrast of ["usual", "more"] as const) {
    test(`[WB164] numbers, sources and the margin keep no assistive technology out: ${theme}, ${contrast} contrast`, async () => {
      const page = await besidePage(`axe-${theme}-${contrast}`)
      const { dataset } = document.documentElement
      dataset["theme"] = theme
      if (contrast === "more") dataset["contrast"] = "more"
      const source = await page.source("sky", "On the sky", SKY_TEXT)
      const answer = page.answer(ANSWER)
      const range = rangeOf(SKY_TEXT, "Rayleigh scattering")
      page.cite({ messageId: answer, answer: rangeOf(ANSWER, "**blue**"), source: { sourceId: "sky", range, text: source.text } })
      page.cite({ messageId: answer, answer: rangeOf(ANSWER, "is red"), source: { url: "https://example.org/sunset", title: "Sunsets" } })
      await page.show()
      await (await eventually(page, () => page.row(answer)?.querySelectorAll(".citation-mark").length)).toBe(2)
      page.place.style.height = "auto"
      for (const look of ["citation", "look-up"] as const) {
        if (look === "citation") await page.press("Source 1: On the sky", page.row(answer) ?? page.place)
        else await page.does(() => window.dispatchEvent(new KeyboardEvent("keydown", { key: "l", bubbles: true })))
        await (await eventually(page, () => page.margin()?.querySelectorAll("mark").length !== 0)).toBe(true)
        const { violations } = await axe.run(page.place, { resultTypes: ["violations"] })
        expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))])).toEqual([])
      }
      delete dataset["theme"]
      delete dataset["contrast"]
      await page.end()
    })
  }
}

test("[WB164] Escape closes the margin and gives the focus back", async () => {
  const page = await besidePage("escape")
  const answer = page.answer(ANSWER)
  page.cite({ messageId: answer, answer: rangeOf(ANSWER, "is red"), source: { url: "https://example.org/sunset", title: "Sunsets" } })
  await page.show()
  const mark = (): HTMLElement | null => page.row(answer)?.querySelector<HTMLElement>(".citation-mark") ?? null
  await (await eventually(page, mark)).not.toBeNull()
  await page.does(() => mark()?.focus())
  await page.does(() => mark()?.click())
  await (await eventually(page, () => document.activeElement?.getAttribute("aria-label"))).toBe("Close source")
  await page.does(() =>
    document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true })),
  )
  expect(page.margin()).toBeNull()
  await (await eventually(page, () => document.activeElement === mark())).toBe(true)
  await page.end()
})
