import { setTimeout as pause } from "node:timers/promises"
import type { Locator, WebSocket } from "@playwright/test"
import { attach, download, draftParts, hashOf, pictureOf, pictureShown } from "./attaching.ts"
import { ChatPage } from "./chat-page.ts"
import { Program } from "./program.ts"
import { RelayPair } from "./relay-pair.ts"
import { storedTexts } from "./stored-texts.ts"
import { expect, test as base } from "./test.ts"

/** Words of a reply, after how many of them a relay is killed, and how they follow each other, as a fast model has it: not a wait for anything. */
const WORDS = 300
const WORDS_BEFORE = 100
const WORD_PACE_MS = 15

/** Two linked relays, and somebody at each. */
interface Fixtures {
  readonly pair: RelayPair
  readonly ana: ChatPage
  readonly bo: ChatPage
}

const test = base.extend<Fixtures>({
  // oxlint-disable-next-line no-empty-pattern -- reason: Playwright reads the names of the fixtures from the pattern.
  pair: async ({}, use) => {
    const pair = await RelayPair.start()
    await use(pair)
    await pair.dispose()
  },
  ana: async ({ browser, pair }, use) => {
    const context = await browser.newContext()
    const chat = new ChatPage(await context.newPage())
    await chat.open(pair.near.url, "Ana")
    await use(chat)
    await context.close()
  },
  bo: async ({ browser, pair }, use) => {
    const context = await browser.newContext()
    const chat = new ChatPage(await context.newPage())
    await chat.open(pair.far.url, "Bo")
    await use(chat)
    await context.close()
  },
})

