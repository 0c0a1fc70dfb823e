import { Program } from "./program.ts"
import { expect, test } from "./test.ts"

const WORDS = Array.from({ length: 120 }, (_, index) => `word-${index} `)
const WHOLE = WORDS.join("").trim()

test("[PN3] a reply that is being written when its reader closes the tab or goes elsewhere is whole when they come back", async ({
  browser,
  join,
  relay,
}) => {
  const context = await browser.newContext()
  const ana = await join("Ana", context)
  const conversation = await ana.create()
  await ana.send("What is long?")
  await ana.safe("What is long?", "stored")
  const model = await Program.join(relay, conversation, "Sky")
  try {
    await expect.poll(() => model.texts()).toEqual(["What is long?"])
    const reply = model.conversation.startReply({ parentId: model.tip, author: { id: "model:sky", kind: "model", name: "Sky" } })
    for (const word of WORDS.slice(0, 30)) reply.append(word)
    await expect(ana.messages.last()).toContainText("word-29")
    const other = await ana.create()
    expect(other).not.toBe(conversation)
    for (const word of WORDS.slice(30, 60)) reply.append(word)
    await ana.page.close()
    for (const word of WORDS.slice(60)) reply.append(word)
    reply.done()
    await model.stored()

    const again = await join("Ana", context)
    await again.goTo(conversation)
    await expect(again.messages.last().locator(".markdown")).toHaveText(WHOLE)
    await expect(again.messages).toHaveCount(2)
  } finally {
    await model.leave()
    await context.close()
  }
})

test("[PN4] a reload in the middle of a reply shows what there is of it and then the rest, once", async ({ join, relay }) => {
  const ana = await join("Ana")
  const conversation = await ana.create()
  await ana.send("What is long?")
  await ana.safe("What is long?", "stored")
  const model = await Program.join(relay, conversation, "Sky")
  try {
    await expect.poll(() => model.texts()).toEqual(["What is long?"])
    const reply = model.conversation.startReply({ parentId: model.tip, author: { id: "model:sky", kind: "model", name: "Sky" } })
    for (const [index, word] of WORDS.entries()) {
      reply.append(word)
      if (index % 40 !== 20) continue
      await ana.page.reload()
      await expect(ana.messages.last()).toContainText(word.trim())
      await expect(ana.messages).toHaveCount(2)
    }
    reply.done()
    await expect(ana.messages.last().locator(".markdown")).toHaveText(WHOLE)
    await expect(ana.messages).toHaveCount(2)
  } finally {
    await model.leave()
  }
})

test("[PN5] to stop a reply is a state that everybody sees and that keeps its text; to lose the connection is not", async ({
  join,
  relay,
}) => {
  const ana = await join("Ana")
  const bo = await join("Bo")
  const conversation = await ana.create()
  await ana.send("Count.")
  await ana.safe("Count.", "stored")
  await bo.goTo(conversation)
  const model = await Program.join(relay, conversation, "Sky")
  try {
    await expect.poll(() => model.texts()).toEqual(["Count."])
    const reply = model.conversation.startReply({ parentId: model.tip, author: { id: "model:sky", kind: "model", name: "Sky" } })
    reply.append("one ")
    await expect(ana.messages.last()).toContainText("one")
    await ana.page.context().setOffline(true)
    await ana.connected("offline")
    reply.append("two ")
    await expect(bo.messages.last()).toContainText("one two")
    await ana.page.context().setOffline(false)
    await expect(ana.messages.last()).toContainText("one two")
    reply.append("three")
    reply.stop()
    for (const chat of [ana, bo]) {
      await expect(chat.messages.last()).toContainText("one two three")
      await expect(chat.messages.last()).toContainText("Stopped here")
    }
  } finally {
    await model.leave()
  }
})
