import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { Conversation, conversationDocumentId } from "@polylogue/conversation"
import { openReplica } from "@polylogue/replica"
import { dialWith, randomBytes, systemClock } from "@polylogue/replica/node"
import { MemoryEntryLog } from "@polylogue/storage"
import type { Page } from "@playwright/test"
import { WebSocket } from "ws"
import type { RelayProcess } from "../relay-process.ts"
import type { ChatPage } from "./chat-page.ts"
import { expect, test } from "./test.ts"

const PROGRAM = fileURLToPath(new URL("../../apps/polylogue/bin/polylogue.js", import.meta.url))
const MESSAGES = 3000
/** One turn of the wheel in px: the message that is watched stays on screen. */
const TURN = 400

test("[PN12] a conversation of 3,000 messages opens at its end; over two borders of its parts nothing moves but by the wheel, and nothing is lost or doubled", async ({
  join: enter,
  relay,
}) => {
  const ana = await openLong(enter, relay)
  const { page } = ana
  let count = await lineLength(page)
  expect(count).toBeLessThan(MESSAGES / 2)
  for (let border = 0; border < 2; border++) {
    // To where older messages are not asked for yet; from there by the wheel until they have come.
    await page.locator(".message-scroller").evaluate((scroller) => (scroller.scrollTop = 3 * scroller.clientHeight + 2 * 400))
    for (let turn = 0; (await lineLength(page)) === count; turn++) {
      expect(turn, "older messages come before the beginning is reached").toBeLessThan(12)
      await turnAndCompare(page)
    }
    count = await lineLength(page)
    for (let turn = 0; turn < 3; turn++) await turnAndCompare(page)
  }

  await page.getByRole("button", { name: "To the end" }).click()
  await ana.send("written at the end")
  await expect(ana.message("written at the end")).toBeInViewport()

  await page.locator(".message-scroller").hover()
  await page.mouse.wheel(0, -3 * TURN)
  const before = await settled(page)
  const bo = await enter("Bo")
  await bo.page.getByTestId("conversation-item").first().getByRole("link").click()
  await bo.send("written by another")
  await expect(page.getByRole("button", { name: "1 new message" })).toBeVisible()
  expect(await settled(page, before.id)).toEqual(before)
})

test("[PN12] what a device writes late into an older part is shown to whoever reads the end only", async ({ join: enter, relay }) => {
  const ana = await openLong(enter, relay)
  const conversationId = /#\/c\/([^/]+)/.exec(ana.page.url())![1]!
  // What was known when the conversation was read first has been noted, or nothing could be late.
  await expect.poll(() => notes(ana.page)).toBeGreaterThanOrEqual(6)
  await writeLate(relay, conversationId, 2, "late words")
  await expect(ana.message("late words")).toHaveCount(1)
  await expect.poll(() => lineLength(ana.page)).toBeGreaterThan(MESSAGES / 2)

  await ana.page.goto("about:blank")
  await writeLate(relay, conversationId, 1, "later words")
  await ana.open(relay.url, "Ana", conversationId)
  await expect(ana.message("later words")).toHaveCount(1)
})

test("[PN14] the version that one looks at is the one on one's other device", async ({ join: enter }) => {
  const here = await enter("Ana")
  const conversationId = await here.create()
  await here.send("first wording")
  await here.send("answered")
  const row = here.message("first wording")
  await row.hover()
  await row.getByRole("button", { name: "Edit message" }).click()
  const field = here.page.getByRole("textbox", { name: /new version/i })
  await field.fill("second wording")
  await field.press("Enter")
  await here.safe("second wording", "stored")
  const there = await enter("Ana")
  await there.goTo(conversationId)
  await expect(there.message("second wording")).toHaveCount(1)
  await here
    .message("second wording")
    .getByRole("button", { name: /^Previous/ })
    .click()
  await expect(here.message("answered")).toHaveCount(1)
  await expect(there.message("answered")).toHaveCount(1)
  await expect(there.message("second wording")).toHaveCount(0)
})

