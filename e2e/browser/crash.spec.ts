import { expect, test } from "./test.ts"
import { BrowserProcess } from "./browser-process.ts"
import { ChatPage } from "./chat-page.ts"
import { storedTexts } from "./stored-texts.ts"

test("[I1] the relay is killed with -9 while somebody types: what was marked as stored is there after its restart", async ({
  join,
  relay,
}) => {
  const ana = await join("Ana")
  await ana.create()
  const marked = new Set<string>()
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 6; index++) await ana.send(`word ${round}-${index}`)
    await ana.safe(`word ${round}-2`, "stored")
    for (const { text, safety } of await ana.safetyOfAll()) if (safety === "stored") marked.add(text)
    const killed = relay.kill()
    await ana.send(`word ${round}-during`)
    await killed
    await relay.start()
    const stored = await storedTexts(relay)
    for (const text of marked) expect(stored).toContain(text)
  }
  await ana.safe("word 2-during", "stored")
  const stored = await storedTexts(relay)
  for (let round = 0; round < 3; round++) {
    for (const name of [0, 1, 2, 3, 4, 5, "during"]) expect(stored.filter((text) => text === `word ${round}-${name}`)).toHaveLength(1)
  }
})

test("[I2, I12] the relay loses its disk: a browser that comes back fills it again, and the others get everything", async ({
  join,
  relay,
}) => {
  const ana = await join("Ana")
  const conversation = await ana.create()
  for (const text of ["first", "second", "third"]) await ana.send(text)
  await ana.safe("third", "stored")
  await relay.kill()
  await relay.wipe()
  await ana.send("while it was gone")
  await relay.start()
  await ana.safe("while it was gone", "stored")
  expect((await storedTexts(relay)).toSorted()).toEqual(["first", "second", "third", "while it was gone"])
  const bo = await join("Bo")
  await bo.goTo(conversation)
  for (const text of ["first", "second", "third", "while it was gone"]) await expect(bo.message(text)).toHaveCount(1)
})

test("[I1, I3] the browser is killed with -9 while somebody types: what was on this device is there when it comes back", async ({
  relay,
}) => {
  const browser = await BrowserProcess.create()
  try {
    const first = new ChatPage(await browser.start())
    await first.open(relay.url, "Ana")
    const conversation = await first.create()
    await first.send("stored before")
    await first.safe("stored before", "stored")
    await first.keptOffline()
    await relay.kill()
    for (let index = 0; index < 5; index++) await first.send(`only here ${index}`)
    await first.safe("only here 4", "local")
    await first.draftOnDisk("a sentence that is not")
    await browser.kill()

    const second = new ChatPage(await browser.start())
    await second.open(relay.url, "Ana", conversation)
    for (let index = 0; index < 5; index++) await expect(second.message(`only here ${index}`)).toHaveCount(1)
    await expect(second.messages).toHaveCount(6)
    await expect(second.composer).toHaveValue("a sentence that is not")
    await relay.start()
    await second.safe("only here 4", "stored")
    expect((await storedTexts(relay)).filter((text) => text.startsWith("only here"))).toHaveLength(5)
  } finally {
    await browser.dispose()
  }
})
