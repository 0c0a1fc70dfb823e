import { readFile } from "node:fs/promises"
import type { Page } from "@playwright/test"
import { RelayProcess } from "../relay-process.ts"
import { ChatPage } from "./chat-page.ts"
import { Program } from "./program.ts"
import { expect, test } from "./test.ts"

test("[PN14, PN15] an edit leaves the old version and its answers; the version one looks at survives a reload", async ({ join, relay }) => {
  const ana = await join("Ana")
  const conversation = await ana.create()
  await ana.send("first wording")
  await ana.send("an answer to the first wording")
  await edit(ana, "first wording", "second wording")
  await expect(ana.message("an answer to the first wording")).toHaveCount(0)
  await ana.send("an answer to the second wording")
  await ana.safe("an answer to the second wording", "stored")
  await switchTo(ana, "second wording", "Previous")
  await expect(ana.message("first wording")).toHaveCount(1)
  await expect(ana.message("an answer to the first wording")).toHaveCount(1)
  await ana.page.reload()
  await expect(ana.message("an answer to the first wording")).toHaveCount(1)
  await expect(ana.message("second wording")).toHaveCount(0)
  const model = await Program.join(relay, conversation, "Sky")
  try {
    await expect.poll(() => model.conversation.getTree().nodes.size).toBe(4)
  } finally {
    await model.leave()
  }
})

test("[PN15] generating again is an alternative: the earlier answer and all that follows it stay", async ({ join, relay }) => {
  const ana = await join("Ana")
  const conversation = await ana.create()
  await ana.send("Name a colour.")
  await ana.safe("Name a colour.", "stored")
  const model = await Program.join(relay, conversation, "Sky")
  try {
    await expect.poll(() => model.texts()).toEqual(["Name a colour."])
    const author = { id: "model:sky", kind: "model", name: "Sky" }
    const question = model.tip
    const first = model.conversation.startReply({ parentId: question, author })
    first.append("Blue.")
    first.done()
    await expect(ana.message("Blue.")).toHaveCount(1)
    await ana.send("Why blue?")
    await ana.safe("Why blue?", "stored")
    await expect.poll(() => model.texts()).toEqual(["Name a colour.", "Blue.", "Why blue?"])
    const second = model.conversation.startReply({ parentId: question, alternativeOf: first.messageId, author })
    second.append("Green.")
    second.done()
    await model.stored()
    // What one reads stays on screen; the other answer is offered, not put in its place.
    await expect(ana.page.getByText("2/2").or(ana.page.getByText("1/2")).first()).toBeVisible()
    await expect(ana.message("Why blue?")).toHaveCount(1)
    await switchTo(ana, "Blue.", "Next")
    await expect(ana.message("Green.")).toHaveCount(1)
    await expect(ana.message("Why blue?")).toHaveCount(0)
    await switchTo(ana, "Green.", "Previous")
    await expect(ana.message("Why blue?")).toHaveCount(1)
  } finally {
    await model.leave()
  }
})

test("[PN16] every branch of a conversation survives its export and an import at another relay", async ({ join, browser }) => {
  const ana = await join("Ana")
  await ana.create()
  await ana.send("first wording")
  await ana.send("an answer to the first wording")
  await edit(ana, "first wording", "second wording")
  await ana.send("an answer to the second wording")
  await ana.safe("an answer to the second wording", "stored")
  const file = await exported(ana.page)

  const elsewhere = await RelayProcess.start()
  const context = await browser.newContext()
  try {
    const bo = new ChatPage(await context.newPage())
    await bo.open(elsewhere.url, "Bo")
    await drop(bo.page, "conversation.json", file)
    await expect(bo.page.getByTestId("import-report")).toContainText("first wording")
    await bo.page.getByRole("button", { name: "Done" }).click()
    await bo.page.getByTestId("conversation-item").first().getByRole("link").click()
    await expect(bo.message("an answer to the second wording")).toHaveCount(1)
    await switchTo(bo, "second wording", "Previous")
    await expect(bo.message("an answer to the first wording")).toHaveCount(1)
    expect(await exported(bo.page)).toBe(file)
  } finally {
    await context.close()
    await elsewhere.dispose()
  }
})

async function edit(chat: ChatPage, text: string, next: string): Promise<void> {
  const row = chat.message(text)
  await row.hover()
  await row.getByRole("button", { name: "Edit message" }).click()
  const field = chat.page.getByRole("textbox", { name: /new version/i })
  await field.fill(next)
  await field.press("Enter")
  await expect(chat.message(next)).toBeVisible()
}

async function switchTo(chat: ChatPage, text: string, name: "Previous" | "Next"): Promise<void> {
  await chat
    .message(text)
    .getByRole("button", { name: new RegExp(`^${name}`) })
    .click()
}

async function exported(page: Page): Promise<string> {
  const downloading = page.waitForEvent("download")
  await page.getByRole("button", { name: "Conversation actions" }).click()
  await page.getByRole("menuitem", { name: "Export" }).click()
  const dialog = page.getByRole("dialog", { name: "Export" })
  await dialog.getByRole("radio", { name: "Polylogue Everything, to be imported again" }).check()
  await dialog.getByRole("button", { name: "Export" }).click()
  const written = await readFile(await (await downloading).path(), "utf8")
  await dialog.getByRole("button", { name: "Close" }).click()
  return written
}

async function drop(page: Page, name: string, content: string): Promise<void> {
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