test("[PN25, I2, I12] two browsers at two relays whose link is cut both write on, and are equal when it is healed", async ({
  pair,
  ana,
  bo,
}) => {
  const conversation = await ana.create()
  await ana.send("before the cut")
  await bo.goTo(conversation)
  await expect(bo.message("before the cut")).toHaveCount(1)

  pair.cut()
  for (const index of [1, 2, 3]) {
    await ana.send(`ana-${index} on this side`)
    await bo.send(`bo-${index} on that side`)
  }
  // Each relay has what is written at it, and nobody is told that there is another side.
  await ana.safe("ana-3 on this side", "stored")
  await bo.safe("bo-3 on that side", "stored")
  await ana.connected()
  await bo.connected()
  await expect(ana.message("bo-1 on that side")).toHaveCount(0)
  await expect(bo.message("ana-1 on this side")).toHaveCount(0)

  pair.heal()
  for (const chat of [ana, bo]) {
    for (const index of [1, 2, 3]) {
      await expect(chat.message(`ana-${index} on this side`)).toHaveCount(1)
      await expect(chat.message(`bo-${index} on that side`)).toHaveCount(1)
    }
    await expect(chat.messages).toHaveCount(7)
  }
  const lines = await Promise.all(
    [ana, bo].map((chat) => chat.messages.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-message-id")))),
  )
  expect(lines[0]).toEqual(lines[1])
})

test("[PN26, I3, I4] the relay of a reader is killed while a reply is written: it goes on over the other one, without a gap, and nothing comes twice", async ({
  pair,
  ana,
}) => {
  const sockets: WebSocket[] = []
  ana.page.on("websocket", (socket) => sockets.push(socket))
  await knowsBoth(ana)
  const conversation = await ana.create()
  await ana.send("Tell me everything")
  await ana.safe("Tell me everything", "replicated")

  const address = sockets.findLast((socket) => !socket.isClosed())!.url()
  const [here, there] = address.includes(`:${pair.near.port}/`) ? [pair.near, pair.far] : [pair.far, pair.near]
  const model = await Program.join(there, conversation, "model")
  await expect.poll(() => model.texts()).toHaveLength(1)
  const author = { id: "model:model", kind: "model" as const, name: "Model" }
  const reply = model.conversation.startReply({ parentId: model.tip, author, partType: "text" })
  const row = ana.page.locator(`[data-message-id="${reply.messageId}"]`)
  const words = Array.from({ length: WORDS }, (_, index) => `word${index}`)
  for (const [index, word] of words.entries()) {
    reply.append(index === 0 ? word : ` ${word}`)
    if (index === WORDS_BEFORE) {
      await expect(row).toContainText(`word${WORDS_BEFORE}`)
      await watchText(row)
      await here.kill()
    }
    await pause(WORD_PACE_MS)
  }
  reply.done()
  await expect(row).toContainText(words.at(-1)!)
  await ana.connected()
  expect(new URL(sockets.findLast((socket) => !socket.isClosed())!.url()).port).not.toBe(new URL(address).port)
  const whole = words.join(" ")
  const shown = await shownTexts(row)
  expect(shown.length).toBeGreaterThan(1)
  for (const [index, text] of shown.entries()) {
    expect(whole.startsWith(text)).toBe(true)
    expect(text.length).toBeGreaterThanOrEqual(shown[index - 1]?.length ?? 0)
  }
  expect(shown.at(-1)).toBe(whole)
  // What was written before is there, and one writes on.
  await ana.send("And then?")
  await ana.safe("And then?", "stored")
  await expect.poll(() => model.texts()).toEqual(["Tell me everything", whole, "And then?"])
  await model.leave()
})

test("[PN27, I1] words are said to be on more than one relay when they are, and not while the link is cut", async ({ pair, ana }) => {
  await ana.create()
  await ana.send("with a link")
  await ana.safe("with a link", "replicated")
  pair.cut()
  await ana.send("without one")
  await ana.safe("without one", "stored")
  await ana.safe("with a link", "replicated")
  pair.heal()
  await ana.safe("without one", "replicated")
  // What was said is so: the first relay loses its disk, and whoever comes to the other finds both.
  await pair.near.kill()
  await pair.near.wipe()
  await ana.page.close()
  expect(await storedTexts(pair.far)).toEqual(expect.arrayContaining(["with a link", "without one"]))
})

test("[PN29, I12] a page whose own relay is gone brings and gets attachments at the other one, of another origin", async ({
  pair,
  ana,
  bo,
}) => {
  await knowsBoth(ana)
  const conversation = await ana.create()
  await attach(ana, "before.png", "image/png", await pictureOf(ana.page))
  await ana.send("my picture")
  await bo.goTo(conversation)
  await pictureShown(bo.message("my picture"))
  // Nobody opens at her device, before the kill, what this is in.
  const notes = Buffer.from("line of notes\n".repeat(2_000))
  const other = await bo.create()
  await attach(bo, "notes.txt", "text/plain", notes)
  await bo.send("my notes")
  await bo.safe("my notes", "stored")

  await pair.near.kill()
  await ana.connected()
  // What was brought before comes from the other relay ...
  await ana.goTo(other)
  expect(hashOf(await download(ana.message("my notes"), "notes.txt"))).toBe(hashOf(notes))
  // ... which takes what is brought now, in one piece and in several, ...
  await ana.goTo(conversation)
  await bo.goTo(conversation)
  await attach(ana, "after.png", "image/png", await pictureOf(ana.page, "coral"))
  const large = Buffer.alloc(2_500_000, "a large file ")
  await attach(ana, "large.txt", "text/plain", large)
  await expect(draftParts(ana)).toHaveCount(2)
  await ana.send("two more")
  await ana.safe("two more", "stored")
  await pictureShown(bo.message("two more"))
  expect(hashOf(await download(bo.message("two more"), "large.txt"))).toBe(hashOf(large))
  // ... and pictures of others are shown.
  await attach(bo, "reply.png", "image/png", await pictureOf(bo.page, "navy"))
  await bo.send("my picture, too")
  await pictureShown(ana.message("my picture, too"))
})

/** Waits until the page has been told of the other relay; from then on it goes to either. */
async function knowsBoth(chat: ChatPage): Promise<void> {
  await expect.poll(() => chat.page.evaluate(() => localStorage.getItem("polylogue.relays"))).not.toBeNull()
  await chat.page.reload()
  await chat.connected()
}

test("[PN28] two people at two relays see each other in a conversation, and whoever leaves is seen there no more", async ({ ana, bo }) => {
  const conversation = await ana.create()
  await ana.send("who is here?")
  await bo.goTo(conversation)
  await expect(ana.others).toHaveAccessibleName("Here now: Bo")
  await expect(bo.others).toHaveAccessibleName("Here now: Ana")
  await bo.page.close()
  await expect(ana.others).toHaveCount(0)
})

/** From now on every text that a message shows is kept. */
async function watchText(row: Locator): Promise<void> {
  await row.evaluate((element) => {
    const texts: string[] = []
    const look = (): void => {
      const text = element.querySelector(".markdown")?.textContent.trim()
      if (text !== undefined && text !== texts.at(-1)) texts.push(text)
    }
    look()
    new MutationObserver(look).observe(element, { childList: true, subtree: true, characterData: true })
    Object.assign(element, { shownTexts: texts })
  })
}

async function shownTexts(row: Locator): Promise<readonly string[]> {
  return row.evaluate((element) => (element as unknown as { shownTexts: readonly string[] }).shownTexts)
}
