import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { storedTexts } from "./stored-texts.ts"
import { expect, test } from "./test.ts"

const EXPORT = fileURLToPath(new URL("../../../shared/data/conversations/import-chatgpt-tree.json", import.meta.url))

test("[I12] a real export is dropped on the page and seen in the other browser, word by word", async ({ join, relay }) => {
  test.skip(!existsSync(EXPORT), "the shared conversations are not there")
  const [exported] = JSON.parse(readFileSync(EXPORT, "utf8")) as [
    { title: string; mapping: Record<string, { message: { content?: { parts?: unknown[] } } | null }> },
  ]
  const ana = await join("Ana")
  const bo = await join("Bo")
  await drop(ana.page, "conversations.json", readFileSync(EXPORT, "utf8"))
  await expect(ana.page.getByTestId("import-report")).toContainText(exported.title)
  await ana.page.getByRole("button", { name: "Done" }).click()

  const item = bo.page.getByTestId("conversation-item").filter({ hasText: exported.title })
  await expect(item).toHaveCount(1)
  await item.getByRole("link").click()
  await expect(bo.messages.first()).toBeVisible()
  const texts = Object.values(exported.mapping)
    .flatMap(({ message }) => message?.content?.parts ?? [])
    .filter((part): part is string => typeof part === "string" && part.trim() !== "")
  const stored = await storedTexts(relay)
  for (const text of texts) expect(stored).toContain(text)
  const shown = bo.messages.filter({ has: bo.page.getByText(firstLine(texts.at(-1)!)) })
  await expect(shown).toHaveCount(1)

  // A conversation is open: the file could be meant for the message.
  await drop(bo.page, "again.json", readFileSync(EXPORT, "utf8"))
  await bo.page.getByRole("button", { name: "Import conversations" }).click()
  await expect(bo.page.getByRole("status").filter({ hasText: "here already" })).toBeVisible()
  await expect(bo.page.getByTestId("conversation-item")).toHaveCount(1)
})

/** Enough of a text to find it by: up to its first line break or mark-up. */
function firstLine(text: string): string {
  return text.split(/[\n*`#_[]/)[0]!.trim()
}

/** Drops a file on the window, as a person would. */
async function drop(page: import("@playwright/test").Page, name: string, content: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([fileName, text]) => {
      const data = new DataTransfer()
      data.items.add(new File([text!], fileName!, { type: "application/json" }))
      return data
    },
    [name, content],
  )
  for (const type of ["dragenter", "dragover", "drop"]) await page.dispatchEvent("body", type, { dataTransfer: transfer })
}
