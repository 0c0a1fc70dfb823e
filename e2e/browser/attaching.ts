import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import type { Locator, Page } from "@playwright/test"
import type { ChatPage } from "./chat-page.ts"
import { expect } from "./test.ts"

/** The parts beside the words of the draft: files, pictures, quotations. */
export const draftParts = (chat: ChatPage): Locator => chat.page.getByTestId("draft-part")

export const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** Attaches a file to the draft, and waits until the device has read it. */
export async function attach(chat: ChatPage, name: string, mimeType: string, buffer: Buffer): Promise<void> {
  await chat.page.getByTestId("attach-input").setInputFiles([{ name, mimeType, buffer }])
  await expect(draftParts(chat).filter({ hasText: name })).toHaveCount(1)
  await expect(draftParts(chat).filter({ hasText: "Reading" })).toHaveCount(0)
}

/** The bytes that a person gets who downloads the file of that name. */
export async function download(within: Locator, name: string): Promise<Buffer> {
  const page = within.page()
  const [file] = await Promise.all([page.waitForEvent("download"), within.getByRole("button", { name: `Download ${name}` }).click()])
  expect(file.suggestedFilename()).toBe(name)
  return readFile(await file.path())
}

/** A picture of 120 by 80 pixels, drawn by the browser. */
export async function pictureOf(page: Page, colour = "teal"): Promise<Buffer> {
  const bytes = await page.evaluate(async (fill) => {
    const canvas = new OffscreenCanvas(120, 80)
    const context = canvas.getContext("2d")
    if (context === null) throw new Error("there is no canvas")
    context.fillStyle = fill
    context.fillRect(0, 0, 120, 80)
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer())]
  }, colour)
  return Buffer.from(bytes)
}

/** Waits until the picture of a message is on the screen. */
export async function pictureShown(message: Locator): Promise<void> {
  await expect.poll(() => message.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(120)
}
