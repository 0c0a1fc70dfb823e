import type { Locator } from "@playwright/test"
import { attach, download, draftParts as parts, hashOf, pictureOf, pictureShown } from "./attaching.ts"
import { expect, test } from "./test.ts"

const NOTES = Buffer.from("line of notes\n".repeat(2_000))

test("[I12] attached, quoted and sent without a network, over a reload: the other browser gets the same bytes", async ({ join }) => {
  const ana = await join("Ana")
  const conversation = await ana.create()
  await ana.send("the first message")
  await ana.safe("the first message", "stored")
  await ana.keptOffline()
  const bo = await join("Bo")
  await bo.goTo(conversation)

  await ana.page.context().setOffline(true)
  await ana.connected("offline")
  const picture = await pictureOf(ana.page)
  await attach(ana, "harbour.png", "image/png", picture)
  await attach(ana, "notes.txt", "text/plain", NOTES)
  await choose(ana.message("the first message").locator(".markdown p"))
  await ana.page.getByRole("button", { name: "Quote", exact: true }).click()
  await expect(parts(ana)).toHaveCount(3)
  await ana.draftOnDisk("look at these")
  await ana.page.reload()
  await expect(parts(ana)).toHaveCount(3)
  await expect(parts(ana).filter({ hasText: "harbour.png" })).toContainText("waits for the relay")
  await expect(ana.composer).toHaveValue("look at these")
  await ana.composer.press("Enter")
  await expect(parts(ana)).toHaveCount(0)
  await expect(ana.message("look at these").getByTestId("picture")).toContainText("waiting for the relay")
  await ana.safe("look at these", "local")

  await ana.page.reload()
  await ana.safe("look at these", "local")
  await ana.page.context().setOffline(false)
  await ana.safe("look at these", "stored")
  await expect(ana.message("look at these").getByTestId("picture")).not.toContainText("relay")

  const received = bo.message("look at these")
  await expect(received.locator("blockquote")).toContainText("the first message")
  await pictureShown(received)
  expect(
    await received
      .getByTestId("picture")
      .locator(".picture-box")
      .evaluate((box) => box.clientWidth),
  ).toBeGreaterThan(100)
  expect(hashOf(await download(received, "notes.txt"))).toBe(hashOf(NOTES))
  await received.getByRole("button", { name: "Show harbour.png large" }).click()
  expect(hashOf(await download(bo.page.locator("dialog"), "harbour.png"))).toBe(hashOf(picture))
  await bo.page.keyboard.press("Escape")
  await expect(bo.page.locator("dialog")).toHaveCount(0)

  // What it has seen it has without a network as well.
  await bo.keptOffline()
  await bo.page.context().setOffline(true)
  await bo.page.reload()
  await pictureShown(received)
})

test("[I12] a file that the relay refuses stays on the device, says why, and goes when it is tried again", async ({ join }) => {
  const ana = await join("Ana")
  const conversation = await ana.create()
  await ana.connected()
  await ana.page.context().route("**/blobs/**", (route) => route.fulfill({ status: 507, body: "full" }))
  await attach(ana, "notes.txt", "text/plain", NOTES)
  await expect(parts(ana)).toContainText("The relay has no room for it.")
  await ana.composer.fill("notes that no relay takes")
  await ana.composer.press("Enter")
  const sent = ana.message("notes that no relay takes")
  await expect(sent.getByTestId("file")).toContainText("The relay has no room for it.")
  await ana.page.reload()
  await expect(sent.getByTestId("file")).toContainText("The relay has no room for it.")
  await ana.safe("notes that no relay takes", "local")

  const bo = await join("Bo")
  await bo.goTo(conversation)
  await expect(bo.message("notes that no relay takes").getByTestId("file")).toContainText("No relay has it yet.")
  await ana.page.context().unroute("**/blobs/**")
  await sent.getByRole("button", { name: "Try again" }).click()
  await expect(sent.getByTestId("file")).not.toContainText("relay")
  await ana.safe("notes that no relay takes", "stored")
  await expect(bo.message("notes that no relay takes").getByTestId("file")).not.toContainText("No relay")
  expect(hashOf(await download(bo.message("notes that no relay takes"), "notes.txt"))).toBe(hashOf(NOTES))
})

/** Chooses all words of an element, as a person does who wants to quote them. */
async function choose(element: Locator): Promise<void> {
  await element.evaluate((node) => {
    const range = document.createRange()
    range.selectNodeContents(node)
    document.getSelection()?.removeAllRanges()
    document.getSelection()?.addRange(range)
  })
}
