import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join as joinPath } from "node:path"
import type { Locator, Page } from "@playwright/test"
import { attach } from "./attaching.ts"
import { RelayProcess } from "../relay-process.ts"
import { ChatPage } from "./chat-page.ts"
import { type StoredConversation, storedConversations } from "./stored-texts.ts"
import { expect, test } from "./test.ts"

/** In the file of many conversations; some twenty thousand characters each, twenty megabytes together. */
const COUNT = 1_000

let folder: string
test.beforeEach(() => {
  folder = mkdtempSync(joinPath(tmpdir(), "polylogue-importing-"))
})
test.afterEach(() => rmSync(folder, { recursive: true, force: true }))

test("[I12] an import runs beside writing, is cancelled, is cut off by a reload, goes on: every conversation once, all reported", async ({
  join,
  relay,
}) => {
  const file = manyConversations()
  const ana = await join("Ana")
  const conversation = await ana.create()
  await traceFrames(ana.page)

  await importFile(ana.page, file)
  await expect(dialog(ana.page)).toContainText(/[1-9]\d* conversations imported/)
  await dialog(ana.page).getByRole("button", { name: "Cancel" }).click()
  await expect(dialog(ana.page).getByRole("status").first()).toContainText("Cancelled.")
  const cancelled = await counts(ana.page)
  expect(cancelled.imported).toBeGreaterThan(0)
  expect(cancelled.imported).toBeLessThan(COUNT)
  await dialog(ana.page).getByRole("button", { name: "Done" }).click()

  await importFile(ana.page, file)
  await dialog(ana.page).getByRole("button", { name: "Close" }).click()
  await ana.goTo(conversation)
  await ana.composer.pressSequentially("written while it runs")
  await ana.composer.press("Enter")
  await expect(ana.message("written while it runs")).toBeVisible()
  const banner = ana.page.getByTestId("import-banner")
  await expect(banner).toContainText(/Importing: [1-9]/)
  await printFrames(ana.page)
  await ana.page.reload()

  await expect(banner).toContainText("was cut off")
  await banner.getByRole("button", { name: "Go on" }).click()
  // This browser keeps no way to the file: it is chosen again, and what is done is passed over.
  await expect(dialog(ana.page).getByRole("button", { name: "Choose the file again" })).toBeVisible()
  await ana.page.getByTestId("import-files").first().setInputFiles(file)
  await expect(dialog(ana.page).getByRole("button", { name: "Done" })).toBeVisible()
  const { imported, here } = await counts(ana.page)
  expect(imported + here).toBe(COUNT)
  expect(here).toBeGreaterThanOrEqual(cancelled.imported)
  await dialog(ana.page).getByRole("button", { name: "Done" }).click()
  await expect(ana.message("written while it runs")).toHaveCount(1)

  await expect(ana.status).toContainText("All safe")
  const titles = (await storedConversations(relay)).map(({ messages }) => messages[0]?.parts?.[0]?.text?.split(":")[0])
  expect(titles).toHaveLength(COUNT + 1)
  expect(new Set(titles).size).toBe(COUNT + 1)
})

test("[I12] a backup restored in an empty browser at another relay gives back all of it, attachments too", async ({
  join,
  relay,
  browser,
}) => {
  const ana = await join("Ana")
  await ana.create()
  await ana.send("a first word")
  await ana.create()
  const notes = Buffer.from("what stands in the notes\n".repeat(200))
  await attach(ana, "notes.txt", "text/plain", notes)
  await ana.send("a word with notes")
  await ana.safe("a word with notes", "stored")
  await expect(ana.status).toContainText("All safe")

  await command(ana.page, "Storage on this device")
  const downloading = ana.page.waitForEvent("download")
  await ana.page.getByRole("button", { name: "Back up everything" }).click()
  const backup = joinPath(folder, "backup.zip")
  await (await downloading).saveAs(backup)
  await expect(ana.page.getByTestId("backup").getByRole("status")).toContainText("2 conversations written")

  const context = await browser.newContext()
  const other = await RelayProcess.start()
  try {
    const bo = new ChatPage(await context.newPage())
    await bo.open(other.url, "Bo")
    await importFile(bo.page, backup)
    await expect(dialog(bo.page).getByRole("button", { name: "Done" })).toBeVisible()
    expect(await counts(bo.page)).toEqual({ imported: 2, here: 0 })
    await dialog(bo.page).getByRole("button", { name: "Done" }).click()
    await expect(bo.page.getByTestId("conversation-item")).toHaveCount(2)
    await bo.page.getByTestId("conversation-item").filter({ hasText: "a word with notes" }).getByRole("link").click()
    const [download] = await Promise.all([
      bo.page.waitForEvent("download"),
      bo.message("a word with notes").getByRole("button", { name: "Download notes.txt" }).click(),
    ])
    expect(readFileSync(await download.path())).toEqual(notes)
    await expect(bo.status).toContainText("All safe")
    expect(byId(await storedConversations(other))).toEqual(byId(await storedConversations(relay)))
  } finally {
    await context.close()
    await other.dispose()
  }
})

/** A file of many conversations. */
function manyConversations(): string {
  const text = "a word and another one, which nobody has to remember. ".repeat(180)
  const lines = Array.from({ length: COUNT }, (_, at) =>
    JSON.stringify({
      messages: [
        { role: "user", content: `question ${at} of many: ${text}` },
        { role: "assistant", content: `answer ${at} of many: ${text}` },
      ],
    }),
  )
  const file = joinPath(folder, "many.jsonl")
  writeFileSync(file, lines.join("\n"))
  return file
}

const dialog = (page: Page): Locator => page.getByRole("dialog", { name: "Import conversations" })

/** Runs the command of that name. */
async function command(page: Page, name: string): Promise<void> {
  const palette = page.locator("dialog[open]")
  // On a page that was just opened keys mean something once what they open is loaded: whoever sees nothing come presses again.
  await expect(async () => {
    if (!(await palette.isVisible())) await page.keyboard.press("ControlOrMeta+k")
    await expect(palette.getByRole("combobox")).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await palette.getByRole("combobox").fill(name)
  await palette.getByRole("option", { name }).first().click()
}

async function importFile(page: Page, file: string): Promise<void> {
  await command(page, "Import conversations")
  await page.getByTestId("import-files").first().setInputFiles(file)
}

/** What a finished import says of itself. */
async function counts(page: Page): Promise<{ readonly imported: number; readonly here: number }> {
  const words = await dialog(page).getByRole("status").first().innerText()
  const number = (pattern: RegExp): number => Number((pattern.exec(words)?.[1] ?? "0").replaceAll(",", ""))
  return { imported: number(/([\d,]+) conversations? imported/), here: number(/([\d,]+) here already/) }
}

const byId = (conversations: readonly StoredConversation[]): readonly StoredConversation[] =>
  conversations.toSorted((left, right) => (left.id < right.id ? -1 : 1))

/** Notes the time from frame to frame from now on. */
async function traceFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const gaps: number[] = []
    Object.assign(window, { frameGaps: gaps })
    let last = performance.now()
    const frame = (now: number): void => {
      gaps.push(now - last)
      last = now
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
  })
}

/** Says how long frames took: for people to read, no test depends on a time. */
async function printFrames(page: Page): Promise<void> {
  const gaps = await page.evaluate(() => (window as unknown as { frameGaps: number[] }).frameGaps)
  const sorted = gaps.toSorted((left, right) => right - left)
  const at = (part: number): string => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(0)
  console.log(`frames while importing: ${sorted.length}, longest ${at(0)} ms, 99% within ${at(0.01)} ms, half within ${at(0.5)} ms`)
}