/** A long conversation, imported at the relay and opened at its end. */
async function openLong(enter: (name: string) => Promise<ChatPage>, relay: RelayProcess): Promise<ChatPage> {
  const folder = await mkdtemp(join(tmpdir(), "polylogue-long-"))
  try {
    const messages = Array.from({ length: MESSAGES }, (_, place) => ({
      role: place % 2 === 0 ? "user" : "assistant",
      // Of one to some twenty lines.
      content: `number ${place}\n\n${"Words that fill a line or two of it. ".repeat((place * 7) % 40)}`.trim(),
    }))
    const file = join(folder, "long.jsonl")
    await writeFile(file, `${JSON.stringify({ title: "A long one", messages })}\n`)
    await promisify(execFile)(process.execPath, [PROGRAM, "import", file, "--relay", `ws://127.0.0.1:${relay.port}`])
  } finally {
    await rm(folder, { recursive: true })
  }
  const ana = await enter("Ana")
  await ana.page.getByTestId("conversation-item").filter({ hasText: "A long one" }).getByRole("link").click()
  await expect(ana.page.getByText(`number ${MESSAGES - 1}`, { exact: true })).toBeInViewport()
  await ana.composer.fill("usable at once")
  await ana.composer.fill("")
  return ana
}

/** Turns the wheel once: the message near the top has gone down by that, whatever came in above; the numbers on the page follow each other. */
async function turnAndCompare(page: Page): Promise<void> {
  await page.locator(".message-scroller").hover()
  const before = await settled(page)
  await page.mouse.wheel(0, -TURN)
  await expect.poll(async () => (await settled(page, before.id)).top).not.toBe(before.top)
  const after = await settled(page, before.id)
  expect(Math.abs(after.top - before.top - TURN)).toBeLessThanOrEqual(1)
  const numbers = await page
    .getByTestId("message")
    .evaluateAll((rows) => rows.map((row) => Number(/number (\d+)/.exec(row.textContent ?? "")?.[1])))
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => numbers[0]! + index))
}

interface Place {
  readonly id: string
  /** In px below the top of the window. */
  readonly top: number
}

/** Where a message is, by default the first whose top is on screen, once nothing has moved or come in for several frames. */
function settled(page: Page, id?: string): Promise<Place> {
  return page.evaluate(async (wanted) => {
    const STILL_FRAMES = 12
    const scroller = document.querySelector(".message-scroller")!
    const edge = scroller.getBoundingClientRect().top
    let last = ""
    let place = { id: "", top: 0 }
    for (let still = 0; still < STILL_FRAMES;) {
      await new Promise(requestAnimationFrame)
      const rows = [...scroller.querySelectorAll("[data-message-id]")]
      const row = rows.find((one) =>
        wanted === undefined ? one.getBoundingClientRect().top >= edge : one.getAttribute("data-message-id") === wanted,
      )
      place = { id: row?.getAttribute("data-message-id") ?? "", top: Math.round(row?.getBoundingClientRect().top ?? 0) }
      const now = JSON.stringify([place, rows[0]?.getAttribute("aria-setsize"), document.querySelector(".older-messages") !== null])
      still = now === last && document.querySelector(".older-messages") === null ? still + 1 : 0
      last = now
    }
    return place
  }, id)
}

/** How many messages of the line are on the page or around it. */
async function lineLength(page: Page): Promise<number> {
  return Number(await page.getByTestId("message").first().getAttribute("aria-setsize"))
}

/** How many documents this device has noted something of. */
function notes(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const opening = indexedDB.open("polylogue")
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      opening.addEventListener("success", () => resolve(opening.result))
      opening.addEventListener("error", () => reject(opening.error ?? new Error("the database cannot be opened")))
    })
    const reading = database.transaction("records").objectStore("records").getAllKeys()
    const keys = await new Promise<IDBValidKey[]>((resolve, reject) => {
      reading.addEventListener("success", () => resolve(reading.result))
      reading.addEventListener("error", () => reject(reading.error ?? new Error("the records cannot be read")))
    })
    database.close()
    return keys.filter((key) => typeof key === "string" && key.startsWith("note/")).length
  })
}

/** Writes as a device does for which the conversation ended with `segment`. */
async function writeLate(relay: RelayProcess, conversationId: string, segment: number, text: string): Promise<void> {
  const replica = await openReplica({
    store: new MemoryEntryLog(),
    relays: [`ws://127.0.0.1:${relay.port}/sync`],
    dial: dialWith(WebSocket),
    clock: systemClock,
    randomBytes,
  })
  try {
    const [first, last] = await Promise.all(
      [0, segment].map((number) => replica.open(conversationDocumentId("home", conversationId, number))),
    )
    await expect.poll(() => first!.status.synced && last!.status.synced).toBe(true)
    const documents = new Map([
      [0, first!.ydoc],
      [segment, last!.ydoc],
    ])
    const author = { id: "late", kind: "person", name: "Lee" } as const
    const conversation = new Conversation(documents, { writer: `late${segment}`, author, now: Date.now, randomBytes })
    conversation.send({ text, parentId: conversation.getLine().at(-1)?.id ?? null })
    await last!.whenDurable("stored")
    conversation.destroy()
  } finally {
    await replica.close()
  }
}
