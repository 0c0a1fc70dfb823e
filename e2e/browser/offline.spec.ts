import { expect, test } from "./test.ts"

test("[I2, I12] two browsers edit the same conversation while both are offline, come back, and nothing is lost or doubled", async ({
  join,
}) => {
  const ana = await join("Ana")
  const bo = await join("Bo")
  const conversation = await ana.create()
  await ana.send("hello from Ana")
  await ana.safe("hello from Ana", "stored")
  await bo.goTo(conversation)
  await expect(bo.message("hello from Ana")).toHaveCount(1)

  await ana.page.context().setOffline(true)
  await bo.page.context().setOffline(true)
  for (const index of [1, 2, 3]) {
    await ana.send(`offline ana-${index}`)
    await bo.send(`offline bo-${index}`)
  }
  await ana.safe("offline ana-3", "local")
  await bo.safe("offline bo-3", "local")
  await expect(bo.message("offline ana-1")).toHaveCount(0)

  await ana.page.context().setOffline(false)
  await bo.page.context().setOffline(false)
  for (const chat of [ana, bo]) {
    for (const index of [1, 2, 3]) {
      await expect(chat.message(`offline ana-${index}`)).toHaveCount(1)
      await expect(chat.message(`offline bo-${index}`)).toHaveCount(1)
      await chat.safe(`offline ana-${index}`, "stored")
      await chat.safe(`offline bo-${index}`, "stored")
    }
    await expect(chat.messages).toHaveCount(7)
  }
  const lines = await Promise.all(
    [ana, bo].map((chat) => chat.messages.evaluateAll((rows) => rows.map((row) => row.getAttribute("data-message-id")))),
  )
  expect(lines[0]).toEqual(lines[1])
})

test("[I12] what was written offline is there after a reload without a network", async ({ join }) => {
  const ana = await join("Ana")
  await ana.create()
  await ana.send("written online")
  await ana.safe("written online", "stored")
  await ana.keptOffline()
  await ana.page.context().setOffline(true)
  await ana.send("written offline")
  await ana.safe("written offline", "local")
  await ana.page.reload()
  await expect(ana.message("written online")).toHaveCount(1)
  await expect(ana.message("written offline")).toHaveCount(1)
  await ana.safe("written offline", "local")
  await ana.send("written after the reload")
  await ana.page.context().setOffline(false)
  await ana.safe("written offline", "stored")
  await ana.safe("written after the reload", "stored")

  const bo = await join("Bo")
  await bo.page.getByTestId("conversation-item").first().click()
  await expect(bo.message("written offline")).toHaveCount(1)
  await expect(bo.messages).toHaveCount(3)
})

test("[I3] a conversation that was never opened on a device is there without a network, after a reload", async ({ join }) => {
  const bo = await join("Bo")
  await bo.connected()
  await bo.keptOffline()
  const ana = await join("Ana")
  const conversation = await ana.create()
  await ana.send("early")
  await ana.send("and later")
  await ana.safe("and later", "stored")
  await bo.onDisk(conversation, "and later")
  await bo.page.context().setOffline(true)
  await bo.page.reload()
  await bo.page.getByTestId("conversation-item").first().click()
  await expect(bo.message("early")).toHaveCount(1)
  await expect(bo.message("and later")).toHaveCount(1)
  await bo.send("answered without a network")
  await bo.safe("answered without a network", "local")
  await bo.page.context().setOffline(false)
  await expect(ana.message("answered without a network")).toHaveCount(1)
})
