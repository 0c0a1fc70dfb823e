import type { Locator, Page } from "@playwright/test"
import type { ChatPage } from "./chat-page.ts"
import { expect, test } from "./test.ts"

/** Searches in messages as a person does, by keys. */
async function search(chat: ChatPage, text: string): Promise<Locator> {
  const field = chat.page.getByRole("combobox", { name: "Search in messages" })
  // Keys mean something once what they open is there, which is just after the words are.
  await expect(async () => {
    await chat.page.keyboard.press("Control+Shift+F")
    await expect(field).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await field.fill(text)
  return chat.page.getByTestId("search-hit")
}

/** All bytes that rest in the databases of the search index, as text. */
function indexText(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const decoder = new TextDecoder("latin1")
    const found: string[] = []
    const visit = (value: unknown): void => {
      if (ArrayBuffer.isView(value)) found.push(decoder.decode(value))
      else if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) visit(inner)
      else found.push(String(value))
    }
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined || !name.includes("-search-")) continue
      const opening = indexedDB.open(name)
      await new Promise((resolve) => opening.addEventListener("success", resolve))
      for (const store of opening.result.objectStoreNames) {
        const reading = opening.result.transaction(store).objectStore(store).getAll()
        await new Promise((resolve) => reading.addEventListener("success", resolve))
        visit(reading.result)
      }
      opening.result.close()
    }
    return found.join("|")
  })
}

test("[I3] offline, after a reload, search finds what arrived in the background in a conversation that was never opened here", async ({
  join,
}) => {
  const bo = await join("Bo")
  await bo.connected()
  await bo.keptOffline()
  const ana = await join("Ana")
  const conversation = await ana.create()
  await ana.send("we meet under the old sycamore")
  await ana.send("東京タワーで会いましょう")
  await ana.safe("東京タワーで会いましょう", "stored")
  await bo.onDisk(conversation, "sycamore")
  await bo.page.context().setOffline(true)
  await bo.page.reload()

  const hits = await search(bo, "sycam")
  await expect(hits).toHaveCount(1)
  await expect(hits.locator("mark")).toHaveText("sycamore")
  await bo.page.getByRole("combobox", { name: "Search in messages" }).fill("タワー")
  await expect(hits.locator("mark")).toHaveText("タワー")
  await bo.page.keyboard.press("Enter")
  await expect(bo.message("東京タワーで会いましょう")).toBeVisible()
})

test("[I3] a result on another branch is shown where it stands, and can be walked to from within the conversation", async ({ join }) => {
  const ana = await join("Ana")
  await ana.create()
  await ana.send("a question about heliotropes")
  await ana.send("an answer about sunflowers")
  const row = ana.message("a question about heliotropes")
  await row.hover()
  await row.getByRole("button", { name: "Edit message" }).click()
  const field = ana.page.getByRole("textbox", { name: /new version/i })
  await field.fill("a question about tulips")
  await field.press("Enter")
  await expect(ana.message("a question about tulips")).toBeVisible()
  await expect(ana.message("an answer about sunflowers")).toHaveCount(0)

  const hits = await search(ana, "sunflowers")
  await expect(hits).toHaveCount(1)
  await expect(hits).toContainText("branch 1 of 2")
  await ana.page.keyboard.press("Enter")
  await expect(ana.message("an answer about sunflowers")).toBeInViewport()
  await expect(ana.message("an answer about sunflowers")).toBeFocused()

  await ana.page.keyboard.press("Control+F")
  await ana.page.getByRole("textbox", { name: "Find in this conversation" }).fill("tulip")
  await expect(ana.page.locator(".find-count")).toHaveText("1 found (1 on other branches)")
  await ana.page.keyboard.press("Enter")
  await expect(ana.message("a question about tulips")).toBeInViewport()
})

test("[I10] what was erased is found on no device, and no byte of it is left in an index", async ({ join }) => {
  const ana = await join("Ana")
  const bo = await join("Bo")
  const conversation = await ana.create()
  await ana.send("the password is quetzalcoatlus")
  await ana.safe("the password is quetzalcoatlus", "stored")
  await bo.onDisk(conversation, "quetzalcoatlus")
  const found = await search(bo, "quetzalcoatlus")
  await expect(found).toHaveCount(1)
  expect(await indexText(bo.page)).toContain("quetzalcoatlus")

  await ana.page.getByRole("button", { name: "Conversation actions" }).click()
  await ana.page.getByRole("menuitem", { name: "Erase for good" }).click()
  await ana.page.getByRole("dialog").getByRole("textbox").fill("erase")
  await ana.page
    .getByRole("dialog")
    .getByRole("button", { name: /^Erase/ })
    .click()
  await expect(found).toHaveCount(0)
  for (const { page } of [ana, bo]) await expect.poll(() => indexText(page)).not.toContain("quetzalcoatlus")
})
