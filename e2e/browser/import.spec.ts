import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "./test.ts"

const EXPORT = fileURLToPath(new URL("../../../shared/data/conversations/import-chatgpt-tree.json", import.meta.url))

test("[I12] a real export is dropped on the page and seen in the other browser, word by word", async ({ join }) => {
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
  const words = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]+/gu, " ").trim()
  await expect
    .poll(async () => {
      const shown = words((await bo.messages.allTextContents()).join(" "))
      return texts.filter((text) => shown.includes(words(text))).length
    })
    .toBeGreaterThan(1)

  await drop(bo.page, "again.json", readFileSync(EXPORT, "utf8"))
  await expect(bo.page.getByRole("status").filter({ hasText: "here already" })).toBeVisible()
  await expect(bo.page.getByTestId("conversation-item")).toHaveCount(1)
})

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
