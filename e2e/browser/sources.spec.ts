import type { Page } from "@playwright/test"
import { choose, markdownFile, SourcePage } from "./source-page.ts"
import { expect, test } from "./test.ts"

const HERON = "# Heron\n\nThe grey heron eats fish and frogs. It stands still for a long time before it strikes.\n"

test("[PN23, I12] a citation and a note follow their words while two people edit the source, and say so when the words are gone", async ({
  join,
}) => {
  const [ana, bo] = [await join("Ana"), await join("Bo")]
  const [anaSources, boSources] = [new SourcePage(ana.page), new SourcePage(bo.page)]
  await anaSources.list()
  await anaSources.add([markdownFile("heron.md", HERON)])

  // Ana cites the source in what she wrote.
  await ana.page.evaluate(() => {
    location.hash = "#/"
  })
  const conversationId = await ana.create()
  await ana.send("It eats fish and frogs, I think.")
  await choose(ana.page, "[data-testid=message]", "fish and frogs")
  await ana.page.getByRole("button", { name: "Cite" }).first().click()
  await ana.page.locator(".passages").getByRole("button", { name: "Cite" }).first().click()
  const marker = (page: Page) => page.getByRole("button", { name: /^Source 1/ }).first()
  await expect(marker(ana.page)).toBeVisible()

  // Bo notes something at words of the source.
  await boSources.open("Heron")
  await choose(bo.page, ".source-text", "stands still")
  await bo.page.getByRole("button", { name: "Note", exact: true }).click()
  await expect(bo.page.getByRole("region", { name: "New note" }).getByRole("textbox")).toBeFocused()
  await bo.page.keyboard.type("For how long?")
  await bo.page.keyboard.press("Control+Enter")
  await expect(bo.page.getByText("For how long?")).toBeVisible()
  await bo.goTo(conversationId)
  await expect(marker(bo.page)).toBeVisible()

  // Both edit the text at once, cut off: before, within and after what was cited and noted.
  await anaSources.open("Heron")
  await boSources.open("Heron")
  await Promise.all([ana.keptOffline(), bo.keptOffline()])
  for (const { page } of [ana, bo]) await page.context().setOffline(true)
  const edit = async (page: Page, at: string, words: string): Promise<void> => {
    await act(page, "Edit text")
    const field = page.locator(".cm-content")
    await field.click()
    await page.keyboard.press(at)
    await page.keyboard.type(words)
    await page.getByRole("button", { name: "Done" }).click()
  }
  await edit(ana.page, "Control+Home", "Birds of the river. ")
  await edit(bo.page, "Control+End", "It is grey.")
  for (const { page } of [ana, bo]) await page.context().setOffline(false)
  for (const { page } of [ana, bo]) {
    await expect(page.locator(".source-text")).toContainText("Birds of the river.")
    await expect(page.locator(".source-text")).toContainText("It is grey.")
  }
  await openNotes(ana.page)
  await expect(ana.page.getByText("For how long?")).toBeVisible()
  await expect(ana.page.getByText(LOST)).toHaveCount(0)

  // All words go, and come back: what was said about them is never said about others.
  await act(ana.page, "Edit text")
  await ana.page.locator(".cm-content").click()
  await ana.page.keyboard.press("Control+a")
  await ana.page.keyboard.type("Another text.")
  await openNotes(bo.page)
  await expect(bo.page.getByText(LOST)).toBeVisible()
  await expect(bo.page.locator("q", { hasText: "stands still" })).toBeVisible()
  await ana.page.keyboard.press("Control+z")
  await expect(bo.page.locator(".source-text")).toContainText("It stands still for a long time")
  await expect(bo.page.getByText(LOST)).toHaveCount(0)
})

/** What is said of notes whose words are gone. */
const LOST = /has lost its words/

async function act(page: Page, what: string): Promise<void> {
  await page.getByRole("button", { name: "Source actions" }).click()
  await page.getByRole("menuitem", { name: what }).click()
}

/** Opens the notes of the source on screen, unless they are. */
async function openNotes(page: Page): Promise<void> {
  const panel = page.getByRole("complementary", { name: "Notes" })
  if (!(await panel.isVisible())) await act(page, "Notes")
  await expect(panel).toBeVisible()
}
