import { ChatPage } from "./chat-page.ts"
import { RelayPair } from "./relay-pair.ts"
import { storedTexts } from "./stored-texts.ts"
import { expect, test as base } from "./test.ts"

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
