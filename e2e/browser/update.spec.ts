import { ChatPage } from "./chat-page.ts"
import { FrontServer } from "./front-server.ts"
import { expect, test } from "./test.ts"

test("[EE3] a new version of the app never reloads the page by itself, waits for unsent words, and loses no draft", async ({
  browser,
  relay,
}) => {
  const front = await FrontServer.start(relay)
  const context = await browser.newContext()
  try {
    const ana = new ChatPage(await context.newPage())
    await ana.open(front.url, "Ana")
    await ana.connected()
    await ana.keptOffline()
    // The first worker takes charge of pages that are loaded after it.
    await ana.page.reload()
    await ana.create()
    await ana.send("stored before")
    await ana.safe("stored before", "stored")
    await command(ana, "Cut this device off")
    await ana.connected("offline")
    await ana.send("not sent yet")
    await ana.safe("not sent yet", "local")
    await ana.draftOnDisk("a draft")
    await ana.page.evaluate(() => Object.assign(window, { sameLoad: true }))

    front.update()
    await ana.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update())
    const prompt = ana.page.getByTestId("update-prompt")
    await expect(prompt).toContainText("A new version of Polylogue is ready.")
    await expect(prompt).toContainText("It waits until everything you wrote is stored on a relay.")
    await expect(prompt.getByRole("button", { name: "Reload now" })).toBeDisabled()
    await ana.send("written beside the offer")
    expect(await ana.page.evaluate(() => "sameLoad" in window)).toBe(true)

    await command(ana, "Connect this device again")
    await ana.safe("written beside the offer", "stored")
    await ana.composer.fill("a draft")
    await expect(prompt.getByRole("button", { name: "Reload now" })).toBeEnabled()
    expect(await ana.page.evaluate(() => "sameLoad" in window)).toBe(true)
    await prompt.getByRole("button", { name: "Reload now" }).click()
    await expect.poll(() => ana.page.evaluate(() => "sameLoad" in window).catch(() => true)).toBe(false)
    for (const text of ["stored before", "not sent yet", "written beside the offer"]) await expect(ana.message(text)).toHaveCount(1)
    await expect(ana.composer).toHaveValue("a draft")
    await expect(prompt).toHaveCount(0)
  } finally {
    await context.close()
    await front.stop()
  }
})

/** Does something by the palette, as somebody who knows its name. */
async function command(chat: ChatPage, name: string): Promise<void> {
  await chat.page.keyboard.press("Control+k")
  await chat.page.keyboard.type(name)
  await chat.page.getByRole("option", { name }).first().click()
}
